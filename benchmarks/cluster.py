"""Simulates requests, containers, gateway and autoscaler with SimPy. Knows no server: CPU times of requests come in.

A container is one HTTP process and some engines, each of which has one core. Requests arrive by a Poisson process. The
gateway gives each to the less busy of two containers drawn at random (Mitzenmacher 2001). A container refuses a request
that would wait too long, and the client retries after the time in the refusal, a few times at most. When a container
fails, its unanswered requests are sent to another one.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

Process = Generator[simpy.Event, Any, None]

STEP_S = 15.0  # of the autoscaler, as in Kubernetes
STEADY_S = 300.0  # time for which fewer containers must suffice before one is removed, as in Kubernetes
REFUSAL_S = 0.0001  # CPU time of a refusal from the request's head


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU time of a request in seconds."""

    http_s: float
    engine_s: float

    @property
    def all_s(self) -> float:
        return self.http_s + self.engine_s


@dataclass(frozen=True, slots=True)
class Plan:
    engines: int = 2  # of a container
    busy: float = 0.7  # share of its fullest process that the autoscaler aims at, as in deploy/kubernetes
    least: int = 2  # containers, so that one may fail
    start_s: float = 20.0  # from the decision to add a container to its first answer, on a node that has the image
    longest_wait_s: float = 1.0  # a request that would wait longer is refused
    attempts: int = 4  # of a client
    mean_life_s: float = 1_800.0  # of a container until it fails; far shorter than in reality, so that some fail
    burst: float = 3.0  # times the usual rate
    burst_from_s: float = 180.0
    burst_to_s: float = 420.0
    length_s: float = 720.0


class Container:
    """`backlog` counts the requests that it has taken and not answered."""

    def __init__(self, env: simpy.Environment, costs: Costs, plan: Plan) -> None:
        self.env, self.costs, self.plan = env, costs, plan
        self.http, self.engines = simpy.Resource(env), simpy.Resource(env, plan.engines)
        self.failed = env.event()
        self.backlog, self.busy_s = 0, 0.0

    @property
    def slowest_s(self) -> float:
        """Seconds between two answers at full load."""
        return max(self.costs.http_s, self.costs.engine_s / self.plan.engines)

    def serve(self) -> Process:
        for resource, work_s in ((self.http, self.costs.http_s), (self.engines, self.costs.engine_s)):
            with resource.request() as turn:
                yield turn
                yield self.env.timeout(work_s)
        self.busy_s += self.slowest_s


@dataclass(slots=True)
class Result:
    """The outcomes of the requests of one run."""

    waits_s: list[float] = field(default_factory=list)  # from the first attempt to the answer
    events: Counter[str] = field(default_factory=Counter)
    containers: list[tuple[float, int]] = field(default_factory=list)  # by time

    def quantile(self, share: float) -> float:
        waits = sorted(self.waits_s)
        return waits[min(int(share * len(waits)), len(waits) - 1)] if waits else math.nan

    @property
    def fewest(self) -> int:
        return min(number for _, number in self.containers)

    @property
    def most(self) -> int:
        return max(number for _, number in self.containers)

    @property
    def container_s(self) -> float:
        ends = [*(time for time, _ in self.containers[1:]), self.containers[-1][0]]
        return sum(number * (end - time) for (time, number), end in zip(self.containers, ends, strict=True))


class Cluster:
    def __init__(self, costs: Costs, plan: Plan, rate: float, seed: int = 1) -> None:
        """`rate` is the usual number of requests a second."""
        self.env, self.rng = simpy.Environment(), random.Random(seed)
        self.costs, self.plan, self.rate = costs, plan, rate
        self.result = Result()
        self.wanted = max(plan.least, needed(costs, plan, rate))
        self.containers: list[Container] = []
        for _ in range(self.wanted):
            self.env.process(self.life(self.started()))
        self.count()

    def run(self) -> Result:
        self.env.process(self.arrivals())
        self.env.process(self.autoscaler())
        self.env.run(until=self.plan.length_s)
        self.count()
        return self.result

    def count(self) -> None:
        self.result.containers.append((self.env.now, len(self.containers)))

    def started(self) -> Container:
        one = Container(self.env, self.costs, self.plan)
        self.containers.append(one)
        return one

    def new(self) -> Process:
        yield self.env.timeout(self.plan.start_s)
        one = self.started()
        self.count()
        self.env.process(self.life(one))

    def life(self, one: Container) -> Process:
        """A container fails after a while and is replaced, unless the autoscaler took it out before."""
        yield self.env.timeout(self.rng.expovariate(1 / self.plan.mean_life_s))
        if one in self.containers:
            self.containers.remove(one)
            self.count()
            one.failed.succeed()
            self.result.events["containers failed"] += 1
            self.env.process(self.new())

    def arrivals(self) -> Process:
        while True:
            is_burst = self.plan.burst_from_s <= self.env.now < self.plan.burst_to_s
            yield self.env.timeout(self.rng.expovariate(self.rate * (self.plan.burst if is_burst else 1.0)))
            self.result.events["requests"] += 1
            self.env.process(self.client())

    def client(self) -> Process:
        began = self.env.now
        for attempt in range(self.plan.attempts):
            if not self.containers:
                wait_s = 1.0
            else:
                one = min(self.rng.choices(self.containers, k=2), key=lambda container: container.backlog)
                wait_s = one.backlog * one.slowest_s
                if wait_s <= self.plan.longest_wait_s:
                    one.backlog += 1
                    answer = self.env.process(one.serve())
                    yield answer | one.failed
                    one.backlog -= 1
                    if answer.triggered:
                        self.result.waits_s.append(self.env.now - began)
                        return
                    self.result.events["sent to another container"] += 1
                    continue
                one.busy_s += REFUSAL_S
            self.result.events["refusals"] += 1
            pause_s = max(1.0, wait_s - self.plan.longest_wait_s) * 2**attempt
            yield self.env.timeout(pause_s * self.rng.uniform(0.5, 1.0))
        self.result.events["given up"] += 1

    def autoscaler(self) -> Process:
        """Kubernetes' rule: as many containers as bring the mean to the target, and fewer only if fewer have sufficed
        for a while."""
        wishes: list[tuple[float, int]] = []
        while True:
            yield self.env.timeout(STEP_S)
            busy = sum(one.busy_s for one in self.containers) / STEP_S
            for one in self.containers:
                one.busy_s = 0.0
            wishes = [(time, number) for time, number in wishes if time > self.env.now - STEADY_S]
            wishes.append((self.env.now, max(self.plan.least, math.ceil(busy / self.plan.busy - 0.1))))
            wanted = max(number for _, number in wishes)
            for _ in range(wanted - self.wanted):
                self.env.process(self.new())
            for _ in range(min(self.wanted - wanted, len(self.containers) - self.plan.least)):
                self.containers.pop()  # it answers the requests it has taken, and gets no more
                self.count()
            self.wanted = wanted


def needed(costs: Costs, plan: Plan, rate: float) -> int:
    """The number of containers for a steady rate at which the fullest process of each has the plan's share busy."""
    return math.ceil(rate * max(costs.http_s, costs.engine_s / plan.engines) / plan.busy)
