"""ASGI middleware in front of the routes: bounds bodies before anything reads them, and notices who has left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from starlette._utils import get_route_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import Problem
from app.telemetry import metrics

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
WATCH_AFTER_S = 0.1  # work of less than this is done before it could be taken back


class Measure:
    """Counts answers and times them, by the route's template: a path that clients make up is no label."""

    def __init__(self, app: ASGIApp, routes: Iterable[str]) -> None:
        self.app, self.routes = app, frozenset(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 499  # of a client that left before any answer

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            path, method = get_route_path(scope), scope["method"]
            route = path if path in self.routes else "other"
            metrics.request_counter(method if method in METHODS else "other", route, status).inc()
            metrics.request_timer(route).observe(time.perf_counter() - started)


class BodyLimit:
    """Refuses a body over `limit` bytes with 413: at once where Content-Length tells, else while it arrives."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length")
        if declared is not None:  # the server holds the body to it
            fits = declared.isdigit() and int(declared) <= self.limit
            await (self.app if fits else self.refuse)(scope, receive, send)
            return
        received = 0
        started = False

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise BodyTooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, bounded, watched)
        except BodyTooLarge:
            if not started:
                await self.refuse(scope, receive, send)

    async def refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = Problem(
            "body-too-large",
            f"The body may have {self.limit:,} bytes; send less text at a time.",
            {"Connection": "close"},  # the rest of the body is not read
        )
        await problem.response()(scope, receive, send)


class BodyTooLarge(BaseException):
    """Passes through the routes' own error handling; no `Exception` on purpose."""


class CancelOnDisconnect:
    """Cancels the work on a request when its client goes away: nobody would read the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        client = Client(receive)
        try:
            await self.app(scope, client.receive, send)
        except asyncio.CancelledError:
            if not client.gone.done():
                raise
            metrics.cancelled.labels("disconnect").inc()
        finally:
            client.end()


class Client:
    """Of one request: passes its body on, then watches whether it stays. Most requests are answered before a watcher
    is worth its cost."""

    __slots__ = ("gone", "messages", "timer", "watcher", "work")

    def __init__(self, messages: Receive) -> None:
        loop = asyncio.get_running_loop()
        self.messages, self.work = messages, asyncio.current_task()
        self.gone: asyncio.Future[None] = loop.create_future()
        self.timer: asyncio.TimerHandle | None = None
        self.watcher: asyncio.Task[None] | None = None

    async def receive(self) -> Message:
        if self.timer is not None:  # the body has ended
            await asyncio.shield(self.gone)
            return {"type": "http.disconnect"}
        message = await self.messages()
        if not message.get("more_body", False):
            self.timer = self.gone.get_loop().call_later(WATCH_AFTER_S, self.begin)
        return message

    def begin(self) -> None:
        self.watcher = self.gone.get_loop().create_task(self.watch())

    async def watch(self) -> None:
        while (await self.messages())["type"] != "http.disconnect":
            pass
        self.gone.set_result(None)
        if self.work is not None:
            self.work.cancel()

    def end(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if self.watcher is not None:
            self.watcher.cancel()
