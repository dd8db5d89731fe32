"""Prometheus and Grafana of the profile `monitoring`, where their images can be had."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml

from tests.container.conftest import Stack, free_port, wait_for
from tests.container.engine import ROOT, compose, containers_of, engine, inspect


def image_of(service: str) -> str:
    declared = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][service]["image"]
    return str(declared).partition(":-")[2].removesuffix("}")


def monitor(stack: Stack, service: str, variable: str) -> Iterator[str]:
    image = image_of(service)
    if not engine("images", "-q", image) and not engine("pull", image, check=False, timeout_s=600):
        pytest.skip(f"this machine cannot have the image {image}")
    port = free_port()
    environment = {**stack.environment, variable: str(port)}
    options = ("up", "-d", "--no-build", "--no-recreate", "--scale", "service=2", service)
    compose("--profile", "monitoring", *options, environment=environment)
    yield f"http://127.0.0.1:{port}"
    for name in containers_of(service):
        engine("rm", "-f", name, check=False)


@pytest.fixture(scope="module")
def prometheus(stack: Stack) -> Iterator[str]:
    yield from monitor(stack, "prometheus", "PROMETHEUS_PORT")


@pytest.fixture(scope="module")
def grafana(stack: Stack, prometheus: str) -> Iterator[str]:
    yield from monitor(stack, "grafana", "GRAFANA_PORT")


def needs_signals() -> None:
    asked = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/metrics').status)"
    if engine("exec", containers_of("service")[0], "python", "-c", asked, check=False) != "200":
        pytest.skip("the service has no GET /metrics")


def asked(url: str) -> Any:
    try:
        return httpx.get(url, timeout=10).json()
    except (httpx.HTTPError, ValueError):
        return None


def test_prometheus_finds_every_replica_and_reads_its_signals(stack: Stack, prometheus: str) -> None:
    addresses = {
        f"{network['IPAddress']}:8000"
        for name in containers_of("service")
        for network in inspect(name)["NetworkSettings"]["Networks"].values()
    }

    def targets() -> dict[str, str]:
        answer = asked(f"{prometheus}/api/v1/targets") or {"data": {"activeTargets": []}}
        return {target["labels"]["instance"]: target["health"] for target in answer["data"]["activeTargets"]}

    wait_for("both are found", lambda: set(targets()) == addresses, timeout_s=60)
    needs_signals()
    wait_for("both are read", lambda: set(targets().values()) == {"up"}, timeout_s=60)


def test_every_panel_shows_something_under_load(stack: Stack, prometheus: str) -> None:
    needs_signals()
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/undertone.json").read_text())
    with stack.client() as client:

        def panels_without_data() -> list[str]:
            for _ in range(5):
                client.post("/translate", json={"text": "A man is running.", "target": "de"})
                client.post("/sentiment", json={"text": "I love this phone"})
            empty = []
            for panel in dashboard["panels"]:
                for target in panel.get("targets", ()):
                    query = target["expr"].replace("$__rate_interval", "1m").replace("$replica", ".*")
                    answer = httpx.get(f"{prometheus}/api/v1/query", params={"query": query}).json()
                    assert answer["status"] == "success", (panel["title"], answer)
                    if not answer["data"]["result"] and panel["title"] not in SILENT_WHEN_ALL_IS_WELL:
                        empty.append(panel["title"])
            return empty

        wait_for("every panel has data", lambda: panels_without_data() == [], timeout_s=120)


SILENT_WHEN_ALL_IS_WELL = {"Refused", "Cancelled"}


def test_grafana_opens_with_the_dashboard(grafana: str) -> None:
    wait_for("it answers", lambda: (asked(f"{grafana}/api/health") or {}).get("database") == "ok")
    dashboard = asked(f"{grafana}/api/dashboards/uid/undertone")
    assert dashboard["dashboard"]["title"] == "Undertone"
    source = httpx.get(f"{grafana}/api/datasources/uid/prometheus", auth=("admin", "undertone")).json()
    assert source["type"] == "prometheus"
