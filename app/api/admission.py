"""Decides whether a request can be answered in time, from its head alone, and in what order accepted requests are
prepared, so that under any load a refusal comes at once. Knows of a route only what a byte of its body costs."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.api.errors import Problem, problem_of
from app.api.headers import timeout_of
from app.api.observe import HeadRefusals
from app.engine.errors import EngineOverloaded
from app.engine.rate import Rate
from app.pipeline.service import Pipeline

REQUEST_BYTES = 100  # cost of a request beside its text, in bytes of a text for /sentiment
BYTES_PER_TOKEN = 4  # of a text, about
# With less than this under way the service is not busy, so its capacity could not be measured: nothing is refused.
ALWAYS_BYTES = 20_000
# Largest share of its time that a request may spend waiting: the estimate errs, and then it has to be answered.
SHARE_FOR_WAITING = 0.5
# Of a body that has not arrived, so much at most counts as work: it may never arrive.
MOST_PROMISED_BYTES = 1_000
# Requests of about 0.3 ms each, so that a new one is accepted or refused within some milliseconds.
PREPARED_A_TURN = 4


class WaitTooLong(EngineOverloaded):
    """The work accepted before this request takes more of its time than it may spend waiting."""


class Turns:
    """In each turn of the event loop a few of the waiting requests go on, in their order. The heads that have arrived
    meanwhile are read, and refused where they must be, before the next few."""

    def __init__(self) -> None:
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.left = PREPARED_A_TURN
        self.begun = False

    async def wait(self) -> None:
        if not self.begun:
            self.begun = True
            asyncio.get_running_loop().call_soon(self.next)
        if self.left and not self.waiting:
            self.left -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        await turn

    def next(self) -> None:
        self.left, self.begun = PREPARED_A_TURN, bool(self.waiting)
        while self.left and self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():  # else it was cancelled: its client left, or its deadline passed
                turn.set_result(None)
                self.left -= 1
        if self.begun:
            asyncio.get_running_loop().call_soon(self.next)


@dataclass(slots=True)
class Gate:
    """The requests that one HTTP process has accepted, and how fast it answers them."""

    prices: Mapping[str, float]  # of a byte, by the paths of the routes that are refused by their head
    root_path: str = ""  # of requests, which a gateway may have put before the path
    at_head: bool = True  # whether the protocol may refuse
    pipeline: Pipeline | None = None  # while there is none, nothing is refused by its head
    backlog: float = 0.0  # weight of the requests without an answer
    promised: float = 0.0  # weight of those whose heads came in this turn of the event loop
    rate: Rate = field(default_factory=Rate)
    refusals: HeadRefusals = field(default_factory=HeadRefusals)
    turns: Turns = field(default_factory=Turns)

    def refusal(self, method: bytes, path: bytes, headers: list[tuple[bytes, bytes]]) -> Problem | None:
        """The problem to answer to the head of a request that cannot be served in time. None for all other requests;
        of a wrong one, its route says what to change."""
        if not self.at_head or self.pipeline is None or method != b"POST":
            return None
        route = path.decode("latin-1").removeprefix(self.root_path)
        if (price := self.prices.get(route)) is None:
            return None
        fields = dict(headers)
        if self.backlog + self.promised > ALWAYS_BYTES:
            try:
                left_s = timeout_of(fields, self.pipeline.settings.request_timeout_s)
            except Problem:
                return None
            if (error := self.too_late(left_s)) is not None:
                problem = problem_of(error)
                self.refusals.count(problem.kind, route)
                return problem
        self.promise(price * (REQUEST_BYTES + promised_bytes(fields)))
        return None

    def promise(self, weight: float) -> None:
        """Count a request before its route does, in the next turn of the event loop. A flood brings hundreds of heads
        in one turn: were all accepted by the same backlog, the route would refuse most, for several times the work."""
        if not self.promised:
            asyncio.get_running_loop().call_soon(self.forget_promises)
        self.promised += weight

    def forget_promises(self) -> None:
        self.promised = 0.0

    def check(self, left_s: float, pipeline: Pipeline) -> None:
        """Raises EngineOverloaded where a request that has so much time left could not be answered in it."""
        pipeline.engine.check_room()
        if (error := self.too_late(left_s)) is not None:
            raise error

    def too_late(self, left_s: float) -> WaitTooLong | None:
        weight = self.backlog + self.promised
        wait_s, longest_s = self.rate.wait_s(weight), SHARE_FOR_WAITING * left_s
        if wait_s <= longest_s or weight <= ALWAYS_BYTES:
            return None
        return WaitTooLong(
            f"The wait is about {wait_s:.1f} s, too long for the {left_s:.1f} s that this request has left.",
            wait_s - longest_s,
        )


def promised_bytes(fields: dict[bytes, bytes]) -> int:
    length = fields.get(b"content-length", b"")
    return min(int(length[:9]), MOST_PROMISED_BYTES) if length.isdigit() else 0


class Place:
    """The place of one request in the backlog, from the arrival of its body to the end of its answer. A body that has
    not arrived is no work, and may never be. Of a long one at most `most_bytes` stand in the backlog at a time: the
    rest waits for itself, not in front of others."""

    __slots__ = ("gate", "left", "most_weight", "price", "succeeded", "weight")

    def __init__(self, gate: Gate, price: float, most_bytes: float = math.inf) -> None:
        self.gate, self.price, self.succeeded = gate, price, False
        self.left = 0.0  # work of the request that is not done
        self.weight = 0.0  # of the request in the backlog
        self.most_weight = price * most_bytes

    def __enter__(self) -> Place:
        return self

    def body_arrived(self, size: int) -> None:
        self.left = self.price * (REQUEST_BYTES + size)
        self.weigh()

    def correct(self, factor: float) -> None:
        """The body asks for `factor` times the work that its route's price stands for."""
        self.price, self.left, self.most_weight = factor * self.price, factor * self.left, factor * self.most_weight
        self.weigh()

    def progress(self, tokens: int) -> None:
        """An engine has read so many tokens of the request. Without this the service would seem to stand still while it
        works on a long text."""
        done = min(self.left, self.price * BYTES_PER_TOKEN * tokens)
        self.left -= done
        self.weigh()
        self.gate.rate.done(done, self.gate.backlog)

    def weigh(self) -> None:
        if not self.gate.backlog:
            self.gate.rate.begin()
        weight = min(self.left, self.most_weight)
        self.gate.backlog += weight - self.weight
        self.weight = weight

    def __exit__(self, *_: object) -> None:
        gate = self.gate
        gate.backlog = max(0.0, gate.backlog - self.weight)
        if self.succeeded:  # a refusal is no work done
            gate.rate.done(self.left, gate.backlog)
