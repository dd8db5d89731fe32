"""What the gateway does when nodes die with a request under way; the nodes are stand-ins that fail as Ray says it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

pytestmark = [pytest.mark.ray, pytest.mark.filterwarnings("ignore")]

CONFIGURATION = Path(__file__).parents[2] / "deploy/ray/serve.yaml"
BODY = b'{"text": "I love it!"}'
WHOLE: list[list[Message]] = [
    [
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]},
        {"type": "http.response.body", "body": b'{"label": ', "more_body": True},
    ],
    [{"type": "http.response.body", "body": b'"positive"}'}],
]
STREAM: list[list[Message]] = [
    [
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]},
        {"type": "http.response.body", "body": b"event: delta\n\n", "more_body": True},
    ],
    [{"type": "http.response.body", "body": b"event: answer\n\n"}],
]


class Nodes:
    """The handle of the nodes: each request goes to the next one, which sends so many parts of its answer and dies."""

    def __init__(self, answer: list[list[Message]], *sent: int) -> None:
        self.whole, self.sent = answer, list(sent)
        self.bodies: list[bytes] = []
        self.answer = self

    def options(self, **_: Any) -> Any:
        return self

    async def remote(self, scope: dict[str, Any], body: bytes) -> AsyncIterator[list[Message]]:
        from ray.exceptions import ActorDiedError

        self.bodies.append(body)
        count = self.sent.pop(0)
        for part in self.whole[:count]:
            yield part
        if count < len(self.whole):
            raise ActorDiedError


async def answered(nodes: Any, settings: dict[str, Any] | None = None) -> tuple[int, bytes]:
    from app.cluster.service import Gateway

    async def receive() -> Message:
        return {"type": "http.request", "body": BODY, "more_body": False}

    scope = {"type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/sentiment"}
    scope |= {"raw_path": b"/sentiment", "query_string": b"", "headers": [], "client": ("127.0.0.1", 1)}
    response = await Gateway(nodes, settings or {})(Request(scope, receive))
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def forever() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    await response(scope, forever, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


@pytest.mark.parametrize("sent", [(2,), (0, 2), (1, 2), (0, 1, 2)])
def test_the_next_node_answers_for_one_that_died(sent: tuple[int, ...]) -> None:
    nodes = Nodes(WHOLE, *sent)
    assert asyncio.run(answered(nodes)) == (200, b'{"label": "positive"}')
    assert nodes.bodies == [BODY] * len(sent)


def test_a_request_that_ends_every_node_is_not_given_to_all() -> None:
    nodes = Nodes(WHOLE, *[0] * 10)
    status, body = asyncio.run(answered(nodes))
    assert (status, len(nodes.bodies)) == (500, 3)
    assert b"inference-failed" in body


def test_a_stream_that_has_begun_says_that_it_broke_off() -> None:
    assert asyncio.run(answered(Nodes(STREAM, 0, 2))) == (200, b"event: delta\n\nevent: answer\n\n")
    status, body = asyncio.run(answered(Nodes(STREAM, 1)))
    assert status == 200
    assert body.startswith(b"event: delta\n\nevent: problem\n")
    assert b"unavailable" in body


def test_the_file_of_serve_fits_serve_and_the_application() -> None:
    import yaml
    from ray.serve.schema import ServeDeploySchema

    from app.cluster.service import Cluster
    from app.settings import Settings

    (application,) = ServeDeploySchema.model_validate(yaml.safe_load(CONFIGURATION.read_text())).applications
    assert application.import_path == "app.cluster.service:build"
    cluster = Cluster.model_validate(application.args)
    assert cluster.settings.keys() <= Settings.model_fields.keys()


def test_no_more_of_a_body_is_kept_than_any_route_takes() -> None:
    nodes = Nodes(WHOLE, 2)

    async def ask() -> None:
        from app.cluster.service import Gateway

        async def receive() -> Message:
            return {"type": "http.request", "body": b"x" * 1_000, "more_body": True}

        scope = {"type": "http", "method": "POST", "path": "/sentiment", "headers": []}
        gateway: Any = Gateway(nodes, {"max_body_bytes": 2_000, "max_file_bytes": 3_000})  # type: ignore[arg-type]
        assert len(await gateway.body_of(Request(scope, receive))) == 6_000

    asyncio.run(ask())
