"""Compressed bodies and answers."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.api.coding import DecodedBody, zstd
from app.api.errors import Problem
from app.api.middleware import BodyLimit
from tests.api.test_bad_input import assert_alive, assert_problem

BODY = json.dumps({"text": "I love this phone"}).encode()
BODIES = [b"", b"a", BODY, b"\0" * 300_000, random.Random(1).randbytes(200_000), BODY * 5_000]


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


CODERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "deflate without a header": ("deflate", raw_deflate),
    "zstd": ("zstd", zstd.compress),
}


def decoded(coding: str, data: bytes, step: int = 10_000) -> bytes:
    """Through messages of `step` bytes. Raises Problem."""
    parts = [data[start : start + step] for start in range(0, len(data), step)] or [b""]
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages[-1]["more_body"] = False
    waiting = iter(messages)

    async def receive() -> Any:
        return next(waiting, {"type": "http.disconnect"})

    async def whole() -> bytes:
        body, more = b"", True
        decoding = DecodedBody(receive, coding)
        while more:
            message = await decoding.receive()
            assert len(message["body"]) <= 65_536
            body, more = body + message["body"], message["more_body"]
        assert (await decoding.receive())["type"] == "http.disconnect"
        return body

    return asyncio.run(whole())


@pytest.mark.parametrize("name", CODERS)
@pytest.mark.parametrize("body", BODIES, ids=len)
def test_what_was_compressed_comes_back(name: str, body: bytes) -> None:
    coding, compress = CODERS[name]
    for step in (10_000, 1) if len(body) < 1_000 else (10_000, 100_000):
        assert decoded(coding, compress(body), step) == body


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_streams_may_stand_behind_each_other(name: str) -> None:
    coding, compress = CODERS[name]
    assert decoded(coding, b"".join(compress(part) for part in BODIES)) == b"".join(BODIES)
    with pytest.raises(Problem, match="more than 1,000 streams"):
        decoded(coding, compress(b"") * 50_000, 65_536)


@pytest.mark.parametrize("name", CODERS)
@pytest.mark.parametrize("harm", ["cut", "empty", "first byte", "middle", "rubbish behind", "not compressed"])
def test_damaged_streams(name: str, harm: str) -> None:
    coding, compress = CODERS[name]
    whole = compress(bytes(random.Random(2).choices(b"abc", k=5_000)))
    data = {
        "cut": whole[:-5],
        "empty": b"",
        "first byte": b"\xff" + whole[1:],
        "middle": whole[:500] + b"\xff" * 50 + whole[550:],
        "rubbish behind": whole + b"\xff\xff",
        "not compressed": BODY,
    }[harm]
    if name == "deflate without a header" and harm == "middle":
        return  # it has no checksum: what comes out is another body
    with pytest.raises(Problem) as raised:
        decoded(coding, data)
    assert raised.value.kind == "malformed-body"
    assert coding in raised.value.detail


def zstd_with_a_window(log: int) -> bytes:
    options = {zstd.CompressionParameter.window_log: log, zstd.CompressionParameter.content_size_flag: 0}
    compressor = zstd.ZstdCompressor(options=options)
    return compressor.compress(b"a" * 1000) + compressor.flush()


def test_a_stream_cannot_ask_for_much_memory() -> None:
    assert decoded("zstd", zstd_with_a_window(23)) == b"a" * 1000
    with pytest.raises(Problem):
        decoded("zstd", zstd_with_a_window(27))


@pytest.mark.parametrize("name", CODERS)
def test_a_bomb_is_not_inflated(name: str) -> None:
    """Of 200 MB only so much is, as shows that there is too much."""
    coding, compress = CODERS[name]
    bomb = compress(b" " * 200_000_000)
    seen = 0

    async def application(scope: Any, receive: Any, send: Any) -> None:
        nonlocal seen
        while True:
            message = await receive()
            seen += len(message["body"])

    async def receive() -> Any:
        return {"type": "http.request", "body": bomb, "more_body": False}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-encoding", coding.encode()), (b"content-length", b"%d" % len(bomb))]
    scope = {"type": "http", "path": "/sentiment", "headers": headers}
    tracemalloc.start()
    asyncio.run(BodyLimit(application, len(bomb) + 1_000_000, {})(scope, receive, send))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sent[0]["status"] == 413
    assert seen <= len(bomb) + 1_000_000
    assert peak < 4_000_000


@pytest.mark.parametrize("name", CODERS)
def test_bodies_over_http(service: httpx.Client, name: str) -> None:
    coding, compress = CODERS[name]
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    for content in (compress(BODY), iter([compress(BODY)[:20], compress(BODY)[20:]])):
        answer = service.post("/sentiment", content=content, headers=headers)
        assert (answer.status_code, answer.json()["label"]) == (200, "positive")
    for bomb in (compress(b" " * 50_000_000), iter([compress(b" " * 50_000_000)])):
        assert_problem(service.post("/sentiment", content=bomb, headers=headers), 413, "body-too-large")
    twice = service.post("/sentiment", content=compress(compress(BODY)), headers=headers)
    assert_problem(twice, 400, "malformed-body")
    assert_problem(service.post("/sentiment", content=compress(BODY)[:-3], headers=headers), 400, "malformed-body")
    assert_alive(service)


@pytest.mark.parametrize("coding", ["br", "compress", "gzip, gzip", "gzip, zstd", "nonsense", "identity, br"])
def test_other_codings_are_refused(service: httpx.Client, coding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    answer = service.post("/sentiment", content=gzip.compress(BODY), headers=headers)
    assert_problem(answer, 415, "unsupported-media-type")
    assert answer.headers["accept-encoding"] == "gzip, deflate, zstd"
    assert "Content-Encoding" in answer.json()["detail"]


def test_a_coding_that_is_not_named(service: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    for content in (gzip.compress(BODY), zstd.compress(BODY)):
        answer = service.post("/sentiment", content=content, headers=headers)
        assert_problem(answer, 400, "malformed-body")
        assert "Content-Encoding" in answer.json()["detail"]
    headers["Content-Encoding"] = "identity"
    assert service.post("/sentiment", content=BODY, headers=headers).status_code == 200


def test_a_compressed_file(service: httpx.Client) -> None:
    headers = {"Content-Type": "text/plain", "Content-Encoding": "gzip"}
    answer = service.post(
        "/translate/file?target=de&source=en", content=gzip.compress(b"Good night\n"), headers=headers
    )
    assert (answer.status_code, answer.text) == (200, "Gute Nacht\n")


def raw_answer(answer: httpx.Response) -> bytes:
    return b"".join(answer.iter_raw())


@pytest.mark.parametrize(("coding", "inflate"), [("gzip", gzip.decompress), ("zstd", zstd.decompress)])
def test_long_answers_are_compressed(service: httpx.Client, coding: str, inflate: Callable[[bytes], bytes]) -> None:
    texts = {"texts": ["I love this phone"] * 50}
    with service.stream("POST", "/sentiment/batch", json=texts, headers={"Accept-Encoding": coding}) as answer:
        content = raw_answer(answer)
        assert answer.headers["content-encoding"] == coding
        assert answer.headers["vary"] == "accept-encoding"
        assert int(answer.headers["content-length"]) == len(content)
    plain = service.post("/sentiment/batch", json=texts, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert inflate(content) == plain.content
    assert len(content) < len(plain.content) / 5
    short = service.post(
        "/sentiment", content=BODY, headers={"Content-Type": "application/json", "Accept-Encoding": coding}
    )
    assert "content-encoding" not in short.headers


def test_files_of_the_page_are_compressed(service: httpx.Client) -> None:
    path = "/static/swagger-ui/swagger-ui-bundle.js"
    plain, packed = (service.get(path, headers={"Accept-Encoding": coding}) for coding in ("identity", "gzip"))
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert packed.headers["etag"] == plain.headers["etag"]
    assert packed.headers["etag"].startswith("W/"), "a strong one would be of these bytes"
    part = service.get(path, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, plain.content[:10])


def test_a_file_arrives_part_by_part_though_it_is_compressed(service: httpx.Client) -> None:
    html = "".join(f"<p>The train number {number} leaves at nine.</p>\n" for number in range(60)).encode()
    headers = {"Content-Type": "text/html", "Accept-Encoding": "gzip"}
    with service.stream("POST", "/translate/file?target=de&source=en&beam=1", content=html, headers=headers) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        inflater = zlib.decompressobj(31)
        parts = [inflater.decompress(part) for part in answer.iter_raw()]
    assert inflater.eof
    assert sum(1 for part in parts if b"<p>" in part) > 1
    assert b"".join(parts).count(b"</p>") == 60


def test_events_arrive_one_by_one(service: httpx.Client) -> None:
    body = {"text": "Two dogs are playing in the snow. " * 5, "source": "en", "target": "de"}
    headers = {"Accept": "text/event-stream", "Accept-Encoding": "gzip, zstd"}
    with service.stream("POST", "/translate", json=body, headers=headers) as answer:
        assert "content-encoding" not in answer.headers
        parts = list(answer.iter_raw())
    assert len(parts) > 2
    assert all(part.startswith(b"event: ") for part in parts)
