"""Batches that run beside the engine: which may start, what goes on meanwhile, and what becomes of cancelled ones."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.engine.batches import Batches
from app.engine.messages import Partial, ToFront, Translate, Translated
from app.engine.scheduler import Job
from app.runtime.base import OnToken
from app.runtime.beam_search import Scored, Sentence
from app.text.decode_options import DecodeOptions

TIMEOUT_S = 30.0


class Model:
    """Writes a sentence as it reads it, when it is told to go on; fails on the token 13."""

    def __init__(self) -> None:
        self.batches: list[list[list[int]]] = []
        self.go = threading.Semaphore(0)

    def limit(self, sentence: Sentence) -> int:
        return -(-sentence.max_tokens // 32) * 32

    def translate(
        self, sources: list[list[int]], sentences: list[Sentence], beam: int, on_token: OnToken | None = None
    ) -> list[list[Scored]]:
        self.batches.append(sources)
        for step in range(max(map(len, sources)) if on_token else 0):
            for index, source in enumerate(sources):
                if step < len(source) and on_token is not None:
                    on_token(index, source[step])
        assert self.go.acquire(timeout=TIMEOUT_S)
        if any(13 in source for source in sources):
            raise RuntimeError("unlucky")
        return [
            [Scored(source, -0.5)] * sentence.alternatives for source, sentence in zip(sources, sentences, strict=True)
        ]


@pytest.fixture
def model() -> Iterator[Model]:
    model = Model()
    yield model
    model.go.release(1000)  # lets threads end


@pytest.fixture
def batches(model: Model) -> Batches:
    return Batches({"m": model}, max_batch_tokens=1000, max_rows=64)


def sentence(number: int, length: int, client: bytes = b"c", limit: int = 9, first: int = 5, **options: Any) -> Job:
    tokens = [first] + [5] * (length - 1)
    return Job(client, Translate(number, "m", tokens, limit, DecodeOptions(options.pop("beam", 1)), **options))


def turn(batches: Batches) -> list[ToFront | Exception]:
    """One turn of the engine."""
    messages = [message for _, message in batches.step()]
    while batches.start():
        pass
    return messages


def until(batches: Batches, done: Callable[[list[Any]], bool]) -> list[Any]:
    """Turns, each after the engine was woken, until the messages are enough."""
    messages: list[Any] = []
    while not done(messages):
        ready, _, _ = select.select([batches.wake], [], [], TIMEOUT_S)
        assert ready, f"nothing woke the engine after {messages}"
        messages += turn(batches)
    return messages


def ids(batch: Any) -> list[int]:
    return sorted(job.request.id for job in batch.jobs)


def test_near_lengths_share_a_batch_and_each_gets_its_own_answer(batches: Batches, model: Model) -> None:
    for number, length in enumerate([6, 5, 7]):
        batches.add(sentence(number, length, alternatives=2))
    turn(batches)
    model.go.release()
    answers = until(batches, lambda messages: len(messages) == 3)
    assert len(model.batches) == 1
    assert {one.id: len(one.hypotheses[0].tokens) for one in answers} == {0: 6, 1: 5, 2: 7}
    assert all(len(one.hypotheses) == 2 and one.hypotheses[0].score == -0.5 for one in answers)
    assert not batches


def test_a_batch_holds_sentences_of_up_to_twice_the_length_of_the_first(batches: Batches) -> None:
    for number, length in enumerate([10, 5, 20, 21, 4, 12]):
        batches.add(sentence(number, length))
    turn(batches)
    assert ids(batches.running[0]) == [0, 1, 2, 5]


def test_the_next_batch_is_gathered_for_a_moment(
    batches: Batches, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("app.engine.batches.time.monotonic", lambda: now)

    def answered(*numbers: int) -> None:
        for number in numbers:
            batches.add(sentence(number, 5))
        turn(batches)
        model.go.release()
        until(batches, lambda messages: len(messages) == len(numbers))

    batches.add(sentence(1, 5))
    batches.add(sentence(2, 5))
    turn(batches)
    now = 110.0
    model.go.release()
    until(batches, lambda messages: len(messages) == 2)
    batches.add(sentence(3, 5))
    turn(batches)
    assert not batches.running
    assert 0 < batches.wait_s < 1
    assert batches.cancel((b"c", 3))
    assert batches.wait_s == 0, "nothing is gathered"
    batches.add(sentence(3, 5))
    batches.add(sentence(4, 5))  # as many as were answered
    turn(batches)
    assert [ids(batch) for batch in batches.running] == [[3, 4]]
    model.go.release()
    until(batches, lambda messages: len(messages) == 2)
    now += 1
    answered(5)  # the others do not come back
    answered(6)  # after a lone one there is nothing to wait for


def test_a_short_sentence_passes_a_long_batch_and_one_of_like_length_waits(batches: Batches) -> None:
    batches.add(sentence(1, 40))
    turn(batches)
    for number, length in ((2, 38), (3, 10), (4, 12)):
        batches.add(sentence(number, length))
    turn(batches)
    assert [ids(batch) for batch in batches.running] == [[1], [3, 4]]
    batches.add(sentence(5, 2))
    turn(batches)
    assert len(batches.running) == 2, "there are two threads"
    assert set(batches.queue.waiting) == {(b"c", 2), (b"c", 5)}


def test_limits_of_length_and_widths_have_batches_of_their_own(batches: Batches) -> None:
    for number, options in enumerate([{"limit": 9}, {"limit": 31}, {"limit": 33}, {"beam": 2}]):
        batches.add(sentence(number, 5, **options))
    turn(batches)
    assert ids(batches.running[0]) == [0, 1]


def test_a_sentence_that_nobody_waits_for_is_not_computed(batches: Batches, model: Model) -> None:
    batches.add(sentence(1, 20))
    turn(batches)
    for number, client in ((2, b"c"), (3, b"gone"), (4, b"c")):
        batches.add(sentence(number, 19, client))
    for key in batches.keys(b"gone"):
        assert batches.cancel(key)
    assert batches.cancel((b"c", 2))
    assert not batches.cancel((b"c", 99))
    model.go.release(2)
    answers = until(batches, lambda messages: len(messages) == 2)
    assert [one.id for one in answers] == [1, 4]
    assert [len(one) for one in model.batches] == [1, 1]


def test_a_running_sentence_that_is_cancelled_has_no_answer(batches: Batches, model: Model) -> None:
    for number in (1, 2):
        batches.add(sentence(number, 5))
    turn(batches)
    assert batches.cancel((b"c", 1))
    assert (b"c", 1) not in batches
    model.go.release()
    assert [one.id for one in until(batches, lambda messages: bool(messages))] == [2]
    assert not batches


def test_of_a_batch_that_fails_only_the_cause_fails(batches: Batches, model: Model) -> None:
    for number in range(5):
        batches.add(sentence(number, 6, first=13 if number == 3 else 7))
    turn(batches)
    model.go.release(1000)
    messages = until(batches, lambda messages: len(messages) == 5)
    assert sorted(one.id for one in messages if isinstance(one, Translated)) == [0, 1, 2, 4]
    assert [str(one) for one in messages if isinstance(one, Exception)] == ["unlucky"]
    assert not batches


def test_a_streamed_sentence_grows_without_what_it_was_given(batches: Batches, model: Model) -> None:
    batches.add(sentence(1, 4, stream=True, begin=[5]))
    batches.add(sentence(2, 4, begin=[5]))
    turn(batches)
    partials = until(batches, lambda messages: bool(messages) and len(messages[-1].tokens) == 3)
    assert all(isinstance(one, Partial) and one.id == 1 for one in partials)
    lengths = [len(one.tokens) for one in partials]
    assert lengths == sorted(set(lengths))
    model.go.release()
    assert len(until(batches, lambda messages: len(messages) == 2)) == 2
