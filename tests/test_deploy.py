"""The deployment fits the service: dashboards and alerts ask for signals that exist, and limits agree."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.api.errors import KINDS
from app.settings import Settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
SIGNALS = {
    "undertone_http_requests_total": {"method", "route", "status"},
    "undertone_http_request_duration_seconds_bucket": {"route"},
    "undertone_queue_tokens": {"engine"},
    "undertone_queue_oldest_seconds": {"engine"},
    "undertone_inflight_tokens": {"engine"},
    "undertone_batch_size_sum": {"task"},
    "undertone_batch_size_count": {"task"},
    "undertone_padding_ratio_sum": {"task"},
    "undertone_padding_ratio_count": {"task"},
    "undertone_engine_up": {"engine"},
    "undertone_engine_restarts_total": set(),
    "undertone_problems_total": {"kind"},
    "undertone_batch_item_problems_total": {"kind"},
    "undertone_requests_refused_total": {"reason"},
    "undertone_requests_cancelled_total": {"reason"},
    "undertone_model_loaded": {"model", "task", "version"},
}
OF_PROMETHEUS = {"instance", "job", "le"}


def expressions() -> list[str]:
    dashboard = json.loads((DEPLOY / "grafana/dashboards/undertone.json").read_text())
    rules = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    return shown + [rule["expr"] for group in rules["groups"] for rule in group["rules"]]


def test_dashboard_and_alerts_ask_for_signals_that_there_are() -> None:
    asked = set()
    for expression in expressions():
        names = set(re.findall(r"\bundertone_\w+", expression))
        asked |= names
        assert names <= SIGNALS.keys(), expression
        labels = {
            label for inner in re.findall(r"\b(?:by|without) \(([^)]*)\)", expression) for label in inner.split(", ")
        }
        labels |= set(re.findall(r'(\w+)=~?"', expression))
        assert labels <= OF_PROMETHEUS.union(*(SIGNALS[name] for name in names)), expression
    assert asked == SIGNALS.keys(), "every signal is shown"


def test_the_gateway_asks_another_replica_only_where_the_request_is_not_the_cause() -> None:
    """A text that kills engines would kill those of three replicas."""
    gateway = (DEPLOY / "nginx/gateway.conf").read_text()
    conditions = re.search(r"^ *proxy_next_upstream (.*);$", gateway, re.MULTILINE)
    assert conditions
    retried = {int(status) for status in re.findall(r"http_(\d+)", conditions[1])}
    assert {kind for kind, (status, _) in KINDS.items() if status in retried} == {"overloaded", "unavailable"}
    assert "http_500" not in conditions[1]
    limits = re.findall(r"^ *proxy_(?:next_upstream|read)_timeout (.*);$", gateway, re.MULTILINE)
    assert len(set(limits)) == 1 < len(limits), "or an answer that comes late would be asked for again"


def test_the_image_is_built_of_pinned_releases() -> None:
    lines = (DEPLOY / "constraints.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for requirement in map(Requirement, [*project["dependencies"], *extras["torch"], *extras["otel"], *extras["hf"]]):
        if requirement.name == project["name"]:
            continue
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement
    torch = re.search(r"^ARG TORCH_VERSION=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert torch
    assert torch[1] == pinned["torch"]
    assert f"torch={pinned['torch']}\n" in (ROOT / "scripts/install.sh").read_text()


def test_compose_checks_health_as_the_image_does() -> None:
    check = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["service"]["healthcheck"]
    line = re.search(r"^HEALTHCHECK (.*) CMD (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert line
    options = dict(option.removeprefix("--").split("=") for option in line[1].split())
    assert {name.replace("-", "_"): value for name, value in options.items()} == {
        name: str(value) for name, value in check.items() if name != "test"
    }
    assert ["CMD", *json.loads(line[2])] == check["test"]


def test_no_panel_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in json.loads((DEPLOY / "grafana/dashboards/undertone.json").read_text())["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + dx, place["y"] + dy) for dx in range(place["w"]) for dy in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_compose_gives_the_service_time_to_stop_and_settings_that_exist() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    service = services["service"]
    assert int(service["stop_grace_period"].removesuffix("s")) > Settings.model_fields["stop_grace_s"].default
    for name in service["environment"]:
        if name.startswith("UNDERTONE_"):
            assert name.removeprefix("UNDERTONE_").lower() in Settings.model_fields
    for name in ("service", "models", "gateway", "prometheus", "grafana"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["mem_limit"]
        assert ":" in services[name]["image"]


def test_compose_adds_models_to_the_folder_that_the_service_reads() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    adding, service = services["models"], services["service"]
    assert adding["profiles"] == ["models"]
    folder, read_only = adding["volumes"][0], service["volumes"][0]
    assert read_only == f"{folder}:ro"
    assert (adding["image"], adding["user"]) == (service["image"], service["user"])
    assert adding["networks"] == ["outside"]
    assert service["networks"] == ["inside"]
    assert adding["environment"]["HF_HOME"].startswith(adding["volumes"][1].partition(":")[2])


def test_the_image_takes_models_at_its_build() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "undertone models add --models-dir /added ${MODELS}" in dockerfile
    assert "COPY --from=added /added /opt/undertone/models" in dockerfile
    assert "MODELS" in yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["service"]["build"]["args"]
