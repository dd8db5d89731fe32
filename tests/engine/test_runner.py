from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from app.engine.messages import Classified, Classify, Failed, Translate, Translated, Work
from app.engine.runner import Runner
from app.nets.folder import ModelFolderError


@pytest.fixture(scope="module")
def runner(tiny_models: Path) -> Runner:
    return Runner(tiny_models, torch.device("cpu"))


def classify(number: int, tokens: list[int]) -> Work:
    return Classify(number, "tiny-sentiment", tokens)


def test_answers_come_in_order_and_are_probabilities(runner: Runner) -> None:
    answers = runner.answer([classify(7, [5, 6]), classify(3, [8])])
    assert [answer.id for answer in answers if isinstance(answer, Classified)] == [7, 3]
    for answer in answers:
        assert isinstance(answer, Classified)
        assert sum(answer.probabilities) == pytest.approx(1)


def test_translations_respect_their_limit(runner: Runner) -> None:
    requests: list[Work] = [Translate(n, "tiny-translation", [5, 6, 3], n + 1, 2, 2) for n in range(4)]
    for limit, answer in enumerate(runner.answer(requests), start=1):
        assert isinstance(answer, Translated)
        assert len(answer.hypotheses) == 2
        assert all(len(tokens) <= limit for tokens, _ in answer.hypotheses)
        assert answer.hypotheses[0][1] >= answer.hypotheses[1][1]


@pytest.mark.parametrize(
    "request_",
    [
        Classify(1, "nope", [1]),
        Classify(1, "tiny-translation", [1]),
        Translate(1, "tiny-sentiment", [1], 5),
        Classify(1, "tiny-sentiment", []),
        Classify(1, "tiny-sentiment", [-1]),
        Classify(1, "tiny-sentiment", [10**9]),
    ],
)
def test_impossible_requests_have_a_fault(runner: Runner, request_: Work) -> None:
    assert runner.fault(request_)


def test_only_the_one_at_fault_fails(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    model: Any = runner.models["tiny-sentiment"]
    classify_all = model.classify

    def fragile(batch: list[list[int]]) -> list[list[float]]:
        if any(13 in tokens for tokens in batch):
            raise torch.OutOfMemoryError("no memory")
        rows: list[list[float]] = classify_all(batch)
        return rows

    monkeypatch.setattr(model, "classify", fragile)
    answers = runner.answer([classify(n, [n]) for n in range(8, 16)])
    assert [type(answer) for answer in answers] == [Failed if n == 13 else Classified for n in range(8, 16)]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="no model folder"):
        Runner(tmp_path, torch.device("cpu"))


def test_two_models_of_one_name_are_refused(tiny_models: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).symlink_to(tiny_models / "tiny-sentiment")
    with pytest.raises(ModelFolderError, match="another model is called"):
        Runner(tmp_path, torch.device("cpu"))
