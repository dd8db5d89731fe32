"""The front side against real engine processes with tiny models."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.engine.client import EngineClient, EngineOverloaded, EngineUnavailable, RequestFailed
from app.engine.supervisor import Supervisor
from app.settings import Settings

MODEL = "tiny-sentiment"


@asynccontextmanager
async def engines(models: Path, **settings: Any) -> AsyncIterator[tuple[EngineClient, Supervisor]]:
    options = Settings(models_dir=models, device="cpu", **{"cpu_engines": 1, **settings})
    supervisor = Supervisor(options)
    supervisor.start()
    client = EngineClient(supervisor.endpoints, options.max_queue_tokens)
    await client.start()
    try:
        await asyncio.wait_for(client.became_ready.wait(), 60)
        yield client, supervisor
    finally:
        await client.close()
        await asyncio.to_thread(supervisor.stop)


def crash(supervisor: Supervisor, index: int = 0) -> int:
    pid = list(supervisor.processes.values())[index].pid
    os.kill(pid, signal.SIGKILL)
    return pid


def test_an_engine_killed_under_load_loses_nothing(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models) as (client, supervisor):
            expected = await client.classify(MODEL, [5, 6, 7])
            asks = [asyncio.create_task(client.classify(MODEL, [5, 6, 7])) for _ in range(200)]
            await asyncio.sleep(0)
            crash(supervisor)
            for answer in await asyncio.wait_for(asyncio.gather(*asks), 60):
                assert answer == pytest.approx(expected, abs=1e-6)
            assert client.ready
            assert client.tokens == 0

    asyncio.run(run())


def test_what_kills_engines_fails_alone(tiny_models: Path) -> None:
    """Each time the culprit is sent, the engine dies; its neighbours are answered all the same."""

    async def run() -> None:
        async with engines(tiny_models) as (client, supervisor):
            send = client.send

            def deadly(engine: Any, message: Any) -> None:
                send(engine, message)
                if getattr(message, "tokens", None) == [13]:
                    crash(supervisor)

            client.send = deadly  # type: ignore[method-assign]
            neighbours = [asyncio.create_task(client.classify(MODEL, [5, n])) for n in range(4, 24)]
            culprit = asyncio.create_task(client.classify(MODEL, [13]))
            later = [asyncio.create_task(client.classify(MODEL, [6, n])) for n in range(4, 24)]
            with pytest.raises(RequestFailed, match="crashed"):
                await asyncio.wait_for(culprit, 90)
            answers = await asyncio.wait_for(asyncio.gather(*neighbours, *later), 60)
            assert len(answers) == 40

    asyncio.run(run())


def test_a_dead_engine_leaves_its_work_to_another(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models, cpu_engines=2) as (client, supervisor):
            while not all(engine.ready for engine in client.engines):
                await asyncio.sleep(0.02)
            asks = [asyncio.create_task(client.classify(MODEL, [5] * 30)) for _ in range(100)]
            await asyncio.sleep(0)
            assert all(engine.sent for engine in client.engines), "both have work"
            crash(supervisor, 1)
            assert len(await asyncio.wait_for(asyncio.gather(*asks), 60)) == 100

    asyncio.run(run())


def test_an_idle_engine_that_dies_is_noticed(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models) as (client, supervisor):
            dead = crash(supervisor)
            while client.ready:
                await asyncio.sleep(0.01)
            while not client.ready:
                await asyncio.sleep(0.01)
            assert next(iter(supervisor.processes.values())).pid != dead

    asyncio.run(asyncio.wait_for(run(), 60))


def test_too_much_is_refused_and_room_comes_back(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models, max_queue_tokens=10) as (client, _):
            first = asyncio.create_task(client.classify(MODEL, [5] * 8))
            await asyncio.sleep(0)
            with pytest.raises(EngineOverloaded):
                await client.classify(MODEL, [5] * 3)
            await first
            await client.classify(MODEL, [5] * 3)

    asyncio.run(run())


def test_the_impossible_is_answered_with_its_reason(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models) as (client, _):
            with pytest.raises(RequestFailed, match="token ids"):
                await client.classify(MODEL, [10**6])
            assert len(await client.classify(MODEL, [5])) == 3

    asyncio.run(run())


def test_a_cancelled_request_frees_its_place(tiny_models: Path) -> None:
    async def run() -> None:
        async with engines(tiny_models) as (client, _):
            asks = [asyncio.create_task(client.classify(MODEL, [5] * 10)) for _ in range(50)]
            await asyncio.sleep(0)
            for ask in asks[10:]:
                ask.cancel()
            await asyncio.gather(*asks[:10])
            await asyncio.gather(*asks, return_exceptions=True)
            assert client.tokens == 0
            assert not any(engine.sent for engine in client.engines)

    asyncio.run(run())


def test_closing_answers_who_still_waits() -> None:
    async def run() -> None:
        client = EngineClient(["ipc:///tmp/undertone-test-nobody-listens"], 1000)
        await client.start()
        ask = asyncio.create_task(client.classify(MODEL, [5]))
        await asyncio.sleep(0.01)
        await client.close()
        with pytest.raises(EngineUnavailable):
            await ask

    asyncio.run(run())
