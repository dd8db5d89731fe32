"""Answers the inference routes: body bytes in, answer bytes out. FastAPI documents them, from their signatures; its way
from a request to an answer took a third of the HTTP side's processor time (docs/performance.md)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, cast, get_type_hints

from fastapi import APIRouter, FastAPI, Header
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError, WithJsonSchema
from starlette._utils import get_route_path
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.errors import NOT_FOUND, Problem, of_entries, of_fields, problem_of
from app.api.headers import Headers, require_json, timeout_of
from app.pipeline.service import Pipeline
from app.telemetry import metrics

TimeoutHeader = Annotated[
    float | None,
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),  # there is no null in a header
    Header(gt=0, description="Seconds that the answer may take; the service may allow less. Later it is of no use."),
]


@dataclass(slots=True)
class Call:
    """What a route knows of its request beside the body."""

    pipeline: Pipeline
    headers: Headers
    timeout_s: float


LONGEST_MEETING_S = 10.0  # it takes a second; longer where no engine listens any more behind what is linked
MOST_ERRORS = 100
REFUSED = {"overloaded": "queue", "unavailable": "unavailable"}  # a kind of problem, and the reason that is counted
Endpoint = Callable[[Any, Call], Awaitable[BaseModel | Response]]


async def documented(x_request_timeout: TimeoutHeader = None) -> Call:
    """Stands in the signatures of routes, so that the OpenAPI document has the header. FastAPI runs a route that is
    answered directly only for its path with a line feed behind, which it takes for the same."""
    raise Problem("not-found", NOT_FOUND)


class Direct:
    """ASGI: POST to the routes of `router`, each `async def route(body: Schema, call: Call)`. Else asks `app`."""

    def __init__(self, app: ASGIApp, router: APIRouter) -> None:
        self.app = app
        self.routes: dict[str, tuple[type[BaseModel], Endpoint]] = {
            route.path: (get_type_hints(route.endpoint)["body"], route.endpoint)
            for route in router.routes
            if isinstance(route, APIRoute)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self.routes.get(get_route_path(scope)) if scope["type"] == "http" else None
        if route is None or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        try:
            answer = await respond(*route, scope, receive)
        except ClientDisconnect:
            return
        except Exception as error:
            problem = problem_of(error)
            if problem.kind in REFUSED:
                metrics.refused.labels(REFUSED[problem.kind]).inc()
            elif problem.kind == "timeout":
                metrics.cancelled.labels("deadline").inc()
            answer = problem.response()
        if isinstance(answer, Response):
            await answer(scope, receive, send)
            return
        body = answer.__pydantic_serializer__.to_json(answer)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def respond(schema: type[BaseModel], endpoint: Endpoint, scope: Scope, receive: Receive) -> BaseModel | Response:
    """Raises Problem and whatever the route does."""
    headers: Headers = dict(scope["headers"])
    require_json(headers)
    timeout_s = timeout_of(headers, scope["app"].state.settings.request_timeout_s)
    call = Call(await pipeline_of(scope["app"], timeout_s), headers, timeout_s)
    body = parse(schema, await read_body(receive))
    async with asyncio.timeout(call.timeout_s):
        return await endpoint(body, call)


async def pipeline_of(app: FastAPI, timeout_s: float = LONGEST_MEETING_S) -> Pipeline:
    """Raises the problem `unavailable` while no engine has loaded its models. Where one has, and serves other HTTP
    processes, a process that has just started lets its requests wait until it has met it."""
    state = app.state
    if state.pipeline is None and state.engine.awaited:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(state.loaded.wait(), min(timeout_s, LONGEST_MEETING_S))
    if state.pipeline is None:
        raise Problem("unavailable", "The engine is loading its models; try again shortly.", {"Retry-After": "2"})
    return cast(Pipeline, state.pipeline)


async def read_body(receive: Receive) -> bytes:
    """Raises ClientDisconnect."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def parse(schema: type[BaseModel], body: bytes) -> BaseModel:
    """Raises Problem, which says what to change."""
    try:
        try:
            return schema.model_validate_json(body)
        except ValidationError as error:
            if error.error_count() > 1 or error.errors(include_url=False)[0]["type"] != "json_invalid":
                raise
            # Python's reader takes what the fast one does not: other encodings, and halves of UTF-16 pairs in items of
            # a batch, whose neighbours are to be answered.
            return schema.model_validate(read_json(body))
    except ValidationError as error:
        if (count := error.error_count()) > MOST_ERRORS:  # each would be made, though few are told
            raise of_fields([("body", f"{count:,} fields or items do not fit; see GET /docs")]) from error
        raise of_entries(error.errors(include_url=False, include_input=False, include_context=False)) from error


def read_json(body: bytes) -> Any:
    if not body:
        raise of_fields([("body", "Field required")])
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise Problem("malformed-body", f"The body is no valid JSON: {error.msg} at character {error.pos}.") from error
    except (ValueError, RecursionError) as error:
        raise Problem(
            "malformed-body",
            "The body could not be parsed: send UTF-8 encoded JSON, nested no deeper than the schema asks for.",
        ) from error
