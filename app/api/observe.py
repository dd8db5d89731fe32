"""The signals of a request (its log line, its span, its metrics) and the header fields of each answer (request id,
timing, security). One middleware around everything else, because each wrapper around `send` costs every message; so it
is also the last handler of exceptions. Sees no body.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import headers
from app.api.coding import Compressing, answer_coding, is_worth_compressing
from app.api.errors import KINDS, Problem, problem_of, record, refuse
from app.api.exchange import Exchange
from app.engine import usage
from app.logs import FIELDS, Reported
from app.settings import Settings
from app.telemetry import metrics
from app.telemetry.tracing import Tracing, trace_id_of

log = logging.getLogger("undertone.request")

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
FLUSH_AFTER_S = 1.0


class Observe:
    """`routes` are the paths that the service has, which may stand in logs and labels; clients make up others."""

    def __init__(self, app: ASGIApp, settings: Settings, tracing: Tracing | None, routes: frozenset[str]) -> None:
        self.app, self.tracing, self.routes = app, tracing, routes
        self.max_header_bytes = settings.max_header_bytes
        # In text for people, a line for each request is of use only to somebody who looks for one.
        self.level = logging.INFO if settings.log_format == "json" else logging.DEBUG
        for kind in KINDS:
            metrics.problems.labels(kind)  # there from the start, so that a rate can be seen from the first one on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange, traceparent, tracestate, takes = Exchange.of(scope), b"", b"", b""
        head_bytes = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        for name, value in scope["headers"]:
            head_bytes += len(name) + len(value)
            if name == b"traceparent":
                traceparent = value
            elif name == b"tracestate":
                tracestate = value
            elif name == b"accept-encoding":
                takes += b"," + value
        if self.tracing:
            exchange.usage = self.tracing.begin(scope["method"], traceparent, tracestate)
        usage.CURRENT.set(exchange.usage)  # the server runs each request in a context of its own
        answer = Answer(exchange, send, takes)
        try:
            if head_bytes > self.max_header_bytes:
                await refuse(self.too_large(), scope, receive, answer.send)
            else:
                await self.app(scope, receive, answer.send)
        except (
            asyncio.CancelledError
        ) as error:  # only a server that stops, and has used up its grace, cancels a request
            problem = Problem("unavailable", "The service is stopping; ask again.", {"Retry-After": "2"})
            if exchange.begun:
                raise broken_off(problem, exchange) from error
            await refuse(problem, scope, receive, answer.send)
        except Exception as error:
            problem = problem_of(error)
            if exchange.begun:
                raise broken_off(problem, exchange) from error
            await refuse(problem, scope, receive, answer.send)
        finally:
            self.report(scope, exchange, traceparent)

    def too_large(self) -> Problem:
        return Problem(
            "headers-too-large",
            f"Path and header fields may have {self.max_header_bytes:,} bytes together; send fewer or shorter ones.",
            {"Connection": "close"},
        )

    def route_of(self, scope: Scope) -> str | None:
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        return path if path in self.routes else getattr(scope.get("route"), "path", None)

    def report(self, scope: Scope, exchange: Exchange, traceparent: bytes) -> None:
        method, route, duration_s = scope["method"], self.route_of(scope), perf_counter() - exchange.started
        count(exchange, method, route if route in self.routes else "other", duration_s)
        if self.tracing:
            self.tracing.end(exchange.usage, method, route, exchange.status)
        # An error of the service is for its operator, at any level of the log.
        level = logging.WARNING if exchange.status == 500 else self.level
        if not log.isEnabledFor(level):
            return
        fields = fields_of(exchange, method, route, duration_s)
        if (trace_id := exchange.usage.trace_id or trace_id_of(traceparent)) is not None:
            fields["trace_id"] = trace_id
        message = "request"
        if self.level == logging.DEBUG:  # lines of text, which have no fields
            problem = f" {exchange.problem}" if exchange.problem else ""
            message = f"{method} {route} {exchange.status}{problem} in {1000 * duration_s:.1f} ms"
        # Made by hand: finding out which line of code logs would cost more than all the rest.
        line = logging.LogRecord(log.name, level, __file__, 0, message, None, None)
        setattr(line, FIELDS, fields)
        log.handle(line)


def broken_off(problem: Problem, exchange: Exchange) -> Reported:
    """Log that an answer broke off, which cannot be mended: the server closes the connection when it gets what this
    returns."""
    record(problem, exchange)
    request_id = exchange.request_id.decode("ascii")
    fields = {"request_id": request_id, "problem": problem.kind}
    log.warning("the answer to request %s broke off: %s", request_id, problem.kind, extra={FIELDS: fields})
    return Reported(problem.kind)


class Answer:
    """The answer of an exchange on its way to the client: gets the header fields that every answer carries, and is
    compressed where that is worth it. `takes` is the client's Accept-Encoding."""

    __slots__ = ("exchange", "send_on", "takes")

    def __init__(self, exchange: Exchange, send: Send, takes: bytes) -> None:
        self.exchange, self.send_on, self.takes = exchange, send, takes

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange = self.exchange
            exchange.status = message["status"]
            fields = [*message["headers"], *headers.SECURITY, *exchange.id_fields]
            fields.append((b"server-timing", server_timing(exchange)))
            if all(name != headers.POLICY for name, _ in message["headers"]):
                fields.append((headers.POLICY, headers.NO_PAGE))
            if is_worth_compressing(exchange.status, message["headers"]):
                fields.append((b"vary", b"accept-encoding"))
                if (coding := answer_coding(self.takes)) is not None:
                    self.send_on = Compressing(self.send_on, coding).send
            message = {**message, "headers": fields}
        await self.send_on(message)


