"""Trains and evaluates sentiment classifiers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from app.nets.classifier import RecurrentClassifier
from app.nets.config import ModelConfig
from app.nets.folder import build_model, save_model
from app.nets.recurrent import pad
from app.nets.runtime import Classifier
from app.text.posts import plain_post
from app.text.tokenizer import UNKNOWN, Tokenizer
from app.training.batches import bucketed
from app.training.corpora import LABELS, CorpusSpec, in_share, read_sentiment, words_in
from app.training.loop import Forward
from app.training.metrics import ClassificationReport, classification_report, fit_temperature
from app.training.pretrained import token_vectors
from app.training.recipe import Recipe
from app.training.vocabulary import train_bpe


class SentimentLearner:
    """Three-class classification. The dev metric is the mean, over the dev sets, of macro-averaged recall."""

    model: RecurrentClassifier

    def __init__(self, recipe: Recipe, data: Path, tokenizer: Tokenizer | None = None) -> None:
        self.recipe, self.language = recipe, recipe.languages[0]
        train: list[tuple[str, str]] = []
        self.dev: dict[str, list[tuple[str, str]]] = {}
        for spec in recipe.data:
            kept, held = split(spec, data, self.language)
            train += kept * spec.repeat
            if held:
                self.dev[spec.file + " (held out)"] = held
        for file in recipe.dev:
            self.dev[file] = [(plain_post(text, self.language), label) for text, label in read_sentiment(data / file)]
        self.tokenizer = tokenizer or Tokenizer(
            train_bpe(
                (text for text, _ in train), recipe.vocabulary, alphabet=recipe.alphabet, lowercase=recipe.lowercase
            )
        )
        self.labels = [LABELS.index(label) for _, label in train]
        self.tokens = [
            row[: recipe.max_tokens] or [UNKNOWN] for row in self.tokenizer.encode_batch([text for text, _ in train])
        ]
        config = ModelConfig(
            name=recipe.name,
            task="sentiment",
            architecture=recipe.architecture,
            sizes={**recipe.sizes, "vocabulary": self.tokenizer.size},
            languages=recipe.languages,
            max_tokens=recipe.max_tokens,
            labels=LABELS,
            description=recipe.description,
        )
        self.model = build_model(config)  # type: ignore[assignment]
        if recipe.pretrained and tokenizer is None:  # a run that goes on has its own vectors in the checkpoint
            vectors = token_vectors(self.tokenizer, recipe.pretrained, self.model.embedding.embedding_dim)
            with torch.no_grad():
                self.model.embedding.weight.copy_(vectors * self.model.embedding.weight.std())
        counts = np.bincount(self.labels, minlength=len(LABELS)) / len(self.labels)
        weights = counts**-recipe.optimisation.balance
        weights /= (weights * counts).sum()  # an example weighs 1 on average
        self.criterion = nn.CrossEntropyLoss(
            torch.tensor(weights, dtype=torch.float32), label_smoothing=recipe.optimisation.label_smoothing
        )

    def batches(self, epoch: int) -> list[list[int]]:
        options = self.recipe.optimisation
        return bucketed([len(row) for row in self.tokens], options.batch_tokens, seed=options.seed, epoch=epoch)

    def loss(self, forward: Forward, batch: list[int]) -> Tensor:
        device = next(self.model.parameters()).device
        tokens, lengths = pad([self.tokens[i] for i in batch], device)
        logits = forward(tokens, lengths)
        loss: Tensor = self.criterion.to(device)(logits, torch.tensor([self.labels[i] for i in batch], device=device))
        return loss

    def evaluate(self) -> dict[str, float]:
        metrics: dict[str, float] = {}
        recalls = []
        self.model.config.temperature = 1.0
        logits: list[npt.NDArray[np.float64]] = []
        references: list[int] = []
        for name, examples in self.dev.items():
            scores = logits_of(self.model, self.tokenizer, [text for text, _ in examples])
            labels = [LABELS.index(label) for _, label in examples]
            report = classification_report(scores.argmax(axis=1).tolist(), labels, LABELS)
            metrics[name] = report.macro_recall
            recalls.append(report.macro_recall)
            logits.append(scores)
            references += labels
        self.model.config.temperature = fit_temperature(np.concatenate(logits), references)
        return {"metric": float(np.mean(recalls)), "temperature": self.model.config.temperature, **metrics}

    def save(self, folder: Path) -> None:
        save_model(self.model, self.tokenizer.json, folder)


def split(spec: CorpusSpec, data: Path, language: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The (text, label) pairs of a corpus to train on, and those that its `holdout` keeps out."""
    kept, held = [], []
    for text, label in read_sentiment(data / spec.file):
        example = (plain_post(text, language), label)
        if not example[0] or words_in(text) > spec.max_words or label not in spec.labels:
            continue
        if in_share(text, spec.holdout, "holdout"):
            held.append(example)
        elif in_share(text, spec.share, "share"):
            kept.append(example)
    return kept, held


def logits_of(model: RecurrentClassifier, tokenizer: Tokenizer, texts: list[str]) -> npt.NDArray[np.float64]:
    """(texts, labels), in the order of the texts; batched by length."""
    rows = encoded(model, tokenizer, texts)
    logits = np.zeros((len(rows), len(model.config.labels)))
    device = next(model.parameters()).device
    with torch.inference_mode():
        for chunk in by_length(rows):
            tokens, lengths = pad([rows[i] for i in chunk], device)
            logits[chunk] = model(tokens, lengths).float().cpu().numpy()
    return logits


def encoded(classifier: Classifier, tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    """Token ids as the service gives them to a model that may cut."""
    most = classifier.config.max_tokens
    return [row[:most] or [UNKNOWN] for row in tokenizer.encode_batch(texts)]


def by_length(rows: list[list[int]], size: int = 64) -> list[list[int]]:
    """Places of rows in batches of like length."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    return [order[start : start + size] for start in range(0, len(order), size)]


def evaluate_sentiment(
    classifier: Classifier, tokenizer: Tokenizer, path: Path
) -> tuple[list[str], ClassificationReport]:
    """Classify a file in the corpora's format; returns the predicted labels and their scores."""
    examples = list(read_sentiment(path))
    answers = probabilities_of(classifier, tokenizer, [text for text, _ in examples])
    predicted = [scores.index(max(scores)) for scores in answers]
    report = classification_report(predicted, [LABELS.index(label) for _, label in examples], LABELS)
    return [LABELS[label] for label in predicted], report


def probabilities_of(
    classifier: Classifier, tokenizer: Tokenizer, texts: list[str], *, prepared: bool = False
) -> list[list[float]]:
    """Calibrated probabilities of each text, which `plain_post` brings into the classifier's form unless it is
    `prepared` already."""
    language = classifier.config.languages[0]
    rows = encoded(classifier, tokenizer, texts if prepared else [plain_post(text, language) for text in texts])
    answers: list[list[float]] = [[]] * len(rows)
    for chunk in by_length(rows):
        for i, probabilities in zip(chunk, classifier.classify([rows[i] for i in chunk]), strict=True):
            answers[i] = probabilities
    return answers
