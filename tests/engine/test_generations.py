"""Language models in the engine: step by step beside other work, by itself among others, and cancelled at any time."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine.generations import AT_A_TIME
from app.engine.messages import (
    MOST_GENERATED,
    MOST_PREDICTED,
    Classify,
    Explain,
    Failed,
    Generate,
    Generated,
    Partial,
    Predict,
    Predicted,
    ToFront,
    decode_to_front,
    encode,
)
from app.engine.runner import Runner
from app.engine.scheduler import Job
from app.runtime.load import Loader

NAME = "tiny-language"


@pytest.fixture
def runner(tiny_writers: Path, tmp_path: Path) -> Runner:
    runner = Runner(tiny_writers, Loader("cpu", "onnx"), 64, tmp_path)
    for table in (runner.vocabularies, runner.generations.models):
        for key in list(table):  # type: ignore[attr-defined]
            table[key.partition("@")[0]] = table.pop(key)  # type: ignore[attr-defined]
    return runner


def asked(number: int, client: bytes = b"c", stream: bool = False, seed: int | None = None) -> Job:
    tokens = [14, 20 + number % 40]
    return Job(client, Generate(number, NAME, tokens, 12, 1.0, 0.95, number if seed is None else seed, stream=stream))


def run(runner: Runner, *jobs: Job) -> list[ToFront]:
    for job in jobs:
        runner.generations.add(job)
    messages: list[ToFront] = []
    while runner.generations:
        messages += [message for _, message in runner.write().answers]
    return messages


def test_neighbours_change_nothing_and_all_are_answered(runner: Runner) -> None:
    together = {one.id: one for one in run(runner, *map(asked, range(3 * AT_A_TIME)))}  # type: ignore[union-attr]
    assert len(together) == 3 * AT_A_TIME
    for number, found in together.items():
        (alone,) = run(runner, asked(number))
        assert isinstance(alone, Generated)
        assert isinstance(found, Generated)
        assert (alone.tokens, alone.ended) == (found.tokens, found.ended)
        assert found.ended == (len(found.tokens) < 12)
    assert decode_to_front(encode([found])) == [found]


def test_a_stream_has_each_token(runner: Runner) -> None:
    *partials, answer = run(runner, asked(7, stream=True))
    assert isinstance(answer, Generated)
    assert len(partials) == len(answer.tokens) > 0
    assert isinstance(partials[-1], Partial)
    assert partials[-1].tokens == answer.tokens


def test_words_are_predicted_beside_texts_that_are_written(runner: Runner) -> None:
    answers = run(runner, asked(1), Job(b"c", Predict(2, NAME, [14, 20], 5)), asked(3))
    (words,) = [one for one in answers if isinstance(one, Predicted)]
    assert len(words.words) == 5
    assert decode_to_front(encode([words])) == [words]


def test_a_turn_is_a_step_of_a_few(runner: Runner) -> None:
    for number in range(3 * AT_A_TIME):
        runner.generations.add(asked(number))
    runner.write()
    assert len(runner.generations.steps) == AT_A_TIME
    assert all(len(tokens) <= 1 for tokens in runner.generations.written.values())


def test_cancelled_ones_leave_at_any_time(runner: Runner) -> None:
    jobs = [asked(number) for number in range(AT_A_TIME + 2)]
    for job in jobs:
        runner.generations.add(job)
    runner.write()
    for job in (jobs[0], jobs[-1]):
        assert runner.cancel(job.key)
        assert not runner.cancel(job.key)
    assert sorted(one.id for one in run(runner)) == [job.request.id for job in jobs[1:-1]]  # type: ignore[union-attr]
    assert not runner.generations.steps
    assert not runner.generations.written


def test_one_that_fails_takes_no_other_with_it(runner: Runner) -> None:
    model = runner.generations.models[NAME]
    whole = model.step

    def broken(token: int, states: object) -> object:
        if token == 22:
            raise MemoryError
        return whole(token, states)  # type: ignore[arg-type]

    model.step = broken  # type: ignore[method-assign, assignment]
    answers = {one.id: one for one in run(runner, asked(2), asked(3, seed=1))}  # type: ignore[union-attr]
    assert isinstance(answers[2], Failed)
    assert "MemoryError" in answers[2].reason
    assert 3 in answers


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Generate(1, NAME, [], 5), "at least one"),
        (Generate(1, NAME, [100_000], 5), "token ids must be"),
        (Generate(1, NAME, [-1], 5), "token ids must be"),
        (Generate(1, NAME, [14] * 5000, 5), "tokens are read"),
        (Generate(1, NAME, [14], 0), "max_tokens must be"),
        (Generate(1, NAME, [14], MOST_GENERATED + 1), "max_tokens must be"),
        (Generate(1, NAME, [14], 5, -0.1), "temperature must be"),
        (Generate(1, NAME, [14], 5, float("nan")), "temperature must be"),
        (Generate(1, NAME, [14], 5, float("inf")), "temperature must be"),
        (Generate(1, NAME, [14], 5, 1.0, 0.0), "top_p above 0"),
        (Generate(1, NAME, [14], 5, 1.0, float("nan")), "top_p above 0"),
        (Generate(1, NAME, [14], 5, 1.0, 1.0, -1), "seed 0 or more"),
        (Predict(1, NAME, [14], 0), "count must be"),
        (Predict(1, NAME, [14], MOST_PREDICTED + 1), "count must be"),
        (Predict(1, NAME, [], 5), "at least one"),
        (Predict(1, "none", [14], 5), "there is no model"),
        (Classify(1, NAME, [14]), "serves another task"),
        (Explain(1, NAME, [14]), "gives no explanations"),
    ],
)
def test_impossible_requests_are_refused(runner: Runner, request_: Generate, reason: str) -> None:
    assert reason in (runner.fault(request_) or "")
    assert runner.fault(Generate(1, NAME, [14], MOST_GENERATED)) is None
