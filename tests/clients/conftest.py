"""Both clients of `clients/python` behind one way to ask, so that each test holds for both."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.misbehaving import Misbehaving, misbehaving_server
from undertone_client import AsyncUndertone, Undertone


class Awaited:
    """`AsyncUndertone` or its stream, each call awaited on a loop of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, target: Any) -> None:
        self.loop, self.target = loop, target

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.target, name)
        if not callable(value):
            return value

        def call(*arguments: Any, **options: Any) -> Any:
            result = self.loop.run_until_complete(value(*arguments, **options))
            return Awaited(self.loop, result) if hasattr(result, "__aiter__") else result

        return call

    def __iter__(self) -> Iterator[str]:
        pieces = aiter(self.target)
        while (piece := self.loop.run_until_complete(anext(pieces, None))) is not None:
            yield piece


class Clients:
    """Makes clients of one kind, and closes them."""

    def __init__(self, kind: str) -> None:
        self.kind, self.made, self.loop = kind, list[Any](), asyncio.new_event_loop()

    def __call__(self, url: str, **options: Any) -> Any:
        client = (
            Undertone(url, **options) if self.kind == "sync" else Awaited(self.loop, AsyncUndertone(url, **options))
        )
        self.made.append(client)
        return client

    def close(self) -> None:
        for client in self.made:
            client.close()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


@pytest.fixture(params=["sync", "async"])
def clients(request: pytest.FixtureRequest) -> Iterator[Clients]:
    made = Clients(request.param)
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    with misbehaving_server() as server:
        yield server
