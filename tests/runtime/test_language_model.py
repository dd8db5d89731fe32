"""Language models in NumPy: the same as torch, sampling, and the search for the next words."""

from __future__ import annotations

import itertools
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.nets.folder import open_folder
from app.nets.modules import build_model, load_model, stored_form
from app.nets.recurrent import pad
from app.nets.sizes import GATES
from app.runtime.language_model import LanguageModel, Sampling, Vocabulary, likeliest, sample
from app.runtime.load import Loader
from app.text.tokenizer import EOS, Tokenizer
from tests.conftest import tiny_language_config


def last(steps: Generator[Any, None, Any]) -> Any:
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value


def written(
    model: LanguageModel, tokens: list[int], sampling: Sampling, most: int, new_word: bool = False
) -> list[int]:
    return [token for token in model.generate(tokens, sampling, most, new_word) if token is not None]


@pytest.fixture(scope="module")
def folder(tiny_writers: Path) -> Path:
    return tiny_writers / "tiny-language"


@pytest.fixture(scope="module")
def model(folder: Path) -> LanguageModel:
    return LanguageModel(open_folder(folder), (folder / "tokenizer.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.load(folder / "tokenizer.json")


@pytest.mark.parametrize("cell", GATES)
@pytest.mark.parametrize("layers", [1, 2])
def test_it_computes_what_torch_computes(cell: str, layers: int, tokenizer: Tokenizer) -> None:
    torch.manual_seed(7)
    module = build_model(tiny_language_config(tokenizer.size, cell=cell, layers=layers)).eval()
    torch.nn.init.normal_(module.output_bias)  # type: ignore[arg-type]
    model = LanguageModel(stored_form(module), tokenizer.json)
    tokens = [14, 20, 21, 22, 30, 20]
    wanted = module(*pad([tokens]))[0, -1].detach().numpy()
    logits = model.logits(last(model.read(tokens)))
    open_ = ~model.vocabulary.silent
    np.testing.assert_allclose(logits[open_], wanted[open_], atol=1e-5)
    assert np.isneginf(logits[~open_]).all()


def test_it_never_writes_a_special_token(model: LanguageModel, tokenizer: Tokenizer) -> None:
    special = {token["id"] for token in json.loads(tokenizer.json)["added_tokens"]}
    assert EOS in special
    for seed in range(20):
        assert special.isdisjoint(written(model, [14, 20], Sampling(2.0, 1.0, seed), 40))


def test_the_same_seed_writes_the_same_and_another_another(model: LanguageModel) -> None:
    texts = [written(model, [14, 20], Sampling(1.0, 1.0, seed), 20) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_texts_in_turn_do_not_change_each_other(model: LanguageModel) -> None:
    arguments = [([14, 20 + n], Sampling(1.0, 0.9, n), 15) for n in range(6)]
    alone = [written(model, *one) for one in arguments]
    steps = [model.generate(*one) for one in arguments]
    together: list[list[int]] = [[] for _ in steps]
    for turn in itertools.zip_longest(*steps):
        for tokens, token in zip(together, turn, strict=True):
            if token is not None:
                tokens.append(token)
    assert together == alone


def test_a_text_ends_by_itself_or_by_its_length(model: LanguageModel) -> None:
    assert last(model.generate([14, 20], Sampling(0), 3)) is False
    model_bias = model.bias[EOS]
    model.bias[EOS] = 100
    try:
        assert written(model, [14, 20], Sampling(1.0), 30) == []
        assert last(model.generate([14, 20], Sampling(1.0), 30)) is True
    finally:
        model.bias[EOS] = model_bias


LOGITS = np.log(np.array([0.5, 0.2, 0.15, 0.1, 0.05], np.float32))


def frequencies(sampling: Sampling, draws: int = 20_000) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(sampling.seed)
    return np.bincount([sample(LOGITS, sampling, rng) for _ in range(draws)], minlength=5) / draws


def test_tokens_come_as_often_as_their_probability_says() -> None:
    np.testing.assert_allclose(frequencies(Sampling(1.0)), [0.5, 0.2, 0.15, 0.1, 0.05], atol=0.02)


def test_temperature_sharpens_and_flattens() -> None:
    for temperature in (0.5, 2.0):
        wanted = np.exp(LOGITS / temperature)
        np.testing.assert_allclose(frequencies(Sampling(temperature)), wanted / wanted.sum(), atol=0.02)


@pytest.mark.parametrize("temperature", [0.0, 1e-300, 1e-6])
def test_without_temperature_the_likeliest_comes(temperature: float) -> None:
    assert frequencies(Sampling(temperature), 100)[0] == 1


@pytest.mark.parametrize(
    ("top_p", "kept"), [(0.3, 1), (0.5, 1), (0.51, 2), (0.7, 2), (0.71, 3), (0.96, 5), (1.0, 5), (1e-9, 1)]
)
def test_the_nucleus_is_the_smallest_set_with_enough_probability(top_p: float, kept: int) -> None:
    found = frequencies(Sampling(1.0, top_p - 1e-6 if top_p < 1 else 1.0), 4_000)
    assert (found > 0).tolist() == [n < kept for n in range(5)]


def test_the_likeliest_are_in_order() -> None:
    assert likeliest(np.array([0.1, 0.4, 0.2, 0.3]), 3) == [1, 3, 2]
    assert likeliest(np.array([0.1, 0.4]), 9) == [1, 0]


def test_next_words_are_whole_and_their_probabilities_are_those_of_their_tokens(
    model: LanguageModel, tokenizer: Tokenizer
) -> None:
    start = [tokenizer.id_of("<2en>"), *tokenizer.encode("A man")]
    words, end = last(model.predict(start, 12))
    assert len(words) == 12
    values = [word.probability for word in words]
    assert values == sorted(values, reverse=True)
    assert 0 < end < 1
    for word in words:
        probability, states = 1.0, last(model.read(start))
        for place, token in enumerate(word.tokens):
            assert not place or model.vocabulary.joined[token]
            scores = np.exp(model.logits(states).astype(np.float64))
            probability *= scores[token] / scores.sum()
            states = model.step(token, states)
        if model.vocabulary.unfinished[word.tokens[-1]]:
            scores = np.exp(model.logits(states).astype(np.float64))
            probability *= scores[~model.vocabulary.joined].sum() / scores.sum()
        assert word.probability == pytest.approx(probability, rel=1e-5)


def test_a_new_word_begins_where_it_has_to(model: LanguageModel, tokenizer: Tokenizer) -> None:
    start = [tokenizer.id_of("<2en>"), *tokenizer.encode("A man")]
    joined = model.vocabulary.joined
    free, _ = last(model.predict(start, 30))
    assert any(joined[word.tokens[0]] for word in free)
    bound, _ = last(model.predict(start, 30, True))
    assert not any(joined[word.tokens[0]] for word in bound)
    for seed in range(30):
        tokens = written(model, start, Sampling(2.0, 1.0, seed), 2, True)
        assert not tokens or not joined[tokens[0]]


def test_chinese_words_are_single_tokens(tokenizer: Tokenizer) -> None:
    vocabulary = Vocabulary.of(tokenizer.json, tokenizer.size)
    for token, number in tokenizer.vocabulary.items():
        if "果" in token:
            assert not vocabulary.joined[number]
            assert not vocabulary.unfinished[number]


@pytest.mark.parametrize("runtime", ["torch", "onnx"])
def test_every_runtime_loads_it(tiny_writers: Path, runtime: str) -> None:
    loaded = Loader("cpu", runtime).load(tiny_writers / "tiny-language")
    assert loaded.writer is not None
    assert loaded.classifier is loaded.translator is loaded.explainer is None
    on_demand = Loader("cpu", runtime, on_demand=True).load(tiny_writers / "tiny-language")
    assert on_demand.writer is not None
    sampling = Sampling(1.0, 0.9, 3)
    assert written(on_demand.writer, [14], sampling, 9) == written(loaded.writer, [14], sampling, 9)
    assert load_model(tiny_writers / "tiny-language").config == loaded.config
