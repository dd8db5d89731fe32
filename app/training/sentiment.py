"""Trains and evaluates sentiment classifiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from app.nets.classifier import RecurrentClassifier
from app.nets.config import ModelConfig
from app.nets.folder import build_model, save_model
from app.nets.recurrent import pad
from app.text.tokenizer import Tokenizer
from app.training.data.cleaning import Cleaner
from app.training.data.corpora import LABELS
from app.training.data.mixing import mixed_batches
from app.training.data.packed import pack, unpack
from app.training.data.texts import UNLABELLED, TrainingTexts
from app.training.data.vocabulary import train_bpe
from app.training.distillation import taught
from app.training.loop import Forward
from app.training.metrics import classification_report, fit_offsets, fit_temperature, log_loss
from app.training.pretrained import token_vectors
from app.training.recipe import Recipe
from app.training.scoring import logits_of


@dataclass(slots=True)
class SentimentExamples:
    """What a classifier is trained on and chosen by. `corpus` says which entry of the recipe's data an example is of,
    `vectors` (vocabulary, embedding) are pretrained ones to begin with, `taught` (examples, labels) is what the
    recipe's teacher holds of the examples (`distillation.taught`)."""

    tokenizer: Tokenizer
    tokens: Sequence[list[int]]
    labels: list[int]
    corpus: list[int]
    dev: dict[str, list[tuple[str, str]]]
    vectors: Tensor | None = None
    taught: npt.NDArray[np.uint8] | None = None

    @classmethod
    def read(
        cls, recipe: Recipe, data: Path, tokenizer: Tokenizer | None = None, cleaner: Cleaner | None = None
    ) -> SentimentExamples:
        """From corpora below `data`; learns the tokenizer unless there is one. `cleaner` counts what it drops."""
        texts = TrainingTexts.read(recipe, data, cleaner)
        train = texts.train
        vectors = None
        learned = tokenizer or Tokenizer(
            train_bpe(
                (text for text, *_ in train), recipe.vocabulary, alphabet=recipe.alphabet, lowercase=recipe.lowercase
            )
        )
        if recipe.pretrained and tokenizer is None:  # a run that goes on has its own vectors in the checkpoint
            vectors = token_vectors(learned, recipe.pretrained, recipe.sizes["embedding"])
        encoded = learned.encode_batch([text for text, *_ in train])
        tokens = [row[: recipe.max_tokens] or [learned.unknown] for row in encoded]
        answers = None
        if recipe.teacher:
            asked = texts.asked(recipe)
            answers = np.zeros((len(train), len(LABELS)), np.uint8)
            offsets = np.array([spec.offsets for spec in recipe.data])[np.take(texts.corpus, asked)]
            answers[asked] = moved(taught(Path(recipe.teacher), [train[i][2] for i in asked]), offsets)
        labels = [label for _, label, _ in train]
        return cls(learned, tokens, labels, texts.corpus, texts.dev, vectors, answers)

    @classmethod
    def unpack(cls, recipe: Recipe, folder: Path) -> SentimentExamples:
        """Raises PackError."""
        packed = unpack(recipe, folder)
        vectors = None if packed.vectors is None else torch.from_numpy(packed.vectors).float()
        rows, numbers = packed.rows, packed.numbers
        answers = np.array([numbers[label] for label in LABELS], np.uint8).T if recipe.teacher else None
        return cls(packed.tokenizer, rows["text"], numbers["label"], numbers["corpus"], packed.dev, vectors, answers)

    def pack(self, recipe: Recipe, folder: Path) -> int:
        """Write a pack; returns its bytes. Raises PackError."""
        vectors = None if self.vectors is None else self.vectors.numpy().astype(np.float16)
        numbers: dict[str, Sequence[int]] = {"label": self.labels, "corpus": self.corpus}
        if self.taught is not None:
            numbers |= dict(zip(LABELS, self.taught.T.tolist(), strict=True))
        return pack(recipe, folder, self.tokenizer, {"text": self.tokens}, numbers, self.dev, vectors)


