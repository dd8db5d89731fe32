"""The load generator against a tiny HTTP server: its counts, and the times at which it sends."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest

from benchmarks.http import Address, ask_once, post
from benchmarks.load import LATE, LOST, Load, Outcome, arrivals, closed_loop, open_loop, percentile, run

REQUEST = post("/sentiment", {"text": "I love this phone"})
GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"label": "ok"}'
REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}"
BARE_REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}"
LAST = b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 15\r\n\r\n{"label": "ok"}'
CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{"label"\r\n7\r\n: "ok"}\r\n0\r\n\r\n'
ABRUPT = b""  # hangs up instead of an answer


class Server:
    """Sends the given answers in turn, over all connections, and records the requests."""

    def __init__(self, answers: Iterable[bytes], piece: int = 1 << 20) -> None:
        self.answers, self.piece = iter(answers), piece
        self.connections = 0
        self.bodies: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                self.bodies.append(await reader.readexactly(length))
                answer = next(self.answers)
                for start in range(0, len(answer), self.piece):
                    writer.write(answer[start : start + self.piece])
                    await writer.drain()
                    await asyncio.sleep(0)
                if answer in (ABRUPT, LAST):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(server: Server) -> AsyncIterator[Address]:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    async with listener:
        yield Address(*listener.sockets[0].getsockname()[:2])


def closed(server: Server, clients: int = 3, *, keep_bodies: bool = False) -> Load:
    async def measure() -> Load:
        async with listening(server) as address:
            return await closed_loop(address, [REQUEST], clients=clients, seconds=0.3, keep_bodies=keep_bodies)

    return run(measure())


def opened(server: Server, rate: float = 200, seed: int = 1, max_connections: int = 2048) -> Load:
    async def measure() -> Load:
        async with listening(server) as address:
            return await open_loop(
                address, [REQUEST], rate=rate, seconds=0.3, seed=seed, max_connections=max_connections
            )

    return run(measure())


def outcome(latency_s: float, status: int = 200, due: float = 0.0) -> Outcome:
    return Outcome(due, due, due + latency_s, status)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        (range(1, 101), 50, 50),
        (range(1, 101), 99, 99),
        (range(1, 101), 100, 100),
        ([1, 2, 3], 50, 2),
        ([7], 99, 7),
        ([1, 9], 90, 9),
        ([], 50, None),
    ],
)
def test_percentiles_are_of_the_nearest_rank(values: Iterable[float], share: float, expected: float | None) -> None:
    assert percentile(list(values), share) == expected


def test_a_request_is_what_a_server_reads() -> None:
    server = Server(itertools.repeat(GOOD))
    closed(server, clients=1)
    assert json.loads(server.bodies[0]) == {"text": "I love this phone"}


def test_a_closed_loop_keeps_one_connection_a_client_and_counts_every_answer() -> None:
    server = Server(itertools.repeat(GOOD))
    load = closed(server, clients=3)
    assert server.connections == 3
    assert len(load.outcomes) == len(server.bodies)
    assert {one.status for one in load.outcomes} == {200}
    assert load.throughput > 0


@pytest.mark.parametrize("answer", [GOOD, LAST, CHUNKED])
@pytest.mark.parametrize("piece", [1, 1000])
def test_an_answer_is_read_however_it_comes(answer: bytes, piece: int) -> None:
    load = closed(Server(itertools.repeat(answer), piece), clients=1, keep_bodies=True)
    assert {one.body for one in load.outcomes} == {b'{"label": "ok"}'}


def test_refusals_are_counted_apart_from_answers_and_errors() -> None:
    load = closed(Server(itertools.cycle([GOOD, REFUSAL, GOOD, BARE_REFUSAL])), clients=1)
    summary = load.summary()
    count = summary["requests"]
    refused = summary["refused"]
    assert refused["count"] == summary["statuses"]["503"] == pytest.approx(count / 2, abs=1)
    assert refused["share"] == refused["count"] / count
    assert refused["with_retry_after"] == pytest.approx(0.5, abs=1 / refused["count"])
    assert refused["p50_ms"] > 0
    assert summary["errors"] == 0


def test_a_lost_connection_is_an_error_and_is_made_anew() -> None:
    server = Server(itertools.cycle([GOOD, ABRUPT]))
    summary = closed(server, clients=1).summary()
    assert summary["statuses"]["200"] > 1
    assert summary["errors"] == summary["statuses"]["connection lost"] > 1
    assert server.connections > 2


def test_who_gets_no_answer_is_counted_when_the_measurement_ends() -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def measure() -> Load:
        listener = await asyncio.start_server(silence, "127.0.0.1", 0)
        async with listener:
            address = Address(*listener.sockets[0].getsockname()[:2])
            return await closed_loop(address, [REQUEST], clients=2, seconds=0.1, timeout_s=0.1)

    load = run(measure())
    assert [one.status for one in load.outcomes] == [LATE, LATE]
    assert load.throughput == 0


def test_nobody_there_is_no_answer() -> None:
    assert run(ask_once(Address("127.0.0.1", 1), REQUEST)) is None


def test_arrivals_are_a_poisson_process_of_the_rate_and_the_seed() -> None:
    times = arrivals(100, 50, seed=4)
    assert times == sorted(times) == arrivals(100, 50, seed=4)
    assert times != arrivals(100, 50, seed=5)
    assert times[0] > 0
    assert times[-1] < 50
    assert len(times) == pytest.approx(5000, rel=0.1)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    mean = sum(gaps) / len(gaps)
    spread = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    assert spread == pytest.approx(mean**2, rel=0.2)  # as of exponential gaps, which even ones would not have


def test_an_open_loop_sends_each_arrival_once_and_none_before_it_is_due() -> None:
    server = Server(itertools.repeat(GOOD))
    load = opened(server)
    assert len(load.outcomes) == len(server.bodies) == len(arrivals(200, 0.3, seed=1))
    offsets = sorted(one.due - load.started for one in load.outcomes)
    assert offsets == pytest.approx(arrivals(200, 0.3, seed=1))
    assert all(one.sent >= one.due for one in load.outcomes)


def test_an_open_loop_goes_on_while_answers_are_missing() -> None:
    """The other requests are sent before the first is answered, each on its own connection."""
    expected = len(arrivals(200, 0.3, seed=1))
    everybody_asked = asyncio.Event()

    class Patient(Server):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections += 1
            await reader.readuntil(b"\r\n\r\n")
            if self.connections == expected:
                everybody_asked.set()
            await everybody_asked.wait()
            writer.write(GOOD)
            writer.close()

    server = Patient([])
    load = opened(server)
    assert server.connections == expected
    assert [one.status for one in load.outcomes] == [200] * expected


def test_with_every_connection_taken_a_request_waits_for_one() -> None:
    server = Server(itertools.repeat(GOOD))
    load = opened(server, rate=1000, max_connections=1)
    assert server.connections == 1
    assert len(load.outcomes) == len(arrivals(1000, 0.3, seed=1))


def test_an_open_loop_counts_refusals() -> None:
    summary = opened(Server(itertools.cycle([GOOD, REFUSAL]))).summary(deadline_s=60)
    assert summary["refused"]["with_retry_after"] == 1
    assert summary["statuses"]["200"] + summary["refused"]["count"] == summary["requests"]
    assert summary["goodput"] * summary["seconds"] == pytest.approx(summary["statuses"]["200"])


def test_goodput_counts_from_when_a_request_was_due() -> None:
    late = Outcome(due=0.5, sent=1.4, done=1.6, status=200)  # the server took 0.2 s, the client waited 1.1 s
    load = Load(0.0, 2.0, [outcome(0.1), outcome(0.3), outcome(0.9), late, outcome(0.1, status=503)])
    assert load.goodput(1.0) == 1.5
    assert load.goodput(0.2) == 0.5
    assert load.summary(deadline_s=1.0)["p99_ms"] == pytest.approx(1100)


def test_latencies_are_of_requests_due_in_the_window_and_throughput_of_answers_in_it() -> None:
    before = outcome(1.0, due=9.5)  # sent in the warm-up, answered in the window
    within = outcome(0.25, due=10.5)
    after = outcome(5.0, due=11.5)  # sent in the window, answered later
    load = Load(10.0, 2.0, [before, within, after])
    assert load.throughput == 1.0
    summary = load.summary()
    assert summary["requests"] == 2
    assert (summary["p50_ms"], summary["max_ms"]) == pytest.approx((250, 5000))


@pytest.mark.parametrize("status", [LOST, LATE, 422, 500])
def test_only_good_answers_count(status: int) -> None:
    load = Load(0.0, 1.0, [outcome(0.1), outcome(0.1, status)])
    assert load.throughput == 1
    assert load.goodput(1.0) == 1
    assert load.summary()["errors"] == 1
