"""ASGI middleware in front of the routes: bounds bodies before anything reads them, and notices who has left."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import Problem


class BodyLimit:
    """Refuses a body over `limit` bytes with 413: at once where Content-Length tells, else while it arrives."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > self.limit:
            await self.refuse(scope, receive, send)
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
        gone = asyncio.Event()
        work = asyncio.current_task()
        watcher: asyncio.Task[None] | None = None

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            gone.set()
            if work is not None:
                work.cancel()

        async def until_body_ends() -> Message:
            nonlocal watcher
            if watcher is not None:
                await gone.wait()
                return {"type": "http.disconnect"}
            message = await receive()
            if not message.get("more_body", False):
                watcher = asyncio.create_task(watch())
            return message

        try:
            await self.app(scope, until_body_ends, send)
        except asyncio.CancelledError:
            if not gone.is_set():
                raise
        finally:
            if watcher is not None:
                watcher.cancel()
