"""The load generator. Closed loop: a number of clients, each of which sends the next request when it has its answer.
Open loop: requests arrive by a Poisson process at a fixed rate, whether or not the server keeps up.

Latencies of the open loop count from the time at which a request was due, so they include all waiting that a slow
server causes.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import random
import time
from collections import Counter
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import uvloop

from benchmarks.http import Address, BadResponse, Connection, connect, header
from benchmarks.processes import Family

Result = TypeVar("Result")

REFUSED = 503
LOST, LATE, UNREADABLE = -1, -2, -3  # in place of a status
NAMES = {LOST: "connection lost", LATE: "no answer until the time-out", UNREADABLE: "unreadable response"}
GENERATOR_NICE = -20
RECONNECT_PAUSE_S = 0.02  # keeps clients of a server that is down from spinning


@dataclass(slots=True)
class Outcome:
    """The result of one request. `due` is the time at which it should be sent; in a closed loop it equals `sent`."""

    due: float
    sent: float
    done: float
    status: int
    retry_after: bool = False
    body: bytes = b""

    @property
    def latency_s(self) -> float:
        return self.done - self.due


class Client:
    """Sends requests over its own connection, and reconnects when that breaks."""

    def __init__(self, address: Address, keep_bodies: bool = False) -> None:
        self.address, self.keep_bodies = address, keep_bodies
        self.connection: Connection | None = None

    async def ask(self, request: bytes, due: float | None = None) -> Outcome:
        sent = time.perf_counter()
        outcome = Outcome(sent if due is None else due, sent, math.inf, LATE)
        try:
            if self.connection is None or not self.connection.usable:
                self.connection = await connect(self.address)
            response = await self.connection.ask(request)
        except OSError:
            outcome.status = LOST
        except BadResponse:
            outcome.status = UNREADABLE
        except asyncio.CancelledError:  # the measurement is over: nothing else cancels clients
            self.close()
        else:
            outcome.status = response.status
            outcome.retry_after = header(response.head, b"retry-after") is not None
            outcome.body = response.body if self.keep_bodies else b""
        outcome.done = time.perf_counter()
        return outcome

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


@dataclass(slots=True)
class Load:
    """The outcomes of a measurement, and the resources that the server used in its window. `outcomes` includes requests
    of the warm-up: one that was answered within the window is work done in it."""

    started: float
    seconds: float
    outcomes: list[Outcome]
    server_cpu_s: float = 0.0
    server_rss_mib: float = 0.0
    server_pss_mib: float = 0.0
    server_processes: int = 0
    generator_cpu_s: float = 0.0

    @property
    def ended(self) -> float:
        return self.started + self.seconds

    @property
    def due(self) -> list[Outcome]:
        """Outcomes of all requests that were due in the window, whenever they ended, so that slow ones are included."""
        return [outcome for outcome in self.outcomes if self.started <= outcome.due < self.ended]

    @property
    def answered(self) -> list[Outcome]:
        """Outcomes with status 200 whose answers arrived in the window."""
        return [one for one in self.outcomes if one.status == 200 and self.started <= one.done <= self.ended]

    @property
    def throughput(self) -> float:
        return len(self.answered) / self.seconds

    def goodput(self, deadline_s: float) -> float:
        """Answers with status 200 a second that arrived within the deadline, counted from when each request was due."""
        return sum(one.status == 200 and one.latency_s <= deadline_s for one in self.due) / self.seconds

    def summary(self, deadline_s: float | None = None) -> dict[str, Any]:
        """Plain numbers for JSON; milliseconds in `_ms`."""
        due = self.due
        latencies = [1000 * outcome.latency_s for outcome in due if outcome.status == 200]
        refused = [outcome for outcome in due if outcome.status == REFUSED]
        statuses = Counter(outcome.status for outcome in due)
        numbers: dict[str, Any] = {
            "seconds": self.seconds,
            "requests": len(due),
            "throughput": self.throughput,
            **quantiles(latencies),
            "mean_ms": sum(latencies) / len(latencies) if latencies else None,
            "max_ms": max(latencies, default=None),
            "statuses": {NAMES.get(status, str(status)): count for status, count in sorted(statuses.items())},
            "errors": len(due) - statuses[200] - statuses[REFUSED],
            "server_cpu_s": self.server_cpu_s,
            "server_cores": self.server_cpu_s / self.seconds,
            "server_rss_mib": self.server_rss_mib,
            "server_pss_mib": self.server_pss_mib,
            "server_processes": self.server_processes,
            "generator_cores": self.generator_cpu_s / self.seconds,
            "sent_late": quantiles([1000 * (outcome.sent - outcome.due) for outcome in due]),
        }
        if refused:
            # Counted from the time of sending, because a late generator is not the server's fault.
            numbers["refused"] = {
                "count": len(refused),
                "share": len(refused) / len(due),
                "with_retry_after": sum(outcome.retry_after for outcome in refused) / len(refused),
                **quantiles([1000 * (outcome.done - outcome.sent) for outcome in refused]),
            }
        if deadline_s is not None:
            numbers |= {"deadline_s": deadline_s, "goodput": self.goodput(deadline_s)}
        return numbers


def quantiles(values_ms: Sequence[float]) -> dict[str, float | None]:
    ordered = sorted(values_ms)
    return {f"p{share}_ms": percentile(ordered, share) for share in (50, 90, 99)}


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The percentile of ascending values by nearest rank; None if there are no values. `share` is in per cent."""
    if not ordered:
        return None
    return ordered[max(math.ceil(share / 100 * len(ordered)), 1) - 1]


