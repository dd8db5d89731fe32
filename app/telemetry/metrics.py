"""The metrics of the service, for Prometheus (docs/operations.md). Labels hold names of ours alone: never a text, a key
or an address. With several HTTP processes `undertone serve` sets PROMETHEUS_MULTIPROC_DIR before this module is
imported; then all of them write to files there, and any of them answers for all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from app.engine.messages import ModelInfo, Report

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
RATIOS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7)

registry = CollectorRegistry()


def gauge(name: str, text: str, *labels: str) -> Gauge:
    """A gauge; across processes the most recent value wins."""
    return Gauge(f"undertone_{name}", text, labels, registry=registry, multiprocess_mode="mostrecent")


requests = Counter("undertone_http_requests", "Answered requests.", ("method", "route", "status"), registry=registry)
duration = Histogram(
    "undertone_http_request_duration_seconds",
    "From the head of a request to the end of its answer.",
    ("route",),
    buckets=SECONDS,
    registry=registry,
)
problems = Counter("undertone_problems", "Requests answered with a problem.", ("kind",), registry=registry)
item_problems = Counter(
    "undertone_batch_item_problems", "Items of batches answered with a problem.", ("kind",), registry=registry
)
refused = Counter("undertone_requests_refused", "Requests that got 503.", ("reason",), registry=registry)
cancelled = Counter("undertone_requests_cancelled", "Work that was cancelled.", ("reason",), registry=registry)
engine_restarts = Counter("undertone_engine_restarts", "Engines that ended and were started again.", registry=registry)
tokens = Counter("undertone_tokens", "Tokens that engines read for requests.", registry=registry)
queue_tokens = gauge("queue_tokens", "Tokens that wait in an engine.", "engine")
queue_oldest = gauge("queue_oldest_seconds", "How long the oldest of them has waited.", "engine")
inflight_tokens = gauge("inflight_tokens", "Tokens of the sentences being decoded.", "engine")
engine_up = gauge("engine_up", "Whether an engine serves.", "engine")
model_loaded = gauge("model_loaded", "1 for a model that is served, 0 for one that was.", "model", "task", "version")
batch_size = Histogram(
    "undertone_batch_size",
    "Texts of a forward; sentences in flight when some joined.",
    ("task",),
    buckets=ROWS,
    registry=registry,
)
padding_ratio = Histogram(
    "undertone_padding_ratio", "Share of a batch that is padding.", ("task",), buckets=RATIOS, registry=registry
)

for reason in ("disconnect", "deadline"):
    cancelled.labels(reason)  # there from the start, so that a rate can be seen from the first one on
for reason in ("deadline", "queue", "unavailable"):
    refused.labels(reason)


@cache
def request_counter(method: str, route: str, status: int) -> Counter:
    return requests.labels(method, route, str(status))


@cache
def request_timer(route: str) -> Histogram:
    return duration.labels(route)


def report(engine: str, state: Report) -> None:
    """Record what an engine reports of itself."""
    queue_tokens.labels(engine).set(state.queue_tokens)
    queue_oldest.labels(engine).set(state.oldest_s)
    inflight_tokens.labels(engine).set(state.inflight_tokens)
    for task, size, padding in state.batches:
        batch_size.labels(task).observe(size)
        padding_ratio.labels(task).observe(padding)


def up(engine: str, serves: bool) -> None:
    """Record an engine going up or down. A dead engine cannot report, so its gauges are reset to 0."""
    engine_up.labels(engine).set(serves)
    if not serves:
        for load in (queue_tokens, queue_oldest, inflight_tokens):
            load.labels(engine).set(0)


def serve_models(models: Iterable[ModelInfo], before: Iterable[ModelInfo]) -> None:
    """Record which models are served now, in place of those before."""
    for value, infos in ((0, before), (1, models)):
        for info in infos:
            model_loaded.labels(info.name, info.task, info.digest).set(value)


def page() -> bytes:
    """All metrics in Prometheus' text format."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(registry)
    merged = CollectorRegistry()
    MultiProcessCollector(merged)  # type: ignore[no-untyped-call]
    return generate_latest(merged)
