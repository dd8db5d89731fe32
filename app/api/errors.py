"""Every error that a client can get, as RFC 9457 problem documents, and the one way to answer with one. A table maps
kinds to statuses.

Problem
  raised by routes and middleware, carries a kind of KINDS
PipelineError (app.pipeline.errors), EngineError (app.engine.errors)
  raised below, mapped to a kind here

Each answer with a problem goes through `record` (`refuse` calls it): then the log line of the request and
`undertone_problems_total` name its kind.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from app.api import schema_words
from app.api.exchange import Exchange
from app.api.methods import allowed_by
from app.api.schema_words import MOST_NAMED, explained
from app.engine.errors import EngineError, EngineOverloaded, EngineUnavailable
from app.logs import FIELDS
from app.pipeline.errors import NATIVE, PipelineError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:undertone:problem:"

KINDS: dict[str, tuple[int, str]] = {
    "malformed-body": (400, "The request body cannot be read"),
    "bad-request": (400, "The request cannot be understood"),
    "unauthorized": (401, "The request carries no valid API key"),
    "not-found": (404, "There is nothing at this path"),
    "method-not-allowed": (405, "The path does not take this method"),
    "not-acceptable": (406, "The client takes no answer that this path gives"),
    "slow-request": (408, "The request came too slowly"),
    "body-too-large": (413, "The request body is too large"),
    "unsupported-media-type": (415, "The request body has a type that is not taken"),
    "invalid-request": (422, "The request does not fit the schema"),
    "invalid-text": (422, "The text is no valid Unicode string"),
    "empty-text": (422, "The text is empty"),
    "malformed-document": (422, "The document does not fit its format"),
    "text-too-long": (422, "The text is too long"),
    "batch-too-large": (422, "The batch has too many texts"),
    "not-explained": (422, "This answer cannot be explained"),
    "unknown-language": (422, "The language code is unknown"),
    "unsupported-language": (422, "No model speaks this language"),
    "unsupported-direction": (422, "No model translates in this direction"),
    "unknown-model": (422, "There is no such model"),
    "unknown-glossary": (422, "There is no such glossary"),
    "invalid-glossary": (422, "The glossary cannot be used"),
    "too-many-requests": (429, "The API key has used up its requests"),
    "headers-too-large": (431, "The head of the request is too large"),
    "internal": (500, "An unexpected error"),
    "inference-failed": (500, "The model could not process this text"),
    "unknown-method": (501, "The service knows no such method"),
    # The gateway asks another replica after a 503: no 503 may be the fault of the request.
    "overloaded": (503, "The service has more work than it can take"),
    "unavailable": (503, "No engine is ready"),
    "timeout": (504, "The answer took too long"),
}
NOT_FOUND = "Nothing is served at this path (no path but / ends in a slash). GET /docs shows what is."
MOST_TOLD = 20  # fields


class Problem(Exception):
    """An error with a kind of KINDS, a `detail` that says what to change, and further members of the document."""

    def __init__(self, kind: str, detail: str, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.headers, self.members = kind, detail, dict(headers or {}), members
        self.status, self.title = KINDS[kind]

    def document(self) -> dict[str, Any]:
        return {
            "type": TYPE_PREFIX + self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }

    def response(self) -> Response:
        body = json.dumps(self.document(), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        return Response(body, self.status, self.headers, media_type=MEDIA_TYPE)


def problem_of(error: Exception, exchange: Exchange | None = None) -> Problem:
    """The problem that an exception from below stands for, in the words of the API that the exchange speaks."""
    match error:
        case Problem():
            return error
        case PipelineError():
            spoken = exchange.dialect if exchange is not None else None
            names = NATIVE if spoken is None else spoken.fields
            return Problem(error.kind, error.worded(names), **error.members)
        case EngineOverloaded():
            return Problem("overloaded", str(error), {"Retry-After": str(max(1, math.ceil(error.retry_after_s)))})
        case EngineUnavailable():
            return Problem("unavailable", str(error), {"Retry-After": "2"})
        case EngineError():
            return Problem("inference-failed", str(error))
        case TimeoutError():
            own = exchange is not None and exchange.own_timeout  # the client itself allowed no more time
            longest = "X-Request-Timeout allowed; allow more time, or" if own else "the service allows;"
            return Problem("timeout", f"The answer took longer than {longest} send a shorter text.")
        case HTTPException():
            return of_http(error)
        case RequestValidationError():
            return of_entries(error.errors())
    problem = Problem("internal", "The service failed on this request; its log says why.")
    problem.__cause__ = error
    return problem


def record(problem: Problem, exchange: Exchange, *, item: bool = False) -> None:
    """Have the exchange say that it ended with this problem, or that this `item` of a batch did. The cause of an
    unexpected error is logged with the id of the request."""
    if item:
        exchange.item_problems[problem.kind] += 1
    else:
        exchange.problem = problem.kind
    if problem.kind == "internal":
        request_id = exchange.request_id.decode("ascii")
        fields = {"request_id": request_id, "problem": problem.kind}
        log.error("unexpected error in request %s", request_id, exc_info=problem.__cause__, extra={FIELDS: fields})


async def refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    """Record a problem and answer with it."""
    exchange = Exchange.of(scope)
    record(problem, exchange)
    await worded(problem, exchange)(scope, receive, send)


def worded(problem: Problem, exchange: Exchange) -> Response:
    """The answer with a problem, as the API has it that the request speaks."""
    return problem.response() if exchange.dialect is None else exchange.dialect.word(problem)


def of_validation(error: ValidationError, schema: type[BaseModel] | None = None) -> Problem:
    """The problem of a body or of options that a schema refuses."""
    return of_entries(error.errors(include_url=False, include_input=False), schema)


def of_entries(entries: Sequence[Mapping[str, Any]], schema: type[BaseModel] | None = None) -> Problem:
    """The problem of a schema's errors, in pydantic's form."""
    return of_fields(explained(entries[:MOST_TOLD], schema))


def of_fields(messages: Sequence[tuple[str, str]]) -> Problem:
    """The problem of fields, each with its message. Clients name fields too, so names are cut, and so is their list."""
    errors = [{"field": field[:MOST_NAMED], "message": message} for field, message in messages[:MOST_TOLD]]
    detail = "; ".join(f"{entry['field']}: {entry['message']}" for entry in errors)
    if (more := len(messages) - MOST_TOLD) > 0:
        detail += f"; and {more:,} more"
    return Problem("invalid-request", detail, errors=errors)


def of_query(query: bytes, fields: Collection[str] = ()) -> Problem | None:
    """The problem of a query, for a path that takes none; `fields` are those of its body."""
    names = [name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)]
    return of_fields(schema_words.of_query(names, fields)) if names else None


def of_http(error: HTTPException) -> Problem:
    """The problem of an error that Starlette or FastAPI raised."""
    if error.status_code == 404:
        return Problem("not-found", NOT_FOUND)
    if error.status_code == 405:
        methods = (error.headers or {}).get("Allow", "")
        return Problem("method-not-allowed", f"This path takes {methods}.", {"Allow": allowed_by(methods)})
    return Problem("bad-request", str(error.detail), error.headers)


async def handle(request: Request, error: Exception) -> Response:
    exchange = Exchange.of(request.scope)
    problem = problem_of(error, exchange)
    if request.method == "OPTIONS" and problem.kind == "method-not-allowed":
        return Response(status_code=204, headers=problem.headers)
    record(problem, exchange)
    return worded(problem, exchange)


def install(app: FastAPI) -> None:
    """Answer the errors of routes that FastAPI runs. Exceptions that nobody expected reach `observe.Observe`."""
    for kind in (Problem, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, handle)