class Meter:
    """Measures the resources of server and generator in a window, with as little work of its own as possible."""

    def __init__(self, family: Family | None) -> None:
        self.family = family
        self.started = self.server_cpu_s = self.generator_cpu_s = 0.0

    def start(self) -> None:
        if self.family:
            self.family.members()  # finds processes that the warm-up started
        self.server_cpu_s = self.family.cpu_s() if self.family else 0.0
        self.generator_cpu_s = time.process_time()
        self.started = time.perf_counter()

    def stop(self) -> Load:
        """The load of the window, without outcomes."""
        load = Load(self.started, time.perf_counter() - self.started, [])
        load.generator_cpu_s = time.process_time() - self.generator_cpu_s
        load.server_cpu_s = self.family.cpu_s() - self.server_cpu_s if self.family else 0.0
        return load

    def weigh(self, load: Load) -> None:
        """Read the server's memory. Call it when all requests are answered."""
        if self.family:
            memory = self.family.memory()
            load.server_rss_mib, load.server_pss_mib = memory.rss_mib, memory.pss_mib
            load.server_processes = memory.processes


async def closed_loop(
    address: Address,
    requests: Sequence[bytes],
    *,
    clients: int,
    seconds: float,
    warmup_s: float = 0.0,
    family: Family | None = None,
    keep_bodies: bool = False,
    timeout_s: float = 30.0,
) -> Load:
    """`clients` take requests from one list, again and again. After the window no client sends another request, and the
    answers under way are awaited, so that slow ones are not missing from the percentiles."""
    supply = itertools.cycle(requests)
    outcomes: list[Outcome] = []
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(keep_asking(address, supply, outcomes, stopping, keep_bodies)) for _ in range(clients)]
    try:
        meter = Meter(family)
        await asyncio.sleep(warmup_s)
        meter.start()
        await asyncio.sleep(seconds)
        load = meter.stop()
        stopping.set()
        await asyncio.wait(tasks, timeout=timeout_s)
    finally:
        await end(tasks)
    meter.weigh(load)
    load.outcomes = outcomes
    return load


async def keep_asking(
    address: Address,
    supply: Iterator[bytes],
    outcomes: list[Outcome],
    stopping: asyncio.Event,
    keep_bodies: bool,
) -> None:
    client = Client(address, keep_bodies)
    while not stopping.is_set():
        outcome = await client.ask(next(supply))
        outcomes.append(outcome)
        if outcome.status == LATE:
            break
        if outcome.status in (LOST, UNREADABLE):
            await asyncio.sleep(RECONNECT_PAUSE_S)
    client.close()


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """Arrival times of a Poisson process, in seconds from its start."""
    chance = random.Random(seed)
    times: list[float] = []
    now = chance.expovariate(rate)
    while now < seconds:
        times.append(now)
        now += chance.expovariate(rate)
    return times


async def open_loop(
    address: Address,
    requests: Sequence[bytes],
    *,
    rate: float,
    seconds: float,
    seed: int = 1,
    family: Family | None = None,
    max_connections: int = 2048,
    timeout_s: float = 30.0,
    spin: bool = False,
) -> Load:
    """Sends a request at each of `arrivals`. If all connections are taken, a request waits for one and its latency
    grows. The generator raises its priority where it may, because a generator that waits for a core sends late and so
    changes the load. With `spin` it never sleeps: with a core of its own, the server then need not wake it for each
    answer, as with clients on other machines.
    """
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, GENERATOR_NICE)
    schedule = arrivals(rate, seconds, seed)
    supply = itertools.cycle(requests)
    idle: list[Client] = []
    room = asyncio.Semaphore(max_connections)
    outcomes: list[Outcome] = []

    async def one(request: bytes, due: float) -> None:
        try:
            async with room:
                client = idle.pop() if idle else Client(address)
                outcomes.append(await client.ask(request, due))
                idle.append(client)
        except asyncio.CancelledError:  # the request had no connection yet when the measurement ended
            now = time.perf_counter()
            outcomes.append(Outcome(due, now, now, LATE))

    tasks: set[asyncio.Task[None]] = set()
    meter = Meter(family)
    meter.start()
    for offset in schedule:
        due = meter.started + offset
        await sleep_until(due, spin)
        task = asyncio.create_task(one(next(supply), due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await sleep_until(meter.started + seconds, spin)
    load = meter.stop()
    if tasks:
        await asyncio.wait(tasks, timeout=timeout_s)
    await end(list(tasks))
    for client in idle:
        client.close()
    meter.weigh(load)
    load.outcomes = outcomes
    return load


async def sleep_until(moment: float, spin: bool) -> None:
    """Never returns early: uvloop rounds timers to whole milliseconds, and a request that is sent before it is due
    would seem faster than it is."""
    while (pause_s := moment - time.perf_counter()) > 0:  # noqa: ASYNC110 (it waits for a time only)
        await asyncio.sleep(0 if spin else math.ceil(1000 * pause_s) / 1000)


async def end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def run(measurement: Coroutine[Any, Any, Result]) -> Result:
    """Run a measurement on uvloop, which has the least overhead."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measurement)
