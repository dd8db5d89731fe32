"""ASGI middleware that requires an API key of each request and holds it to the key's limit; and how the OpenAPI
document describes that."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Collection
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.dialect import Dialect
from app.api.errors import Problem, refuse
from app.api.exchange import Exchange
from app.api.keyfile import ApiKey, KeyFile

OPEN = frozenset({"/", "/docs", "/openapi.json"})
OPEN_FOLDERS = ("/healthz/", "/static/")
METRICS = "/metrics"

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key of this service."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key."},
}


class RequireKey:
    """Each HTTP process counts for itself: with N of them a key can have up to N times its limit."""

    def __init__(
        self, app: ASGIApp, keys: KeyFile, anonymous_metrics: bool, open_paths: Collection[str] = frozenset()
    ) -> None:
        self.app, self.keys = app, keys
        self.open = OPEN.union(open_paths, {METRICS} if anonymous_metrics else ())
        from limits.aio.storage import MemoryStorage  # slow to import, and most services have no keys
        from limits.aio.strategies import SlidingWindowCounterRateLimiter

        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self.is_open(scope):
            await self.app(scope, receive, send)
            return
        exchange = Exchange.of(scope)
        presented, dialect = credentials(scope["headers"]), exchange.dialect
        if not presented and dialect is not None:
            presented = dialect.key_in_head(scope)
            if not presented and dialect.keys_in_bodies:
                exchange.unlock = functools.partial(self.check, exchange)  # `Dispatch` asks when it has the body
                await self.app(scope, receive, send)
                return
        try:
            await self.check(exchange, presented)
        except Problem as problem:
            await refuse(problem, scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def check(self, exchange: Exchange, presented: str) -> None:
        """Raises Problem where a request with this key must not go on."""
        key = self.keys.find(presented) if presented else None
        if key is None:
            raise unauthorized(presented, exchange.dialect)
        exchange.key = key.name
        if (problem := await self.exceeded(key)) is not None:
            raise problem

    def is_open(self, scope: Scope) -> bool:
        """Whether the path needs no key. It is compared as it came: any other spelling of an open path needs one."""
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        return path in self.open or path.startswith(OPEN_FOLDERS)

    async def exceeded(self, key: ApiKey) -> Problem | None:
        """Count a request of a key. Returns a problem where the key has used up its limit."""
        if key.limit is None or await self.limiter.hit(key.limit, key.name):
            return None
        window = await self.limiter.get_window_stats(key.limit, key.name)
        wait_s = max(1, math.ceil(window.reset_time - time.time()))
        return Problem(
            "too-many-requests",
            f"The API key {key.name} may ask {key.limit}; try again in {wait_s} s.",
            {"Retry-After": str(wait_s)},
        )


def credentials(headers: list[tuple[bytes, bytes]]) -> str:
    """The key that a request carries, else an empty string."""
    for name, value in headers:
        if name == b"x-api-key":
            return value.decode("latin-1").strip()
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return value[7:].decode("latin-1").strip()
    return ""


def unauthorized(presented: str, dialect: Dialect | None = None) -> Problem:
    challenge = 'Bearer realm="undertone"'
    if not presented:
        detail = "Send an API key in the header Authorization: Bearer KEY, or X-API-Key: KEY."
        if dialect is not None:
            detail = f"Send an API key of this service: {dialect.key_place}."
    else:
        challenge, detail = f'{challenge}, error="invalid_token"', "The API key is unknown, or no longer valid."
    return Problem("unauthorized", detail, {"WWW-Authenticate": challenge})


def describe(document: dict[str, Any], required: bool) -> None:
    """Add to an OpenAPI document how a request carries a key, and the answers to one without."""
    document.setdefault("components", {})["securitySchemes"] = SCHEMES
    ways: list[dict[str, list[str]]] = [{name: []} for name in SCHEMES]
    problem = {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}},
    }
    for path, operations in document["paths"].items():
        if path in OPEN or path.startswith(OPEN_FOLDERS):
            continue
        for operation in operations.values():
            operation["security"] = ways if required else [{}, *ways]  # {}: a key may be left out
            for status, description in (
                ("401", "No API key, or an unknown one"),
                ("429", "More requests than the API key may make; Retry-After says when to try again"),
            ):
                operation["responses"].setdefault(status, {"description": description, "content": problem})
