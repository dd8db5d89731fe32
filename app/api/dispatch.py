"""Answers the inference routes: body bytes in, answer bytes out. FastAPI documents them, from their signatures; its way
from a request to an answer took a third of the HTTP side's processor time (docs/performance.md)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar, cast, get_type_hints

from fastapi import APIRouter, Depends, FastAPI, Header
from pydantic import BaseModel, ValidationError, WithJsonSchema
from starlette._utils import get_route_path
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.admission import Gate, Place, WaitTooLong
from app.api.dialect import Dialect
from app.api.errors import NOT_FOUND, Problem, of_fields, of_query, of_validation, problem_of, refuse
from app.api.exchange import Exchange, loop_time
from app.api.headers import Headers, require_json, timeout_of
from app.api.negotiation import media_type_for
from app.api.schema_words import TWICE, of_empty
from app.engine.errors import EngineOverloaded
from app.formats import json_errors
from app.pipeline.service import Pipeline
from app.settings import Settings
from app.telemetry import metrics

JSON = "application/json"
FIRST_ENGINE_TIMEOUT_S = 10.0  # meeting one takes a second; longer where nothing listens behind its link any more
MOST_ERRORS = 100
COMPRESSED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")  # how streams of gzip and zstd begin

TimeoutHeader = Annotated[
    float | None,
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0}),  # there is no null in a header
    Header(gt=0, description="Seconds that the answer may take; the service may allow less. Later it is of no use."),
]


@dataclass(slots=True)
class Call:
    """The request as its route sees it, beside the body. `deadline` is a time of the event loop's clock."""

    pipeline: Pipeline
    media_type: str  # of the answer, of those that the route offers
    deadline: float
    exchange: Exchange


Endpoint = Callable[[Any, Call], Awaitable[BaseModel | Response]]
Declared = TypeVar("Declared", bound=Endpoint)
Cost = Callable[[Any, Pipeline], float]


class Reader(Protocol):
    """Makes what a route takes of the body of a request."""

    def check(self, headers: Headers, query: bytes) -> None:
        """Called before the body is read. Raises Problem."""
        ...

    async def read(self, scope: Scope, body: bytes) -> Any:
        """Raises Problem."""
        ...


class JsonReader:
    """Reads JSON by a schema."""

    def __init__(self, schema: type[BaseModel]) -> None:
        self.schema = schema

    def check(self, headers: Headers, query: bytes) -> None:
        require_json(headers)
        if query and (problem := of_query(query, self.schema.model_fields)) is not None:
            raise problem

    async def read(self, scope: Scope, body: bytes) -> BaseModel:
        return parse(self.schema, body)


def usual_cost(body: BaseModel, pipeline: Pipeline) -> float:
    return 1.0


def usual_timeout_s(settings: Settings) -> float:
    return settings.request_timeout_s


@dataclass(slots=True, frozen=True)
class Route:
    reader: Reader
    endpoint: Endpoint
    price: float
    cost: Cost
    timeout_s: Callable[[Settings], float]
    most_bytes: float
    offers: tuple[str, ...]
    methods: Sequence[str] = ("POST",)


class InferenceRouter(APIRouter):
    """Routes that `Dispatch` answers and FastAPI only documents."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.dispatched: dict[str, Route] = {}  # by path

    def declare(
        self,
        path: str,
        *,
        price: float,
        cost: Cost = usual_cost,
        reader: Reader | None = None,
        timeout_s: Callable[[Settings], float] = usual_timeout_s,
        most_bytes: float = math.inf,
        offers: tuple[str, ...] = (JSON,),
        methods: Sequence[str] = ("POST",),
        **documents: Any,
    ) -> Callable[[Declared], Declared]:
        """Have requests to `path` answered by `async def route(body: Schema, call: CallOf)`. `price` is what a byte of
        its body costs, in bytes of a body for /sentiment, and 0 for what no engine works on, which is never refused for
        a queue; `cost` is by how much a parsed body asks for more or less than that; `reader` reads another body than
        JSON of that schema; `timeout_s` is how long it may take; `most_bytes` of a body are under way at a time;
        `offers` are the media types of its answer, any where it has none;
        `documents` are FastAPI's options."""

        def declared(endpoint: Declared) -> Declared:
            self.document(path, endpoint, methods, documents)
            read_by = reader or JsonReader(get_type_hints(endpoint)["body"])
            self.dispatched[path] = Route(read_by, endpoint, price, cost, timeout_s, most_bytes, offers, methods)
            return endpoint

        return declared

    def document(self, path: str, endpoint: Endpoint, methods: Sequence[str], documents: dict[str, Any]) -> None:
        self.api_route(path, methods=list(methods), **documents)(endpoint)


