"""Server-sent events: an answer that shows while it grows. Knows nothing of its content."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.errors import problem_of, record
from app.api.exchange import Exchange

MEDIA_TYPE = "text/event-stream"
Grow = Callable[[Callable[[str], None]], Awaitable[BaseModel]]


class EventStream(StreamingResponse):
    """Events `delta` with the next piece of text, then `answer` with the whole answer, or `problem`. The work behind it
    ends with the stream, and by the deadline.

    It does not use Starlette's own watch over the client, which takes the end of a whole answer for a client that left:
    `CancelOnDisconnect` watches the client.
    """

    def __init__(self, grow: Grow, deadline: float, exchange: Exchange) -> None:
        """`grow` gets a function to call with each piece, and returns the whole answer; `deadline` is a time of the
        event loop's clock."""
        super().__init__(
            self.events(), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        )
        self.pieces: asyncio.Queue[str | None] = asyncio.Queue()  # None behind the last one
        self.first: str | None = None
        self.exchange = exchange
        self.work = asyncio.ensure_future(self.run(grow, deadline))
        self.work.add_done_callback(lambda _: self.pieces.put_nowait(None))

    async def run(self, grow: Grow, deadline: float) -> BaseModel:
        async with asyncio.timeout_at(deadline):  # of its own: the work goes on when the route has returned
            return await grow(self.pieces.put_nowait)

    async def begin(self) -> EventStream:
        """Wait for the first piece. Raises the errors of work that fails before it, so that the answer has their
        status."""
        try:
            self.first = await self.pieces.get()
            if self.first is None:
                self.work.result()
        except BaseException:
            self.work.cancel()
            raise
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.stream_response(send)
        finally:
            self.work.cancel()

    async def events(self) -> AsyncIterator[bytes]:
        piece = self.first
        while piece is not None:
            yield event("delta", {"text": piece})
            piece = await self.pieces.get()
        try:
            yield event("answer", self.work.result().model_dump(mode="json"))
        except Exception as error:
            problem = problem_of(error, self.exchange)
            record(problem, self.exchange)
            yield event("problem", problem.document())


def event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode(
        "utf-8", "replace"
    )
