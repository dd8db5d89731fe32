"""ASGI middleware for a service behind a gateway that serves it under a sub-path, such as `/undertone`.

Gateways differ: some pass the path as it came, some take the sub-path off. The outer one of two takes it off where it
is still there, so that middleware between them sees the paths of the routes; the inner one puts it on, as ASGI wants
the path to contain the root path. Links in the documents start with the sub-path either way.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class WithoutSubPath:
    """The outer one."""

    def __init__(self, app: ASGIApp, sub_path: str) -> None:
        self.app, self.sub_path = app, sub_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path: str = scope["path"]
            if path == self.sub_path or path.startswith(f"{self.sub_path}/"):
                scope = {**scope, "path": path.removeprefix(self.sub_path) or "/"}
        await self.app(scope, receive, send)


class WithSubPath:
    """The inner one."""

    def __init__(self, app: ASGIApp, sub_path: str) -> None:
        self.app, self.sub_path = app, sub_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "root_path": self.sub_path, "path": self.sub_path + scope["path"]}
        await self.app(scope, receive, send)
