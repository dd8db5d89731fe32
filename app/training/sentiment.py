"""The learner of sentiment classifiers, and the examples that it is trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from app.nets.classifier import RecurrentClassifier
from app.nets.config import ModelConfig
from app.nets.modules import build_model, save_model
from app.nets.recurrent import pad
from app.text.tokenizer import Tokenizer
from app.training.data.batches import Indices
from app.training.data.cleaning import Cleaner
from app.training.data.corpora import LABELS
from app.training.data.mixing import mixed_batches
from app.training.data.prepared import Array, Prepared, Rows
from app.training.data.texts import UNLABELLED, TrainingTexts
from app.training.data.vocabulary import train_bpe
from app.training.distillation import teacher_answers
from app.training.loop import Forward
from app.training.metrics import classification_report, fit_offsets, fit_temperature, log_loss
from app.training.pretrained import token_vectors
from app.training.recipe import Recipe
from app.training.scoring import logits_of


@dataclass(slots=True)
class SentimentExamples:
    """The training examples and the dev sets of a classifier."""

    tokenizer: Tokenizer
    tokens: Rows  # of each example
    labels: npt.NDArray[np.uint8]  # (examples); UNLABELLED where the teacher alone labels it
    corpus: npt.NDArray[np.uint8]  # (examples), indices of the recipe's data
    dev: dict[str, list[tuple[str, str]]]  # (text, label) by file
    vectors: Tensor | None = None  # (vocabulary, embedding), pretrained initial embeddings
    answers: npt.NDArray[np.uint8] | None = None  # (examples, labels), the teacher's; 0 where it was not asked

    @classmethod
    def read(
        cls,
        recipe: Recipe,
        data: Path,
        tokenizer: Tokenizer | None = None,
        cleaner: Cleaner | None = None,
        *,
        numbered: bool = True,
    ) -> SentimentExamples:
        """Read the corpora below `data`, and train a tokenizer on them unless one is given, which stays unchanged with
        or without `numbered`. `cleaner` counts the texts that it drops. Raises CorpusError and PretrainedError."""
        texts = TrainingTexts.read(recipe, data, cleaner)
        train = texts.train
        vectors = None
        learned = tokenizer or Tokenizer(
            train_bpe(
                (text for text, *_ in train), recipe.vocabulary, alphabet=recipe.alphabet, lowercase=recipe.lowercase
            )
        )
        if recipe.pretrained and tokenizer is None:  # the checkpoint of a continued run has the vectors
            vectors = token_vectors(learned, recipe.pretrained, recipe.sizes["embedding"])
        encoded = learned.encode_batch([text for text, *_ in train])
        tokens = Rows.of([row[: recipe.max_tokens] or [learned.unknown] for row in encoded])
        answers = None
        if recipe.teacher:
            asked = texts.asked(recipe)
            answers = np.zeros((len(train), len(LABELS)), np.uint8)
            offsets = np.array([spec.offsets for spec in recipe.data])[np.take(texts.corpus, asked)]
            answers[asked] = with_offsets(teacher_answers(Path(recipe.teacher), [train[i][2] for i in asked]), offsets)
        labels, corpus = np.array([label for _, label, _ in train], np.uint8), np.array(texts.corpus, np.uint8)
        return cls(learned, tokens, labels, corpus, texts.dev, vectors, answers)

    @classmethod
    def of(cls, prepared: Prepared) -> SentimentExamples:
        """The examples in prepared arrays."""
        arrays = prepared.arrays
        return cls(
            prepared.tokenizer,
            prepared.rows("text"),
            arrays["label"],
            arrays["corpus"],
            prepared.dev,
            torch.from_numpy(arrays["vectors"].astype(np.float32)) if "vectors" in arrays else None,
            arrays.get("answers"),
        )

    def prepared(self) -> Prepared:
        """These examples as arrays to write."""
        arrays: dict[str, Array] = {"label": self.labels, "corpus": self.corpus}
        if self.vectors is not None:
            arrays["vectors"] = self.vectors.numpy().astype(np.float16)
        if self.answers is not None:
            arrays["answers"] = self.answers
        prepared = Prepared(self.tokenizer, arrays, self.dev)
        prepared.put_rows("text", self.tokens)
        return prepared


class SentimentLearner:
    """Three-class classification. The dev metric is the mean, over the dev sets, of macro-averaged recall."""

    def __init__(self, recipe: Recipe, examples: SentimentExamples) -> None:
        self.recipe, self.examples = recipe, examples
        self.tokenizer, self.tokens, self.labels = examples.tokenizer, examples.tokens, examples.labels
        self.dev = examples.dev
        self.model = self.build(recipe.model_config(self.tokenizer.size, LABELS))
        balance = recipe.optimisation.balance
        self.weights = torch.from_numpy(class_weights(self.labels, examples.corpus, balance))  # (examples)
        targets = target_distributions(self.labels, examples.answers, recipe.distillation)
        self.targets = torch.from_numpy(targets)  # (examples, labels)
        self.criterion = nn.CrossEntropyLoss(reduction="none", label_smoothing=recipe.optimisation.label_smoothing)
        self.lengths = self.tokens.lengths[:, None]  # (examples, 1)

    def build(self, config: ModelConfig) -> Any:
        """A module with a `config` that maps tokens (batch, time) and lengths (batch) to logits (batch, labels). Its
        last layer is `output`."""
        model: RecurrentClassifier = build_model(config)  # type: ignore[assignment]
        if (vectors := self.examples.vectors) is not None:
            with torch.no_grad():
                model.embedding.weight.copy_(vectors * model.embedding.weight.std())
        return model

    def batches(self, epoch: int) -> list[Indices]:
        return mixed_batches(self.recipe, self.examples.corpus, self.lengths, epoch)

    def loss(self, forward: Forward, batch: Indices) -> Tensor:
        device = next(self.model.parameters()).device
        tokens, lengths = pad([self.tokens[i] for i in batch], device)
        losses = self.criterion(forward(tokens, lengths).float(), self.targets[batch].to(device))
        weights = self.weights[batch].to(device)
        loss: Tensor = (losses * weights).sum() / weights.sum()
        return loss

    def evaluate(self) -> dict[str, float]:
        """Recall, after the offsets of the logits and the temperature are fitted. The offsets become part of the last
        layer's bias."""
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


