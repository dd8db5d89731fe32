"""The share of the queue that one request may have."""

from __future__ import annotations

import asyncio

from app.engine.usage import RequestUsage


def test_tokens_over_the_share_wait_for_their_turn() -> None:
    async def run() -> None:
        work, order = RequestUsage(), list[int]()

        async def one(number: int, tokens: int) -> None:
            await work.hold(tokens, 10)
            order.append(number)

        tasks = [asyncio.create_task(one(number, tokens)) for number, tokens in enumerate((6, 4, 20, 1, 1))]
        await asyncio.sleep(0)
        assert (order, work.held) == ([0, 1], 10)
        work.release(6)
        await asyncio.sleep(0)
        assert order == [0, 1], "a large one is not overtaken"
        work.release(4)
        await asyncio.sleep(0)
        assert (order, work.held) == ([0, 1, 2], 20), "one may always be had"
        work.release(20)
        await asyncio.gather(*tasks)
        assert (order, work.held) == ([0, 1, 2, 3, 4], 2)

    asyncio.run(run())


def test_a_cancelled_wait_passes_its_turn_on() -> None:
    async def run() -> None:
        work = RequestUsage()
        await work.hold(10, 10)
        waits, comes, follows = (asyncio.create_task(work.hold(10, 10)) for _ in range(3))
        await asyncio.sleep(0)
        waits.cancel()
        work.release(10)
        comes.cancel()  # its turn has just come
        await asyncio.gather(waits, comes, return_exceptions=True)
        await follows
        assert work.held == 10
        assert not work.held_back

    asyncio.run(run())
