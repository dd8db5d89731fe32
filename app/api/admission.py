"""Decides from the headers alone whether a request can be answered in time, and in what order accepted ones are
prepared, so that under any load a refusal comes at once. Knows routes by what a byte of them costs."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette._utils import get_route_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import Problem, problem_of
from app.api.headers import Headers, timeout_of
from app.engine.errors import EngineOverloaded
from app.engine.rate import Rate
from app.pipeline.service import Pipeline
from app.telemetry import metrics

log = logging.getLogger("undertone.request")

REQUEST_BYTES = 100  # what a request costs beside its text, in bytes of text to judge
UNKNOWN_BYTES = 1_000  # of a body without Content-Length
# With less than this under way the service is not busy, so its capacity could not be measured: never refused.
ALWAYS_BYTES = 20_000
# Of the time a request may take it may wait so much: the estimate errs, and then it has to be answered.
SHARE_FOR_WAITING = 0.5
TELL_AFTER_S = 1.0
PREPARED_A_TURN = 4  # requests; of about 0.3 ms each, so that who is new is accepted or refused within some ms


@dataclass(slots=True)
class Gate:
    """What one HTTP process has accepted, and how fast it is answered. A byte of a route weighs its price."""

    prices: Mapping[str, float]  # by path
    root_path: str = ""  # of requests, which a gateway may have put before the path
    pipeline: Pipeline | None = None  # while there is none, nothing is refused here
    backlog: float = 0.0  # weight of what is accepted and not answered
    rate: Rate = field(default_factory=Rate)
    refused: Counter[str] = field(default_factory=Counter)  # by path, of which nobody was told yet

    def refusal(self, method: bytes, path: bytes, headers: list[tuple[bytes, bytes]]) -> Problem | None:
        """What to answer to the head of a request that cannot be served in time; None to all others, also to those that
        are wrong."""
        if self.backlog <= ALWAYS_BYTES or self.pipeline is None or method != b"POST":
            return None
        if (route := path.decode("latin-1").removeprefix(self.root_path)) not in self.prices:
            return None
        try:
            deadline_s = timeout_of(dict(headers), self.pipeline.settings.request_timeout_s)
        except Problem:
            return None
        if (error := self.too_late(deadline_s)) is None:
            return None
        self.count(route)
        return problem_of(error)

    def count(self, route: str) -> None:
        """What stands for the middleware that a refused request never meets: signals and log hear once a second."""
        if not self.refused:
            asyncio.get_running_loop().call_later(TELL_AFTER_S, self.tell)
        self.refused[route] += 1

    def tell(self) -> None:
        for route, count in self.refused.items():
            metrics.request_counter("POST", route, 503).inc(count)
            metrics.refused.labels("deadline").inc(count)
        log.warning("refused %d requests that could not be answered in time", self.refused.total())
        self.refused.clear()

    def check(self, deadline_s: float, pipeline: Pipeline) -> None:
        """Raises EngineOverloaded."""
        try:
            pipeline.engine.check_room()
        except EngineOverloaded:
            metrics.refused.labels("queue").inc()
            raise
        if (error := self.too_late(deadline_s)) is not None:
            metrics.refused.labels("deadline").inc()
            raise error

    def too_late(self, deadline_s: float) -> EngineOverloaded | None:
        wait_s = self.rate.wait_s(self.backlog)
        if wait_s <= SHARE_FOR_WAITING * deadline_s or self.backlog <= ALWAYS_BYTES:
            return None
        return EngineOverloaded(
            f"The wait is about {wait_s:.1f} s, too long for the {deadline_s:.1f} s that this request may take.",
            wait_s - SHARE_FOR_WAITING * deadline_s,
        )


class Admission:
    """ASGI: refuses a POST to a route that has a price with 503 and Retry-After when the work accepted before it, at
    the rate that was measured, takes too long. Most of those `BoundedHttp` has refused before they come here."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self.app, self.gate = app, gate
        self.turns = Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gate = self.gate
        path = get_route_path(scope) if scope["type"] == "http" else ""
        if gate.pipeline is None or path not in gate.prices or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        headers: Headers = dict(scope["headers"])
        try:
            gate.check(timeout_of(headers, gate.pipeline.settings.request_timeout_s), gate.pipeline)
        except (Problem, EngineOverloaded) as error:
            await problem_of(error).response()(scope, receive, send)
            return
        weight = gate.prices[path] * (REQUEST_BYTES + body_bytes(headers, gate.pipeline.settings.max_body_bytes))
        received, arriving, answered = 0, True, False

        async def arrived() -> Message:
            nonlocal weight, received, arriving
            if not arriving:
                return await receive()
            gate.backlog -= weight  # what is not there yet is no work, and may never be
            try:
                message = await receive()
                received += len(message.get("body", b""))
                if not message.get("more_body", False):
                    arriving, weight = False, gate.prices[path] * (REQUEST_BYTES + received)
            finally:
                gate.backlog += weight
            return message

        async def watched(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = message["status"] == 200  # a refusal is no work done
            await send(message)

        if not gate.backlog:
            gate.rate.begin()
        gate.backlog += weight
        try:
            await self.turns.wait()
            await self.app(scope, arrived, watched)
        finally:
            gate.backlog = max(0.0, gate.backlog - weight)
            if answered:
                gate.rate.done(weight, gate.backlog)


def body_bytes(headers: Headers, most: int) -> int:
    declared = headers.get(b"content-length", b"")
    return min(int(declared), most) if declared.isdigit() else UNKNOWN_BYTES


class Turns:
    """In each turn of the event loop a few of those who wait go on, in their order; what has arrived meanwhile is read,
    and refused where it must be, before the next."""

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
            if not turn.done():  # its client has not gone
                turn.set_result(None)
                self.left -= 1
        if self.begun:
            asyncio.get_running_loop().call_soon(self.next)