async def documented(x_request_timeout: TimeoutHeader = None) -> Call:
    """Stands in the signatures of inference routes, so that the OpenAPI document has the header. FastAPI runs such a
    route only for its path with a line feed behind it, which it takes for the same path."""
    raise Problem("not-found", NOT_FOUND)


CallOf = Annotated[Call, Depends(documented)]


class Dispatch:
    """ASGI: answers requests to the routes of `routers`, and leaves everything else to `app`."""

    def __init__(self, app: ASGIApp, routers: Sequence[InferenceRouter], gate: Gate) -> None:
        self.app, self.gate = app, gate
        self.routes = {path: route for router in routers for path, route in router.dispatched.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self.routes.get(get_route_path(scope)) if scope["type"] == "http" else None
        if route is None or scope["method"] not in route.methods:
            await self.app(scope, receive, send)
            return
        with Place(self.gate, route.price, route.most_bytes) as place:
            try:
                answer = await self.respond(route, place, scope, receive)
            except ClientDisconnect:
                return
            except Exception as error:
                problem = problem_of(error, Exchange.of(scope))
                if (reason := refusal_reason(error, problem)) is not None:
                    metrics.refused.labels(reason).inc()
                await refuse(problem, scope, receive, send)
                return
            if isinstance(answer, Response):
                await answer(scope, receive, send)
            else:
                body = answer.__pydantic_serializer__.to_json(answer)
                headers = [(b"content-type", JSON.encode()), (b"content-length", b"%d" % len(body))]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                await send({"type": "http.response.body", "body": body})
            place.succeeded = True

    async def respond(self, route: Route, place: Place, scope: Scope, receive: Receive) -> BaseModel | Response:
        """All waiting and all work of a request share the deadline that was set when it arrived. Raises Problem,
        EngineOverloaded, ClientDisconnect, TimeoutError and the errors of the route."""
        headers: Headers = dict(scope["headers"])
        route.reader.check(headers, scope["query_string"])
        media_type = acceptable(scope, route.offers)
        exchange, allowed_s = Exchange.of(scope), route.timeout_s(scope["app"].state.settings)
        timeout_s = timeout_of(headers, allowed_s)
        exchange.own_timeout = timeout_s < allowed_s
        deadline = exchange.arrived + timeout_s
        pipeline = await pipeline_of(scope["app"], deadline)
        async with asyncio.timeout_at(deadline):
            if route.price:
                self.gate.check(deadline - loop_time(), pipeline)
            content = await read_body(receive)
            if exchange.dialect is not None:
                route = await heard(exchange.dialect, exchange, route, scope, content)
            place.body_arrived(len(content))
            if route.price:
                await self.gate.turns.wait()
            body = await route.reader.read(scope, content)
            place.correct(route.cost(body, pipeline))
            exchange.usage.on_answer = place.progress
            return await route.endpoint(body, Call(pipeline, media_type, deadline, exchange))


def acceptable(scope: Scope, offers: tuple[str, ...]) -> str:
    """The media type of the answer, by the client's Accept; an empty string where there are no offers. Raises the
    problem `not-acceptable`."""
    accept = [value for name, value in scope["headers"] if name == b"accept"]
    if not accept or accept == [b"*/*"] or not offers:
        return offers[0] if offers else ""
    if (media_type := media_type_for(b",".join(accept), offers)) is None:
        told = " or ".join(offers)
        raise Problem("not-acceptable", f"This path answers {told}; name that in the header Accept, or leave it out.")
    return media_type


async def heard(dialect: Dialect, exchange: Exchange, route: Route, scope: Scope, content: bytes) -> Route:
    """The route of a request that speaks a foreign API, or may, now that its body is there, and with it perhaps its
    key. Raises Problem."""
    route = dialect.route_of(route, exchange, content)
    if exchange.unlock is not None:
        spoken = exchange.dialect
        await exchange.unlock("" if spoken is None else await spoken.key_in_body(scope, content))
    return route


def refusal_reason(error: Exception, problem: Problem) -> str | None:
    """As which reason `undertone_requests_refused_total` counts an error, if it does."""
    if isinstance(error, WaitTooLong):
        return "deadline"
    if isinstance(error, EngineOverloaded):
        return "queue"
    return "unavailable" if problem.kind == "unavailable" else None


async def pipeline_of(app: FastAPI, deadline: float | None = None) -> Pipeline:
    """Raises the problem `unavailable` while no engine has loaded its models. Where one has, and serves other HTTP
    processes, requests wait until a process that has just started has met it, but not beyond their deadline."""
    state = app.state
    if state.pipeline is None and state.engine.awaited:
        longest = loop_time() + FIRST_ENGINE_TIMEOUT_S
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(longest if deadline is None else min(deadline, longest)):
                await state.loaded.wait()
    if state.pipeline is None:
        raise Problem("unavailable", "The engine is loading its models; try again shortly.", {"Retry-After": "2"})
    return cast(Pipeline, state.pipeline)


def check_ready(pipeline: Pipeline) -> None:
    """Raises the problem `unavailable`."""
    if not pipeline.ready:
        raise Problem("unavailable", "No engine is ready; one is being started.", {"Retry-After": "2"})


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
    if not body:
        raise of_fields([("body", of_empty(schema))])
    try:
        try:
            found = schema.model_validate_json(body)
            if body.count(b":") > len(found.model_fields_set):  # else no name is there twice: each has a colon
                read_json(body)
            return found
        except ValidationError as error:
            if error.error_count() > 1 or error.errors(include_url=False)[0]["type"] != "json_invalid":
                raise
            # Python's parser accepts more than the fast one: other encodings, and halves of UTF-16 pairs in items of a
            # batch, whose neighbours are to be answered.
            return schema.model_validate(read_json(body))
    except ValidationError as error:
        if (count := error.error_count()) > MOST_ERRORS:  # making the list costs time, and only its beginning is sent
            raise of_fields([("body", f"{count:,} fields or items do not fit; see GET /docs")]) from error
        raise of_validation(error, schema) from error


def unique_members(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Parsers differ in which of two members with one name counts (RFC 8259, section 4), so this
    raises Problem."""
    found = dict(members)
    if len(found) < len(members):
        names = Counter(name for name, _ in members)
        raise of_fields([(name, TWICE) for name, number in names.items() if number > 1])
    return found


DECODER = json.JSONDecoder(object_pairs_hook=unique_members)


def read_json(body: bytes) -> Any:
    """Raises Problem."""
    if body.startswith(COMPRESSED):
        raise Problem("malformed-body", "The body is compressed; compress it once, and say how in Content-Encoding.")
    try:
        return DECODER.decode(body.decode(json.detect_encoding(body), "surrogatepass"))
    except json.JSONDecodeError as error:
        raise Problem("malformed-body", json_errors.explained(error, "body")) from error
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        wrong = f"The body is no UTF-8: byte 0x{byte:02x} at {error.start:,}; send JSON encoded in UTF-8."
        raise Problem("malformed-body", wrong) from error
    except RecursionError as error:
        raise Problem(
            "malformed-body", "The body is nested too deep; nest it no deeper than the schema asks."
        ) from error
    except ValueError as error:  # Python bounds the digits of an integer
        raise Problem("malformed-body", "The body has a number with too many digits to read.") from error
