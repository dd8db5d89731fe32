"""`GET /metrics` of a real service, with one and with several HTTP processes."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import httpx
import pytest

from app.api.errors import KINDS
from tests.cli.test_serve import engine_of
from tests.conftest import running_service

BODY = {"text": "I love it!", "language": "en"}


def metrics(url: str) -> dict[str, float]:
    """Values by name and labels, in the order of Prometheus' text format."""
    response = httpx.get(f"{url}/metrics", timeout=60)
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line for line in response.text.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


@pytest.mark.parametrize("processes", ["1", "2"])
def test_what_happened_is_counted(tiny_models: Path, processes: str) -> None:
    limits = {"UNDERTONE_MAX_DECODE_ROWS": "4", "UNDERTONE_MAX_QUEUE_TOKENS": "10000000"}
    with running_service(tiny_models, "--http-workers", processes, **limits) as (url, process):
        for _ in range(10):  # new connections, so all processes answer
            assert httpx.post(f"{url}/sentiment", json=BODY).status_code == 200
        assert httpx.post(f"{url}/sentiment", json={"text": ""}).status_code == 422
        httpx.get(f"{url}/secret/of/somebody")
        endless = {"texts": ["a man in a blue shirt stands on a ladder. " * 40] * 20, "target": "de", "source": "en"}
        late = httpx.post(f"{url}/translate/batch", json=endless, headers={"X-Request-Timeout": "0.2"}, timeout=60)
        assert late.status_code == 504
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{url}/translate/batch", json=endless, timeout=0.5)
        wait_for(url, 'undertone_requests_cancelled_total{reason="disconnect"}', 1)
        os.kill(engine_of(process.pid), signal.SIGKILL)
        wait_for(url, "undertone_engine_restarts_total", 1)
        wait_for(url, 'undertone_engine_up{engine="engine-0"}', 1)
        assert httpx.post(f"{url}/sentiment", json=BODY, timeout=60).status_code == 200

        found = metrics(url)
        assert found['undertone_http_requests_total{method="POST",route="/sentiment",status="200"}'] == 11
        assert found['undertone_http_requests_total{method="POST",route="/sentiment",status="422"}'] == 1
        assert found['undertone_http_request_duration_seconds_count{route="/sentiment"}'] == 12
        assert found['undertone_http_requests_total{method="GET",route="other",status="404"}'] == 1
        assert found['undertone_requests_cancelled_total{reason="deadline"}'] == 1
        problems = {kind: found[f'undertone_problems_total{{kind="{kind}"}}'] for kind in KINDS}
        assert {kind for kind, number in problems.items() if number} <= {
            "empty-text",
            "not-found",
            "timeout",
            "unavailable",
        }
        assert (problems["empty-text"], problems["not-found"], problems["timeout"]) == (1, 1, 1)
        assert found['undertone_batch_size_count{task="sentiment"}'] >= 1
        assert found['undertone_padding_ratio_count{task="sentiment"}'] >= 1
        assert any(re.match(r'undertone_model_loaded{.*"tiny-sentiment".*}', name) for name in found)
        assert found["undertone_tokens_total"] > 0
        assert found['undertone_queue_tokens{engine="engine-0"}'] == 0
        assert not any("secret" in name for name in found)


def wait_for(url: str, name: str, value: float) -> None:
    deadline = time.monotonic() + 60
    while metrics(url).get(name) != value:
        assert time.monotonic() < deadline, f"{name} is {metrics(url).get(name)}"
        time.sleep(0.1)
