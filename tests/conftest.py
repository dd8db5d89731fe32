"""Shared fixtures: small models with random weights, and the real service with the shipped models."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

# Read when numpy and torch are imported. Their threads wait for each other by spinning: where several processes share
# the cores, what takes seconds would take minutes.
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

import httpx
import pytest
import torch
from hypothesis import settings

from app.nets.config import ModelConfig
from app.nets.modules import build_model, save_model
from app.settings import SHIPPED_MODELS
from app.text.tokenizer import Tokenizer
from app.training.data.corpora import LABELS
from app.training.data.vocabulary import train_bpe

# No deadline: the first example of a test may load tables, and a busy machine takes its time.
settings.register_profile("usual", deadline=None)
settings.register_profile("gate", deadline=None, derandomize=True)  # the same examples in every run
settings.load_profile("gate" if os.environ.get("CI") else "usual")

TEXTS = ["A man in a blue shirt stands on a ladder", "ein Mann im blauen Hemd steht auf einer Leiter", "I love it!"]


def tiny_tokenizer() -> Tokenizer:
    return Tokenizer(train_bpe(TEXTS * 3, 120, tags=["<2de>"]))


def tiny_writing_tokenizer() -> Tokenizer:
    return Tokenizer(train_bpe([*TEXTS, "我喜欢苹果", "苹果是红的"] * 3, 120, tags=["<2en>", "<2zh>"]))


def tiny_classifier_config(vocabulary: int, **sizes: object) -> ModelConfig:
    return ModelConfig(
        name="tiny-sentiment",
        task="sentiment",
        architecture="recurrent-classifier",
        sizes={"vocabulary": vocabulary, "embedding": 12, "hidden": 10, "pooling": "attention+max+mean+last", **sizes},
        languages=["en"],
        max_tokens=50,
        labels=LABELS,
    )


def tiny_translator_config(vocabulary: int, **sizes: object) -> ModelConfig:
    return ModelConfig(
        name="tiny-translation",
        task="translation",
        architecture="gru-translator",
        sizes={"vocabulary": vocabulary, "embedding": 12, "hidden": 10, "heads": 2, **sizes},
        languages=["en", "de"],
        max_tokens=40,
        directions=[("en", "de")],
    )


def tiny_language_config(vocabulary: int, **sizes: object) -> ModelConfig:
    return ModelConfig(
        name="tiny-language",
        task="language",
        architecture="recurrent-language-model",
        sizes={"vocabulary": vocabulary, "embedding": 12, "hidden": 10, **sizes},
        languages=["en", "zh"],
        max_tokens=20,
    )


@pytest.fixture(scope="session", autouse=True)
def graphs(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All services of a test run keep their graphs in one folder, which is not the user's."""
    os.environ["UNDERTONE_CACHE_DIR"] = str(tmp_path_factory.mktemp("graphs"))


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two model folders, whose weights are random."""
    folder = tmp_path_factory.mktemp("models")
    tokenizer = tiny_tokenizer()
    torch.manual_seed(3)
    for config in (tiny_classifier_config(tokenizer.size), tiny_translator_config(tokenizer.size)):
        save_model(build_model(config), tokenizer.json, folder / config.name)
    return folder


@pytest.fixture(scope="session")
def tiny_writers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the folder of a language model, whose weights are random."""
    folder = tmp_path_factory.mktemp("writers")
    tokenizer = tiny_writing_tokenizer()
    torch.manual_seed(5)
    model = build_model(tiny_language_config(tokenizer.size))
    save_model(model, tokenizer.json, folder / "tiny-language")
    return folder


@contextmanager
def running_service(
    models: Path, *arguments: str, stderr: IO[str] | None = None, **environment: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start `undertone serve` on a free port, and yield address and process when it is ready. SIGTERM must end it."""
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--models-dir", str(models), *arguments]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env={**os.environ, "UNDERTONE_CPU_ENGINES": "1", **environment},
    )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()  # the service prints it when it is ready
        match = re.search(r"http://\S+", first)
        assert match, f"no address in {first!r}"
        wait_until_ready(match.group())
        yield match.group(), process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        finally:
            process.kill()
            process.stdout.close()


def wait_until_ready(url: str, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while httpx.get(f"{url}/healthz/ready", timeout=timeout_s).status_code != 200:
        assert time.monotonic() < deadline, "the service did not become ready"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def service() -> Iterator[httpx.Client]:
    """A client of the real service with the shipped models."""
    with running_service(SHIPPED_MODELS) as (url, _), httpx.Client(base_url=url, timeout=60) as client:
        yield client


def cancelled(service: httpx.Client) -> float:
    """How many requests a service has given up since their client left."""
    lines = service.get("/metrics").text.splitlines()
    found = [line for line in lines if line.startswith("undertone_requests_cancelled_total") and "disconnect" in line]
    return sum(float(line.rpartition(" ")[2]) for line in found)
