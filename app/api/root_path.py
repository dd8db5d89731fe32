"""ASGI middleware for a service behind a gateway that serves it under a sub-path, such as `/undertone`.

Gateways differ: some pass the path on as it came, some remove the sub-path. `WithoutSubPath`, the outermost middleware,
removes it where it is still there, so that all middleware inside sees the paths of the routes. `WithSubPath`, the
innermost, puts it back, because in ASGI a path contains the root path. Links in the documents start with the sub-path
either way.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class WithoutSubPath:
    """Removes the sub-path from the path of a request."""

    def __init__(self, app: ASGIApp, sub_path: str) -> None:
        self.app, self.sub_path = app, sub_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path: str = scope["path"]
            if path == self.sub_path or path.startswith(f"{self.sub_path}/"):
                scope = {**scope, "path": path.removeprefix(self.sub_path) or "/"}
        await self.app(scope, receive, send)


class WithSubPath:
    """Puts the sub-path before the path of a request, and sets the root path."""

    def __init__(self, app: ASGIApp, sub_path: str) -> None:
        self.app, self.sub_path = app, sub_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "root_path": self.sub_path, "path": self.sub_path + scope["path"]}
        await self.app(scope, receive, send)
