"""Work that must not hold up the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")
INLINE_CHARS = 2_000  # of a text that is prepared in the event loop
STARTED_PER_TURN = 16  # sentences, which take about 0.1 ms each
MOST_STARTED = 1_024  # more than the engines take of a request; objects of all that waits make collecting garbage slow


async def off_loop(text: str, work: Callable[[], Result]) -> Result:
    """Run work on a text in the event loop if the text is short, else in a thread."""
    return work() if len(text) <= INLINE_CHARS else await asyncio.to_thread(work)


async def together(work: list[Coroutine[Any, Any, Result]]) -> list[Result]:
    """The results in order. The first exception cancels the others and is raised as it is, not in a group. Each turn of
    the event loop starts a few of many, so that other requests get on, and of very many some wait until others are
    done."""
    tasks: list[asyncio.Future[Result]] = []
    open_: set[asyncio.Future[Result]] = set()
    try:
        for place, one in enumerate(work):
            if place and place % STARTED_PER_TURN == 0:
                await asyncio.sleep(0)
            if len(open_) >= MOST_STARTED:
                done, open_ = await asyncio.wait(open_, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()  # raises what it has raised
            tasks.append(asyncio.ensure_future(one))
            open_.add(tasks[-1])
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        for one in work[len(tasks) :]:
            one.close()
        raise
