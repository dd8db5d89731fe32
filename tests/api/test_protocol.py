"""Refusals before a request is one, over a transport in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, get_args

import pytest
import uvicorn
from uvicorn.server import ServerState

from app.api import compat
from app.api.admission import Gate
from app.api.compat.adapter import Adapter
from app.api.errors import Problem
from app.api.exchange import Exchange
from app.api.protocol import BoundedHttp
from app.settings import Compat
from app.telemetry import metrics
from tests.api.test_dispatch import pipeline

HEAD = b"POST /translate HTTP/1.1\r\nHost: x\r\nX-Request-Timeout: 4\r\nX-Request-Id: mine\r\nContent-Length: 10\r\n"


class Transport:
    """Keeps the bytes that the other end of a connection would receive."""

    def __init__(self) -> None:
        self.received, self.writes, self.closed = b"", 0, False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.received += data
        self.writes += 1

    def close(self) -> None:
        self.closed = True

    def write_eof(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> None:
        return None

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


async def application(scope: Any, receive: Any, send: Any) -> None:
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


def connection(gate: Gate, app: Any = application) -> tuple[BoundedHttp, Transport]:
    config = uvicorn.Config(lambda: app, factory=True, log_config=None, access_log=False, lifespan="off")
    config.load()
    http = BoundedHttp(config, ServerState(), {"gate": gate}, max_header_bytes=1000, client_timeout_s=0.05)
    transport = Transport()
    http.connection_made(transport)  # type: ignore[arg-type]
    return http, transport


def overloaded() -> Gate:
    gate = Gate({"/translate": 1.0}, pipeline=pipeline(), backlog=500_000)
    gate.rate.weight_per_s = 100_000
    return gate


def run(test: Callable[[], Any]) -> None:
    asyncio.run(test())


def test_a_refused_request_may_be_followed_by_an_accepted_one() -> None:
    async def test() -> None:
        gate = overloaded()
        http, transport = connection(gate)
        http.data_received(HEAD + b"\r\n01234")
        status, _, rest = transport.received.partition(b"\r\n")
        assert status == b"HTTP/1.1 503 Service Unavailable"
        assert b"retry-after: 3\r\n" in rest
        assert b"x-request-id: mine\r\n" in rest
        assert b"urn:undertone:problem:overloaded" in rest
        http.data_received(b"56789")
        http.data_received(HEAD + b"\r\n0123456789")
        assert transport.received.count(b" 503 ") == 2
        gate.backlog = 0.0
        http.data_received(HEAD + b"\r\nabcdefghij")
        await asyncio.gather(*http.tasks)
        assert transport.received.endswith(b"\r\n\r\nabcdefghij")
        assert not transport.closed

    run(test)


@pytest.mark.parametrize("head", [HEAD + b"Expect: 100-continue\r\n", HEAD + b"Connection: close\r\n"])
def test_who_would_not_send_the_body_or_ask_again_is_hung_up_on(head: bytes) -> None:
    async def test() -> None:
        http, transport = connection(overloaded())
        http.data_received(head + b"\r\n")
        assert b"connection: close" in transport.received
        assert transport.closed

    run(test)


def test_a_refused_request_whose_body_does_not_come_gets_one_answer() -> None:
    async def test() -> None:
        http, transport = connection(overloaded())
        http.data_received(HEAD + b"\r\n0")
        await asyncio.sleep(0.15)
        assert transport.closed
        assert transport.received.count(b"HTTP/1.1 ") == 1

    run(test)


def test_an_answer_is_one_write() -> None:
    """A process that is killed has not begun the answer, so a gateway can ask another replica for it."""

    async def test() -> None:
        http, transport = connection(Gate({}))
        http.data_received(HEAD + b"\r\n0123456789")
        await asyncio.gather(*http.tasks)
        assert transport.received.endswith(b"\r\n\r\n0123456789")
        assert transport.writes == 1

    run(test)


CHUNKED = HEAD.replace(b"Content-Length: 10", b"Transfer-Encoding: chunked") + b"\r\n"


def test_fields_behind_a_body_are_nobodys_and_bounded() -> None:
    async def test() -> None:
        http, transport = connection(Gate({}))
        http.data_received(CHUNKED + b"4\r\nbody\r\n0\r\nX-Api-Key: smuggled\r\n")
        assert [name for name, _ in http.headers].count(b"x-request-id") == 1
        assert b"x-api-key" not in dict(http.headers)
        sent = 0
        while not transport.closed:
            http.data_received(b"a: b\r\n" * 30)
            sent += 180
        assert transport.received.startswith(b"HTTP/1.1 431 ")
        assert sent < 2000

    run(test)


def test_a_body_may_come_in_any_number_of_chunks() -> None:
    async def test() -> None:
        http, transport = connection(Gate({}))
        http.data_received(CHUNKED)
        for _ in range(1000):
            http.data_received(b"1\r\n")
            http.data_received(b"x\r\n")
        http.data_received(b"0\r\n\r\n")
        await asyncio.gather(*http.tasks)
        assert transport.received.startswith(b"HTTP/1.1 200 ")

    run(test)


def test_what_is_wrong_is_told_by_the_route() -> None:
    async def test() -> None:
        http, transport = connection(overloaded())
        http.data_received(HEAD.replace(b"Timeout: 4", b"Timeout: soon") + b"\r\n0123456789")
        await asyncio.gather(*http.tasks)
        assert transport.received.startswith(b"HTTP/1.1 200 ")

    run(test)


def test_refusals_are_counted() -> None:
    counter = metrics.request_counter("POST", "/translate", 503)

    async def test() -> None:
        before, gate = counter._value.get(), overloaded()
        http, _ = connection(gate)
        for _ in range(3):
            http.data_received(HEAD + b"\r\n0123456789")
        gate.refusals.flush()
        assert counter._value.get() == before + 3

    run(test)


def test_what_never_became_a_request_is_counted_by_its_kind() -> None:
    async def test() -> None:
        gate = Gate({})
        for junk in (b"\x16\x03\x01 hello\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 300):
            http, transport = connection(gate)
            for start in range(0, len(junk), 100):
                http.data_received(junk[start : start + 100])
                if transport.closed:
                    break
        assert gate.refusals.counts == {("bad-request", None): 1, ("headers-too-large", None): 1}

    run(test)


def test_a_request_that_stops_in_its_body_has_its_problem_in_its_own_line() -> None:
    exchanges: list[Exchange] = []

    async def reading(scope: Any, receive: Any, send: Any) -> None:
        exchanges.append(Exchange.of(scope))
        while (await receive())["type"] != "http.disconnect":
            pass

    async def test() -> None:
        gate = Gate({})
        http, transport = connection(gate, reading)
        http.data_received(HEAD + b"\r\n01234")
        await asyncio.sleep(0.15)
        assert transport.received.startswith(b"HTTP/1.1 408 ")
        assert b"x-request-id: mine\r\n" in transport.received
        assert [(one.request_id, one.status, one.problem) for one in exchanges] == [(b"mine", 408, "slow-request")]
        assert not gate.refusals.counts, "it has a line of its own"
        http.connection_lost(None)
        await asyncio.gather(*http.tasks)

    run(test)


@pytest.mark.parametrize("api", compat.load(get_args(Compat)), ids=lambda api: api.name)
def test_a_request_that_stops_in_its_body_is_refused_in_the_words_of_its_api(api: Adapter) -> None:
    exchanges: list[Exchange] = []

    async def reading(scope: Any, receive: Any, send: Any) -> None:
        exchanges.append(Exchange.of(scope))
        exchanges[0].dialect = api
        while (await receive())["type"] != "http.disconnect":
            pass

    async def test() -> None:
        http, transport = connection(Gate({}), reading)
        http.data_received(HEAD + b"\r\n01234")
        await asyncio.sleep(0.15)
        head, _, body = transport.received.partition(b"\r\n\r\n")
        expected = api.word(
            Problem("slow-request", "The request did not arrive within 0.05 s; send it without pauses.")
        )
        assert head.startswith(b"HTTP/1.1 %d " % expected.status_code)
        assert body == expected.body
        assert exchanges[0].status == expected.status_code
        assert not api.id_header or api.id_header + b": mine" in head
        http.connection_lost(None)
        await asyncio.gather(*http.tasks)

    run(test)


@pytest.mark.parametrize("behind", [b"\x16\x03 hello\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 300])
def test_what_comes_behind_a_request_is_not_its_answer(behind: bytes) -> None:
    """A client takes the first answer for that to its first request."""
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        await goes_on.wait()
        await application(scope, receive, send)

    async def test() -> None:
        gate = Gate({})
        http, transport = connection(gate, slow)
        http.data_received(HEAD + b"\r\n0123456789")
        await begun.wait()
        for start in range(0, len(behind), 100):
            http.data_received(behind[start : start + 100])
        assert transport.received == b""
        assert gate.refusals.counts.total() >= 1
        goes_on.set()
        await asyncio.gather(*http.tasks)
        assert transport.received.startswith(b"HTTP/1.1 200 ")
        assert transport.received.count(b"HTTP/1.1 ") == 1
        assert b"connection: close" in transport.received
        assert transport.closed

    run(test)


def test_the_time_of_a_request_counts_while_the_one_before_it_is_under_way() -> None:
    arrived: list[float] = []
    goes_on = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        arrived.append(Exchange.of(scope).arrived)
        await goes_on.wait()
        await application(scope, receive, send)

    async def test() -> None:
        http, _ = connection(Gate({}), slow)
        http.data_received(2 * (HEAD + b"\r\n0123456789"))
        await asyncio.sleep(0.05)
        answered = asyncio.get_running_loop().time()
        goes_on.set()
        while http.tasks:
            await asyncio.gather(*http.tasks)
        assert len(arrived) == 2
        assert max(arrived) < answered

    run(test)


BODY = b"0123456789"
UPGRADE = HEAD + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"


@pytest.mark.parametrize("step", [1, 7, 100, 10_000])
@pytest.mark.parametrize("offer", ["h2c", "TLS/1.0", "websocket"])
def test_an_upgrade_is_declined_however_the_request_is_split(offer: str, step: int) -> None:
    """Three requests on one connection, the last without an offer."""
    bodies: list[bytes] = []

    async def keeping(scope: Any, receive: Any, send: Any) -> None:
        assert b"upgrade" not in dict(scope["headers"])
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def test() -> None:
        http, transport = connection(Gate({}), keeping)
        offering = UPGRADE.replace(b"h2c", offer.encode())
        chunked = (
            offering.replace(b"Content-Length: 10", b"Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\nA: b\r\n\r\n"
        )
        sent = offering + BODY + chunked + HEAD + b"\r\n" + BODY
        for start in range(0, len(sent), step):
            http.data_received(sent[start : start + step])
        while http.tasks:
            await asyncio.gather(*http.tasks)
        assert bodies == [BODY, b"abc", BODY]
        assert transport.received.count(b"HTTP/1.1 200 ") == 3
        assert not transport.closed

    run(test)


def test_many_offers_in_one_packet_and_wrong_ones() -> None:
    async def test() -> None:
        http, transport = connection(Gate({}))
        http.data_received(2_000 * (UPGRADE + BODY))
        while http.tasks:
            await asyncio.gather(*http.tasks)
        assert transport.received.count(b"HTTP/1.1 200 ") == 2_000
        for wrong in (b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", UPGRADE.replace(b"/translate", b"http://a:b/")):
            http, transport = connection(Gate({}))
            http.data_received(wrong)
            assert transport.received.startswith(b"HTTP/1.1 400 ")
            assert transport.closed

    run(test)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"FOO /sentiment HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"Get / HTTP/1.0\r\n\r\n", 501),
        (b"X-MINE * HTTP/1.1\r\n\r\n", 501),
        (b"FOO\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # TLS
    ],
)
def test_an_unknown_method_is_not_implemented(sent: bytes, status: int) -> None:
    async def test() -> None:
        http, transport = connection(Gate({}))
        http.data_received(sent)
        assert transport.received.startswith(b"HTTP/1.1 %d " % status)
        assert transport.closed

    run(test)


def test_a_client_that_sends_no_more_gets_its_answer() -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        begun.set()
        await goes_on.wait()
        await application(scope, receive, send)

    async def test() -> None:
        http, transport = connection(Gate({}), slow)
        http.data_received(HEAD + b"\r\n" + BODY)
        await begun.wait()
        assert http.eof_received()
        await asyncio.sleep(0.25)  # signs of life, by which one that has left would be noticed
        goes_on.set()
        await asyncio.gather(*http.tasks)
        interim, answer = transport.received.rsplit(b"HTTP/1.1 100 Continue\r\n\r\n", 1)
        assert interim in (b"", b"HTTP/1.1 100 Continue\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.endswith(BODY)
        assert transport.closed
        http.connection_lost(None)

    run(test)


def test_what_is_not_whole_when_the_client_stops_is_an_error() -> None:
    async def test() -> None:
        for part in (HEAD, HEAD + b"\r\n01234", UPGRADE + b"01", CHUNKED + b"3\r\nabc\r\n"):
            http, transport = connection(Gate({}))
            http.data_received(part)
            http.eof_received()
            assert transport.received.startswith(b"HTTP/1.1 400 "), part
            assert b"before the request was complete" in transport.received
            assert transport.closed
            http.connection_lost(None)
            await asyncio.gather(*http.tasks)
        http, transport = connection(Gate({}))
        assert not http.eof_received()
        assert transport.received == b""

    run(test)
