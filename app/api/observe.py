"""ASGI middleware around everything else: what each answer carries (request id, timing, security headers), what is
logged and traced of it, and the last net for exceptions. Sees no body.

It is one middleware, because each wrapper around `send` costs every message.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import security
from app.api.errors import Problem, problem_of
from app.engine import usage
from app.engine.usage import RequestUsage
from app.logs import FIELDS
from app.settings import Settings
from app.telemetry.tracing import Tracing, trace_id_of

log = logging.getLogger("undertone.request")

REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
CLIENT_LEFT = 499  # in the log alone, as nginx has it: there was nobody to answer


class Observed:
    """`routes`: the paths that the service has, which may stand in logs; other paths are what a client wrote."""

    def __init__(self, app: ASGIApp, settings: Settings, tracing: Tracing | None, routes: frozenset[str]) -> None:
        self.app, self.tracing, self.routes = app, tracing, routes
        self.max_header_bytes = settings.max_header_bytes
        # Without machines to read them, lines for each request are for those who look for something.
        self.level = logging.INFO if settings.log_format == "json" else logging.DEBUG

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        request_id = traceparent = tracestate = b""
        size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name == b"x-request-id":
                request_id = value
            elif name == b"traceparent":
                traceparent = value
            elif name == b"tracestate":
                tracestate = value
        if not REQUEST_ID.fullmatch(request_id):
            request_id = b"%032x" % random.getrandbits(128)
        gathered = self.tracing.begin(scope["method"], traceparent, tracestate) if self.tracing else RequestUsage()
        usage.CURRENT.set(gathered)  # the server runs each request in a context of its own
        status = CLIENT_LEFT

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                carried = [*message["headers"], *security.HEADERS, (b"x-request-id", request_id)]
                carried.append((b"server-timing", timing(gathered, perf_counter() - started)))
                if all(name != security.POLICY for name, _ in message["headers"]):
                    carried.append((security.POLICY, security.NO_PAGE))
                message = {**message, "headers": carried}
            await send(message)

        try:
            if size > self.max_header_bytes:
                await self.too_large()(scope, receive, observed)
            else:
                await self.app(scope, receive, observed)
        except asyncio.CancelledError:  # nobody but a server that stops, with its grace used up, cancels us
            if status != CLIENT_LEFT:
                raise
            problem = Problem("unavailable", "The service is stopping; ask again.", {"Retry-After": "2"})
            await problem.response()(scope, receive, observed)
        except Exception as error:
            if status != CLIENT_LEFT:
                raise  # an answer that broke off cannot be mended: the server logs it and closes the connection
            await problem_of(error).response()(scope, receive, observed)
        finally:
            if self.tracing:
                self.tracing.end(gathered, scope["method"], self.route_of(scope), status)
            if log.isEnabledFor(self.level):
                self.tell(scope, status, perf_counter() - started, gathered, request_id, traceparent)

    def route_of(self, scope: Scope) -> str | None:
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        return path if path in self.routes else getattr(scope.get("route"), "path", None)

    def too_large(self) -> Any:
        return Problem(
            "headers-too-large",
            f"Path and header fields may have {self.max_header_bytes:,} bytes together; send fewer or shorter ones.",
            {"Connection": "close"},
        ).response()

    def tell(
        self,
        scope: Scope,
        status: int,
        duration_s: float,
        gathered: RequestUsage,
        request_id: bytes,
        traceparent: bytes,
    ) -> None:
        method, route = scope["method"], self.route_of(scope)
        fields: dict[str, Any] = {
            "request_id": request_id.decode("ascii"),
            "method": method,
            "route": route,
            "status": status,
            "duration_ms": round(1000 * duration_s, 2),
        }
        if gathered.tokens:
            fields["queue_ms"] = round(1000 * gathered.queue_s, 2)
            fields["engine_ms"] = round(1000 * gathered.engine_s, 2)
            fields["tokens"] = gathered.tokens
        if (key := scope.get("undertone.key")) is not None:
            fields["key"] = key
        if (trace_id := gathered.trace_id or trace_id_of(traceparent)) is not None:
            fields["trace_id"] = trace_id
        message = "%s %s %d in %.1f ms" if self.level == logging.DEBUG else "request"
        arguments = (method, route, status, 1000 * duration_s) if self.level == logging.DEBUG else ()
        # Made by hand: finding out which line of code logs would cost more than all the rest.
        record = logging.LogRecord(log.name, self.level, __file__, 0, message, arguments, None)
        setattr(record, FIELDS, fields)
        log.handle(record)


def timing(gathered: RequestUsage, total_s: float) -> bytes:
    """Server-Timing, in milliseconds: until the answer began, and of that what an engine took, where one was asked."""
    if not gathered.tokens:
        return b"total;dur=%.2f" % (1000 * total_s)
    return b"total;dur=%.2f, queue;dur=%.2f, engine;dur=%.2f" % (
        1000 * total_s,
        1000 * gathered.queue_s,
        1000 * gathered.engine_s,
    )
