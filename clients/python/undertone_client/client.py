"""The client that blocks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any, Self, TypeVar, Unpack, overload

import httpx

from undertone_client import calls
from undertone_client.answers import (
    GenerateAnswer,
    Health,
    LanguagesAnswer,
    Limits,
    ModelsAnswer,
    NextWordsAnswer,
    SentimentAnswer,
    TranslateAnswer,
    TranslatedFile,
)
from undertone_client.base import BASE_URL, MAX_RETRIES, TIMEOUT_S, Base
from undertone_client.batches import Batch
from undertone_client.calls import SENTIMENT, TRANSLATE, A, Call, Route
from undertone_client.errors import UndertoneError
from undertone_client.options import FileOptions, GenerateOptions, NextWordsOptions, SentimentOptions, TranslateOptions
from undertone_client.progress import Progress, reporter
from undertone_client.streams import TextStream

Result = TypeVar("Result")


class Undertone(Base):
    """Each method raises UndertoneError."""

    def __init__(
        self,
        base_url: str = BASE_URL,
        api_key: str | None = None,
        *,
        timeout: float = TIMEOUT_S,
        max_retries: int = MAX_RETRIES,
        http: httpx.Client | None = None,
    ) -> None:
        """`timeout` are the seconds that an answer may take, which the service is told; `http` is a client of your own,
        with proxies or certificates, which you close. Raises ValueError for a `base_url` that is none."""
        super().__init__(base_url, api_key, timeout, max_retries)
        self._http, self._owned = http or httpx.Client(), http is None
        self._limits: Limits | None = None

    @overload
    def sentiment(self, text: str, **options: Unpack[SentimentOptions]) -> SentimentAnswer: ...  # type: ignore[overload-overlap]
    @overload
    def sentiment(
        self, text: Iterable[str], *, progress: Progress = False, **options: Unpack[SentimentOptions]
    ) -> list[SentimentAnswer]: ...
    def sentiment(
        self, text: str | Iterable[str], *, progress: Progress = False, **options: Unpack[SentimentOptions]
    ) -> SentimentAnswer | list[SentimentAnswer]:
        """The sentiment of a text, or of each of many, however many. Raises BatchError where some get none."""
        return self._answer(SENTIMENT, text, options, progress)

    @overload
    def translate(self, text: str, *, target: str, **options: Unpack[TranslateOptions]) -> TranslateAnswer: ...  # type: ignore[overload-overlap]
    @overload
    def translate(
        self, text: Iterable[str], *, target: str, progress: Progress = False, **options: Unpack[TranslateOptions]
    ) -> list[TranslateAnswer]: ...
    def translate(
        self, text: str | Iterable[str], *, target: str, progress: Progress = False, **options: Unpack[TranslateOptions]
    ) -> TranslateAnswer | list[TranslateAnswer]:
        """Translate a text, or each of many, however many. Raises BatchError where some of these cannot be."""
        return self._answer(TRANSLATE, text, {"target": target, **options}, progress)

    def translate_stream(
        self, text: str, *, target: str, **options: Unpack[TranslateOptions]
    ) -> TextStream[TranslateAnswer]:
        """Translate a text and read the translation while it grows."""
        call = TRANSLATE.one(text, {"target": target, **options}, accept=calls.EVENTS)
        return TextStream(self._send(call, stream=True), TranslateAnswer)

    def translate_file(
        self, file: str | PathLike[str] | bytes, *, target: str, **options: Unpack[FileOptions]
    ) -> TranslatedFile:
        """Translate a file, named by its path or given as bytes. Raises OSError where it cannot be read."""
        call = calls.translate_file(file, target, options)
        response = self._send(call, stream=True)  # a file that breaks off is not asked for again
        try:
            response.read()
        except httpx.RequestError as error:
            raise calls.failure_of(error) from error
        return call.read(response)

    def generate(self, prompt: str, **options: Unpack[GenerateOptions]) -> GenerateAnswer:
        """Write on from the beginning of a text."""
        return self._ask(calls.generate(prompt, options))

    def generate_stream(self, prompt: str, **options: Unpack[GenerateOptions]) -> TextStream[GenerateAnswer]:
        """Write on from the beginning of a text, and read what is written while it grows."""
        call = calls.generate(prompt, options, accept=calls.EVENTS)
        return TextStream(self._send(call, stream=True), GenerateAnswer)

    def next_words(self, text: str, **options: Unpack[NextWordsOptions]) -> NextWordsAnswer:
        """The likeliest next words behind the beginning of a text."""
        return self._ask(calls.next_words(text, options))

    def models(self) -> ModelsAnswer:
        return self._ask(calls.models())

    def languages(self) -> LanguagesAnswer:
        return self._ask(calls.languages())

    def health(self) -> Health:
        """Raises Overloaded where the service is not ready, and ConnectionFailed where there is none, at once."""
        return self._ask(calls.health())

    def close(self) -> None:
        if self._owned:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(
        self, route: Route[A], text: str | Iterable[str], options: Mapping[str, Any], progress: Progress
    ) -> A | list[A]:
        if isinstance(text, str):
            return self._ask(route.one(text, options))
        if not (texts := list(text)):
            return []
        if self._limits is None:
            self._limits = self.models().limits
        batch = Batch(route, texts, options, self._limits, self.max_retries)
        with reporter(progress, len(texts)) as report:
            while (part := batch.take()) is not None:
                time.sleep(part.wait_s)
                try:
                    batch.answered(part, self._ask(batch.call(part)))
                except UndertoneError as error:
                    batch.failed(part, error)
                report(batch.done, len(texts))
        return batch.finish()

    def _ask(self, call: Call[Result]) -> Result:
        return call.read(self._send(call))

    def _send(self, call: Call[Any], *, stream: bool = False) -> httpx.Response:
        """The answer with status 200, as soon as there is one; as a `stream` its body is not read yet."""
        attempt = 0
        while True:
            failure: UndertoneError
            try:
                response = self._http.send(self._request(self._http, call), stream=stream)
                if response.status_code == 200:
                    return response
                response.read()
                response.close()
                failure = calls.error_of(response)
            except httpx.RequestError as error:
                failure = calls.failure_of(error)
            if (wait_s := self._wait_before(attempt, call, failure)) is None:
                raise failure
            time.sleep(wait_s)
            attempt += 1
