"""Server-sent events: an answer that shows while it grows. Knows nothing of what it carries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from pydantic import BaseModel
from starlette.responses import StreamingResponse

from app import metrics
from app.api.errors import problem_of

MEDIA_TYPE = "text/event-stream"
Grow = Callable[[Callable[[str], None]], Awaitable[BaseModel]]


async def event_stream(grow: Grow) -> StreamingResponse:
    """Events `delta` with the next piece of text, then `answer` with the whole answer, or `problem`.

    What fails before the first piece is raised, so that the client gets it with its proper status.
    """
    pieces: asyncio.Queue[str | None] = asyncio.Queue()
    task = asyncio.ensure_future(grow(pieces.put_nowait))
    task.add_done_callback(lambda _: pieces.put_nowait(None))
    try:
        first = await pieces.get()
        if first is None:
            task.result()
    except BaseException:
        task.cancel()
        raise
    return StreamingResponse(
        events(first, pieces, task),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def events(
    piece: str | None, pieces: asyncio.Queue[str | None], task: asyncio.Future[BaseModel]
) -> AsyncIterator[bytes]:
    try:
        while piece is not None:
            yield event("delta", {"text": piece})
            piece = await pieces.get()
        try:
            yield event("answer", task.result().model_dump(mode="json"))
        except Exception as error:
            if isinstance(error, TimeoutError):
                metrics.cancelled.labels("deadline").inc()
            yield event("problem", problem_of(error).document())
    finally:
        task.cancel()  # the client may have gone


def event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode("utf-8", "replace")
