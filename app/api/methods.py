"""ASGI middleware for the methods that every path takes beside its own: HEAD where GET is one, and OPTIONS."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

ALL = ("GET", "HEAD", "POST", "OPTIONS")


class Methods:
    """Has HEAD answered as GET is; the server leaves out the body. Answers `OPTIONS *`; of a path, `errors` does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if scope["method"] == "HEAD":
                scope = {**scope, "method": "GET"}
            elif scope["method"] == "OPTIONS" and scope["path"] == "*":
                await Response(status_code=204, headers={"Allow": ", ".join(ALL)})(scope, receive, send)
                return
        await self.app(scope, receive, send)


def allowed_by(methods: str) -> str:
    """The header field Allow of a path whose route takes these methods, such as `GET`."""
    taken = {method.strip() for method in methods.split(",")} | {"OPTIONS"}
    if "GET" in taken:
        taken.add("HEAD")
    return ", ".join(sorted(taken, key=lambda method: ALL.index(method) if method in ALL else len(ALL)))
