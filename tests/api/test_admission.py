"""Refusals before the body of a request is read, by the rule alone and in a real service."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from app.api.admission import PREPARED_A_TURN, Gate, Place, Turns
from app.api.errors import Problem
from app.engine.errors import EngineOverloaded
from tests.api.test_dispatch import pipeline
from tests.conftest import running_service

SHORT = {"text": "a man", "target": "de", "source": "en"}
BODY = json.dumps(SHORT)


def test_a_wait_over_half_of_the_deadline_is_refused() -> None:
    gate = Gate({}, backlog=500_000)
    gate.check(0.001, pipeline())  # nothing measured: nothing refused
    gate.rate.weight_per_s = 100_000
    gate.check(10.1, pipeline())
    with pytest.raises(EngineOverloaded, match=r"about 5\.0 s") as caught:
        gate.check(4.0, pipeline())
    assert caught.value.retry_after_s == pytest.approx(3.0)


def test_a_little_is_always_taken_so_that_a_wrong_rate_can_be_set_right() -> None:
    gate = Gate({}, backlog=10_000)
    gate.rate.weight_per_s = 0.001
    gate.check(0.1, pipeline())


def test_the_heads_of_one_turn_count_before_their_bodies_do() -> None:
    """Bodies count in the next turn of the event loop: a flood in one turn would find the backlog as it was."""

    async def flood() -> None:
        gate = Gate({"/sentiment": 1.0}, pipeline=pipeline(), backlog=30_000)
        gate.rate.weight_per_s = 100_000
        headers = [(b"x-request-timeout", b"1"), (b"content-length", b"400")]
        accepted = [gate.refusal(b"POST", b"/sentiment", headers) is None for _ in range(200)]
        assert accepted == [True] * 41 + [False] * 159  # 0.5 s of waiting are 50,000 bytes, and a request has 500
        await asyncio.sleep(0)
        assert gate.promised == 0.0
        assert gate.refusal(b"POST", b"/sentiment", headers) is None

    asyncio.run(flood())


@pytest.mark.parametrize(("length", "promised"), [(b"400", 500), (b"999999999999", 1_100), (b"-1", 100), (b"", 100)])
def test_a_body_that_may_never_arrive_counts_as_a_short_one(length: bytes, promised: float) -> None:
    async def accept() -> None:
        gate = Gate({"/sentiment": 1.0}, pipeline=pipeline())
        gate.refusal(b"POST", b"/sentiment", [(b"content-length", length)] if length else [])
        assert gate.promised == promised

    asyncio.run(accept())


def test_a_long_request_tells_its_progress_and_weighs_what_it_has_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("app.engine.rate.time.monotonic", lambda: now)
    gate = Gate({})
    files = [Place(gate, 25, 4_000) for _ in range(3)]
    for place in files:
        place.body_arrived(1_000_000)
        place.correct(1.0)
    assert gate.backlog == 3 * 25 * 4_000
    for _ in range(100):  # each second, a thousandth of each is done, and a short request is answered
        now += 1
        for place in files:
            place.progress(250)
        with Place(gate, 25) as short:
            short.body_arrived(60)
            gate.check(30, pipeline())
            short.succeeded = True
    for place in files:
        place.progress(250_000)
        assert place.weight == 0
    assert gate.backlog == 0


def test_what_is_refused_at_the_head() -> None:
    gate = Gate({"/translate": 1.0}, "/sub", pipeline=pipeline(), backlog=500_000)
    gate.rate.weight_per_s = 100_000

    async def ask(method: bytes, path: bytes, *headers: tuple[bytes, bytes]) -> Problem | None:
        return gate.refusal(method, path, list(headers))

    in_time = (b"x-request-timeout", b"4")
    for path in (b"/translate", b"/sub/translate"):
        problem = asyncio.run(ask(b"POST", path, in_time))
        assert problem is not None
        assert problem.kind == "overloaded"
        assert problem.headers["Retry-After"] == "3"
    assert asyncio.run(ask(b"POST", b"/translate", (b"x-request-timeout", b"20"))) is None
    assert asyncio.run(ask(b"GET", b"/translate", in_time)) is None
    assert asyncio.run(ask(b"POST", b"/other", in_time)) is None
    gate.at_head = False
    assert asyncio.run(ask(b"POST", b"/translate", in_time)) is None, "a page of another origin could not read it"
    gate.at_head = True
    assert (
        asyncio.run(ask(b"POST", b"/translate", (b"x-request-timeout", b"soon"))) is None
    )  # a route says what is wrong


def test_turns_come_in_order_and_those_who_left_take_none() -> None:
    async def run() -> None:
        turns, order = Turns(), []

        async def one(number: int) -> None:
            await turns.wait()
            order.append(number)

        tasks = [asyncio.create_task(one(number)) for number in range(5 * PREPARED_A_TURN)]
        await asyncio.sleep(0)
        assert len(order) == PREPARED_A_TURN
        gone = tasks[PREPARED_A_TURN + 2]
        gone.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert order == [number for number in range(5 * PREPARED_A_TURN) if tasks[number] is not gone]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not turns.begun, "an idle service does nothing"

    asyncio.run(run())


def answer_to_a_head(url: str) -> bytes:
    """The answer to a request whose body was not sent: empty where the request was accepted."""
    host, port = url.removeprefix("http://").split(":")
    head = f"POST /translate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n"
    with socket.create_connection((host, int(port)), timeout=3) as connection:
        connection.sendall(f"{head}Connection: close\r\nX-Request-Timeout: 0.1\r\n\r\n".encode())
        received = b""
        with contextlib.suppress(TimeoutError):
            while not received.endswith(b"}") and (more := connection.recv(4096)):
                received += more
        return received


def test_an_overloaded_service_refuses_before_the_body_and_goes_on(tiny_models: Path) -> None:
    """One slot and a flood of translations: a request that cannot wait is refused by its head alone, accepted requests
    are answered, and after the flood every request is."""
    limits = {"UNDERTONE_MAX_DECODE_ROWS": "1", "UNDERTONE_MAX_QUEUE_TOKENS": "10000000", "UNDERTONE_BEAM": "1"}
    with running_service(tiny_models, **limits) as (url, _), ThreadPoolExecutor(24) as pool:
        long = {"texts": ["a man in a blue shirt stands on a ladder " * 3] * 20, "target": "de", "source": "en"}
        enough = threading.Event()

        def flood() -> set[int]:
            statuses = set()
            while not enough.is_set():
                statuses.add(httpx.post(f"{url}/translate/batch", json=long, timeout=120).status_code)
            return statuses

        floods = [pool.submit(flood) for _ in range(24)]
        answer, deadline = b"", time.monotonic() + 90
        try:
            while b" 503 " not in answer and time.monotonic() < deadline:
                response = httpx.post(f"{url}/translate", json=SHORT, headers={"X-Request-Timeout": "0.1"}, timeout=60)
                if response.status_code == 503:
                    assert response.json()["type"] == "urn:undertone:problem:overloaded"
                    assert int(response.headers["retry-after"]) >= 1
                    answer = answer_to_a_head(url)
        finally:
            enough.set()
        assert b" 503 " in answer, "nothing was refused under a flood"
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == 503
        statuses = set().union(*(flood.result() for flood in floods))
        assert 200 in statuses
        assert statuses <= {200, 503}, "on a slow machine the flood waits too long for itself"
        assert httpx.post(f"{url}/translate", json=SHORT, timeout=60).status_code == 200
