"""Requests on their way to a route: their deadline, their weight in the backlog, and clients that leave."""

from __future__ import annotations

import asyncio
import json
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from app.api import dispatch
from app.api.admission import Gate
from app.api.dispatch import Call, CallOf, Dispatch, InferenceRouter, pipeline_of
from app.api.errors import Problem
from app.api.exchange import Exchange
from app.api.middleware import CancelOnDisconnect
from app.api.routes import inference
from app.api.schemas import TranslateBatchRequest, TranslateRequest
from app.engine.errors import EngineOverloaded, EngineUnavailable
from app.engine.rate import Rate
from app.main import create_app
from app.pipeline.service import Pipeline
from app.settings import Settings
from app.telemetry import metrics

TEXT = "a" * 900
BODY = json.dumps({"text": TEXT}).encode()


class Roomy:
    awaited = True

    def check_room(self) -> None:
        pass


def pipeline(**settings: Any) -> Pipeline:
    return Pipeline(Roomy(), Settings(**settings), [])  # type: ignore[arg-type]


def application(serving: Pipeline | None, *, awaited: bool = True) -> Any:
    engine = SimpleNamespace(awaited=awaited)
    settings = Settings() if serving is None else serving.settings
    state = SimpleNamespace(pipeline=serving, loaded=asyncio.Event(), engine=engine, settings=settings)
    return SimpleNamespace(state=state)


