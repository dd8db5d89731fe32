"""Work that must not hold up the event loop."""

from __future__ import annotations

import asyncio
import functools
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")
INLINE_CHARS = 2_000  # of a text that is prepared in the event loop
STARTED_PER_TURN = 16  # sentences, which take about 0.1 ms each
MOST_STARTED = 1_024  # more than engines take of a request; more objects would slow garbage collection
TURN_S = 0.002  # of work in a turn of the event loop; the last piece may take longer
MOST_REMEMBERED = 4_096  # results of equal work
WOKEN = 2  # pieces of work that begin in a turn after they had to wait


class Turns:
    """Spreads short pieces of work over the turns of an event loop: many sentences become ready at once, and would hold
    up every other request. Work that a turn has no time left for waits for the next, in order."""

    def __init__(self) -> None:
        self.spent_s = 0.0  # of this turn
        self.is_scheduled = False
        self.waiting: deque[asyncio.Future[None]] = deque()

    async def run(self, work: Callable[[], Result]) -> Result:
        if self.spent_s >= TURN_S or self.waiting:
            future = asyncio.get_running_loop().create_future()
            self.waiting.append(future)
            self.schedule()
            await future
        started = time.perf_counter()
        try:
            return work()
        finally:
            self.spent_s += time.perf_counter() - started
            self.schedule()

    def schedule(self) -> None:
        if not self.is_scheduled:
            self.is_scheduled = True
            asyncio.get_running_loop().call_soon(self.next_turn)

    def next_turn(self) -> None:
        self.spent_s, self.is_scheduled = 0.0, False
        for _ in range(min(WOKEN, len(self.waiting))):
            future = self.waiting.popleft()
            if not future.done():  # else its request was cancelled
                future.set_result(None)
        if self.waiting:
            self.schedule()


turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


async def in_turn(work: Callable[[], Result]) -> Result:
    """Run work of a millisecond or so in the event loop, in a turn that has time for it."""
    loop = asyncio.get_running_loop()
    return await (turns.get(loop) or turns.setdefault(loop, Turns())).run(work)


async def off_loop(text: str, work: Callable[[], Result]) -> Result:
    """Run work on a text in the event loop if the text is short, else in a thread."""
    return await (in_turn(work) if len(text) <= INLINE_CHARS else asyncio.to_thread(work))


def once(work: Callable[[Key], Awaitable[Result]]) -> Callable[[Key], Awaitable[Result]]:
    """The same work, which equal keys share, such as the equal cells of a table: those that come while it is under way,
    and those of the latest `MOST_REMEMBERED` keys. Whoever is cancelled ends it for all of them, so they must be parts
    of one request. An error is not remembered."""
    results: dict[Key, asyncio.Future[Result]] = {}

    def forget(key: Key, result: asyncio.Future[Result]) -> None:
        if results.get(key) is result and (result.cancelled() or result.exception() is not None):
            del results[key]

    async def shared(key: Key) -> Result:
        if (result := results.get(key)) is None:
            if len(results) >= MOST_REMEMBERED:
                del results[next(iter(results))]
            result = results[key] = asyncio.ensure_future(work(key))
            result.add_done_callback(functools.partial(forget, key))
        return await result

    return shared


async def together(work: list[Coroutine[Any, Any, Result]]) -> list[Result]:
    """The results in order. The first exception cancels the others and is raised as it is, not in a group. Each turn of
    the event loop starts a few, so that other requests get on; beyond `MOST_STARTED` the rest wait until others are
    done."""
    if len(work) == 1:
        return [await work[0]]
    tasks: list[asyncio.Future[Result]] = []
    failed: list[asyncio.Future[Result]] = []
    places = asyncio.Semaphore(MOST_STARTED)

    def ended(task: asyncio.Future[Result]) -> None:
        places.release()
        if not task.cancelled() and task.exception() is not None:
            failed.append(task)

    try:
        for place, one in enumerate(work):
            if place and place % STARTED_PER_TURN == 0:
                await asyncio.sleep(0)
            await places.acquire()
            for task in failed:
                task.result()  # raises its exception
            tasks.append(asyncio.ensure_future(one))
            tasks[-1].add_done_callback(ended)
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        for one in work[len(tasks) :]:
            one.close()
        raise