class SentimentLearner:
    """Three-class classification. The dev metric is the mean, over the dev sets, of macro-averaged recall."""

    def __init__(self, recipe: Recipe, examples: SentimentExamples) -> None:
        self.recipe, self.examples = recipe, examples
        self.tokenizer, self.tokens, self.labels = examples.tokenizer, examples.tokens, examples.labels
        self.dev = examples.dev
        self.model = self.build(recipe.model_config(self.tokenizer.size, LABELS))
        balance = recipe.optimisation.balance
        self.weights = torch.from_numpy(class_weights(self.labels, examples.corpus, balance))  # (examples)
        self.wanted = torch.from_numpy(wanted(self.labels, examples.taught, recipe.distillation))  # (examples, labels)
        self.criterion = nn.CrossEntropyLoss(reduction="none", label_smoothing=recipe.optimisation.label_smoothing)
        self.lengths = [(len(row),) for row in self.tokens]

    def build(self, config: ModelConfig) -> Any:
        """A module with a `config` that takes tokens (batch, time) and lengths (batch) to logits (batch, labels), by a
        last layer `output`."""
        model: RecurrentClassifier = build_model(config)  # type: ignore[assignment]
        if (vectors := self.examples.vectors) is not None:
            with torch.no_grad():
                model.embedding.weight.copy_(vectors * model.embedding.weight.std())
        return model

    def batches(self, epoch: int) -> list[list[int]]:
        return mixed_batches(self.recipe, self.examples.corpus, self.lengths, epoch)

    def loss(self, forward: Forward, batch: list[int]) -> Tensor:
        device = next(self.model.parameters()).device
        tokens, lengths = pad([self.tokens[i] for i in batch], device)
        losses = self.criterion(forward(tokens, lengths).float(), self.wanted[batch].to(device))
        weights = self.weights[batch].to(device)
        loss: Tensor = (losses * weights).sum() / weights.sum()
        return loss

    def evaluate(self) -> dict[str, float]:
        """Also fits the offsets of the logits, which go into the last layer, and the temperature."""
        self.model.config.temperature = 1.0
        sets = [
            (
                logits_of(self.model, self.tokenizer, [text for text, _ in examples]),
                [LABELS.index(label) for _, label in examples],
            )
            for examples in self.dev.values()
        ]
        if largest := self.recipe.optimisation.largest_offset:
            offsets = fit_offsets(sets, LABELS, largest)
            bias = self.model.output.bias
            bias += torch.from_numpy(offsets).to(bias)
            sets = [(logits + offsets, references) for logits, references in sets]
        recalls = [
            classification_report(logits.argmax(axis=1).tolist(), references, LABELS).macro_recall
            for logits, references in sets
        ]
        logits = np.concatenate([logits for logits, _ in sets])
        references = [label for _, labels in sets for label in labels]
        temperature = self.model.config.temperature = fit_temperature(logits, references)
        return {
            "metric": float(np.mean(recalls)),
            **dict(zip(self.dev, recalls, strict=True)),
            "temperature": temperature,
            "loss": log_loss(logits, references),
        }

    def save(self, folder: Path) -> None:
        save_model(self.model, self.tokenizer.json, folder)


def class_weights(labels: Sequence[int], corpus: Sequence[int], balance: float) -> npt.NDArray[np.float32]:
    """What each example weighs: (1 / frequency of its label in its corpus) ** balance, and 1 on average in a corpus.

    By corpus, since in each another class is rare: neutral among film reviews, negative among posts about brands.
    """
    weights = np.ones(len(labels), np.float32)
    for number in np.unique(corpus):
        members = np.flatnonzero(np.equal(corpus, number))
        _, places, counts = np.unique(np.take(labels, members), return_inverse=True, return_counts=True)
        rare = (len(members) / counts) ** balance
        weights[members] = (rare / np.average(rare, weights=counts))[places]
    return weights


def moved(answers: npt.NDArray[np.uint8], offsets: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """A teacher's answers (texts, labels) in 255ths, with offsets (texts, labels) added to its logits."""
    told = answers * np.exp(offsets)
    scaled = np.rint(255 * told / told.sum(axis=1, keepdims=True))
    return np.where(offsets.any(axis=1, keepdims=True), scaled, answers).astype(np.uint8)


def wanted(labels: Sequence[int], taught: npt.NDArray[np.uint8] | None, distillation: float) -> npt.NDArray[np.float32]:
    """The distribution (examples, labels) that each example asks for: its label, mixed with what the teacher holds."""
    known: npt.NDArray[np.float32] = np.equal(np.array(labels)[:, None], np.arange(len(LABELS))).astype(np.float32)
    if taught is None:
        return known
    part = np.where(np.equal(labels, UNLABELLED), 1, distillation)[:, None]
    asked = taught.any(axis=1, keepdims=True)
    told = taught / np.maximum(taught.sum(axis=1, keepdims=True), 1)
    mixed: npt.NDArray[np.float32] = np.where(asked, part * told + (1 - part) * known, known).astype(np.float32)
    return mixed
