"""A processor needs no torch: where it cannot be imported, and nobody tries, the service and the command answer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from app.settings import SHIPPED_MODELS
from tests.conftest import running_service

# Every Python process of a test imports this file at its start.
SITECUSTOMIZE = """
import os, sys

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "huggingface_hub"):
            with open(os.environ["IMPORTED"], "a") as file:
                print(name, file=file)
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, NotInstalled())
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SITECUSTOMIZE)
    root = str(Path(__file__).parents[1])
    return {
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), root]),
        "IMPORTED": str(tmp_path / "imported"),
        "UNDERTONE_DEVICE": "cpu",
        "UNDERTONE_CACHE_DIR": str(tmp_path / "cache"),
    }


def undertone(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", *arguments]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120)


def test_the_command_answers(environment: dict[str, str]) -> None:
    for _ in range(2):  # without and with graphs in the cache
        answer = undertone(environment, "translate", "--to", "de", "A man is standing on a ladder.")
        assert answer.stdout == "Ein Mann steht auf einer Leiter.\n", answer.stderr
    assert undertone(environment, "sentiment", "I love this phone").stdout.startswith("positive")
    assert "translation-en-de" in undertone(environment, "models").stdout
    assert not Path(environment["IMPORTED"]).exists()


def test_the_service_answers(environment: dict[str, str]) -> None:
    with running_service(SHIPPED_MODELS, **environment) as (url, _):
        answer = httpx.post(f"{url}/translate", json={"text": "Two dogs play in the snow.", "target": "de"}, timeout=60)
        assert "Hunde" in answer.json()["translation"]
        assert httpx.post(f"{url}/sentiment", json={"text": "I love it"}, timeout=60).json()["label"] == "positive"
    assert not Path(environment["IMPORTED"]).exists()


@pytest.mark.parametrize("wanted", [{"UNDERTONE_RUNTIME": "torch"}, {"UNDERTONE_DEVICE": "cuda:0"}])
def test_what_needs_torch_says_what_to_install(environment: dict[str, str], wanted: dict[str, str]) -> None:
    answer = undertone(environment | wanted, "sentiment", "I love this phone")
    assert answer.returncode == 1
    assert "the extra torch: pip install -e '.[torch]'" in answer.stderr


def test_a_hugging_face_model_says_what_to_install(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "bert"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert", "architectures": ["BertForSequenceClassification"]}')
    answer = undertone(environment | {"UNDERTONE_SENTIMENT_MODEL": str(folder)}, "sentiment", "I love this phone")
    assert answer.returncode == 1
    assert "the extra hf: pip install -e '.[hf]'" in answer.stderr
