"""Work beside an event loop that must go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")
INLINE_CHARS = 2_000  # longer texts are prepared in a thread
BEGUN_A_TURN = 16  # sentences, of about 0.1 ms each


async def off_loop(text: str, work: Callable[[], Result]) -> Result:
    """Run work on a text here if the text is short, else in a thread, so that the event loop goes on."""
    return work() if len(text) <= INLINE_CHARS else await asyncio.to_thread(work)


async def together(work: list[Coroutine[Any, Any, Result]]) -> list[Result]:
    """The results in order. The first failure cancels the others and is raised as it is, not in a group. Of many, some
    begin in each turn of the event loop."""
    tasks: list[asyncio.Future[Result]] = []
    try:
        for place, one in enumerate(work):
            if place and place % BEGUN_A_TURN == 0:
                await asyncio.sleep(0)
            tasks.append(asyncio.ensure_future(one))
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        for one in work[len(tasks) :]:
            one.close()
        raise
