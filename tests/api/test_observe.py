"""Signals of a request, and the answer to errors that nobody expected, by the middleware alone."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from app.api.errors import Problem, problem_of, record, refuse
from app.api.exchange import Exchange
from app.api.observe import HeadRefusals, Observe
from app.engine.errors import ModelsChanged, RequestFailed
from app.logs import FIELDS, Reported, is_news
from app.settings import Settings
from app.telemetry import metrics

SECRET = "what the user wrote"


def ask(app: Any, *headers: tuple[bytes, bytes], settings: Settings | None = None) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": "/sentiment", "query_string": b"", "headers": list(headers)}

    async def run() -> None:
        await Observe(app, settings or Settings(), None, frozenset({"/sentiment"}))(scope, receive, send)

    asyncio.run(run())
    return sent


def counted(kind: str) -> float:
    return metrics.problems.labels(kind)._value.get()


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] = getattr(record, FIELDS)
    return fields


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
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING], (
        "the operator learns of it"
    )
    assert caplog.records[0].exc_info is not None
    assert [fields_of(record)["request_id"] for record in caplog.records] == ["mine", "mine"]
    assert SECRET not in "".join(record.getMessage() for record in caplog.records)


def test_what_a_stopping_service_cannot_finish_is_told_so() -> None:
    async def cancelled(*_: Any) -> None:
        raise asyncio.CancelledError

    start, body = ask(cancelled)
    assert start["status"] == 503
    assert dict(start["headers"])[b"retry-after"] == b"2"
    assert b"urn:undertone:problem:unavailable" in body["body"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), "timeout"),
        (RequestFailed(SECRET), "inference-failed"),
        (asyncio.CancelledError(), "unavailable"),
    ],
)
def test_an_answer_that_breaks_off_has_one_line(
    caplog: pytest.LogCaptureFixture, error: BaseException, kind: str
) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    before = counted(kind)
    with pytest.raises(Reported) as caught:  # so that the server closes the connection
        ask(broken, (b"x-request-id", b"mine"))
    (line,) = caplog.records
    assert line.getMessage() == f"the answer to request mine broke off: {kind}"
    assert line.exc_info is None
    assert counted(kind) == before + 1
    server = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "Exception in ASGI", None, caught._excinfo)
    assert not is_news(server), "the line of the server would tell nothing but a stack"


def test_the_log_says_why_an_answer_broke_off_that_nobody_expected(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError(SECRET)

    with pytest.raises(Reported):
        ask(broken, (b"x-request-id", b"mine"))
    assert [line.exc_info is not None for line in caplog.records] == [True, False]
    assert is_news(caplog.records[0])


def test_why_a_request_was_refused_is_told_by_its_line_and_by_one_metric(caplog: pytest.LogCaptureFixture) -> None:
    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        await refuse(Problem("too-many-requests", "Slow down."), scope, receive, send)

    before = counted("too-many-requests")
    with caplog.at_level(logging.INFO):
        ask(refusing, (b"x-request-id", b"mine"), settings=Settings(log_format="json"))
    (line,) = caplog.records
    told = {name: fields_of(line)[name] for name in ("request_id", "route", "status", "problem")}
    assert told == {"request_id": "mine", "route": "/sentiment", "status": 429, "problem": "too-many-requests"}
    assert counted("too-many-requests") == before + 1


def test_lines_of_text_name_the_problem_too(caplog: pytest.LogCaptureFixture) -> None:
    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        await refuse(Problem("overloaded", "Later."), scope, receive, send)

    with caplog.at_level(logging.DEBUG):
        ask(refusing)
    assert caplog.records[-1].getMessage().startswith("POST /sentiment 503 overloaded in ")


def test_items_of_a_batch_are_counted_apart(caplog: pytest.LogCaptureFixture) -> None:
    async def batch(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(2):
            record(Problem("empty-text", "Nothing to read."), Exchange.of(scope), item=True)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    before, items = counted("empty-text"), metrics.item_problems.labels("empty-text")._value
    items_before = items.get()
    with caplog.at_level(logging.INFO):
        ask(batch, settings=Settings(log_format="json"))
    assert fields_of(caplog.records[-1])["item_problems"] == {"empty-text": 2}
    assert "problem" not in fields_of(caplog.records[-1])
    assert (counted("empty-text"), items.get()) == (before, items_before + 2)


def test_a_text_that_kills_engines_is_an_error_of_the_service_that_the_operator_sees(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        await refuse(problem_of(RequestFailed("The engine crashed on this text, repeatedly.")), scope, receive, send)

    before = counted("inference-failed")
    start, _ = ask(failing)
    assert start["status"] == 500, "a gateway asks the next replica after a 503"
    assert counted("inference-failed") == before + 1
    (line,) = caplog.records
    assert (line.levelno, fields_of(line)["problem"]) == (logging.WARNING, "inference-failed")


def test_models_that_change_twice_are_no_fault_of_the_text() -> None:
    problem = problem_of(ModelsChanged("de-en is served no longer."))
    assert (problem.kind, problem.headers["Retry-After"]) == ("unavailable", "2")


def test_refusals_by_the_head_are_told_once_a_second(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        refusals = HeadRefusals()
        for _ in range(3):
            refusals.count("slow-request")
        refusals.count("overloaded", "/translate")
        assert not caplog.records
        refusals.flush()
        refusals.flush()

    before = counted("slow-request")
    asyncio.run(run())
    assert counted("slow-request") == before + 3
    assert [fields_of(line) for line in caplog.records] == [
        {"route": None, "status": 408, "problem": "slow-request", "count": 3},
        {"route": "/translate", "status": 503, "problem": "overloaded", "count": 1},
    ]
