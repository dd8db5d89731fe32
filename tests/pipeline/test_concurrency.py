"""Work that is ready at once is spread over the turns of the event loop."""

from __future__ import annotations

import asyncio
import time

import pytest

from app.pipeline import concurrency
from app.pipeline.concurrency import in_turn, once


def test_work_is_done_in_order_over_several_turns() -> None:
    done: list[int] = []
    seen: list[int] = []

    def work(number: int) -> int:
        time.sleep(0.003)
        done.append(number)
        return number

    async def watch() -> None:
        while len(done) < 8:
            seen.append(len(done))
            await asyncio.sleep(0)

    async def run() -> list[int]:
        watching = asyncio.create_task(watch())
        results = await asyncio.gather(*(in_turn(lambda number=number: work(number)) for number in range(8)))  # type: ignore[misc]
        await watching
        return results

    assert asyncio.run(run()) == list(range(8)) == done
    assert len(set(seen)) > 3  # the watcher had its turns between


def test_a_cancelled_piece_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "TURN_S", 0.0)

    async def run() -> list[int]:
        tasks = [asyncio.create_task(in_turn(lambda number=number: number)) for number in range(5)]  # type: ignore[misc]
        await asyncio.sleep(0)
        tasks[1].cancel()
        tasks[2].cancel()
        return [await task for task in (tasks[0], tasks[3], tasks[4])]

    assert asyncio.run(run()) == [0, 3, 4]


def test_an_error_is_that_of_its_piece() -> None:
    async def run() -> None:
        with pytest.raises(ZeroDivisionError):
            await in_turn(lambda: 1 // 0)
        assert await in_turn(lambda: 1) == 1

    asyncio.run(run())


def test_equal_keys_share_their_work_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "MOST_REMEMBERED", 2)
    begun: list[str] = []

    async def shout(word: str) -> str:
        begun.append(word)
        await asyncio.sleep(0)
        if begun.count(word) == 1 and word == "late":
            raise TimeoutError
        return word.upper()

    async def run() -> None:
        shared = once(shout)
        assert await asyncio.gather(shared("a"), shared("b"), shared("a")) == ["A", "B", "A"]
        assert await shared("b") == "B"
        assert begun == ["a", "b"]
        failed = await asyncio.gather(shared("late"), shared("late"), return_exceptions=True)
        assert list(map(type, failed)) == [TimeoutError, TimeoutError]
        assert await shared("late") == "LATE"
        assert begun == ["a", "b", "late", "late"]
        assert await shared("a") == "A"  # two newer ones are remembered in its place
        assert begun[4:] == ["a"]

    asyncio.run(run())
