"""An HTTP process that has just started, beside others that serve already."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from app.api import dispatch
from app.api.dispatch import pipeline_of
from app.api.errors import Problem


def application(*, awaited: bool) -> Any:
    state = SimpleNamespace(pipeline=None, loaded=asyncio.Event(), engine=SimpleNamespace(awaited=awaited))
    return SimpleNamespace(state=state)


def test_requests_wait_while_it_meets_an_engine_that_serves() -> None:
    async def run() -> None:
        app, pipeline = application(awaited=True), object()
        asked = asyncio.create_task(pipeline_of(app))
        await asyncio.sleep(0.01)
        assert not asked.done()
        app.state.pipeline = pipeline
        app.state.loaded.set()
        assert await asked is pipeline

    asyncio.run(run())


def test_requests_are_refused_at_once_while_no_engine_serves() -> None:
    async def run() -> None:
        with pytest.raises(Problem, match="loading its models"):
            await asyncio.wait_for(pipeline_of(application(awaited=False)), 0.1)

    asyncio.run(run())


def test_requests_wait_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        monkeypatch.setattr(dispatch, "LONGEST_MEETING_S", 0.01)
        with pytest.raises(Problem, match="loading its models"):
            await pipeline_of(application(awaited=True))

    asyncio.run(run())
