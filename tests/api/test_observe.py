"""What nobody foresaw: a route that fails, in the middleware that answers for it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from app.api.observe import Observed
from app.settings import Settings

SECRET = "what the user wrote"


def ask(app: Any, *headers: tuple[bytes, bytes]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": "/sentiment", "query_string": b"", "headers": list(headers)}
    asyncio.run(Observed(app, Settings(), None, frozenset())(scope, receive, send))
    return sent


def test_an_unforeseen_exception_is_a_problem_that_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(*_: Any) -> None:
        raise ValueError(SECRET)

    start, body = ask(broken, (b"x-request-id", b"mine"))
    headers = dict(start["headers"])
    assert start["status"] == 500
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"x-request-id"] == b"mine"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert SECRET.encode() not in body["body"]
    assert b"Traceback" not in body["body"]
    assert [record.levelno for record in caplog.records] == [logging.ERROR], "the operator learns of it"


def test_what_a_stopping_service_cannot_finish_is_told_so() -> None:
    async def cancelled(*_: Any) -> None:
        raise asyncio.CancelledError

    start, body = ask(cancelled)
    assert start["status"] == 503
    assert dict(start["headers"])[b"retry-after"] == b"2"
    assert b"urn:undertone:problem:unavailable" in body["body"]


def test_an_answer_that_breaks_off_is_not_mended() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError(SECRET)

    with pytest.raises(ValueError, match=SECRET):
        ask(broken)
