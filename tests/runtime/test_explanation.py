"""Explanations in NumPy against torch: its autograd, its cells, its forward over each prefix."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.nets.classifier import RecurrentClassifier
from app.nets.folder import ModelFolderError, open_folder
from app.nets.modules import load_model, stored_form
from app.nets.recurrent import pad
from app.nets.translator import BOS
from app.runtime.explain_classifier import ClassifierExplainer
from app.runtime.explain_translator import TranslatorExplainer
from app.runtime.explanation import Reading, Steps, Writing, explains, open_explainer
from app.settings import SHIPPED_MODELS
from app.text.tokenizer import UNKNOWN, Tokenizer
from tests.nets.test_classifier import classifier
from tests.nets.test_translator import translator
from tests.runtime.test_attention import forced

TOKENS = [5, 9, 12, 5, 30, 7, 22]
POOLINGS = ["attention", "mean", "max", "last", "attention+max"]


def result_of(steps: Steps) -> Any:
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value


def read(model: RecurrentClassifier, tokens: list[int]) -> Reading:
    stored = stored_form(model)
    reading = result_of(ClassifierExplainer(stored.config, stored.sizes, stored.read()).explain(tokens, []))  # type: ignore[arg-type]
    assert isinstance(reading, Reading)
    return reading


def difference(reading: Reading) -> float:
    """Of P(positive) - P(negative) between text and baseline."""
    return (reading.running[-1][2] - reading.running[-1][0]) - (reading.baseline[2] - reading.baseline[0])


def integrated(model: RecurrentClassifier, tokens: list[int], steps: int = 64) -> np.ndarray:
    """Integrated gradients by autograd, with the midpoint rule."""
    model = model.double()
    text = model.embedding(torch.tensor([tokens])).detach()
    baseline = model.embedding(torch.full((1, len(tokens)), UNKNOWN)).detach()
    total = torch.zeros(len(tokens), dtype=torch.float64)
    for step in range(steps):
        point = (baseline + (step + 0.5) / steps * (text - baseline)).requires_grad_()
        states, last = model.recurrent(point, torch.tensor([len(tokens)]))
        mask = torch.ones(1, len(tokens), 1, dtype=torch.bool)
        pooled = torch.cat([model.pool(name, states, last, mask) for name in model.poolings], dim=-1)
        scores = (model.output(pooled) / model.config.temperature).softmax(dim=-1)[0]
        (gradient,) = torch.autograd.grad(scores[2] - scores[0], point)
        total += (gradient * (text - baseline)).sum(dim=-1)[0] / steps
    return total.numpy()


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("bidirectional", [True, False])
def test_a_reading_is_that_of_torch(pooling: str, bidirectional: bool) -> None:
    model = classifier(pooling=pooling, bidirectional=bidirectional)
    with torch.no_grad():  # far from linear
        model.embedding.weight[1:] *= 8
        model.output.weight *= 4
    reading = read(model, TOKENS)
    prefixes = [model.classify([TOKENS[: n + 1]])[0] for n in range(len(TOKENS))]
    np.testing.assert_allclose(reading.running, prefixes, atol=1e-5)
    np.testing.assert_allclose(reading.baseline, model.classify([[UNKNOWN] * len(TOKENS)])[0], atol=1e-5)
    assert sum(reading.contributions) == pytest.approx(difference(reading), abs=0.005)
    np.testing.assert_allclose(reading.contributions, integrated(model, TOKENS), atol=0.004)


def test_gates_are_those_of_the_cell() -> None:
    model = classifier(bidirectional=False)
    weights = {name: tensor.detach() for name, tensor in model.recurrent.rnn.named_parameters()}
    state = cell = torch.zeros(10)
    for token, gates in zip(TOKENS, read(model, TOKENS).gates, strict=True):
        x = weights["weight_ih_l0"] @ model.embedding.weight[token] + weights["weight_hh_l0"] @ state
        input_, forget, new, output = (x + weights["bias_ih_l0"] + weights["bias_hh_l0"]).detach().split(10)
        cell = forget.sigmoid() * cell + input_.sigmoid() * new.tanh()
        state = output.sigmoid() * cell.tanh()
        np.testing.assert_allclose(gates, [float(one.sigmoid().mean()) for one in (input_, forget, output)], atol=1e-5)


@pytest.mark.parametrize("name", ["sentiment-en", "sentiment-zh"])
def test_contributions_of_the_shipped_models_add_up(name: str) -> None:
    folder = SHIPPED_MODELS / name
    explainer = open_explainer(folder, open_folder(folder).digest)
    tokenizer = Tokenizer.load(folder / "tokenizer.json")
    texts = ["I love this phone, but the battery is terrible.", "not bad", "这部电影很好看，但是结局很无聊。" * 4, "x"]
    rows = [tokenizer.encode(text) for text in texts] + np.random.default_rng(1).integers(4, 9000, (2, 40)).tolist()
    for tokens in rows:
        reading = result_of(explainer.explain(tokens, []))
        assert len(reading.contributions) == len(reading.running) == len(reading.gates) == len(tokens)
        assert sum(reading.contributions) == pytest.approx(difference(reading), abs=0.005)


def test_a_long_text_is_read_in_slices_that_change_nothing() -> None:
    model = classifier()
    tokens = (TOKENS * 30)[:200]
    stored = stored_form(model)
    steps = ClassifierExplainer(stored.config, stored.sizes, stored.read()).explain(tokens, [])  # type: ignore[arg-type]
    assert sum(1 for _ in steps) > 20
    reading = read(model, tokens)
    for n in (0, 21, 22, 150, 199):
        np.testing.assert_allclose(reading.running[n], model.classify([tokens[: n + 1]])[0], atol=1e-5)


def cells(module: torch.nn.GRU, inputs: Iterable[torch.Tensor], state: torch.Tensor) -> list[list[float]]:
    """The means of the gates update and reset, step by step."""
    weights = dict(module.named_parameters())
    means = []
    for x in inputs:
        from_x = (weights["weight_ih_l0"] @ x + weights["bias_ih_l0"]).chunk(3)
        from_state = (weights["weight_hh_l0"] @ state + weights["bias_hh_l0"]).chunk(3)
        reset, update = ((one + other).sigmoid() for one, other in zip(from_x[:2], from_state[:2], strict=True))
        state = (1 - update) * (from_x[2] + reset * from_state[2]).tanh() + update * state
        means.append([float(update.mean()), float(reset.mean())])
    return means


@pytest.mark.parametrize("sizes", [{}, {"encoder_layers": 2, "heads": 1}, {"target_vocabulary": 20}])
def test_a_writing_is_that_of_torch(sizes: dict[str, object]) -> None:
    model = translator(**sizes)
    stored, source, target = stored_form(model), [4, 7, 9, 25, 3], [6, 11, 6, 19]
    writing = result_of(TranslatorExplainer(stored.sizes, stored.read()).explain(source, target))  # type: ignore[arg-type]
    assert isinstance(writing, Writing)
    with torch.no_grad():
        tokens, lengths = pad([source])
        previous = torch.tensor([[BOS, *target[:-1]]])
        expected = model(tokens, lengths, previous).log_softmax(dim=-1)[0, range(len(target)), target]
        memory, state = model.encode(tokens, lengths)
        embedded = model.embed(previous)
        queries, _ = model.query_gru(embedded, state.transpose(0, 1)[:1].contiguous())
        inputs = torch.cat([queries, model.attention(queries, memory)], dim=-1)[0]
        both = cells(model.query_gru, embedded[0], state[0, 0]), cells(model.context_gru, inputs, state[0, 1])
    np.testing.assert_allclose(writing.log_probabilities, expected, atol=1e-5)
    np.testing.assert_allclose(writing.attention, forced(model, source, target), atol=1e-5)
    np.testing.assert_allclose(np.sum(writing.attention, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(writing.gates, np.mean(both, axis=0), atol=1e-5)


def test_what_cannot_be_explained_says_so() -> None:
    assert not explains(stored_form(classifier(cell="gru")))
    assert not explains(stored_form(classifier(layers=2)))
    assert explains(stored_form(classifier()))
    assert explains(stored_form(translator()))


def test_the_weights_of_another_model_explain_nothing(tiny_models: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_models / "tiny-sentiment", tmp_path / "model"))
    digest = open_folder(folder).digest
    shutil.rmtree(folder)
    shutil.copytree(SHIPPED_MODELS / "sentiment-en", folder)
    with pytest.raises(ModelFolderError, match="replaced"):
        open_explainer(folder, digest)


def test_the_reference_reads_like_the_explanation() -> None:
    folder = SHIPPED_MODELS / "sentiment-en"
    model = load_model(folder)
    assert isinstance(model, RecurrentClassifier)
    tokens = Tokenizer.load(folder / "tokenizer.json").encode("The food was great, but the waiter was rude.")
    reading = result_of(open_explainer(folder, open_folder(folder).digest).explain(tokens, []))
    np.testing.assert_allclose(reading.running[-1], model.classify([tokens])[0], atol=1e-4)
