"""Hugging Face's tasks, as huggingface_hub asks for them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

from tests.api.compat.conftest import Locked

TEXT, TRANSLATION = "My friend is here.", "Mein Freund ist hier."


@pytest.mark.parametrize(
    "path", ["", "/", "/models/sentiment", "/models/sentiment-en", "/huggingface/models/sentiment"]
)
def test_text_classification(url: str, path: str) -> None:
    client = InferenceClient(model=url + path)
    found = client.text_classification("I love this phone")
    assert found[0].label == "positive"
    assert sum(one.score for one in found) == pytest.approx(1, abs=1e-4)
    (best,) = client.text_classification("I hate this phone", top_k=1, function_to_apply="softmax")
    assert best.label == "negative"


@pytest.mark.parametrize("prefix", ["", "/huggingface"])
def test_translation(url: str, prefix: str) -> None:
    client = InferenceClient(model=f"{url}{prefix}/models/translation-en-de")
    assert client.translation(TEXT).translation_text == TRANSLATION
    for path in (prefix or "/", f"{prefix}/models/translation"):
        client = InferenceClient(model=url + path)
        for source, target in (("en", "de"), ("en_XX", "de_DE"), ("eng_Latn", "deu_Latn")):
            answer = client.translation(
                TEXT, src_lang=source, tgt_lang=target, truncation="longest_first", generate_parameters={"num_beams": 2}
            )
            assert answer.translation_text == TRANSLATION


def test_batches(foreign: httpx.Client) -> None:
    answer = foreign.post("/models/sentiment", json={"inputs": ["I love it", "I hate it"], "parameters": {"top_k": 1}})
    assert [[one["label"] for one in ranked] for ranked in answer.json()] == [["positive"], ["negative"]]
    answer = foreign.post("/models/translation-en-de", json={"inputs": [TEXT, "Good morning"]})
    assert answer.json() == [{"translation_text": TRANSLATION}, {"translation_text": "Guten Morgen"}]
    long = {"inputs": "good " * 5_000}
    assert foreign.post("/models/sentiment", json=long).status_code == 422
    for inputs, truncation in ((long["inputs"], True), ("good " * 2_000, False)):
        asked = {"inputs": inputs, "parameters": {"truncation": truncation}}
        assert foreign.post("/models/sentiment", json=asked).status_code == 200


def test_predict_of_text_embeddings_inference(foreign: httpx.Client) -> None:
    one = foreign.post("/predict", json={"inputs": "I love it", "raw_scores": False, "truncate": True}).json()
    assert one[0]["label"] == "positive"
    several = foreign.post("/predict", json={"inputs": ["I love it", "I hate it"]}).json()
    assert [ranked[0]["label"] for ranked in several] == ["positive", "negative"]


def test_errors_of_the_client(url: str) -> None:
    with pytest.raises(HfHubHTTPError, match="There is no model 'absent'") as refused:
        InferenceClient(model=f"{url}/models/absent").text_classification("a")
    assert refused.value.response.status_code == 404
    with pytest.raises(HfHubHTTPError, match="tgt_lang"):
        InferenceClient(model=f"{url}/models/translation").translation("a")
    with pytest.raises(HfHubHTTPError, match="translation-en-de"):
        InferenceClient(model=f"{url}/models/translation-en-de").translation("a", src_lang="en", tgt_lang="fr")


def test_keys(locked: Locked) -> None:
    client = InferenceClient(model=f"{locked.url}/models/sentiment", token=locked.key)
    assert client.text_classification("I love it")[0].label == "positive"
    with pytest.raises(HfHubHTTPError) as refused:
        InferenceClient(model=f"{locked.url}/models/sentiment", token="hf_wrong").text_classification("I love it")
    assert refused.value.response.status_code == 401


REFUSED: list[tuple[str, str, Any, int]] = [
    ("no inputs", "/models/sentiment", {}, 422),
    ("empty inputs", "/models/sentiment", {"inputs": ""}, 422),
    ("no texts", "/models/sentiment", {"inputs": []}, 422),
    ("a number", "/models/sentiment", {"inputs": 5}, 422),
    ("numbers", "/models/sentiment", {"inputs": [5, None]}, 422),
    ("pairs", "/predict", {"inputs": [["a", "b"]]}, 422),
    ("an object", "/models/sentiment", {"inputs": {"text": "a"}}, 422),
    ("a list", "/huggingface/", [], 422),
    ("no JSON", "/huggingface/", b"{", 400),
    ("deep JSON", "/models/sentiment", b"[" * 100_000, 400),
    ("a lone surrogate", "/models/sentiment", {"inputs": "\ud83d"}, 422),
    ("white space", "/models/sentiment", {"inputs": " " * 10_000}, 422),
    ("an unknown parameter", "/models/sentiment", {"inputs": "a", "parameters": {"x": 1}}, 422),
    ("another function", "/models/sentiment", {"inputs": "a", "parameters": {"function_to_apply": "none"}}, 422),
    ("a language", "/models/sentiment", {"inputs": "a", "parameters": {"tgt_lang": "de"}}, 422),
    ("classes of a translation", "/models/translation-en-de", {"inputs": "a", "parameters": {"top_k": 1}}, 422),
    (
        "a beam",
        "/models/translation-en-de",
        {"inputs": "a", "parameters": {"generate_parameters": {"num_beams": 99}}},
        422,
    ),
    ("an unknown language", "/models/translation", {"inputs": "a", "parameters": {"tgt_lang": "\x00"}}, 422),
    ("many texts", "/models/sentiment", {"inputs": ["a"] * 300}, 422),
    ("raw scores", "/predict", {"inputs": "a", "raw_scores": True}, 422),
    ("an owner", "/models/someone/something", {"inputs": "a"}, 404),
    ("a long body", "/models/sentiment", b" " * 1_100_000, 413),
]


@pytest.mark.parametrize(("path", "body", "status"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refusals(foreign: httpx.Client, path: str, body: Any, status: int) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    refused = foreign.post(path, content=content, headers={"Content-Type": "application/json"})
    assert refused.status_code == status, refused.text
    assert refused.json().keys() == {"error", "error_type"}
