"""SageMaker's contract of containers, as SageMaker asks a container and boto3 an endpoint."""

from __future__ import annotations

import json
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.api.compat.conftest import Locked

TEXT, TRANSLATION = "My friend is here.", "Mein Freund ist hier."
JSON, LINES = "application/json", "application/jsonlines"


def runtime(url: str, key: str = "any") -> Any:
    return boto3.client(
        "sagemaker-runtime",
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id=key,
        aws_secret_access_key="any",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=170),
    )


@pytest.mark.parametrize("prefix", ["", "/sagemaker"])
def test_an_endpoint(url: str, prefix: str) -> None:
    client = runtime(url + prefix)

    def ask(body: Any, content_type: str = JSON) -> Any:
        answer = client.invoke_endpoint(EndpointName="undertone", ContentType=content_type, Body=body)
        assert answer["ContentType"].startswith(content_type)
        return answer["Body"].read()

    assert json.loads(ask(json.dumps({"text": "I love it"})))["label"] == "positive"
    assert json.loads(ask(json.dumps({"text": TEXT, "target": "de"})))["translation"] == TRANSLATION
    lines = [{"text": "I hate it"}, {"text": TEXT, "target": "de"}, {"inputs": "I love it"}, {"text": ""}]
    answer = ask("\n".join([*map(json.dumps, lines), "{", ""]), LINES).decode()
    found = [json.loads(line) for line in answer.splitlines()]
    assert found[0]["label"] == "negative"
    assert found[1]["translation"] == TRANSLATION
    assert found[2][0][0]["label"] == "positive"
    assert found[3]["error"]["type"] == "urn:undertone:problem:empty-text"
    assert found[4]["error"]["type"] == "urn:undertone:problem:malformed-body"
    assert len(found) == 5


def test_a_container(foreign: httpx.Client) -> None:
    ping = foreign.get("/ping")
    assert (ping.status_code, ping.content) == (200, b"")

    def ask(body: Any) -> Any:
        return foreign.post("/invocations", json=body).json()

    both = ask({"texts": ["I love it", "I hate it"]})["results"]
    assert [one["label"] for one in both] == ["positive", "negative"]
    assert ask({"texts": [TEXT], "target": "de", "source": "en"})["results"][0]["translation"] == TRANSLATION
    translated = ask({"inputs": TEXT, "parameters": {"src_lang": "en", "tgt_lang": "de"}})
    assert translated == [{"translation_text": TRANSLATION}]


def test_keys(locked: Locked) -> None:
    assert httpx.get(f"{locked.url}/ping").status_code == 200
    body = json.dumps({"text": "I love it"})
    client = runtime(locked.url, locked.key)
    assert json.loads(client.invoke_endpoint(EndpointName="x", ContentType=JSON, Body=body)["Body"].read())["label"]
    with pytest.raises(ClientError, match="unknown"):
        runtime(locked.url, "wrong").invoke_endpoint(EndpointName="x", ContentType=JSON, Body=body)
    headers = {"X-Amzn-SageMaker-Custom-Attributes": locked.key, "Content-Type": JSON}
    assert httpx.post(f"{locked.url}/invocations", content=body, headers=headers).status_code == 200


REFUSED: list[tuple[str, str, Any, int]] = [
    ("no text", JSON, {}, 400),
    ("a list", JSON, [], 400),
    ("a number", JSON, {"text": 5}, 400),
    ("numbers", JSON, {"inputs": [5]}, 400),
    ("an unknown member", JSON, {"text": "a", "targe": "de"}, 400),
    ("an unknown language", JSON, {"text": "a", "target": "xx"}, 400),
    ("no JSON", JSON, b"{", 400),
    ("deep JSON", JSON, b"[" * 100_000, 400),
    ("deep inputs", JSON, b'{"inputs": ' + b"[" * 100_000, 400),
    ("invalid UTF-8", JSON, b'{"text": "\xff"}', 400),
    ("a lone surrogate", JSON, {"text": "\ud83d"}, 400),
    ("no lines", LINES, b"\n\n", 400),
    ("many lines", LINES, b"{}\n" * 300, 400),
    ("a long body", JSON, b" " * 1_100_000, 413),
    ("CSV", "text/csv", b"a,b", 415),
]


@pytest.mark.parametrize(
    ("content_type", "body", "status"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_refusals(foreign: httpx.Client, content_type: str, body: Any, status: int) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    refused = foreign.post("/invocations", content=content, headers={"Content-Type": content_type})
    assert refused.status_code == status, refused.text
    assert refused.json().keys() == {"code", "message"}
