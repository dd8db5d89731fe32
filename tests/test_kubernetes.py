"""The manifests for Kubernetes, as kustomize builds them: their schemas know every field, and they agree with the
image, the settings, the routes and the metrics."""

from __future__ import annotations

import copy
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.api.routes import catalogue, health, inference
from app.main import templates
from app.settings import Settings
from app.telemetry import metrics

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import manifests  # noqa: E402

DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMBINED = {  # what an operator may put together, beside the overlays
    "gpu with keda, keys and a route": ["podmonitor", "keda", "gpu", "keys", "httproute"],
    "keys with both metrics": ["hpa-cpu", "hpa-queue", "podmonitor", "keys"],
}
SETTINGS = {f"UNDERTONE_{name.upper()}" for name in Settings.model_fields}
NAMES = [folder.name for folder in manifests.OVERLAYS] + list(COMBINED)
ENGINES_END_S = 10  # longest that the supervisor takes to end its engines, after the last answer

pytestmark = pytest.mark.skipif(manifests.kubectl() is None and "CI" not in os.environ, reason="there is no kubectl")
Item = dict[str, Any]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Item]]:
    """The objects of each overlay and of each combination, by its name."""
    folders = {folder.name: folder for folder in manifests.OVERLAYS}
    for name, components in COMBINED.items():
        folders[name] = folder = tmp_path_factory.mktemp("overlay")
        kubernetes = os.path.relpath(manifests.KUBERNETES.resolve(), folder.resolve())
        kustomization = {
            "namespace": "undertone",
            "resources": [f"{kubernetes}/base"],
            "components": [f"{kubernetes}/components/{component}" for component in components],
        }
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    return {name: manifests.build(folder) for name, folder in folders.items()}


@pytest.fixture(params=NAMES)
def items(request: pytest.FixtureRequest, built: dict[str, list[Item]]) -> dict[str, Item]:
    """The objects of one overlay by kind, of which each has one."""
    by_kind = {item["kind"]: item for item in built[request.param]}
    assert len(by_kind) == len(built[request.param])
    return by_kind


def pod_of(items: dict[str, Item]) -> Item:
    spec: Item = items["Deployment"]["spec"]["template"]["spec"]
    return spec


def container_of(items: dict[str, Item]) -> Item:
    (container,) = pod_of(items)["containers"]
    return dict(container)


