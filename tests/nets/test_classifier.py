from __future__ import annotations

import pytest
import torch

from app.nets.classifier import RecurrentClassifier
from app.nets.modules import build_model
from app.nets.recurrent import pad
from tests.conftest import tiny_classifier_config

BATCH = [[5], [7, 8, 9, 10, 11, 12, 13], [6, 6, 6]]


def classifier(**sizes: object) -> RecurrentClassifier:
    torch.manual_seed(1)
    model = build_model(tiny_classifier_config(40, **sizes))
    assert isinstance(model, RecurrentClassifier)
    return model.eval()


@pytest.mark.parametrize("pooling", ["attention", "mean", "max", "last", "attention+max"])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize(("layers", "bidirectional"), [(1, True), (2, False)])
def test_padding_never_changes_an_answer(cell: str, pooling: str, layers: int, bidirectional: bool) -> None:
    model = classifier(cell=cell, pooling=pooling, layers=layers, bidirectional=bidirectional)
    together = model.classify(BATCH)
    for row, tokens in zip(together, BATCH, strict=True):
        assert row == pytest.approx(model.classify([tokens])[0], abs=1e-6)


def test_more_padding_than_needed_changes_nothing() -> None:
    model = classifier()
    tokens, lengths = pad(BATCH)
    wider = torch.cat([tokens, torch.zeros(3, 5, dtype=torch.long)], dim=1)
    torch.testing.assert_close(model(tokens, lengths), model(wider, lengths))


def test_order_of_words_matters_and_probabilities_add_up() -> None:
    model = classifier()
    forwards, backwards = model.classify([[5, 6, 7], [7, 6, 5]])
    assert forwards != pytest.approx(backwards, abs=1e-6)
    assert sum(forwards) == pytest.approx(1)


def test_temperature_softens() -> None:
    model = classifier()
    sharp = max(model.classify([[5, 6]])[0])
    model.config.temperature = 4.0
    assert max(model.classify([[5, 6]])[0]) < sharp


def test_dropout_acts_in_training_only() -> None:
    model = classifier(dropout=0.5, word_dropout=0.3)
    tokens, lengths = pad(BATCH)
    torch.testing.assert_close(model(tokens, lengths), model(tokens, lengths))
    model.train()
    assert not torch.equal(model(tokens, lengths), model(tokens, lengths))


@pytest.mark.parametrize("sizes", [{"pooling": "median"}, {"cell": "elman"}, {"colour": 3}])
def test_unknown_sizes_are_refused(sizes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(map(str, sizes.values()))) if "colour" not in sizes else "colour"):
        classifier(**sizes)
