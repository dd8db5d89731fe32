"""The gauges of an engine."""

from __future__ import annotations

from app.engine.messages import Report
from app.telemetry import metrics


def test_an_engine_that_went_has_nothing_to_do() -> None:
    gauges = ("queue_tokens", "queue_oldest_seconds", "inflight_tokens", "engine_up")

    def values() -> list[float | None]:
        return [metrics.registry.get_sample_value(f"undertone_{name}", {"engine": "engine-x"}) for name in gauges]

    metrics.up("engine-x", True)
    metrics.report("engine-x", Report(5, 1.5, 7, []))
    assert values() == [5, 1.5, 7, 1]
    metrics.up("engine-x", False)
    assert values() == [0, 0, 0, 0]
