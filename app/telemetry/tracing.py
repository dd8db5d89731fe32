"""Traces by OpenTelemetry, where a collector is set: a span for each request, and under it spans for the waiting and
the work of each engine request.

The spans of an engine are made here from the times that its answers carry. So an engine needs no tracer and no exporter
thread beside its compute thread, and traces stay whole when it crashes. Needs the extra `otel`, which is imported only
where a collector is set.
"""

from __future__ import annotations

import os
import re
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

from app import __version__
from app.engine.usage import RequestUsage
from app.extras import needed

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
NANOSECONDS = 1_000_000_000


class TracingError(RuntimeError):
    """Traces cannot be sent; the message says what to install or to change."""


class Traced(RequestUsage):
    """The usage of a request, recorded as spans too."""

    __slots__ = ("context", "span", "tracer")

    def __init__(self, tracer: Tracer, span: Span, context: Context) -> None:
        super().__init__()
        self.tracer, self.span, self.context = tracer, span, context
        self.trace_id = f"{span.get_span_context().trace_id:032x}"

    def answered(self, model: str, tokens: int, queue_s: float, engine_s: float) -> None:
        super().answered(model, tokens, queue_s, engine_s)
        if self.span.is_recording():
            end = time.time_ns()
            started = end - int(engine_s * NANOSECONDS)
            attributes: dict[str, str | int] = {"undertone.model": model.partition("@")[0], "undertone.tokens": tokens}
            begun = started - int(queue_s * NANOSECONDS)
            for name, since, until in (("queue", begun, started), ("engine", started, end)):
                self.tracer.start_span(name, self.context, start_time=since, attributes=attributes).end(until)


def check() -> None:
    """Raises TracingError where a package is missing. Imports none."""
    for name in NEEDED:
        try:
            installed = find_spec(name) is not None
        except ModuleNotFoundError:
            installed = False
        if not installed:
            raise TracingError(f"UNDERTONE_OTLP_ENDPOINT needs {needed('otel')} ({name})")


class Tracing:
    """Sends spans to a collector in the background, in batches."""

    def __init__(self, endpoint: str) -> None:
        """Raises TracingError when the packages are missing."""
        check()
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        resource = Resource.create(
            {SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME", "undertone"), SERVICE_VERSION: __version__}
        )
        self.provider = TracerProvider(resource=resource)  # OTEL_TRACES_SAMPLER names the sampler
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self.provider.add_span_processor(BatchSpanProcessor(exporter))
        self.tracer = self.provider.get_tracer("undertone", __version__)
        self.extract = TraceContextTextMapPropagator().extract
        self.within = trace.set_span_in_context
        self.server, self.error = trace.SpanKind.SERVER, trace.StatusCode.ERROR

    def begin(self, method: str, traceparent: bytes, tracestate: bytes) -> Traced:
        """Begin the span of a request, in the client's trace where the request names one."""
        carrier = {"traceparent": traceparent.decode("latin-1"), "tracestate": tracestate.decode("latin-1")}
        parent = self.extract(carrier) if traceparent else None
        span = self.tracer.start_span(method, parent, self.server, {"http.request.method": method})
        return Traced(self.tracer, span, self.within(span))

    def end(self, usage: RequestUsage, method: str, route: str | None, status: int) -> None:
        if not isinstance(usage, Traced):
            return
        span = usage.span
        if route is not None:
            span.update_name(f"{method} {route}")
            span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        span.set_attribute("undertone.tokens", usage.tokens)
        if status >= 500:
            span.set_status(self.error)
        span.end()

    def close(self) -> None:
        """Send the spans that are left. Blocks."""
        self.provider.shutdown()


def trace_id_of(traceparent: bytes) -> str | None:
    """The id of the client's trace in the header `traceparent` (W3C Trace Context)."""
    match = TRACEPARENT.fullmatch(traceparent)
    return match[1].decode() if match else None
