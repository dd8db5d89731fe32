"""int8 under ONNX Runtime against torch: the same within a tolerance, and independent of the batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from app.nets.modules import load_model, stored_form
from app.nets.translator import EOS, GruTranslator
from app.runtime.beam_search import Sentence
from app.runtime.decoding import translate
from app.runtime.onnx import OnnxClassifier, OnnxTranslator
from app.runtime.torch import TorchTranslator
from app.settings import SHIPPED_MODELS
from app.text.tokenizer import Tokenizer, target_tag
from tests.nets.test_classifier import classifier
from tests.nets.test_translator import translator

BATCH = [[5, EOS], [7, 8, 9, 10, 11, 12, 13, EOS], [6, 6, 6, EOS]]
TEXTS = [
    "I love this phone",
    "The train leaves at nine",
    "Terrible service, never again",
    "ok",
    "It is not bad at all!",
]
SENTENCES = ["A man is running.", "Two dogs play in the snow.", "Yes.", "A woman in a red dress is singing on a stage."]


@pytest.mark.parametrize("pooling", ["attention", "mean", "max", "last", "attention+max"])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize(("layers", "bidirectional"), [(1, True), (2, False), (2, True)])
def test_a_classifier_agrees_with_torch(cell: str, pooling: str, layers: int, bidirectional: bool) -> None:
    model = classifier(cell=cell, pooling=pooling, layers=layers, bidirectional=bidirectional)
    exported = OnnxClassifier(stored_form(model))
    np.testing.assert_allclose(exported.classify(BATCH), model.classify(BATCH), atol=0.02)


@pytest.mark.parametrize("sizes", [{}, {"encoder_layers": 2, "heads": 1}, {"target_vocabulary": 11}])
def test_a_step_agrees_with_torch(sizes: dict[str, object]) -> None:
    model = translator(**sizes)
    runs = []
    for runtime in (TorchTranslator(model), OnnxTranslator(stored_form(model))):
        slots = runtime.join(runtime.encode(BATCH[:1], 2), runtime.encode(BATCH[1:], 2))  # type: ignore[arg-type]
        first = runtime.step(slots, np.array([[2, 2]] * 3), 30)  # type: ignore[arg-type]
        runtime.reorder(slots, np.array([[0, 0], [1, 1], [1, 0]]))  # type: ignore[arg-type]
        slots = runtime.keep(slots, np.array([0, 2]))  # type: ignore[arg-type]
        second = runtime.step(slots, np.array([[4, 5], [6, 7]]), 30)  # type: ignore[arg-type]
        runs.append([by_word(*first), by_word(*second)])
    for one, other in zip(*runs, strict=True):
        np.testing.assert_allclose(one, other, atol=0.05)


def by_word(best: np.ndarray, ids: np.ndarray) -> np.ndarray:
    result = np.zeros_like(best)
    np.put_along_axis(result, ids, best, axis=2)
    return result


def test_the_shipped_classifier_says_the_same() -> None:
    folder = SHIPPED_MODELS / "sentiment-en"
    model, tokenizer = load_model(folder), Tokenizer.load(folder / "tokenizer.json")
    exported = OnnxClassifier(stored_form(model))  # type: ignore[arg-type]
    rows = tokenizer.encode_batch(TEXTS)
    np.testing.assert_allclose(exported.classify(rows), model.classify(rows), atol=0.05)  # type: ignore[union-attr]


@pytest.mark.parametrize("beam", [1, 4])
def test_the_shipped_translator_in_company_and_alone(beam: int) -> None:
    """int8 may choose another word than torch now and then, but never because of the neighbours."""
    folder = SHIPPED_MODELS / "translation-en-de"
    model, tokenizer = load_model(folder), Tokenizer.load(folder / "tokenizer.json")
    assert isinstance(model, GruTranslator)
    sources = [[tokenizer.id_of(target_tag("de")), *tokenizer.encode(text), EOS] for text in SENTENCES]
    limits = [40] * len(sources)
    exported = OnnxTranslator(stored_form(model))
    together = translate(exported, sources, beam=beam, max_tokens=limits)
    for source, found in zip(sources, together, strict=True):
        assert translate(exported, [source], beam=beam, max_tokens=[40])[0][0][0] == found[0][0]
    reference = translate(TorchTranslator(model), sources, beam=beam, max_tokens=limits)
    same = sum(one[0][0] == other[0][0] for one, other in zip(together, reference, strict=True))
    assert same >= len(SENTENCES) - 1


def test_torch_is_told_apart() -> None:
    assert not isinstance(translator(), OnnxTranslator)
    assert torch.is_tensor(TorchTranslator(translator()).encode(BATCH, 1).state)


def test_an_answer_does_not_depend_on_the_batch() -> None:
    """Though its LSTM is quantized at run time: alone or beside anything, the very same numbers."""
    folder = SHIPPED_MODELS / "sentiment-en"
    model, tokenizer = load_model(folder), Tokenizer.load(folder / "tokenizer.json")
    exported = OnnxClassifier(stored_form(model))  # type: ignore[arg-type]
    rows = tokenizer.encode_batch([*TEXTS, "WOW!!! " * 40, "I hate hate hate it " * 9])
    together = exported.classify(rows)
    for row, expected in zip(rows, together, strict=True):
        np.testing.assert_allclose(exported.classify([row])[0], expected, atol=2e-6)


def test_the_memory_of_a_sentence_does_not_depend_on_the_batch() -> None:
    """Its GRU is in int8: alone, first or last beside shorter and longer ones, the very same numbers."""
    exported = OnnxTranslator(stored_form(translator(encoder_layers=2)))
    together = exported.encode(BATCH, 1)
    for place, source in enumerate(BATCH):
        alone = exported.encode([source], 1)
        for one, other in zip(alone.memory, together.memory, strict=True):
            np.testing.assert_array_equal(one[0], other[place, :, : len(source)])
        for one, other in zip(alone.states, together.states, strict=True):
            np.testing.assert_array_equal(one[0], other[place])


@pytest.mark.parametrize("beam", [1, 3])
def test_places_that_are_taken_again_hold_nothing_of_those_before(beam: int) -> None:
    """Sentences of very different lengths join and leave, so the memory grows, shrinks, and its places change hands."""
    exported = OnnxTranslator(stored_form(translator()))
    sources = [[4 + (3 * n + k) % 8 for k in range(length)] + [EOS] for n, length in enumerate([3, 40, 5, 2, 60, 9, 1])]
    limits = [2, 9, 3, 12, 4, 5, 7]
    decoding, results = exported.decoding(beam), {}
    for n, (source, limit) in enumerate(zip(sources, limits, strict=True)):
        decoding.join([source], [Sentence(n, limit)])
        if n == 3:
            decoding.drop(1)
        results.update(decoding.step())
    while len(decoding):
        results.update(decoding.step())
    assert sorted(results) == [0, 2, 3, 4, 5, 6]
    for n, found in results.items():
        alone = translate(exported, [sources[n]], beam=beam, max_tokens=[limits[n]])[0]
        assert [one.tokens for one in found] == [one.tokens for one in alone]
        assert [one.score for one in found] == pytest.approx([one.score for one in alone], abs=1e-5)
