"""A wrong request says what to change, in words about the request."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.test_bad_input import assert_problem

GOOD = {"text": "hi", "target": "de"}


@pytest.mark.parametrize(
    ("path", "change", "detail"),
    [
        ("/translate", {"targt": "de"}, "targt: is no field; did you mean target?"),
        ("/translate", {"Source": "en"}, "Source: is no field; did you mean source?"),
        ("/translate", {"q": "hi"}, "q: is no field; did you mean text?"),
        ("/translate", {"target_lang": "de"}, "target_lang: is no field; did you mean target?"),
        ("/translate", {"stream": True}, "stream: is no field; for a stream send the header Accept: text/event-stream"),
        ("/sentiment", {"target": ..., "prompt": "hi"}, "prompt: is no field; did you mean text?"),
        (
            "/sentiment",
            {"target": ..., "stream": True},
            "stream: is no field; the fields are model, prefer, language,",
        ),
        ("/translate", {"colour": "red"}, "colour: is no field; the fields are model, prefer, source, target,"),
        ("/translate", {"text": 5}, "text: must be a string"),
        ("/translate", {"text": None, "source": None}, "text: is missing"),
        ("/translate", {"text": ...}, "text: is missing"),
        ("/translate", {"target": ""}, "target: must not be empty"),
        ("/translate", {"target": "x" * 36}, "target: must have at most 35 characters"),
        ("/translate", {"beam": 99}, "beam: must be 16 or less"),
        ("/translate", {"beam": 0}, "beam: must be 1 or more"),
        ("/translate", {"beam": "4"}, "beam: must be a whole number"),
        ("/translate", {"beam": 1.5}, "beam: must be a whole number"),
        ("/translate", {"check": "yes"}, "check: must be true or false"),
        ("/translate", {"format": "htm"}, "format: must be 'text', 'html', "),
        ("/translate", {"glossary": {"a": 1}}, "glossary.a: must be a string"),
        ("/translate", {"glossary": 5}, "glossary: must be an object, or a string"),
        ("/translate", {"format_options": {"colums": [1]}}, "colums: is no field; did you mean columns?"),
        (
            "/translate",
            {"format_options": {"columns": [1.5]}},
            ".columns.0: must be the name or the number of a column",
        ),
        ("/translate", {"format_options": {"columns": []}}, "format_options.columns: must not be empty"),
        ("/translate", {"format_options": {"header": "x"}}, "format_options.header: must be 'auto', 'keep' or "),
        ("/translate", {"format_options": {"keys": ["a"]}}, ": keys is no option of text, which has none."),
        (
            "/translate/batch",
            {"text": ..., "texts": ["a"], "format": "json", "format_options": {"overwrite": True}},
            "format_options: overwrite is no option of json, which has keys, skip.",
        ),
        ("/translate", {"do_not_translate": [5]}, "do_not_translate.0: must be a string"),
        ("/translate/batch", {"text": ..., "texts": []}, "texts: must not be empty"),
        ("/translate/batch", {"text": ..., "texts": "hi"}, "texts: must be a list"),
    ],
)
def test_fields(service: httpx.Client, path: str, change: dict[str, Any], detail: str) -> None:
    body = {name: value for name, value in {**GOOD, **change}.items() if value is not ...}
    answer = service.post(path, json=body)
    assert_problem(answer, 422, "invalid-request")
    assert detail in answer.json()["detail"]
    assert all(set(error) == {"field", "message"} for error in answer.json()["errors"])


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"", 422, "body: is empty; send a JSON object with target and text"),
        (b"[]", 422, "body: must be an object"),
        (b'"hi"', 422, "body: must be an object"),
        (b'{"text": "a\nb"}', 400, "line 1, column 12: a raw line break"),
        (b"{'text': 1}", 400, "line 1, column 2: texts and keys stand in double quotes"),
        (b"text=hi&target=de", 400, "The body is no JSON: line 1, column 1: "),
        (b'{"text": "hi", "target": "de", "text": "hello"}', 422, "text: is there twice; leave one of the two out"),
        (b'{"text":"hi","target":"de","glossary":{"a":"b","c":"d","a":"e"}}', 422, "a: is there twice"),
        ('{"text": "a: b", "target": "de", "beam": null, "beam": 2}'.encode("utf-16"), 422, "beam: is there twice"),
    ],
)
def test_bodies(service: httpx.Client, body: bytes, status: int, detail: str) -> None:
    answer = service.post("/translate", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert detail in answer.json()["detail"]


def test_queries(service: httpx.Client) -> None:
    answer = service.post("/sentiment?truncate=true&colour=red", json={"text": "hi"})
    assert_problem(answer, 422, "invalid-request")
    truncate, colour = answer.json()["errors"]
    assert truncate == {"field": "truncate", "message": "send it in the body, as a field of the JSON object"}
    assert colour["field"] == "colour"
    for path in ("/models?a=1", "/languages?%ff=&b", "/metrics?name=x"):
        assert_problem(service.get(path), 422, "invalid-request")
    many = service.post("/sentiment?" + "&".join(f"a{number}" for number in range(1_000)), json={"text": "hi"})
    assert many.json()["detail"].endswith("and 980 more")
    assert len(many.content) < 4_000
    assert service.post("/sentiment?", json={"text": "hi"}).status_code == 200
    for path in ("/healthz/live?probe=1", "/?lang=de", "/static/favicon.svg?v=2"):  # monitors and caches add some
        assert service.get(path).status_code == 200


def test_own_deadlines(service: httpx.Client) -> None:
    body = {"text": "I love this phone. " * 1_000, "source": "en", "target": "de"}
    late = service.post("/translate", json=body, headers={"X-Request-Timeout": "0.05"})
    assert_problem(late, 504, "timeout")
    assert "X-Request-Timeout allowed" in late.json()["detail"]
    wrong = {"x": "must be a number", "0": "must be more than 0"}
    for value, message in wrong.items():
        answer = service.post("/translate", json=GOOD, headers={"X-Request-Timeout": value})
        assert answer.json()["errors"] == [{"field": "x-request-timeout", "message": message}]
