"""What clients take, as they say it."""

from __future__ import annotations

import httpx
import pytest

from app.api.coding import answer_coding
from app.api.negotiation import media_type_for
from tests.api.test_bad_input import assert_problem

JSON, STREAM = "application/json", "text/event-stream"
TRANSLATION = {"text": "Good night", "source": "en", "target": "de"}


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("*/*", JSON),
        ("", JSON),
        (JSON, JSON),
        (STREAM, STREAM),
        ("Text/Event-Stream; charset=utf-8", STREAM),
        (f"{STREAM};q=0, */*", JSON),
        (f"{STREAM} ; q=0.000, application/*", JSON),
        (f"{JSON};q=1, {STREAM};q=0.1", JSON),
        (f"{JSON};q=.2, {STREAM};q=.3", STREAM),
        (f"{JSON}, {STREAM}", JSON),
        (f"{STREAM}, {JSON}", STREAM),
        (f"{STREAM}, */*", STREAM),
        (f"*/*, {STREAM};q=0.9", JSON),
        ("text/*", STREAM),
        (f"text/*;q=0.5, {JSON};q=0.4", STREAM),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", JSON),
        ("text/html", None),
        ("application/json;q=0", None),
        ("*/*;q=0", None),
        ("application/*;q=0, image/png", None),
        ("json", None),
    ],
)
def test_media_types(accept: str, chosen: str | None) -> None:
    assert media_type_for(accept.encode(), (JSON, STREAM)) == chosen


@pytest.mark.parametrize(
    ("accept_encoding", "coding"),
    [
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("GZIP;q=0.1", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1, zstd;q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0, *", "zstd"),
        ("*;q=0", None),
        ("gzip;q=0.5, identity", None),
        ("br, deflate", None),
    ],
)
def test_content_codings(accept_encoding: str, coding: str | None) -> None:
    assert answer_coding(accept_encoding.encode()) == coding


def test_over_http(service: httpx.Client) -> None:
    def answered(path: str, *accept: str) -> httpx.Response:
        return service.post(path, json=TRANSLATION, headers=[("Accept", one) for one in accept])

    assert answered("/translate", f"{STREAM};q=0, */*").headers["content-type"] == JSON
    assert answered("/translate", f"{JSON};q=0.1", STREAM).headers["content-type"].startswith(STREAM)
    refused = answered("/translate", "text/html")
    assert_problem(refused, 406, "not-acceptable")
    assert f"{JSON} or {STREAM}" in refused.json()["detail"]
    batch = service.post("/translate/batch", json={"texts": ["hi"], "target": "de"}, headers={"Accept": STREAM})
    assert_problem(batch, 406, "not-acceptable")
    assert STREAM not in batch.json()["detail"]
    assert_problem(service.get("/models", headers={"Accept": "text/html"}), 406, "not-acceptable")
    file = service.post(
        "/translate/file?target=de", content=b"Good night", headers={"Accept": JSON, "Content-Type": "text/plain"}
    )
    assert file.status_code == 200, "a file is of the kind that was sent"
