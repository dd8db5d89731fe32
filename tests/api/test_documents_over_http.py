"""Documents over real sockets: large ones leave the service awake, malformed and hostile ones get an answer."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.conftest import running_service

SIZE = 900_000  # characters; bodies may have 1 MiB

# The beginning of a document, what is repeated in it, its end.
PARTS = {
    "html": ("<body>", '<p>A <b>man</b> is <a href="x">here</a>.</p>\n', "</body>"),
    "markdown": ("# A man\n", "A **man** is [here](x).\n\n", ""),
    "messages": ("", "A man is {n} here %d.\\n", ""),
    "srt": ("", "1\n00:00:01,000 --> 00:00:02,000\nA <i>man</i> is here.\n\n", ""),
    "vtt": ("WEBVTT\n\n", "00:01.000 --> 00:02.000\nA <i>man</i> is here.\n\n", ""),
    "json": ("[", '"A man is {n} here.",', '"A man."]'),
    "csv": ("id,text\n", '7,"A man, here."\n', ""),
    "po": ("", 'msgid "A man is %d here"\nmsgstr ""\n\n', ""),
    "xliff": (
        '<xliff version="1.2"><file><body>',
        '<trans-unit id="1"><source>A <g id="1">man</g></source></trans-unit>',
        "</body></file></xliff>",
    ),
    "android": ("<resources>", '<string name="a">A <b>man</b> is %d</string>', "</resources>"),
}
# In the place of the part that is repeated.
HOSTILE = {
    "html": ["<b>", "</b>", "<i><b></i>", "<p <", '<a href="', "<!--", "&#xD800;&#x110000;", "{{"],
    "markdown": ["**", "[", "> ", "`", "[a](", "- ", "|", "<b>"],
    "messages": ["{", "}", "{a, plural, other {", "<b>", "'", "%", "\\"],
    "srt": ["<i>", "-->", "1\n00:00:01,0 --> 00:00:00,0\n", "{\\an8}", "(a) "],
    "vtt": ["<v a>", "-->", "00:09.0 --> 00:01.0\na\n", "&lt;&#xD800;", "NOTE\n"],
    "json": ["[", '{"a":', '"\\ud800",', '"\\uzzzz",', '"<b>{",', "}"],
    "csv": ['"', '""', ",", '"a\n', "\r"],
    "po": ['msgid "a"\n', "#~ ", 'msgid "\\xff\\777"\nmsgstr ""\n', '"', "\\"],
    "xliff": ["<a>", "</a>", "<source>a</source>", "&a;", "<![CDATA[", "&#xD800;"],
    "android": ["<b>", "</b>", "<string>a</string>", "&a;", "\\u12", "'"],
}
ANYWHERE = ["\x00a", "\u202ea\u2066", " ", "\ufeff", "\u2028a", "e\u0301\u0301", "\U000e0041"]


@pytest.fixture(scope="module")
def address(tiny_models: Path) -> Iterator[str]:
    with running_service(tiny_models, UNDERTONE_MAX_TEXT_CHARS="2000000") as (url, _):
        yield url


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=120) as client:
        yield client


def request(format: str, text: str) -> dict[str, Any]:
    return {"text": text, "format": format, "source": "en", "target": "de", "beam": 1}


@pytest.mark.parametrize("format", PARTS)
def test_the_service_is_awake_while_a_large_document_is_prepared(
    address: str, client: httpx.Client, format: str
) -> None:
    begin, part, end = PARTS[format]
    body = json.dumps(request(format, begin + part * (SIZE // len(json.dumps(part))) + end)).encode()
    url = urlsplit(address)
    head = f"POST /translate HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Type: application/json\r\n"
    with socket.create_connection((url.hostname, url.port)) as large:
        large.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        for _ in range(5):
            assert client.get("/healthz/live").status_code == 200
        assert not select.select([large], [], [], 0)[0]  # the document is not answered yet, nor refused


@pytest.mark.parametrize("format", HOSTILE)
def test_hostile_documents_are_answered(client: httpx.Client, format: str) -> None:
    begin, part, end = PARTS[format]
    for unit in [*HOSTILE[format], *ANYWHERE]:
        for body in (begin + unit * (2_000 // len(unit)) + end, unit * (1_000 // len(unit)) + part):
            response = client.post("/translate", json=request(format, body))
            assert response.status_code in (200, 422), (unit, response.text)
            if response.status_code == 422:
                assert response.json()["detail"]
            else:
                assert response.json()["translation"]


@pytest.mark.parametrize("format", PARTS)
def test_a_million_spaces_are_answered(client: httpx.Client, format: str) -> None:
    begin, part, end = PARTS[format]
    for body in (" " * 1_000_000, begin + part + " " * 1_000_000 + part + end):
        response = client.post("/translate", json=request(format, body))
        assert response.status_code in (200, 422)


MALFORMED = {
    "json": '{"a": "A man"',
    "xliff": "<xliff><file>",
    "android": "<resources><string>",
    "po": 'msgid "A man\nmsgstr ""\n',
    "srt": "A man is here.",
    "vtt": "A man is here.",
    "csv": 'a,b\n1,"x" y\n',
}


@pytest.mark.parametrize("format", MALFORMED)
def test_a_malformed_document_fails_alone(client: httpx.Client, format: str) -> None:
    begin, part, end = PARTS[format]
    whole = begin + part + end
    body = {**request(format, ""), "texts": [whole, MALFORMED[format], whole]}
    del body["text"]
    first, second, third = client.post("/translate/batch", json=body).json()["results"]
    assert second["error"]["type"] == "urn:undertone:problem:malformed-document"
    assert second["error"]["status"] == 422
    assert len(second["error"]["detail"]) > 40
    assert first["translation"] == third["translation"] != ""
