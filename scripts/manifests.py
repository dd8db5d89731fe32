"""Builds each overlay of deploy/kubernetes as `kubectl apply -k` does and checks its objects against the schemas of
Kubernetes (the oldest release that the manifests support, and the newest) and of the operators. Unknown fields are
errors."""

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

KUBERNETES = Path(__file__).parent.parent / "deploy" / "kubernetes"
OVERLAYS = sorted(folder.parent for folder in KUBERNETES.glob("overlays/*/kustomization.yaml"))
OLDEST = "1.30"  # the first whose preStop has `sleep`
MODELS = {  # by API: the module with the models generated from its definitions
    "keda.sh/v1alpha1": "cloudcoil.models.keda.v1alpha1",
    "monitoring.coreos.com/v1": "cloudcoil.models.prometheus_operator.v1",
}
SCHEMAS = {"gateway.networking.k8s.io/v1": KUBERNETES / "components" / "httproute" / "schema.yaml"}


class ManifestError(Exception):
    """An overlay that cannot be built, or an object that its schema refuses."""


def kubectl() -> str | None:
    return shutil.which("kubectl", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")


def build(folder: Path) -> list[dict[str, Any]]:
    """The objects of a folder with a kustomization. Raises ManifestError."""
    program = kubectl()
    if program is None:
        raise ManifestError("no kubectl: run `python scripts/kubectl.py .venv`, or install it")
    done = subprocess.run([program, "kustomize", str(folder)], capture_output=True, text=True, timeout=60)
    if done.returncode or done.stderr:  # a warning, such as of a deprecated field, fails too
        raise ManifestError(f"{folder}: {done.stderr.strip()}")
    return list(yaml.safe_load_all(done.stdout))


def check(item: dict[str, Any]) -> None:
    """Raises ManifestError."""
    name, api = f"{item['kind']} {item['metadata']['name']}", item["apiVersion"]
    try:
        if api in MODELS:
            model = getattr(importlib.import_module(MODELS[api]), item["kind"])
            known = model.model_validate(item).model_dump(by_alias=True, exclude_unset=True, mode="json")
            if known != item:  # the models leave out fields that they do not know
                raise ValueError(f"it has fields that {MODELS[api]} does not know; known are {known}")
        elif api in SCHEMAS:
            jsonschema.validate(item, yaml.safe_load(SCHEMAS[api].read_text("utf-8")))
        else:
            for version in (OLDEST, kubernetes_validate.latest_version()):
                kubernetes_validate.validate(item, version, strict=True)
    except (ValueError, jsonschema.ValidationError) as error:
        raise ManifestError(f"{name}: {error}") from error
    except kubernetes_validate.SchemaNotFoundError as error:
        raise ManifestError(f"{name}: no schema for {api}") from error


def main() -> int:
    if kubectl() is None and "CI" not in os.environ:
        print("NOT CHECKED: the manifests for Kubernetes, because there is no kubectl")
        return 0
    try:
        for folder in OVERLAYS:
            items = build(folder)
            for item in items:
                check(item)
            print(f"{len(items)} objects of {folder.relative_to(KUBERNETES)} are valid")
    except ManifestError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