class SkippedTime(selectors.DefaultSelector):
    """Where an event loop would wait for its next timer, the time until then has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "everybody waits for ever"
        self.skipped_s += timeout
        return super().select(0)


def run(test: Coroutine[Any, Any, Any]) -> Any:
    """In an event loop in which no wait takes any time."""
    selector = SkippedTime()
    loop = asyncio.SelectorEventLoop(selector)
    real = loop.time
    loop.time = lambda: real() + selector.skipped_s  # type: ignore[method-assign]
    try:
        return loop.run_until_complete(test)
    finally:
        loop.close()


class Body(BaseModel):
    text: str


class Answer(BaseModel):
    text: str = ""


class Client:
    """Sends a body in pieces and gets an answer; may leave after the body."""

    def __init__(self, pieces: list[bytes], *, leaves: bool = False) -> None:
        self.pieces, self.leaves, self.status, self.kind = list(pieces), leaves, 0, ""
        self.before_receive: Callable[[], None] = lambda: None

    async def receive(self) -> Any:
        if self.pieces:
            self.before_receive()
            await asyncio.sleep(0)
            return {"type": "http.request", "body": self.pieces.pop(0), "more_body": bool(self.pieces)}
        if not self.leaves:
            await asyncio.sleep(1e6)
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        if self.status >= 400 and message.get("body"):
            self.kind = json.loads(message["body"])["type"].rpartition(":")[2]


def answering(endpoint: Callable[[Call], Awaitable[Answer]], gate: Gate, **declared: Any) -> Dispatch:
    router = InferenceRouter()

    @router.declare("/translate", **{"price": 2, "response_model": Answer, **declared})
    async def route(body: Body, call: CallOf) -> Answer:
        return await endpoint(call)

    async def nothing(*_: Any) -> None:
        raise AssertionError("not a route of ours")

    return Dispatch(nothing, [router], gate)


async def ask(asgi: Any, app: Any, client: Client, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    json_type = (b"content-type", b"application/json")
    scope = {
        "type": "http", "method": "POST", "path": "/translate", "query_string": b"", "headers": [json_type, *headers],
        "app": app,
    }  # fmt: skip
    await asgi(scope, client.receive, client.send)
    return scope


def gate() -> Gate:
    return Gate({"/translate": 1.0})


async def at_once(call: Call) -> Answer:
    return Answer()


def within(seconds: str) -> tuple[bytes, bytes]:
    return (b"x-request-timeout", seconds.encode())


def test_the_wait_for_the_first_engine_and_the_work_share_one_deadline() -> None:
    async def slow(call: Call) -> Answer:
        await asyncio.sleep(3)
        return Answer()

    async def test(first_engine_s: float) -> tuple[int, str]:
        app, client = application(None), Client([BODY])

        def loaded() -> None:
            app.state.pipeline = pipeline()
            app.state.loaded.set()

        asyncio.get_running_loop().call_later(first_engine_s, loaded)
        await ask(answering(slow, gate()), app, client, within("5"))
        return client.status, client.kind

    assert run(test(1)) == (200, "")
    assert run(test(4)) == (504, "timeout")
    assert run(test(6)) == (503, "unavailable"), "another replica may have an engine"


def test_the_wait_for_a_turn_counts_towards_the_deadline() -> None:
    async def test() -> None:
        busy, client = gate(), Client([BODY])
        busy.turns.left, busy.turns.begun = 0, True  # no turn ever comes
        await ask(answering(at_once, busy), application(pipeline()), client, within("5"))
        assert (client.status, client.kind) == (504, "timeout")
        assert busy.backlog == 0

    run(test())


def test_a_body_that_comes_after_the_deadline_is_too_late() -> None:
    async def test() -> None:
        client = Client([])
        await ask(answering(at_once, gate()), application(pipeline()), client, within("5"))
        assert (client.status, client.kind) == (504, "timeout")

    run(test())


def test_a_client_that_leaves_while_it_waits_for_a_turn_frees_its_place() -> None:
    async def test() -> None:
        busy, client = gate(), Client([BODY], leaves=True)
        busy.turns.left, busy.turns.begun = 0, True
        counter = metrics.cancelled.labels("disconnect")._value
        before = counter.get()
        await ask(CancelOnDisconnect(answering(at_once, busy)), application(pipeline()), client)
        assert (client.status, busy.backlog, counter.get()) == (0, 0, before + 1)
        order = [middleware.cls for middleware in create_app(Settings()).user_middleware]  # type: ignore[attr-defined]
        assert order.index(CancelOnDisconnect) < order.index(Dispatch), "as the application has them"

    run(test())


def weights(pieces: list[bytes], *headers: tuple[bytes, bytes], **declared: Any) -> list[float]:
    """The backlog while each piece of the body is waited for, while the route works, and behind the answer."""
    seen: list[float] = []

    async def test() -> None:
        taken, client = gate(), Client(pieces)
        client.before_receive = lambda: seen.append(taken.backlog)

        async def looking(call: Call) -> Answer:
            seen.append(taken.backlog)
            return Answer()

        await ask(answering(looking, taken, **declared), application(pipeline()), client, *headers)
        seen.append(taken.backlog)

    run(test())
    return seen


def test_only_a_body_that_is_there_is_work() -> None:
    declared = (b"content-length", b"%d" % len(BODY))
    whole = 2 * (100 + len(BODY))
    assert weights([BODY], declared) == [0, whole, 0]
    assert weights([BODY[:700], BODY[700:]]) == [0, 0, whole, 0]  # in chunks


def test_a_parsed_body_corrects_what_its_bytes_weigh() -> None:
    assert weights([BODY], cost=lambda body, pipeline: 1.5) == [0, 3 * (100 + len(BODY)), 0]


def test_a_wider_beam_weighs_more() -> None:
    for path, schema, texts in (
        ("/translate", TranslateRequest, {"text": "hi"}),
        ("/translate/batch", TranslateBatchRequest, {"texts": ["hi"]}),
    ):
        costs = [
            inference.dispatched[path].cost(schema.model_validate({"target": "de", "beam": beam, **texts}), pipeline())
            for beam in (None, 1, 4, 9)
        ]
        assert costs == [1, 2 / 5, 1, 10 / 5]


def test_every_inference_route_has_its_price() -> None:
    prices = {path: route.price for path, route in inference.dispatched.items()}
    assert prices.pop("/translate/file") == prices["/translate"]
    texts = {"/sentiment": 1, "/sentiment/batch": 1, "/translate": 25, "/translate/batch": 25}
    assert prices == {**texts, "/generate": 60, "/generate/next": 20}


def test_a_refusal_is_no_work_done(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[float] = []
    monkeypatch.setattr(Rate, "done", lambda self, weight, waiting: done.append(weight))

    async def test(endpoint: Callable[[Call], Awaitable[Answer]], body: bytes) -> int:
        client = Client([body])
        await ask(answering(endpoint, gate()), application(pipeline()), client)
        return client.status

    async def late(call: Call) -> Answer:
        raise TimeoutError

    async def refused(call: Call) -> Answer:
        raise EngineUnavailable("No engine.")

    assert [run(test(late, BODY)), run(test(refused, BODY)), run(test(at_once, b"{}"))] == [504, 503, 422]
    assert done == []
    assert run(test(at_once, BODY)) == 200
    assert done == [2 * (100 + len(BODY))]


def test_each_refusal_is_counted_once_by_its_reason_and_names_its_kind() -> None:
    async def full(call: Call) -> Answer:
        raise EngineOverloaded("Too many tokens wait.", 3)

    async def test(
        endpoint: Callable[[Call], Awaitable[Answer]], taken: Gate, app: Any
    ) -> tuple[str, dict[str, float]]:
        before = refusals()
        scope = await ask(answering(endpoint, taken), app, Client([BODY]), within("4"))
        after = refusals()
        return Exchange.of(scope).problem or "", {r: after[r] - before[r] for r in after if after[r] != before[r]}

    late = gate()
    late.backlog, late.rate.weight_per_s = 500_000, 100_000
    assert run(test(at_once, late, application(pipeline()))) == ("overloaded", {"deadline": 1})
    assert run(test(full, gate(), application(pipeline()))) == ("overloaded", {"queue": 1})
    assert run(test(at_once, gate(), application(None, awaited=False))) == ("unavailable", {"unavailable": 1})


def refusals() -> dict[str, float]:
    return {reason: metrics.refused.labels(reason)._value.get() for reason in ("deadline", "queue", "unavailable")}


def test_requests_wait_while_it_meets_an_engine_that_serves() -> None:
    async def test() -> None:
        app, serving = application(None), pipeline()
        asked = asyncio.create_task(pipeline_of(app))
        await asyncio.sleep(0.01)
        assert not asked.done()
        app.state.pipeline = serving
        app.state.loaded.set()
        assert await asked is serving

    run(test())


def test_requests_are_refused_at_once_while_no_engine_serves() -> None:
    async def test() -> None:
        with pytest.raises(Problem, match="loading its models"):
            await asyncio.wait_for(pipeline_of(application(None, awaited=False)), 0.1)

    run(test())


def test_requests_wait_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        monkeypatch.setattr(dispatch, "FIRST_ENGINE_TIMEOUT_S", 0.01)
        with pytest.raises(Problem, match="loading its models"):
            await pipeline_of(application(None))

    run(test())
