"""The service as two deployments of Ray Serve: on each node a whole Undertone, and in front of them gateways that ask
another node when one dies. `serve run app.cluster.service:build`, or deploy/ray/serve.yaml, which has its sizes.

    client -> Serve's proxy -> Gateway of the same node -> Undertone of any node: the HTTP application -> its engines
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from ray import serve
from ray.exceptions import RayError, RayTaskError
from ray.serve.config import AutoscalingContext
from ray.serve.handle import DeploymentHandle
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Scope

from app.api.errors import Problem
from app.api.streaming import MEDIA_TYPE as STREAM
from app.api.streaming import event
from app.engine.client import EngineClient
from app.main import create_app
from app.settings import Settings

log = logging.getLogger("undertone.cluster")

NODES_ASKED = 3  # with one request: one that ends them all is not tried on every node of the cluster
# The application refuses what it cannot answer in time, and says so; requests that Serve held back would only wait.
REQUESTS_AT_ONCE = 10_000
TOKENS_A_NODE = 8_000  # that may wait on one before there should be another, as on Kubernetes (docs/kubernetes.md)
PASSED_ON = ("type", "http_version", "method", "scheme", "path", "raw_path", "query_string", "headers", "client")


def nodes_needed(context: AutoscalingContext) -> tuple[float, dict[str, Any]]:
    """An autoscaling policy of Serve: by requests under way, which a steady load has, or by the tokens that wait, since
    a request may have one word or 256 texts; whichever needs more nodes."""
    tokens = sum((context.aggregated_metrics or {}).get("tokens", {}).values())
    requests_a_node: float = context.config.target_ongoing_requests  # type: ignore[union-attr]
    return max(context.total_num_requests / requests_a_node, tokens / TOKENS_A_NODE), {}


class Undertone:
    """The application of `app.main` with engines of its own, called by handle instead of through a socket."""

    async def __init__(self, settings: dict[str, Any]) -> None:  # type: ignore[misc]  # Serve awaits it
        """`settings` go before the environment of the node."""
        self.app = create_app(Settings(**settings))
        self.lifespan = self.app.router.lifespan_context(self.app)
        await self.lifespan.__aenter__()
        await self.app.state.loaded.wait()

    async def __del__(self) -> None:
        """Serve awaits this when all requests are answered."""
        await self.lifespan.__aexit__(None, None, None)

    async def record_autoscaling_stats(self) -> dict[str, float]:
        engine: EngineClient = self.app.state.engine
        return {"tokens": float(engine.tokens)}

    async def answer(self, scope: Scope, body: bytes) -> AsyncIterator[list[Message]]:
        """The ASGI messages of the answer to a request, as many at a time as there are."""
        messages: asyncio.Queue[Message | None] = asyncio.Queue()
        requests = [{"type": "http.request", "body": body, "more_body": False}]
        gone = asyncio.Event()

        async def receive() -> Message:
            if requests:
                return requests.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        work = asyncio.create_task(self.app(scope, receive, messages.put))
        work.add_done_callback(lambda _: messages.put_nowait(None))
        try:
            while (message := await messages.get()) is not None:
                ready = [message]
                while not messages.empty() and (message := messages.get_nowait()) is not None:
                    ready.append(message)
                yield ready
                if message is None:
                    break
            await work
        finally:  # all is sent, or Serve has cancelled this call since its client left
            gone.set()


class Gateway:
    """Gives each request to a node, and to another one when that node dies. An answer is sent on when it is whole, so
    that nothing of it has been sent when it is asked for again. Only a stream begins earlier: where its node dies then,
    it ends with the event `problem`."""

    def __init__(self, undertone: DeploymentHandle[Any], settings: dict[str, Any]) -> None:
        self.answer: Any = undertone.options(method_name="answer", stream=True)
        limits = Settings(**settings)
        self.most_bytes = limits.max_file_bytes + limits.max_body_bytes

    async def __call__(self, request: Request) -> Response:
        body = await self.body_of(request)
        scope = {name: request.scope[name] for name in PASSED_ON} | {"root_path": ""}
        for _ in range(NODES_ASKED):
            try:
                return await self.ask(scope, body)
            except RayTaskError:
                raise  # a fault of the application, which it would show on every node
            except RayError as error:
                log.warning("a node failed with a request under way, which another gets: %s", type(error).__name__)
        return Problem(
            "inference-failed", "Each node that this request was given to has ended; send less text."
        ).response()

    async def body_of(self, request: Request) -> bytes:
        """Its body, of which no more is read than any route takes: the application refuses it by its length."""
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > self.most_bytes:
                    break
        except ClientDisconnect:
            pass
        return bytes(body)

    async def ask(self, scope: dict[str, Any], body: bytes) -> Response:
        """Raises RayError where the node fails before its answer is whole, of a stream before it begins."""
        parts: AsyncIterator[list[Message]] = aiter(self.answer.remote(scope, body))
        start, *first = await anext(parts)
        headers = [(name, value) for name, value in start["headers"] if name != b"x-request-id"]  # the proxy sets it
        content_type = dict(headers).get(b"content-type", b"").decode()
        if content_type.startswith(STREAM):
            stream = StreamingResponse(streamed(first, parts), start["status"])
            stream.raw_headers = headers
            return stream
        content = b"".join([content_of(first), *[content_of(part) async for part in parts]])
        response = Response(content, start["status"])
        response.raw_headers = headers
        return response


def content_of(messages: list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in messages)


async def streamed(first: list[Message], parts: AsyncIterator[list[Message]]) -> AsyncIterator[bytes]:
    yield content_of(first)
    try:
        async for part in parts:
            yield content_of(part)
    except RayError:
        yield event(
            "problem", Problem("unavailable", "The node that wrote this stream has ended; ask again.").document()
        )


class Cluster(BaseModel):
    """The arguments of `build`. A node has one replica at most, so that all its requests share the batches of its
    engines."""

    model_config = ConfigDict(extra="forbid")

    settings: dict[str, Any] = Field({}, description="Of app/settings.py, by name, before the environment of a node.")
    min_nodes: int = Field(1, ge=1)
    max_nodes: int = Field(1, ge=1)
    requests_a_node: float = Field(16, gt=0, description="Under way; above that there are more nodes.")
    cores_a_node: float = Field(2, gt=0, description="That Ray reserves, one for each engine.")
    gpus_a_node: float = Field(0, ge=0)
    gateways: int = Field(1, ge=1, description="One on each node whose proxy clients reach.")


def build(cluster: Cluster) -> serve.Application:
    """The application of Serve."""
    wait_s = Settings(**cluster.settings).file_timeout_s
    shared: dict[str, Any] = {
        "max_ongoing_requests": REQUESTS_AT_ONCE,
        "max_replicas_per_node": 1,
        "graceful_shutdown_timeout_s": wait_s,  # for the answers under way
    }
    nodes: Any = serve.deployment(
        ray_actor_options={"num_cpus": cluster.cores_a_node, "num_gpus": cluster.gpus_a_node},
        autoscaling_config={
            "min_replicas": cluster.min_nodes,
            "max_replicas": max(cluster.min_nodes, cluster.max_nodes),
            "target_ongoing_requests": cluster.requests_a_node,
            "metrics_interval_s": 2,
            "look_back_period_s": 10,
            "upscale_delay_s": 5,
            "downscale_delay_s": 300,
            "policy": {"policy_function": f"{__name__}:{nodes_needed.__name__}"},
        },
        **shared,
    )(Undertone)
    gateways: Any = serve.deployment(
        num_replicas=cluster.gateways,
        ray_actor_options={"num_cpus": 0},  # as Serve's proxies, beside which they stand
        **shared,
    )(Gateway)
    application: serve.Application = gateways.bind(nodes.bind(cluster.settings), cluster.settings)
    return application
