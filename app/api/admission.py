"""Decides from the headers alone whether a request can be answered in time, and in what order accepted ones are
prepared, so that under any load a refusal comes at once. Knows routes by what a byte of them costs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping

from starlette._utils import get_route_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import metrics
from app.api.errors import Problem, problem_of
from app.api.headers import Headers, timeout_of
from app.engine.errors import EngineOverloaded
from app.engine.rate import Rate
from app.pipeline import Pipeline

REQUEST_BYTES = 100  # what a request costs beside its text, in bytes of text to judge
UNKNOWN_BYTES = 1_000  # of a body without Content-Length
# With less than this under way the service is not busy, so its capacity could not be measured: never refused.
ALWAYS_BYTES = 20_000
# Of the time a request may take it may wait so much: the estimate errs, and then it has to be answered.
SHARE_FOR_WAITING = 0.5
PREPARED_A_TURN = 8  # requests; of about 0.3 ms each


class Admission:
    """ASGI: refuses a POST to one of `prices` with 503 and Retry-After when the work accepted before it, at the rate
    that was measured, takes too long. A byte of a route weighs its price."""

    def __init__(self, app: ASGIApp, prices: Mapping[str, float]) -> None:
        self.app, self.prices = app, prices
        self.backlog = 0.0  # weight of what is accepted and not answered
        self.rate = Rate()
        self.turns = Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        price = self.prices.get(get_route_path(scope)) if scope["type"] == "http" else None
        pipeline: Pipeline | None = scope["app"].state.pipeline if "app" in scope else None
        if price is None or pipeline is None or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        headers: Headers = dict(scope["headers"])
        try:
            deadline_s = timeout_of(headers, pipeline.settings.request_timeout_s)
            self.check(deadline_s, pipeline)
        except (Problem, EngineOverloaded) as error:
            await problem_of(error).response()(scope, receive, send)
            return
        weight = price * (REQUEST_BYTES + body_bytes(headers))
        answered = False

        async def watched(message: Message) -> None:
            nonlocal answered
            answered = message.get("status", 200) < 500
            await send(message)

        if not self.backlog:
            self.rate.begin()
        self.backlog += weight
        try:
            await self.turns.wait()
            await self.app(scope, receive, watched)
        finally:
            self.backlog = max(0.0, self.backlog - weight)
            if answered:
                self.rate.done(weight, self.backlog)

    def check(self, deadline_s: float, pipeline: Pipeline) -> None:
        """Raises EngineOverloaded."""
        try:
            pipeline.engine.check_room()
        except EngineOverloaded:
            metrics.refused.labels("queue").inc()
            raise
        wait_s = self.rate.wait_s(self.backlog)
        if wait_s > SHARE_FOR_WAITING * deadline_s and self.backlog > ALWAYS_BYTES:
            metrics.refused.labels("deadline").inc()
            raise EngineOverloaded(
                f"The wait is about {wait_s:.1f} s, too long for the {deadline_s:.1f} s that this request may take.",
                wait_s - SHARE_FOR_WAITING * deadline_s,
            )


def body_bytes(headers: Headers) -> int:
    declared = headers.get(b"content-length", b"")
    return int(declared) if declared.isdigit() else UNKNOWN_BYTES


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
