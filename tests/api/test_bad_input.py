"""Bad input of every kind gets its 4xx problem document, and the service goes on."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from app.api import generation_schemas, schemas

ROUTES: list[tuple[str, dict[str, Any]]] = [("/sentiment", {}), ("/translate", {"target": "de"})]

BODIES: list[tuple[str, bytes, int, str]] = [
    ("malformed", b'{"text": ', 400, "malformed-body"),
    ("trailing comma", b'{"text": "hi",}', 400, "malformed-body"),
    ("invalid UTF-8", b'{"text": "\xff\xfe"}', 400, "malformed-body"),
    ("deep list", b"[" * 100_000, 400, "malformed-body"),
    ("deep objects", b'{"text":' * 100_000, 400, "malformed-body"),
    ("huge number", b'{"text": ' + b"9" * 10_000 + b"}", 400, "malformed-body"),
    ("nothing", b"", 422, "invalid-request"),
    ("list", b"[]", 422, "invalid-request"),
    ("over the body limit", b'{"text": "' + b"a" * 2_000_000 + b'"}', 413, "body-too-large"),
]

TEXTS: list[tuple[str, Any, int, str]] = [
    ("number", 5, 422, "invalid-request"),
    ("null", None, 422, "invalid-request"),
    ("list", ["hi"], 422, "invalid-request"),
    ("object", {"a": {"b": {}}}, 422, "invalid-request"),
    ("empty", "", 422, "empty-text"),
    ("spaces", " \t\n\u00a0\u3000", 422, "empty-text"),
    ("invisible", "\u200b\x00\u202e\ufeff", 422, "empty-text"),
    ("1 MB", "a" * 1_000_000, 422, "text-too-long"),
    ("a million spaces", " " * 1_000_000, 422, "text-too-long"),
    ("lone surrogate", "hi \ud83d", 422, "invalid-text"),
]

ACCEPTED = [
    "I love\x00 it",
    "\u202eI love it\u202c",
    "I love it " + "e\u0301" * 3000,
    "?" * 5000,
    "</s><pad><ph0><2de> I love it",
    " " * 10_000 + "I love it",
    "😂" * 2000,
]


def assert_problem(response: httpx.Response, status: int, kind: str) -> None:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == f"urn:undertone:problem:{kind}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]


def assert_alive(service: httpx.Client) -> None:
    assert service.post("/sentiment", json={"text": "I love this phone"}).json()["label"] == "positive"


@pytest.mark.parametrize(("path", "extra"), ROUTES)
@pytest.mark.parametrize(("body", "status", "kind"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES])
def test_bodies(service: httpx.Client, path: str, extra: dict[str, Any], body: bytes, status: int, kind: str) -> None:
    response = service.post(path, content=body, headers={"content-type": "application/json"})
    assert_problem(response, status, kind)
    assert_alive(service)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"text": "Caf\xe9"}', "The body is no UTF-8: byte 0xe9 at 13; send JSON encoded in UTF-8."),
        (b'{"text": 1' + b"0" * 5_000 + b"}", "a number with too many digits"),
        (b"[" * 50_000, "nested too deep"),
        (b'{"text": "hi"} {}', "line 1, column 16: the value ends before this: take out what follows."),
        (b"  \n ", "the body has only white space; a value is expected"),
    ],
)
def test_a_body_that_is_no_json_is_told_why(service: httpx.Client, body: bytes, told: str) -> None:
    response = service.post("/sentiment", content=body, headers={"content-type": "application/json"})
    assert_problem(response, 400, "malformed-body")
    assert told in response.json()["detail"]


@pytest.mark.parametrize(("path", "extra"), ROUTES)
@pytest.mark.parametrize(("text", "status", "kind"), [case[1:] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_texts(service: httpx.Client, path: str, extra: dict[str, Any], text: Any, status: int, kind: str) -> None:
    body = json.dumps({"text": text, **extra}).encode()  # as ASCII, so that a lone surrogate can be sent
    response = service.post(path, content=body, headers={"content-type": "application/json"})
    assert_problem(response, status, kind)
    assert_alive(service)


@pytest.mark.parametrize("text", ACCEPTED, ids=ascii)
def test_strange_texts_are_answered(service: httpx.Client, text: str) -> None:
    body = {"text": text, "language": "en", "truncate": True}
    assert service.post("/sentiment", json=body).status_code == 200
    body = {"text": text, "source": "en", "target": "de", "beam": 1}
    assert service.post("/translate", json=body).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/sentiment", {"text": "hi", "language": "klingon"}, "unknown-language"),
        ("/sentiment", {"text": "hi", "language": "es"}, "unsupported-language"),
        ("/sentiment", {"text": "hi", "model": "nope"}, "unknown-model"),
        ("/sentiment", {"text": "hi", "model": "x" * 1000}, "invalid-request"),
        ("/sentiment", {"text": "hi", "misspelt": 1}, "invalid-request"),
        ("/sentiment", {"text": "Esta es una frase española muy corriente."}, "unsupported-language"),
        ("/sentiment", {"text": "このレストランの料理はとても美味しいです"}, "unsupported-language"),
        ("/translate", {"text": "hi"}, "invalid-request"),
        ("/translate", {"text": "hi", "target": "klingon"}, "unknown-language"),
        ("/translate", {"text": "hi", "target": "cs"}, "unsupported-direction"),
        ("/translate", {"text": "hi", "target": "de", "beam": 0}, "invalid-request"),
        ("/translate", {"text": "hi", "target": "de", "model": "nope"}, "unknown-model"),
        ("/translate", {"text": "Toto je úplně normální česká věta.", "target": "de"}, "unsupported-direction"),
        ("/sentiment/batch", {"texts": []}, "invalid-request"),
        ("/sentiment/batch", {"texts": "hi"}, "invalid-request"),
        ("/sentiment/batch", {"texts": ["hi"] * 1000}, "batch-too-large"),
    ],
)
def test_options(service: httpx.Client, path: str, body: dict[str, Any], kind: str) -> None:
    assert_problem(service.post(path, json=body), 422, kind)


def nullable(request: type[BaseModel]) -> list[str]:
    return [name for name, field in request.model_fields.items() if not field.is_required()]


@pytest.mark.parametrize(
    ("path", "body", "request_schema"),
    [
        ("/sentiment", {"text": "I love it: 5:30"}, schemas.SentimentRequest),
        ("/sentiment/batch", {"texts": ["I love it"]}, schemas.SentimentBatchRequest),
        ("/translate", {"text": "Good morning", "target": "de"}, schemas.TranslateRequest),
        ("/translate/batch", {"texts": ["Good morning"], "target": "fr"}, schemas.TranslateBatchRequest),
        ("/generate", {"prompt": "The apple", "seed": 1}, generation_schemas.GenerateRequest),
        ("/generate/next", {"text": "The apple"}, generation_schemas.NextWordsRequest),
    ],
)
def test_null_is_an_absent_field(
    service: httpx.Client, path: str, body: dict[str, Any], request_schema: type[BaseModel]
) -> None:
    nulls = dict.fromkeys(nullable(request_schema))
    assert service.post(path, json={**nulls, **body}).json() == service.post(path, json=body).json()


def test_other_errors_are_problems_too(service: httpx.Client) -> None:
    assert_problem(service.get("/nothing/here"), 404, "not-found")
    for path in ("/sentiment/", "/sentiment%0A", "/translate%0A"):
        assert_problem(service.post(path, json={"text": "hi", "target": "de"}), 404, "not-found")
    headers = {"content-type": "application/json"}
    assert_problem(service.post("/sentiment%0A", content=b"{", headers=headers), 422, "invalid-request")
    response = service.get("/sentiment")
    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "POST, OPTIONS"
    assert response.json()["detail"] == "This path takes POST."
    plain = service.post("/sentiment", content=b"text=hi", headers={"content-type": "text/plain"})
    assert_problem(plain, 415, "unsupported-media-type")
    assert_problem(service.post("/sentiment", content=b"{}", headers={}), 415, "unsupported-media-type")


def test_what_is_told_of_a_wrong_body_is_bounded(service: httpx.Client) -> None:
    many = service.post("/sentiment", json={"text": "hi", **dict.fromkeys(map(str, range(5000)), 0)})
    assert_problem(many, 422, "invalid-request")
    assert "5,000 fields" in many.json()["detail"]
    long = service.post("/sentiment", json={"text": "hi", "a" * 50_000: 0})
    assert_problem(long, 422, "invalid-request")
    assert len(long.content) < 2000


def test_a_body_in_chunks_is_bounded_too(service: httpx.Client) -> None:
    chunks = (b"a" * 65_536 for _ in range(40))
    response = service.post("/sentiment", content=chunks, headers={"content-type": "application/json"})
    assert_problem(response, 413, "body-too-large")
    assert_alive(service)


def test_a_text_is_cut_only_where_asked(service: httpx.Client) -> None:
    text = "I love it. " * 1_000
    for truncate in (False, True):
        answer = service.post("/sentiment", json={"text": text, "truncate": truncate}).json()
        assert answer["truncated"] is truncate
        assert answer["label"] == "positive"
    assert_problem(service.post("/sentiment", json={"text": 2 * text}), 422, "text-too-long")
    assert service.post("/sentiment", json={"text": 2 * text, "truncate": True}).json()["truncated"] is True


def test_sentences_of_hostile_texts_have_their_places(service: httpx.Client) -> None:
    for text in (*ACCEPTED, "```\ncode\n```", "***", "\ufeff\u202e. . .", "<p>I love it.<p>No! " * 300):
        answer = service.post("/sentiment", json={"text": text, "language": "en", "sentences": True}).json()
        assert answer["sentences"], text[:40]
        for one in answer["sentences"]:
            assert text[one["start"] : one["end"]] == one["text"]
