"""Where a decoder looked: the same in every runtime, in any company, and through every turn of the beam."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from app.nets.modules import stored_form
from app.nets.recurrent import pad
from app.nets.translator import BOS, GruTranslator
from app.runtime.base import Translator
from app.runtime.beam_search import BeamSearch, Scored, Sentence
from app.runtime.onnx import OnnxTranslator
from app.runtime.torch import TorchTranslator
from tests.nets.test_translator import translator

SOURCES = [[4, 7, 9, 3], [4, 8, 6, 5, 10, 3], [4, 5, 3]]


def decoded(runtime: Translator, sources: list[list[int]], beam: int, asks: list[bool]) -> list[list[Scored]]:
    decoding = runtime.decoding(beam)
    decoding.join(sources, [Sentence(i, 9, beam, attention=one) for i, one in enumerate(asks)])
    results: dict[int, list[Scored]] = {}
    while len(decoding):
        results.update(decoding.step())
    return [results[i] for i in range(len(sources))]


def forced(model: GruTranslator, source: list[int], tokens: list[int]) -> np.ndarray:
    """The attention of a decoder that is given the tokens: (tokens, source tokens)."""
    with torch.inference_mode():
        memory, state = model.encode(*pad([source], torch.device("cpu")))
        embedded = model.embed(torch.tensor([[BOS, *tokens[:-1]]]))
        queries, _ = model.query_gru(embedded, state.transpose(0, 1)[:1].contiguous())
        return model.attention.weights(queries, memory.keys, memory.mask)[0].numpy()


@pytest.mark.parametrize("beam", [1, 3])
def test_every_token_has_the_attention_that_chose_it(beam: int) -> None:
    model = translator()
    for source, found in zip(SOURCES, decoded(TorchTranslator(model), SOURCES, beam, [True] * 3), strict=True):
        for tokens, _, attention in found:
            assert len(attention) == len(tokens)
            if tokens:
                np.testing.assert_allclose(attention, forced(model, source, tokens), atol=1e-5)


@pytest.mark.parametrize("beam", [1, 3])
def test_int8_looks_where_torch_looks(beam: int) -> None:
    model = translator()
    for source, found in zip(
        SOURCES, decoded(OnnxTranslator(stored_form(model)), SOURCES, beam, [True] * 3), strict=True
    ):
        for tokens, _, attention in found:
            if tokens:
                np.testing.assert_allclose(attention, forced(model, source, tokens), atol=0.03)


def test_only_who_asks_gets_it_and_the_translations_are_the_same() -> None:
    runtime = TorchTranslator(translator())
    some = decoded(runtime, SOURCES, 2, [True, False, True])
    none = decoded(runtime, SOURCES, 2, [False] * 3)
    assert [[one[:2] for one in found] for found in some] == [[one[:2] for one in found] for found in none]
    assert all(one.attention == [] or not one.tokens for one in some[1])
    assert all(len(one.attention) == len(one.tokens) for one in some[0] + some[2])


def test_a_hypothesis_without_its_repeats_has_no_attention_of_them() -> None:
    search = BeamSearch(1, eos=0)
    search.join([Sentence("s", 20, attention=True, source_length=2)])
    while not search.finished():
        attention = np.array([[[float(search.lengths[0]), 0.0, 0.0]]], dtype=np.float32)
        search.advance(np.zeros((1, 1, 2), np.float32) - [0.0, 1.0], np.array([[[5, 0]]]), attention)
    (best,) = search.result(0)
    assert best.tokens == [5]
    assert best.attention == [[0.0, 0.0]]
