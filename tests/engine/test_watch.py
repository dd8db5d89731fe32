from __future__ import annotations

import asyncio
import time

from app.engine.watch import CHECKS, Watch

TIMEOUT_S = 0.09


def watched(busy: list[int]) -> tuple[Watch, list[str]]:
    found: list[str] = []
    return Watch(TIMEOUT_S, lambda: bool(busy), lambda: found.append("hung")), found


def test_silence_at_work_is_a_hang() -> None:
    async def run() -> None:
        watch, found = watched([1])
        watch.begin()
        while not found:
            await asyncio.sleep(0.01)
        assert watch.timer is None

    asyncio.run(asyncio.wait_for(run(), 10))


def test_a_word_now_and_then_is_enough() -> None:
    async def run() -> None:
        watch, found = watched([1])
        watch.begin()
        for _ in range(6 * CHECKS):
            await asyncio.sleep(TIMEOUT_S / CHECKS)
            watch.heard()
        assert not found
        watch.close()

    asyncio.run(run())


def test_at_rest_nothing_runs() -> None:
    async def run() -> None:
        busy = [1]
        watch, found = watched(busy)
        watch.begin()
        busy.clear()
        while watch.timer is not None:
            await asyncio.sleep(0.01)
        assert not found

    asyncio.run(asyncio.wait_for(run(), 10))


def test_being_held_up_ourselves_is_no_hang() -> None:
    """The event loop is blocked for longer than an engine may be silent; messages that arrived meanwhile come first."""

    async def run() -> None:
        watch, found = watched([1])
        watch.begin()
        time.sleep(4 * TIMEOUT_S)  # noqa: ASYNC251
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        watch.heard()
        assert not found
        watch.close()

    asyncio.run(run())
