"""Server-sent events: an answer that shows while it grows. Knows nothing of what it carries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.errors import problem_of
from app.telemetry import metrics

MEDIA_TYPE = "text/event-stream"
Grow = Callable[[Callable[[str], None]], Awaitable[BaseModel]]


class EventStream(StreamingResponse):
    """Ends its work with itself. Without Starlette's own watch over the client, for which the end of a whole answer was
    a client that left: `CancelOnDisconnect` watches it."""

    def __init__(self, first: str | None, pieces: asyncio.Queue[str | None], work: asyncio.Future[BaseModel]) -> None:
        super().__init__(
            events(first, pieces, work),
            media_type=MEDIA_TYPE,
            headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
        )
        self.work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.stream_response(send)
        finally:
            self.work.cancel()


async def event_stream(grow: Grow) -> EventStream:
    """Events `delta` with the next piece of text, then `answer` with the whole answer, or `problem`.

    What fails before the first piece is raised, so that the client gets it with its proper status.
    """
    pieces: asyncio.Queue[str | None] = asyncio.Queue()
    work = asyncio.ensure_future(grow(pieces.put_nowait))
    work.add_done_callback(lambda _: pieces.put_nowait(None))
    try:
        first = await pieces.get()
        if first is None:
            work.result()
    except BaseException:
        work.cancel()
        raise
    return EventStream(first, pieces, work)


async def events(
    piece: str | None, pieces: asyncio.Queue[str | None], work: asyncio.Future[BaseModel]
) -> AsyncIterator[bytes]:
    while piece is not None:
        yield event("delta", {"text": piece})
        piece = await pieces.get()
    try:
        yield event("answer", work.result().model_dump(mode="json"))
    except Exception as error:
        if isinstance(error, TimeoutError):
            metrics.cancelled.labels("deadline").inc()
        yield event("problem", problem_of(error).document())


def event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode("utf-8", "replace")
