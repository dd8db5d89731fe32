"""Explanations of answers: the effect of each token, in floats, from the weights as they are stored. One implementation
for every runtime, in NumPy; it reads the weights at the first request. Knows no queue.

An explanation is a generator: it yields between slices of some ten milliseconds, so that an engine can do other work in
between, and returns a `Reading` or a `Writing`.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from app.nets.folder import ModelFolderError, StoredModel, open_folder
from app.nets.sizes import ClassifierSizes, TranslatorSizes
from app.nets.weights import Array


class Reading(NamedTuple):
    """How a classifier read a text: the contribution of each token to P(positive) - P(negative); the scores after each
    token, (tokens, labels); the mean of the gates `input`, `forget` and `output` at each, (tokens, 3); and the scores
    of the baseline, (labels). Contributions add up to the difference from the baseline."""

    contributions: list[float]
    running: list[list[float]]
    gates: list[list[float]]
    baseline: list[float]


class Writing(NamedTuple):
    """How a translator wrote a translation: the log probability of each token, the attention of each over the source,
    (tokens, source tokens), and the mean of the gates `update` and `reset` at each, (tokens, 2)."""

    log_probabilities: list[float]
    attention: list[list[float]]
    gates: list[list[float]]


Steps = Generator[None, None, Reading | Writing]


class Explainer(Protocol):
    def explain(self, tokens: list[int], target: list[int]) -> Steps:
        """`tokens` is the model's whole input, at least one token; `target` the translator's output, without the end of
        the sentence."""


def explains(model: StoredModel) -> bool:
    """Whether a model has explanations: every translator, and classifiers with one layer of LSTM and the labels
    positive and negative."""
    sizes = model.sizes
    if not isinstance(sizes, ClassifierSizes):
        return isinstance(sizes, TranslatorSizes)
    return sizes.cell == "lstm" and sizes.layers == 1 and {"negative", "positive"} <= set(model.config.labels)


def open_explainer(folder: Path, digest: str) -> Explainer:
    """The explainer of a model that `explains`. Raises ModelFolderError, also where the folder now holds a model with
    another digest."""
    from app.runtime.explain_classifier import ClassifierExplainer
    from app.runtime.explain_translator import TranslatorExplainer

    stored = open_folder(folder)
    if stored.digest != digest:
        raise ModelFolderError(f"{folder}: its files were replaced after the model was loaded; reload the models")
    if isinstance(stored.sizes, ClassifierSizes):
        return ClassifierExplainer(stored.config, stored.sizes, stored.read())
    assert isinstance(stored.sizes, TranslatorSizes), "a bug: this model gives no explanations"
    return TranslatorExplainer(stored.sizes, stored.read())


def sigmoid(x: Array) -> Array:
    return np.float32(0.5) * (np.tanh(np.float32(0.5) * x) + np.float32(1))  # never overflows


def softmax(x: Array) -> Array:
    """Over the last axis."""
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))
    result: Array = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return result


def rounded(array: Array) -> list:  # type: ignore[type-arg]
    """Nested lists of floats with six decimals: float32 has no more in a probability."""
    values: list = np.round(array.astype(np.float64), 6).tolist()  # type: ignore[type-arg]
    return values
