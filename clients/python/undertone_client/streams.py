"""A text that is read while it grows: a translation, or one that a language model writes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Generic, Self

import httpx
from pydantic import ValidationError

from undertone_client.calls import EVENTS, A, failure_of
from undertone_client.errors import ConnectionFailed, UnexpectedAnswer, problem_error
from undertone_client.events import Event, EventParser


class Growing(Generic[A]):
    """What the events of a stream have told so far. Reads no bytes by itself."""

    def __init__(self, response: httpx.Response, answer: type[A]) -> None:
        self._response, self._parser = response, EventParser()
        self._kind = answer
        self._answer: A | None = None
        self.text = ""
        """As far as it is there."""

    @property
    def answer(self) -> A:
        """The whole answer, behind the last piece."""
        if self._answer is None:
            raise RuntimeError("The answer comes behind the last piece; read the stream to its end first.")
        return self._answer

    def _pieces(self, chunk: bytes) -> Iterator[str]:
        for event in self._parser.feed(chunk):
            try:
                piece = self._piece(event)
            except (ValueError, KeyError, TypeError, ValidationError) as error:
                raise UnexpectedAnswer(f"The stream has an event that is none of Undertone: {event}") from error
            if piece:
                self.text += piece
                yield piece

    def _piece(self, event: Event) -> str:
        match event.name:
            case "delta":
                return str(json.loads(event.data)["text"])
            case "answer":
                self._answer = self._kind.model_validate_json(event.data)
            case "problem":
                document = json.loads(event.data)
                raise problem_error(int(document["status"]), document)
        return ""

    def _check_begin(self) -> None:
        if not self._response.headers.get("content-type", "").startswith(EVENTS):
            raise UnexpectedAnswer(f"{self._response.url} answered no event stream.")

    def _check_end(self) -> None:
        if self._answer is None:
            raise ConnectionFailed("The stream broke off before the answer; what came is in its text.")


class TextStream(Growing[A]):
    """Iterate to get the pieces in their order: none is taken back. Close it, or use it in a `with` statement, to stop
    early, which stops the work on it, too.

    Raises ProblemError where the service fails behind the first piece, ConnectionFailed where the stream breaks off."""

    def __iter__(self) -> Iterator[str]:
        try:
            self._check_begin()
            for chunk in self._response.iter_bytes():
                yield from self._pieces(chunk)
            self._check_end()
        except httpx.RequestError as error:
            raise failure_of(error) from error
        finally:
            self.close()

    def close(self) -> None:
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncTextStream(Growing[A]):
    """The same with `async for` and `async with`."""

    async def __aiter__(self) -> AsyncIterator[str]:
        try:
            self._check_begin()
            async for chunk in self._response.aiter_bytes():
                for piece in self._pieces(chunk):
                    yield piece
            self._check_end()
        except httpx.RequestError as error:
            raise failure_of(error) from error
        finally:
            await self.close()

    async def close(self) -> None:
        await self._response.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