def server_timing(exchange: Exchange) -> bytes:
    """Server-Timing in milliseconds: until the answer began, and the share of an engine, where one was asked."""
    total_ms, work = 1000 * (perf_counter() - exchange.started), exchange.usage
    if not work.tokens:
        return b"total;dur=%.2f" % total_ms
    return b"total;dur=%.2f, queue;dur=%.2f, engine;dur=%.2f" % (total_ms, 1000 * work.queue_s, 1000 * work.engine_s)


def count(exchange: Exchange, method: str, route: str, duration_s: float) -> None:
    """`route` is one that the service has, or `other`: a path that a client makes up must not become a label."""
    metrics.request_counter(method if method in METHODS else "other", route, exchange.status).inc()
    metrics.request_timer(route).observe(duration_s)
    metrics.tokens.inc(exchange.usage.tokens)
    if exchange.problem is not None:
        metrics.problems.labels(exchange.problem).inc()
        if exchange.problem == "timeout":
            metrics.cancelled.labels("deadline").inc()
    for kind, number in exchange.item_problems.items():
        metrics.item_problems.labels(kind).inc(number)


def fields_of(exchange: Exchange, method: str, route: str | None, duration_s: float) -> dict[str, Any]:
    """The members of the JSON log line of an exchange."""
    work = exchange.usage
    fields: dict[str, Any] = {
        "request_id": exchange.request_id.decode("ascii"),
        "method": method,
        "route": route,
        "status": exchange.status,
        "duration_ms": round(1000 * duration_s, 2),
    }
    if exchange.problem is not None:
        fields["problem"] = exchange.problem
    if exchange.item_problems:
        fields["item_problems"] = dict(exchange.item_problems)
    if work.tokens:
        fields["queue_ms"] = round(1000 * work.queue_s, 2)
        fields["engine_ms"] = round(1000 * work.engine_s, 2)
        fields["tokens"] = work.tokens
    if exchange.key is not None:
        fields["key"] = exchange.key
    return fields


class HeadRefusals:
    """Requests that the HTTP protocol refused by their head, before `Observe` could see them. There may be a flood of
    them, so they are counted here, and metrics and log hear of them once a second."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str | None]] = Counter()

    def count(self, kind: str, route: str | None = None) -> None:
        """Count a problem of this kind; `route` where the head named one that the service has."""
        if not self.counts:
            asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self.flush)
        self.counts[kind, route] += 1

    def flush(self) -> None:
        counts, self.counts = self.counts, Counter()
        for (kind, route), number in counts.items():
            metrics.problems.labels(kind).inc(number)
            if route is not None:
                metrics.request_counter("POST", route, KINDS[kind][0]).inc(number)
                metrics.refused.labels("deadline").inc(number)
            fields = {"route": route, "status": KINDS[kind][0], "problem": kind, "count": number}
            log.warning("refused %d requests by their head: %s", number, kind, extra={FIELDS: fields})
