"""The Open Inference Protocol, as tritonclient speaks it."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from tests.api.compat.conftest import Locked

TEXT, TRANSLATION = "My friend is here.", "Mein Freund ist hier."


def client_of(url: str) -> triton.InferenceServerClient:
    return triton.InferenceServerClient(
        url.removeprefix("http://"), connection_timeout=170, network_timeout=170, concurrency=1
    )


@pytest.fixture(scope="module", params=["", "/openinference"])
def client(url: str, request: pytest.FixtureRequest) -> Iterator[triton.InferenceServerClient]:
    with client_of(url + request.param) as made:
        yield made


def tensor(texts: list[str], *shape: int, binary: bool = True) -> triton.InferInput:
    shape = shape or (len(texts),)
    made = triton.InferInput("text", list(shape), "BYTES")
    return made.set_data_from_numpy(np.array(texts, dtype=np.object_).reshape(shape), binary_data=binary)


def test_server_and_models(client: triton.InferenceServerClient) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.get_server_metadata()["name"] == "undertone"
    for name in ("sentiment", "sentiment-en", "translation", "translation-en-de"):
        for version in ("", "1"):
            assert client.is_model_ready(name, version)
            metadata = client.get_model_metadata(name, version)
            assert metadata["inputs"] == [{"name": "text", "datatype": "BYTES", "shape": [-1]}]
            assert metadata["outputs"][0]["name"] == ("label" if name.startswith("s") else "translation")
    assert not client.is_model_ready("absent")
    assert not client.is_model_ready("sentiment", "2")
    with pytest.raises(InferenceServerException, match="There is no model 'absent'"):
        client.get_model_metadata("absent")


@pytest.mark.parametrize("binary", [True, False])
def test_sentiment(client: triton.InferenceServerClient, binary: bool) -> None:
    outputs = [triton.InferRequestedOutput(name, binary_data=binary) for name in ("scores", "label", "labels")]
    texts = ["I love it", "I hate it", "这家餐厅太糟糕了", "The train leaves at nine"]
    answer = client.infer(
        "sentiment", [tensor(texts, 2, 2, binary=binary)], outputs=outputs, request_id="7", model_version="1"
    )
    labels = [label if isinstance(label, str) else label.decode() for label in answer.as_numpy("label").flat]
    assert labels == ["positive", "negative", "negative", "neutral"]
    scores = answer.as_numpy("scores")
    assert (scores.shape, scores.dtype) == ((2, 2, 3), np.float32)
    assert scores.sum(axis=-1) == pytest.approx(np.ones((2, 2)), abs=1e-4)
    named = [name if isinstance(name, str) else name.decode() for name in answer.as_numpy("labels")]
    assert [named[index] for index in scores.reshape(4, 3).argmax(axis=1)] == labels
    assert answer.get_response()["id"] == "7"


def test_translation(client: triton.InferenceServerClient) -> None:
    answer = client.infer("translation-en-de", [tensor([TEXT, "Good morning", ""])])
    assert [text.decode() for text in answer.as_numpy("translation")] == [TRANSLATION, "Guten Morgen", ""]
    answer = client.infer("translation", [tensor(["Guten Morgen"])], parameters={"target": "en"})
    assert [answer.as_numpy(name)[0] for name in ("translation", "source")] == [b"Good morning", b"de"]
    answer = client.infer(
        "translation",
        [tensor(["Guten Morgen"])],
        outputs=[triton.InferRequestedOutput("translation")],
        parameters={"source": "de", "target": "en"},
    )
    assert answer.as_numpy("source") is None


def test_errors(client: triton.InferenceServerClient) -> None:
    for name, texts, options, message in (
        ("absent", ["a"], {}, "no model"),
        ("translation", ["a"], {}, "target"),
        ("translation", ["a"], {"parameters": {"target": "xx"}}, "language code"),
        ("translation-en-de", ["a"], {"parameters": {"target": "fr"}}, "translation-en-de"),
        ("sentiment", ["a"], {"parameters": {"target": "de"}}, "language"),
        ("sentiment", ["a", " "], {}, "Text 2"),
        ("sentiment", ["a"], {"priority": 1}, "priority"),
        ("sentiment", ["a"], {"outputs": [triton.InferRequestedOutput("x")]}, "no x"),
        ("sentiment", ["a"], {"outputs": [triton.InferRequestedOutput("label", class_count=2)]}, "classification"),
        ("sentiment", ["a"] * 300, {}, "300 texts"),
    ):
        with pytest.raises(InferenceServerException, match=message):
            client.infer(name, [tensor(texts)], **options)  # type: ignore[arg-type]


def test_keys(locked: Locked) -> None:
    with client_of(locked.url) as client:
        assert client.is_server_live()
        assert client.is_server_ready()
        headers = {"Authorization": f"Bearer {locked.key}"}
        answer = client.infer("sentiment", [tensor(["I love it"])], headers=headers)
        assert answer.as_numpy("label")[0] == b"positive"
        with pytest.raises(InferenceServerException, match="API key"):
            client.infer("sentiment", [tensor(["I love it"])])


def asked(**changes: Any) -> dict[str, Any]:
    return {"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["a"], **changes}]}


def test_nested_data(foreign: httpx.Client) -> None:
    body = asked(shape=[2, 1], data=[["I love it"], ["I hate it"]])
    answer = foreign.post("/v2/models/sentiment/infer", json=body).json()
    assert answer["outputs"][0] == {
        "name": "label",
        "shape": [2, 1],
        "datatype": "BYTES",
        "data": ["positive", "negative"],
    }


BINARY = asked(data=None, parameters={"binary_data_size": 5})
REFUSED: list[tuple[str, Any, bytes, str | None]] = [
    ("an empty body", b"", b"", None),
    ("no JSON", b"{", b"", None),
    ("a list", [], b"", None),
    ("deep JSON", b"[" * 100_000, b"", None),
    ("no inputs", {"inputs": []}, b"", None),
    ("two inputs", {"inputs": asked()["inputs"] * 2}, b"", None),
    ("another input", asked(name="x"), b"", None),
    ("numbers of a type", asked(datatype="INT32"), b"", None),
    ("numbers", asked(data=[5]), b"", None),
    ("no data", asked(data=None), b"", None),
    ("data twice", asked(parameters={"binary_data_size": 5}), b"\x01\x00\x00\x00a", "json"),
    ("another shape", asked(shape=[2]), b"", None),
    ("a negative shape", asked(shape=[-1]), b"", None),
    ("a huge shape", asked(shape=[10**300] * 8), b"", None),
    ("nothing", asked(shape=[0], data=[]), b"", None),
    (
        "deep data",
        b'{"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ' + b"[" * 9_000,
        b"",
        None,
    ),
    ("a lone surrogate", asked(data=["\ud83d"]), b"", None),
    ("too few bytes", BINARY, b"\x01\x00\x00", "json"),
    ("too many bytes", BINARY, b"\x01\x00\x00\x00ab", "json"),
    ("a long element", BINARY, struct.pack("<I", 2**32 - 1) + b"a", "json"),
    ("invalid UTF-8", BINARY, b"\x01\x00\x00\x00\xff", "json"),
    ("a length that is too long", asked(), b"", "999999"),
    ("a length that is no number", asked(), b"", "-1"),
    ("a length of many digits", asked(), b"", "9" * 5_000),
    ("a parameter", {**asked(), "parameters": {"x": 1}}, b"", None),
]


@pytest.mark.parametrize(
    ("body", "binary", "length"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_refusals(foreign: httpx.Client, body: Any, binary: bytes, length: str | None) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    size = (
        {} if length is None else {"Inference-Header-Content-Length": str(len(content)) if length == "json" else length}
    )
    refused = foreign.post("/v2/models/sentiment/infer", content=content + binary, headers=size)
    assert refused.status_code == 400, refused.text
    assert refused.json().keys() == {"error"}
