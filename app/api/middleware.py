"""ASGI middleware in front of the routes: one bounds bodies before anything reads them, one notices clients that
leave."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette._utils import get_route_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.coding import DecodedBody, coding_of
from app.api.errors import Problem, refuse
from app.api.exchange import Exchange
from app.telemetry import metrics

WATCH_AFTER_S = 0.1  # shorter work is done before it could be cancelled


class BodyLimit:
    """Refuses a body over `limit` bytes with 413: at once where Content-Length says so, else while it arrives. `larger`
    has the limits of other paths. A compressed body is decompressed here, and held to the limit both ways."""

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int]) -> None:
        self.app, self.limit, self.larger = app, limit, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.larger.get(get_route_path(scope), self.limit)
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length")
        if declared is not None and not (declared.isdigit() and int(declared) <= limit):
            await refuse(too_large(limit), scope, receive, send)
            return
        try:
            if declared is None:  # else the server holds the body to it
                receive = BoundedBody(receive, limit).receive
            if b"content-encoding" in headers and (coding := coding_of(scope["headers"])):
                receive = BoundedBody(DecodedBody(receive, coding).receive, limit).receive
            await self.app(scope, receive, send)
        except BodyTooLarge:
            if not Exchange.of(scope).begun:
                await refuse(too_large(limit), scope, receive, send)


def too_large(limit: int) -> Problem:
    return Problem(
        "body-too-large",
        f"The body may have {limit:,} bytes, compressed or not; send less text at a time.",
        {"Connection": "close"},  # the rest of the body is not read
    )


class BodyTooLarge(BaseException):
    """Not an `Exception`, so that it passes through the error handling of routes."""


class BoundedBody:
    """A body whose length nobody declared, or nobody knows before it is decompressed. Raises BodyTooLarge."""

    __slots__ = ("limit", "receive_next", "received")

    def __init__(self, receive: Receive, limit: int) -> None:
        self.receive_next, self.limit, self.received = receive, limit, 0

    async def receive(self) -> Message:
        message = await self.receive_next()
        self.received += len(message.get("body", b""))
        if self.received > self.limit:
            raise BodyTooLarge
        return message


class CancelOnDisconnect:
    """Cancels the work on a request when its client disconnects: nobody would read the answer. Stands outside of
    `Dispatch`, so that a client that leaves while its request waits for a turn frees its place."""

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
    """The client of one request: passes its body on, then watches whether it disconnects. The watcher starts late: most
    requests are answered before it would be worth its cost."""

    __slots__ = ("gone", "receive_next", "timer", "watcher", "work")

    def __init__(self, receive: Receive) -> None:
        loop = asyncio.get_running_loop()
        self.receive_next, self.work = receive, asyncio.current_task()
        self.gone: asyncio.Future[None] = loop.create_future()
        self.timer: asyncio.TimerHandle | None = None
        self.watcher: asyncio.Task[None] | None = None

    async def receive(self) -> Message:
        if self.timer is not None:  # the body has ended
            await asyncio.shield(self.gone)
            return {"type": "http.disconnect"}
        message = await self.receive_next()
        if not message.get("more_body", False):
            self.timer = self.gone.get_loop().call_later(WATCH_AFTER_S, self.begin)
        return message

    def begin(self) -> None:
        self.watcher = self.gone.get_loop().create_task(self.watch())

    async def watch(self) -> None:
        while (await self.receive_next())["type"] != "http.disconnect":
            pass
        self.gone.set_result(None)
        if self.work is not None:
            self.work.cancel()

    def end(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if self.watcher is not None:
            self.watcher.cancel()
