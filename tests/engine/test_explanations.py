"""Explanations in the engine: slice by slice beside other work, alone among others, bounded, and only for who asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine.explanations import MOST_LOADED
from app.engine.messages import (
    MOST_EXPLAINED,
    Classified,
    Explain,
    Explained,
    Failed,
    Reading,
    ToFront,
    Translated,
    Writing,
    decode_to_front,
    encode,
)
from app.engine.runner import Runner
from app.engine.scheduler import Job
from app.nets.folder import ModelFolderError
from app.runtime.load import Loader
from tests.engine.test_runner import sentence, text


@pytest.fixture(params=["torch", "onnx"])
def runner(tiny_models: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Runner:
    return renamed(Runner(tiny_models, Loader("cpu", request.param), 64, tmp_path))


def renamed(runner: Runner) -> Runner:
    """With models by name, which a test can write."""
    tables = runner.classifiers, runner.translators, runner.vocabularies, runner.explanations.sources
    for table in tables:
        for key in list(table):  # type: ignore[attr-defined]
            table[key.partition("@")[0]] = table.pop(key)  # type: ignore[attr-defined]
    return runner


def asked(number: int, tokens: list[int], target: list[int] | None = None, client: bytes = b"c") -> Job:
    return Job(client, Explain(number, "tiny-translation" if target else "tiny-sentiment", tokens, target or []))


def explained(runner: Runner, *jobs: Job) -> dict[int, ToFront]:
    for job in jobs:
        runner.explanations.add(job)
    answers: dict[int, ToFront] = {}
    while runner.explanations:
        answers |= {message.id: message for _, message in runner.explain().answers}  # type: ignore[union-attr]
    return answers


def test_both_tasks_are_explained_and_neighbours_change_nothing(runner: Runner) -> None:
    jobs = [asked(1, [5, 6, 7]), asked(2, [4, 6, 8, 3], [7, 9]), asked(3, [9] * 30), asked(4, [9, 5, 3], [6])]
    together = explained(runner, *jobs)
    first, second = together[1], together[2]
    assert isinstance(first, Explained)
    assert isinstance(first.explanation, Reading)
    assert len(first.explanation.running) == 3
    assert isinstance(second, Explained)
    assert isinstance(second.explanation, Writing)
    assert [len(row) for row in second.explanation.attention] == [4, 4]
    for job in jobs:
        alone = explained(runner, job)[job.request.id]
        assert isinstance(alone, Explained)
        assert alone.explanation == together[job.request.id].explanation  # type: ignore[union-attr]
    assert decode_to_front(encode([first, second])) == [first, second]


def test_runtimes_explain_alike(tiny_models: Path, tmp_path: Path) -> None:
    runners = [renamed(Runner(tiny_models, Loader("cpu", name), 64, tmp_path)) for name in ("torch", "onnx")]
    jobs = asked(1, [5, 6, 7]), asked(2, [4, 6, 8, 3], [7, 9])
    one, other = (explained(runner, *jobs) for runner in runners)
    for number in (1, 2):
        assert one[number].explanation == other[number].explanation  # type: ignore[union-attr]


def test_other_work_goes_on_between_slices(runner: Runner) -> None:
    runner.explanations.add(asked(1, [5] * 200))
    assert runner.explain().answers == []
    assert isinstance(runner.classify([text(2, [5, 6])]).answers[0][1], Classified)
    runner.join([sentence(3, [4, 5, 3], limit=2)])
    answers = [message for _ in range(3) for _, message in runner.step().answers]
    assert isinstance(answers[0], Translated)
    assert runner.explanations


def test_cancelled_ones_leave_at_any_time(runner: Runner) -> None:
    jobs = [asked(number, [5] * 60) for number in (1, 2, 3)]
    for job in jobs:
        runner.explanations.add(job)
    runner.explain()
    assert runner.cancel(jobs[0].key)
    assert runner.cancel(jobs[2].key)
    assert not runner.cancel(jobs[2].key)
    assert list(explained(runner)) == [2]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (Explain(1, "tiny-sentiment", []), "at least one"),
        (Explain(1, "tiny-sentiment", [5, 100_000]), "token ids must be"),
        (Explain(1, "tiny-sentiment", [-1]), "token ids must be"),
        (Explain(1, "tiny-sentiment", [5], [6]), "a classifier writes no tokens"),
        (Explain(1, "tiny-translation", [5]), "a translation must have tokens"),
        (Explain(1, "tiny-translation", [5], [-1]), "token ids must be"),
        (Explain(1, "tiny-translation", [5], [4] * 5000), "at most"),
        (Explain(1, "tiny-sentiment", [5] * (MOST_EXPLAINED + 1)), "at most"),
        (Explain(1, "none", [5]), "there is no model"),
    ],
)
def test_impossible_requests_are_refused(runner: Runner, request_: Explain, reason: str) -> None:
    assert reason in (runner.fault(request_) or "")
    assert runner.fault(Explain(1, "tiny-sentiment", [5] * MOST_EXPLAINED)) is None


def test_a_model_without_explanations(runner: Runner) -> None:
    del runner.explanations.sources["tiny-sentiment"]
    assert runner.fault(Explain(1, "tiny-sentiment", [5])) == "tiny-sentiment gives no explanations"


def test_weights_are_read_when_somebody_asks_and_few_are_held(runner: Runner) -> None:
    explanations = runner.explanations
    source = explanations.sources["tiny-sentiment"]
    opened: list[str] = []
    for name in ("a", "b", "c"):
        runner.vocabularies[name] = 100
        explanations.sources[name] = lambda name=name: opened.append(name) or source()  # type: ignore[misc, func-returns-value]
    assert not explanations.loaded
    for number, name in enumerate("abaca"):
        explained(runner, Job(b"c", Explain(number, name, [5, 6])))
    assert opened == ["a", "b", "c"]
    assert len(explanations.loaded) == MOST_LOADED


def test_one_that_fails_takes_no_other_with_it(runner: Runner) -> None:
    def broken() -> None:
        raise ModelFolderError("model.safetensors: missing")

    runner.explanations.sources["tiny-translation"] = broken  # type: ignore[assignment]
    answers = explained(runner, asked(1, [4, 5, 3], [6]), asked(2, [5, 6]))
    assert isinstance(answers[1], Failed)
    assert "model.safetensors: missing" in answers[1].reason
    assert isinstance(answers[2], Explained)
