"""Event streams, and clients that leave them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from app.api.exchange import Exchange, loop_time
from app.api.middleware import WATCH_AFTER_S, CancelOnDisconnect
from app.api.streaming import EventStream
from app.telemetry import metrics


class Answer(BaseModel):
    text: str


def streamed(grow: Callable[..., Any], *, leaves: bool) -> tuple[list[bytes], float]:
    """The messages sent to a client that stays to the end, or leaves at the first piece; and how many clients are
    counted as gone. As under uvicorn, `receive` returns a disconnect for a client that left, and for one that has its
    whole answer."""
    sent: list[bytes] = []
    counter = metrics.cancelled.labels("disconnect")._value
    before = counter.get()

    async def run() -> None:
        over, messages = asyncio.Event(), [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            if messages:
                return messages.pop()
            await over.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message.get("body", b""))
            if leaves or (message["type"] == "http.response.body" and not message.get("more_body", False)):
                over.set()

        async def application(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await asyncio.sleep(1.5 * WATCH_AFTER_S)  # until the client is watched
            stream = await EventStream(grow, loop_time() + 60, Exchange.of(scope)).begin()
            await stream(scope, receive, send)

        await CancelOnDisconnect(application)({"type": "http", "headers": []}, receive, send)

    asyncio.run(run())
    return sent, counter.get() - before


def test_a_client_that_has_its_whole_answer_has_not_left() -> None:
    async def grow(on_text: Callable[[str], None]) -> Answer:
        on_text("a")
        await asyncio.sleep(0)
        on_text("b")
        return Answer(text="ab")

    sent, gone = streamed(grow, leaves=False)
    assert b"".join(sent).count(b"event: ") == 3
    assert gone == 0


def test_work_for_a_client_that_left_ends() -> None:
    ended = []

    async def grow(on_text: Callable[[str], None]) -> Answer:
        on_text("a")
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)
        raise AssertionError

    sent, gone = streamed(grow, leaves=True)
    assert b"answer" not in b"".join(sent)
    assert (gone, ended) == (1, [True])


def test_a_deadline_that_passes_in_mid_stream_is_told_and_recorded() -> None:
    async def grow(on_text: Callable[[str], None]) -> Answer:
        on_text("a")
        await asyncio.Event().wait()
        raise AssertionError

    async def run() -> None:
        sent: list[bytes] = []

        async def send(message: Any) -> None:
            sent.append(message.get("body", b""))

        async def receive() -> Any:
            raise AssertionError

        exchange = Exchange(b"mine")
        stream = await EventStream(grow, loop_time() + 0.05, exchange).begin()
        await stream({"type": "http"}, receive, send)
        events = b"".join(sent)
        assert events.startswith(b"event: delta\n")
        assert b"event: problem\n" in events
        assert b"urn:undertone:problem:timeout" in events
        assert exchange.problem == "timeout"

    asyncio.run(run())
