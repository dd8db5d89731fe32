"""Language models as a client gets them: a service with one whose weights are random, so that every word may come."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import running_service

STREAM = {"accept": "text/event-stream"}
HOT = {"temperature": 2.0, "top_p": 1.0}


@pytest.fixture(scope="module")
def writer(tiny_writers: Path) -> Iterator[httpx.Client]:
    with running_service(tiny_writers) as (url, _), httpx.Client(base_url=url, timeout=60) as client:
        yield client


def generated(writer: httpx.Client, prompt: str, **options: Any) -> Any:
    answer = writer.post("/generate", json={"prompt": prompt, **options})
    assert answer.status_code == 200, answer.text
    return answer.json()


def predicted(writer: httpx.Client, text: str, **options: Any) -> Any:
    answer = writer.post("/generate/next", json={"text": text, **options})
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(writer: httpx.Client, path: str, body: dict[str, Any]) -> Any:
    answer = writer.post(path, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


def events(text: str) -> list[tuple[str, Any]]:
    blocks = [block.split("\n", 1) for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_the_answer_says_how_to_get_it_again(writer: httpx.Client) -> None:
    first = generated(writer, "A man", length=9, **HOT)
    assert first["model"] == "tiny-language"
    assert first["language"] == "en"
    assert first["truncated"] is False
    assert first["finish"] in ("end", "length")
    again = generated(writer, "A man", length=9, seed=first["seed"], **HOT)
    assert again == first
    assert len({generated(writer, "A man", length=9, **HOT)["text"] for _ in range(5)}) > 1


def test_without_temperature_every_seed_writes_the_likeliest(writer: httpx.Client) -> None:
    texts = {generated(writer, "A man", temperature=0, seed=seed)["text"] for seed in (1, 2, 3)}
    assert len(texts) == 1


def test_others_at_the_same_time_change_nothing(writer: httpx.Client) -> None:
    bodies = [{"prompt": "A man in", "length": 30, "seed": seed, **HOT} for seed in range(12)]
    alone = [writer.post("/generate", json=body).json() for body in bodies]
    together: list[Any] = [None] * len(bodies)

    def ask(place: int) -> None:
        together[place] = writer.post("/generate", json=bodies[place]).json()

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(bodies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone


@pytest.mark.parametrize("prompt", ["A man", "A man ", "我喜欢", "苹果是", "😀"])
def test_a_stream_is_the_answer_piece_by_piece(writer: httpx.Client, prompt: str) -> None:
    body = {"prompt": prompt, "length": 25, "seed": 4, "language": "zh" if "果" in prompt else "en", **HOT}
    *deltas, (name, answer) = events(writer.post("/generate", json=body, headers=STREAM).text)
    assert name == "answer"
    assert {name for name, _ in deltas} <= {"delta"}
    assert "".join(delta["text"] for _, delta in deltas) == answer["text"]
    assert len(deltas) > 1
    assert answer == writer.post("/generate", json=body).json()


def test_behind_white_space_a_new_word_begins(writer: httpx.Client) -> None:
    for seed in range(10):
        assert not generated(writer, "A man ", seed=seed, **HOT)["text"].startswith(" ")
    apart = predicted(writer, "A man ", count=20)["words"]
    assert not any(word["text"].startswith(" ") for word in apart)
    joined = predicted(writer, "A man", count=20)["words"]
    assert any(word["text"].startswith(" ") for word in joined)


def test_next_words_are_in_order(writer: httpx.Client) -> None:
    answer = predicted(writer, "A man in a", count=8)
    values = [word["probability"] for word in answer["words"]]
    assert len(values) == 8
    assert values == sorted(values, reverse=True)
    assert 0 < sum(values) + answer["end"] <= 1
    assert predicted(writer, "A man in a", count=3)["words"] == answer["words"][:3]


def test_traditional_characters_come_back_traditional(writer: httpx.Client) -> None:
    answer = generated(writer, "我喜歡", seed=2, length=30, language="zh", **HOT)
    assert not set("欢苹红") & set(answer["text"])
    words = predicted(writer, "我喜歡", count=50, language="zh")["words"]
    texts = [word["text"] for word in words]
    assert not any(set("欢苹红") & set(text) for text in texts)
    assert len(texts) == len(set(texts))
    *deltas, (_, streamed) = events(
        writer.post(
            "/generate",
            json={"prompt": "我喜歡", "seed": 2, "length": 30, "language": "zh", **HOT},
            headers=STREAM,
        ).text
    )
    assert streamed == answer
    assert "".join(delta["text"] for _, delta in deltas) == answer["text"]


def test_a_text_that_is_too_long_is_refused_or_its_end_is_read(writer: httpx.Client) -> None:
    long = "A man in a shirt stands on a ladder " * 20
    for path, field in (("/generate", "prompt"), ("/generate/next", "text")):
        problem = refused(writer, path, {field: long})
        assert problem["type"].endswith("text-too-long")
        assert "Or set truncate to true" in problem["detail"]
    answer = predicted(writer, long, truncate=True)
    assert answer["truncated"] is True
    assert answer["words"] == predicted(writer, "x" * 500_000 + long, truncate=True, language="en")["words"]
    assert generated(writer, long, truncate=True, seed=1)["truncated"] is True


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "prompt", "is missing"),
        ({"prompt": 3}, "prompt", "must be a string"),
        ({"prompt": "A", "temperature": 2.1}, "temperature", "must be 2 or less"),
        ({"prompt": "A", "temperature": -1}, "temperature", "must be 0 or more"),
        ({"prompt": "A", "temperature": "hot"}, "temperature", "must be a number"),
        ({"prompt": "A", "top_p": 0}, "top_p", "must be more than 0"),
        ({"prompt": "A", "top_p": 1.5}, "top_p", "must be 1 or less"),
        ({"prompt": "A", "seed": -1}, "seed", "must be 0 or more"),
        ({"prompt": "A", "seed": 1.5}, "seed", "must be a whole number"),
        ({"prompt": "A", "seed": 2**60}, "seed", "must be less than 9007199254740992"),
        ({"prompt": "A", "length": 0}, "length", "must be 1 or more"),
        ({"prompt": "A", "length": 257}, "length", "must be 256 or less"),
        ({"prompt": "A", "max_tokens": 5}, "max_tokens", "did you mean length?"),
        ({"prompt": "A", "text": "A"}, "text", "did you mean prompt?"),
        ({"prompt": "A", "stream": True}, "stream", "Accept: text/event-stream"),
    ],
)
def test_wrong_fields_are_named(writer: httpx.Client, body: dict[str, Any], field: str, message: str) -> None:
    errors = {one["field"]: one["message"] for one in refused(writer, "/generate", body)["errors"]}
    assert message in errors[field]


@pytest.mark.parametrize(
    ("text", "kind"), [("", "empty-text"), (" \n\t", "empty-text"), ("\u200b\u202e", "empty-text")]
)
def test_a_text_without_words_is_refused(writer: httpx.Client, text: str, kind: str) -> None:
    assert refused(writer, "/generate", {"prompt": text})["type"].endswith(kind)
    assert refused(writer, "/generate/next", {"text": text})["type"].endswith(kind)


def test_languages_and_models_that_do_not_exist(writer: httpx.Client) -> None:
    assert refused(writer, "/generate", {"prompt": "A", "language": "xx"})["type"].endswith("unknown-language")
    problem = refused(writer, "/generate", {"prompt": "Ein Mann", "language": "de"})
    assert problem["type"].endswith("unsupported-language")
    assert "texts are written in English, Chinese" in problem["detail"]
    problem = refused(writer, "/generate/next", {"text": "A", "model": "none"})
    assert problem["type"].endswith("unknown-model")
    assert "tiny-language" in problem["detail"]
    assert refused(writer, "/sentiment", {"text": "good"})["type"].endswith("unknown-model")
    assert writer.post("/translate", json={"text": "A", "target": "de"}).status_code == 422


def test_a_service_without_a_language_model_says_so(tiny_models: Path) -> None:
    with running_service(tiny_models) as (url, _):
        problem = httpx.post(f"{url}/generate", json={"prompt": "A"}).json()
        assert problem["type"].endswith("unknown-model")
        assert httpx.get(f"{url}/languages").json()["generation"] == []


@pytest.mark.parametrize(
    "text",
    [
        "\x00",
        "</s><s><2zh><unk>",
        "<ph0>",
        "\u202eman\u2066",
        "a" * 3000,
        "e\u0301" + "\u0301" * 3000,
        "\U0001f600" * 50,
    ],
)
def test_hostile_text_is_ordinary_text(writer: httpx.Client, text: str) -> None:
    for path, field in (("/generate", "prompt"), ("/generate/next", "text")):
        body = {field: f"A man {text}", "language": "en", "truncate": True}
        assert writer.post(path, json=body).status_code == 200


def test_a_million_spaces(writer: httpx.Client) -> None:
    problem = refused(writer, "/generate", {"prompt": "A man" + " " * 900_000, "truncate": True})
    assert problem["type"].endswith("empty-text")


def test_models_and_languages_are_listed(writer: httpx.Client) -> None:
    (model,) = writer.get("/models").json()["models"]
    assert (model["task"], model["architecture"]) == ("language", "recurrent-language-model")
    assert "labels" not in model
    languages = writer.get("/languages").json()
    assert [one["code"] for one in languages["generation"]] == ["en", "zh"]
    assert languages["sentiment"] == languages["translation"] == []


def test_a_client_that_leaves_takes_its_work_with_it(writer: httpx.Client) -> None:
    body = json.dumps({"prompt": "A man", "length": 256, **HOT}).encode()
    head = "POST /generate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    deadline = time.monotonic() + 90
    while 'undertone_requests_cancelled_total{reason="disconnect"} 0.0' in (signals := writer.get("/metrics").text):
        assert time.monotonic() < deadline, signals
        for attempt in range(20):  # a text takes some milliseconds, in which the client has to leave
            with socket.create_connection((writer.base_url.host, writer.base_url.port)) as client:
                client.sendall(request)
                time.sleep(attempt / 4_000)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closes by a reset
    assert generated(writer, "A man", length=3)["model"] == "tiny-language"