def settings_of(items: dict[str, Item], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings as the container reads them."""
    for name in [name for name in os.environ if name.startswith("UNDERTONE_")]:
        monkeypatch.delenv(name)
    for name, value in items["ConfigMap"]["data"].items():
        monkeypatch.setenv(name, value)
    return Settings()


def paths() -> set[str]:
    return set(templates(inference, catalogue, health))


def test_schemas_know_every_field(items: dict[str, Item]) -> None:
    for item in items.values():
        manifests.check(item)


def test_a_misspelt_field_and_a_wrong_type_are_refused(items: dict[str, Item]) -> None:
    for item in items.values():
        if "spec" in item:
            wrong = copy.deepcopy(item)
            wrong["spec"]["replicaz"] = 1
            with pytest.raises(manifests.ManifestError):
                manifests.check(wrong)
        wrong = {**copy.deepcopy(item), "metadata": {"name": item["metadata"]["name"], "labels": ["a list"]}}
        if item["kind"] != "HTTPRoute":  # its schema leaves metadata alone
            with pytest.raises(manifests.ManifestError):
                manifests.check(wrong)


def test_each_variable_is_a_setting_and_its_value_one_that_it_takes(
    items: dict[str, Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {name for name in items["ConfigMap"]["data"] if name.startswith("UNDERTONE_")} <= SETTINGS
    settings = settings_of(items, monkeypatch)
    assert settings.anonymous_metrics, "or Prometheus needs a key"
    assert settings.allow_anonymous == (settings.api_keys_file is None)
    configured = container_of(items)["envFrom"]
    assert configured == [{"configMapRef": {"name": items["ConfigMap"]["metadata"]["name"]}}]


def test_comments_name_settings_that_exist() -> None:
    files = sorted(manifests.KUBERNETES.rglob("*.yaml"))
    texts = " ".join(file.read_text() for file in files)
    assert set(re.findall(r"UNDERTONE_\w+", texts)) <= SETTINGS


def test_a_pod_is_that_of_the_image(items: dict[str, Item], monkeypatch: pytest.MonkeyPatch) -> None:
    def of_image(pattern: str) -> str:
        match = re.search(pattern, DOCKERFILE, re.MULTILINE)
        assert match, pattern
        return match[1]

    pod, container = pod_of(items), container_of(items)
    port = int(of_image(r"^ARG PORT=(\d+)$"))
    assert container["ports"] == [{"name": "http", "containerPort": port}]
    annotations = items["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(port)
    user, group = of_image(r"^USER (\d+:\d+)$").split(":")
    security = pod["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"]) == (int(user), int(group))
    mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    assert of_image(r"^ +UNDERTONE_CACHE_DIR=(/var\S+)") in mounted
    assert of_image(r"^ +HOME=(\S+)") in mounted
    assert set(mounted.values()) == {volume["name"] for volume in pod["volumes"]}
    keys = settings_of(items, monkeypatch).api_keys_file
    assert keys is None or mounted[str(keys.parent)] == "keys"


def test_the_cluster_admits_the_pod_as_restricted(items: dict[str, Item]) -> None:
    assert items["Namespace"]["metadata"]["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}
    pod, container = pod_of(items), container_of(items)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False, "or UNDERTONE_PORT is tcp://..."
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_probes_ask_routes_that_there_are(items: dict[str, Item]) -> None:
    container = container_of(items)
    asked = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "readiness", "liveness")}
    assert {probe["path"] for probe in asked.values()} <= paths()
    assert asked["liveness"]["path"].endswith("/live"), "a pod without an engine repairs itself"
    assert asked["readiness"]["path"] == asked["startup"]["path"] == "/healthz/ready"
    assert {probe["port"] for probe in asked.values()} == {"http"}


def test_a_pod_that_ends_has_time_for_its_longest_request(
    items: dict[str, Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(items, monkeypatch)
    assert settings.stop_grace_s >= max(settings.request_timeout_s, settings.file_timeout_s)
    pause = container_of(items)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod_of(items)["terminationGracePeriodSeconds"] >= pause + settings.stop_grace_s + ENGINES_END_S
    assert settings.keep_alive_s > pause, "a gateway that has not heard of the end yet may still use its connections"


def test_resources_are_those_of_the_engines(items: dict[str, Item], monkeypatch: pytest.MonkeyPatch) -> None:
    settings, resources = settings_of(items, monkeypatch), container_of(items)["resources"]
    assert "cpu" not in resources["limits"]
    if "nvidia.com/gpu" in resources["limits"]:
        assert resources["limits"]["nvidia.com/gpu"] == 1
        assert settings.device == "cuda", "one engine"
        return
    assert int(resources["requests"]["cpu"]) == settings.cpu_engines
    mebibytes = int(resources["limits"]["memory"].removesuffix("Mi"))
    assert mebibytes >= 1024 * (0.6 + 0.3 * settings.cpu_engines), "docs/operations.md, Memory"


def test_objects_find_each_other(items: dict[str, Item]) -> None:
    deployment = items["Deployment"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    selectors = [deployment["spec"]["selector"]["matchLabels"], items["Service"]["spec"]["selector"]]
    selectors += [items["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]]
    selectors += [items["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]]
    selectors += [rule["labelSelector"]["matchLabels"] for rule in pod_of(items)["topologySpreadConstraints"]]
    if "PodMonitor" in items:
        selectors.append(items["PodMonitor"]["spec"]["selector"]["matchLabels"])
    assert all(selector and selector.items() <= labels.items() for selector in selectors)
    assert pod_of(items)["serviceAccountName"] == items["ServiceAccount"]["metadata"]["name"]
    assert items["Service"]["spec"]["ports"][0]["targetPort"] == "http"
    assert items["NetworkPolicy"]["spec"]["ingress"][0]["ports"] == [{"port": "http"}]
    assert {item["metadata"].get("namespace") for kind, item in items.items() if kind != "Namespace"} == {"undertone"}


def test_one_thing_decides_on_the_replicas(items: dict[str, Item]) -> None:
    scalers = [items[kind] for kind in ("HorizontalPodAutoscaler", "ScaledObject") if kind in items]
    assert len(scalers) + ("replicas" in items["Deployment"]["spec"]) == 1
    for scaler in scalers:
        spec = scaler["spec"]
        assert spec["scaleTargetRef"]["name"] == items["Deployment"]["metadata"]["name"]
        least, most = (spec.get(f"{end}Replicas", spec.get(f"{end}ReplicaCount")) for end in ("min", "max"))
        assert 2 <= least < most, "one answers while another is replaced"
    if "ScaledObject" in items:
        query = items["ScaledObject"]["spec"]["triggers"][0]["metadata"]["query"]
        assert f'namespace="{items["Deployment"]["metadata"]["namespace"]}"' in query


def test_both_autoscalers_follow_the_same_signals(built: dict[str, list[Item]]) -> None:
    def item(overlay: str, kind: str) -> Item:
        return next(item for item in built[overlay] if item["kind"] == kind)["spec"]

    plain, scaled = item("hpa", "HorizontalPodAutoscaler"), item("keda", "ScaledObject")
    by_type = {metric["type"]: metric for metric in plain["metrics"]}
    queue, cpu = scaled["triggers"]
    adapter = yaml.safe_load((manifests.KUBERNETES / "components/hpa-queue/prometheus-adapter.yaml").read_text())
    (rule,) = adapter["rules"]["custom"]
    (series,) = re.findall(r"undertone_\w+", rule["seriesQuery"])
    (asked,) = re.findall(r"undertone_\w+", queue["metadata"]["query"].partition("{")[0])
    assert series == asked == by_type["Pods"]["pods"]["metric"]["name"]
    assert series in {family.name for family in metrics.registry.collect()}
    assert queue["metadata"]["threshold"] == by_type["Pods"]["pods"]["target"]["averageValue"]
    assert cpu["metadata"]["value"] == str(by_type["Resource"]["resource"]["target"]["averageUtilization"])
    assert scaled["advanced"]["horizontalPodAutoscalerConfig"]["behavior"] == plain["behavior"]
    assert (scaled["minReplicaCount"], scaled["maxReplicaCount"]) == (plain["minReplicas"], plain["maxReplicas"])


def test_prometheus_finds_the_metrics_under_the_name_that_alerts_use(built: dict[str, list[Item]]) -> None:
    (monitor,) = (item for item in built["keda"] if item["kind"] == "PodMonitor")
    (deployment,) = (item for item in built["keda"] if item["kind"] == "Deployment")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    assert endpoint["path"] in paths()
    job = deployment["spec"]["template"]["metadata"]["labels"][monitor["spec"]["jobLabel"]]
    assert set(re.findall(r'job="(\w+)"', (ROOT / "deploy/prometheus/alerts.yml").read_text())) == {job}


def test_the_route_waits_longer_than_the_service_and_keeps_metrics_inside(
    built: dict[str, list[Item]], monkeypatch: pytest.MonkeyPatch
) -> None:
    items = {item["kind"]: item for item in built["gpu with keda, keys and a route"]}
    settings = settings_of(items, monkeypatch)
    rules = {rule["matches"][0]["path"]["value"]: rule for rule in items["HTTPRoute"]["spec"]["rules"]}
    assert rules.keys() <= paths() | {"/"}
    assert "backendRefs" not in rules["/metrics"]
    (port,) = items["Service"]["spec"]["ports"]
    backend = [{"name": items["Service"]["metadata"]["name"], "port": port["port"]}]
    for path, longest_s in (("/translate/file", settings.file_timeout_s), ("/", settings.request_timeout_s)):
        assert rules[path]["backendRefs"] == backend
        assert int(rules[path]["timeouts"]["request"].removesuffix("s")) > longest_s