def class_weights(labels: npt.ArrayLike, corpus: npt.ArrayLike, balance: float) -> npt.NDArray[np.float32]:
    """The weight of each example: (1 / frequency of its label in its corpus) ** balance, scaled to a mean of 1 in each
    corpus. Corpora are balanced one by one, since the rare class differs among them: neutral in film reviews, negative
    in posts about brands."""
    weights = np.ones(np.size(labels), np.float32)
    for number in np.unique(corpus):
        members = np.flatnonzero(np.equal(corpus, number))
        _, places, counts = np.unique(np.take(labels, members), return_inverse=True, return_counts=True)
        rare = (len(members) / counts) ** balance
        weights[members] = (rare / np.average(rare, weights=counts))[places]
    return weights


def with_offsets(answers: npt.NDArray[np.uint8], offsets: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """A teacher's answers (texts, labels) in 255ths, after offsets (texts, labels) are added to its logits."""
    weighted = answers * np.exp(offsets)
    scaled = np.rint(255 * weighted / weighted.sum(axis=1, keepdims=True))
    return np.where(offsets.any(axis=1, keepdims=True), scaled, answers).astype(np.uint8)


def target_distributions(
    labels: npt.ArrayLike, answers: npt.NDArray[np.uint8] | None, distillation: float
) -> npt.NDArray[np.float32]:
    """The distribution (examples, labels) that each example is trained towards: its label, mixed with the teacher's
    answer by the weight `distillation`."""
    known: npt.NDArray[np.float32] = np.equal(np.array(labels)[:, None], np.arange(len(LABELS))).astype(np.float32)
    if answers is None:
        return known
    part = np.where(np.equal(labels, UNLABELLED), 1, distillation)[:, None]
    asked = answers.any(axis=1, keepdims=True)
    probabilities = answers / np.maximum(answers.sum(axis=1, keepdims=True), 1)
    mixed: npt.NDArray[np.float32]
    mixed = np.where(asked, part * probabilities + (1 - part) * known, known).astype(np.float32)
    return mixed
