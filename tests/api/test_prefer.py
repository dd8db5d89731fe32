"""`prefer` over HTTP: three translators of one direction and three classifiers of one language, of which one is first
in their order, one was measured best and one fastest, and three language models, of which nothing was measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch

from app.evaluation.model_index import model_index
from app.huggingface.card import card_head
from app.huggingface.speeds import Speed, write_speeds
from app.nets.folder import open_folder
from app.nets.modules import build_model, save_model
from app.training.metrics import TranslationScore, classification_report
from tests.conftest import (
    running_service,
    tiny_classifier_config,
    tiny_language_config,
    tiny_tokenizer,
    tiny_translator_config,
    tiny_writing_tokenizer,
)

FIRST, BEST, FASTEST = "a-first", "b-best", "c-fastest"
NAMES = {None: FIRST, "quality": BEST, "speed": FASTEST}
QUALITY = {FIRST: 0.5, BEST: 0.75, FASTEST: 0.25}
TEXTS = {"/sentiment": {"language": "en"}, "/translate": {"source": "en", "target": "de"}}
HIDDEN = {FIRST: 10, BEST: 16, FASTEST: 8}  # of the language models: their sizes stand for quality and speed
BEGINNINGS = {"/generate": "prompt", "/generate/next": "text"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, tokenizer = tmp_path_factory.mktemp("prefer"), tiny_tokenizer()
    torch.manual_seed(7)
    speeds = []
    for kind, config in (("t", tiny_translator_config(tokenizer.size)), ("s", tiny_classifier_config(tokenizer.size))):
        for name, share in QUALITY.items():
            config.name = f"{kind}-{name}"
            path = folder / config.name
            save_model(build_model(config), tokenizer.json, path)
            right = round(4 * share)
            report = classification_report([0] * right + [1] * (4 - right), [0] * 4, config.labels or ["bad", "good"])
            scores: dict[str, Any] = (
                {"dev/news.en-de": [TranslationScore("BLEU", 100 * share, "tok:13a")]}
                if kind == "t"
                else {"en/posts.dev": report}
            )
            (path / "README.md").write_text(card_head(model_index(config, scores, 4)) + "\n# A model\n")
            languages = ("en", "de") if kind == "t" else ("en",)
            speeds.append(Speed(config.name, open_folder(path).digest, languages, 1 + (name != FASTEST)))
    tokenizer = tiny_writing_tokenizer()
    for name, hidden in HIDDEN.items():
        config = tiny_language_config(tokenizer.size, hidden=hidden)
        config.name = f"g-{name}"
        save_model(build_model(config), tokenizer.json, folder / config.name)
    write_speeds(folder, "2026-01-01T00:00Z", "cpu", speeds)
    return folder


@pytest.fixture(scope="module")
def client(models: Path) -> Iterator[httpx.Client]:
    with running_service(models) as (url, _), httpx.Client(base_url=url, timeout=60) as client:
        yield client


def asked(prefer: str | None) -> dict[str, str]:
    return {"prefer": prefer} if prefer else {}


@pytest.mark.parametrize("prefer", NAMES)
@pytest.mark.parametrize("path", TEXTS)
def test_every_kind_of_answer_names_the_model(client: httpx.Client, path: str, prefer: str | None) -> None:
    name = f"{path[1]}-{NAMES[prefer]}"
    body = {**TEXTS[path], **asked(prefer)}
    assert client.post(path, json={"text": "A man", **body}).json()["model"] == name
    results = client.post(f"{path}/batch", json={"texts": ["A man", "I love it!"], **body}).json()["results"]
    assert [one["model"] for one in results] == [name] * 2
    if path == "/translate":
        headers = {"Accept": "text/event-stream"}
        stream = client.post(path, json={"text": "A man", **body}, headers=headers).text
        assert json.loads(stream.rpartition("event: answer\ndata: ")[2])["model"] == name
        document = {"text": "<p>A man</p>", "format": "html", **body}
        assert client.post(path, json=document).json()["model"] == name
        form = client.post("/translate/file", files={"file": ("a.txt", b"A man")}, data=body)
        raw = client.post("/translate/file", content=b"A man", params={"name": "a.txt", **body})
        assert [one.headers["undertone-model"] for one in (form, raw)] == [name] * 2


@pytest.mark.parametrize("prefer", NAMES)
@pytest.mark.parametrize("path", BEGINNINGS)
def test_of_language_models_the_largest_or_the_smallest_writes(
    client: httpx.Client, path: str, prefer: str | None
) -> None:
    body = {BEGINNINGS[path]: "A man", "language": "en", **asked(prefer)}
    assert client.post(path, json=body).json()["model"] == f"g-{NAMES[prefer]}"


@pytest.mark.parametrize("path", TEXTS)
def test_a_name_is_what_a_request_gets(client: httpx.Client, path: str) -> None:
    for name in NAMES.values():
        body = {"text": "A man", **TEXTS[path], "model": f"{path[1]}-{name}"}
        assert client.post(path, json=body).json()["model"] == f"{path[1]}-{name}"


@pytest.mark.parametrize("path", [*TEXTS, "/sentiment/batch", "/translate/batch", *BEGINNINGS])
def test_a_name_and_a_preference_are_refused(client: httpx.Client, path: str) -> None:
    text = {"texts": ["A man"]} if path.endswith("/batch") else {BEGINNINGS.get(path, "text"): "A man"}
    body = {**text, **TEXTS.get(path.removesuffix("/batch"), {}), "model": "x", "prefer": "speed"}
    answer = client.post(path, json=body)
    assert answer.status_code == 422
    message = "chooses among models, and `model` names one; leave one of the two out"
    assert answer.json()["errors"] == [{"field": "prefer", "message": message}]
    unnamed = client.post(path, json={**body, "model": None})
    assert unnamed.status_code == 200


def test_a_file_with_a_name_and_a_preference_is_refused(client: httpx.Client) -> None:
    data = {"target": "de", "model": "x", "prefer": "speed"}
    answer = client.post("/translate/file", files={"file": ("a.txt", b"A man")}, data=data)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "prefer")


def test_another_preference_is_refused_with_what_there_is(client: httpx.Client) -> None:
    answer = client.post("/sentiment", json={"text": "A man", "prefer": "cheap"})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "prefer: must be 'quality' or 'speed'"


def test_the_catalogue_says_what_the_choice_is_made_by(client: httpx.Client) -> None:
    languages = client.get("/languages").json()
    choice = {"quality": f"t-{BEST}", "speed": f"t-{FASTEST}"}
    [direction] = languages["translation"]
    assert (direction["model"], direction["prefer"]) == (f"t-{FIRST}", choice)
    for kind, task in (("s", "sentiment"), ("g", "generation")):
        for language in languages[task]:
            preferred = {"quality": f"{kind}-{BEST}", "speed": f"{kind}-{FASTEST}"}
            assert (language["model"], language["prefer"]) == (f"{kind}-{FIRST}", preferred)
    scores = {one["name"]: one.get("scores") for one in client.get("/models").json()["models"]}
    assert scores[f"t-{BEST}"] == [
        {
            "metric": "bleu",
            "value": 75.0,
            "set": "dev/news.en-de en-de",
            "languages": ["en", "de"],
            "conditions": "beam=4, signature=tok:13a",
        },
        {
            "metric": "milliseconds",
            "value": 2.0,
            "set": "a sentence",
            "languages": ["en", "de"],
            "conditions": "2026-01-01T00:00Z, cpu",
        },
    ]


def test_a_setting_is_the_preference_of_requests_without_one(models: Path) -> None:
    with running_service(models, UNDERTONE_PREFER="quality") as (url, _):
        for path, body in TEXTS.items():
            found = [
                httpx.post(url + path, json={"text": "A man", **body, **more}).json()["model"]
                for more in ({}, {"prefer": "speed"}, {"model": f"{path[1]}-{FIRST}"})
            ]
            assert found == [f"{path[1]}-{name}" for name in (BEST, FASTEST, FIRST)]
        [direction] = httpx.get(f"{url}/languages").json()["translation"]
        assert direction["model"] == f"t-{BEST}"
