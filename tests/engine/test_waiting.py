"""Which engine gets which request, without any engine."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from app.engine.client import EngineClient
from app.engine.connection import EngineConnection, Pending
from app.engine.errors import ModelsChanged
from app.engine.messages import Classify, Translate
from app.engine.waiting import WaitingRequests

NUMBERS = itertools.count()


class Silent:
    def begin(self) -> None: ...


def engines(count: int) -> list[EngineConnection]:
    nothing: Any = None
    watch: Any = Silent()
    return [
        EngineConnection(f"ipc:///engine-{n}", nothing, nothing, watch, ready=True, serves={"m"}) for n in range(count)
    ]


class Future:
    def __init__(self) -> None:
        self.error: Exception | None = None

    def done(self) -> bool:
        return False

    def set_exception(self, error: Exception) -> None:
        self.error = error


def request(length: int = 1, *, alone: bool = False, model: str = "m") -> Pending:
    future: Any = Future()
    return Pending(Classify(next(NUMBERS), model, [5] * length, alone), future)


def add(waiting: WaitingRequests, count: int, **options: Any) -> list[Pending]:
    made = [request(**options) for _ in range(count)]
    for pending in made:
        waiting.add(pending)
    return made


def answer(engine: EngineConnection, pending: Pending) -> None:
    assert engine.remove(pending.request.id) is pending


@pytest.mark.parametrize("count", [1, 2])
def test_a_request_that_must_run_alone_does_so_under_steady_load(count: int) -> None:
    """Each time one is answered another comes, so that no engine is ever idle by itself."""
    served, waiting = engines(count), WaitingRequests()
    add(waiting, 4 * count)
    waiting.assign(served)
    (culprit,) = add(waiting, 1, alone=True)
    answered = 0
    while culprit in waiting:
        engine, pending = next((engine, p) for engine in served for p in engine.sent.values())
        answer(engine, pending)
        add(waiting, 1)
        waiting.assign(served)
        answered += 1
        assert answered <= 4 * count + 2, "it waits for ever"
    (quarantined,) = [engine for engine in served if culprit.request.id in engine.sent]
    assert list(quarantined.sent.values()) == [culprit]
    add(waiting, 1)
    assert not any(engine is quarantined for engine, _ in waiting.assign(served)), "nothing runs beside it"
    answer(quarantined, culprit)
    waiting.assign(served)
    assert not list(waiting), "the others go on"


def test_the_others_go_on_between_two_that_must_run_alone() -> None:
    served, waiting = engines(1), WaitingRequests()
    (engine,) = served
    first, second = add(waiting, 2, alone=True)
    assert waiting.assign(served) == [(engine, first)]
    others = add(waiting, 3)
    answer(engine, first)
    assert [pending for _, pending in waiting.assign(served)] == others
    for pending in others:
        assert not waiting.assign(served)
        answer(engine, pending)
    assert waiting.assign(served) == [(engine, second)]


def test_one_engine_at_a_time_is_set_aside() -> None:
    served, waiting = engines(2), WaitingRequests()
    add(waiting, 2)
    waiting.assign(served)
    add(waiting, 3, alone=True)
    waiting.assign(served)
    add(waiting, 1)
    assert len(waiting.assign(served)) == 1
    assert len([engine for engine in served if engine.reserved]) == 1


@pytest.mark.parametrize("how", ["withdrawn", "engine lost"])
def test_an_engine_is_no_longer_set_aside_when_there_is_no_reason(how: str) -> None:
    served, waiting = engines(2), WaitingRequests()
    add(waiting, 2)
    waiting.assign(served)
    (culprit,) = add(waiting, 1, alone=True)
    waiting.assign(served)
    (aside,) = [engine for engine in served if engine.reserved]
    if how == "withdrawn":
        waiting.remove(culprit)
    else:
        aside.ready = False
        aside.remove_all()
    add(waiting, 4)
    waiting.assign(served)
    assert not aside.reserved
    assert any(engine.reserved is culprit for engine in served) == (how == "engine lost")


def test_the_engine_with_the_least_load_is_next_and_waiting_keeps_the_order() -> None:
    served, waiting = engines(2), WaitingRequests()
    long, short, last = (request(length) for length in (9, 3, 2))
    for pending in (long, short, last):
        waiting.add(pending)
    assert [engine.name for engine, _ in waiting.assign(served)] == ["engine-0", "engine-1", "engine-1"]
    for engine in served:
        engine.ready = False
    held = add(waiting, 3)
    assert waiting.assign(served) == []
    assert list(waiting) == held


def test_a_request_for_a_model_that_is_gone_fails_unless_no_engine_is_ready() -> None:
    served, waiting = engines(1), WaitingRequests()
    (gone,) = add(waiting, 1, model="old")
    served[0].ready = False
    waiting.assign(served)
    assert list(waiting) == [gone]
    served[0].ready = True
    waiting.assign(served)
    assert not list(waiting)
    assert isinstance(gone.future.error, ModelsChanged)  # type: ignore[attr-defined]


def test_a_client_sets_an_engine_aside_and_frees_it_when_the_caller_leaves() -> None:
    """With an engine that is only seen from the client's side."""

    async def run() -> None:
        client = EngineClient(["ipc:///tmp/undertone-test-nobody-listens"], 1000)
        await client.start()
        (engine,) = client.engines
        engine.ready, engine.serves = True, {"m"}
        busy = asyncio.create_task(client.classify("m", [5]))
        culprit = asyncio.create_task(client.ask(Classify(-1, "m", [6], alone=True)))
        await asyncio.sleep(0)
        later = asyncio.create_task(client.classify("m", [7]))
        await asyncio.sleep(0)
        assert len(engine.sent) == 1
        culprit.cancel()
        await asyncio.sleep(0.01)
        assert len(engine.sent) == 2
        for task in (busy, later):
            task.cancel()
        await asyncio.gather(busy, later, culprit, return_exceptions=True)
        await client.close()

    asyncio.run(run())


def sentence(text: int) -> Pending:
    future: Any = Future()
    return Pending(Translate(next(NUMBERS), "m", [5] * 10, 20, text=text), future)


def test_the_sentences_of_a_text_share_an_engine_until_it_has_much_more_to_do() -> None:
    waiting, both = WaitingRequests(), engines(2)
    for pending in [*[sentence(1) for _ in range(4)], *[sentence(2) for _ in range(4)]]:
        waiting.add(pending)
    waiting.assign(both)
    assert [dict(engine.texts) for engine in both] == [{1: 4}, {2: 4}]
    for pending in (long := [sentence(3) for _ in range(100)]):
        waiting.add(pending)
    waiting.assign(both)
    assert min(engine.texts[3] for engine in both) >= 30
    for engine in both:
        for pending in [one for one in long if one.request.id in engine.sent]:
            answer(engine, pending)
    assert [dict(engine.texts) for engine in both] == [{1: 4}, {2: 4}]
