"""Metrics of both tasks, as plain functions of predictions and references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

CALIBRATION_BINS = 15  # as in Guo et al. 2017
OFFSET_STEPS = 3  # offsets to try between zero and the largest


@dataclass(slots=True)
class Calibration:
    """Texts by the confidence of their answers, in bins of equal width: in each their count, the sum of their
    confidences and the number of right answers."""

    counts: npt.NDArray[np.int64]
    confidence: npt.NDArray[np.float64]
    right: npt.NDArray[np.int64]

    @property
    def error(self) -> float:
        """The expected calibration error (Naeini et al. 2015; Guo et al. 2017): the mean distance of confidence and
        accuracy over the bins, each weighted by its texts."""
        return float(np.abs(self.confidence - self.right).sum() / max(self.counts.sum(), 1))

    def __add__(self, other: Calibration) -> Calibration:
        return Calibration(self.counts + other.counts, self.confidence + other.confidence, self.right + other.right)


def calibration(confidence: Sequence[float], is_right: Sequence[bool], bins: int = CALIBRATION_BINS) -> Calibration:
    """`confidence` is the probability of each answer, 0 to 1."""
    places = np.minimum((np.asarray(confidence, dtype=np.float64) * bins).astype(np.int64), bins - 1)
    counts, sums, right = (
        np.bincount(places, weights, bins) for weights in (None, confidence, np.asarray(is_right, dtype=np.float64))
    )
    return Calibration(counts.astype(np.int64), sums.astype(np.float64), right.astype(np.int64))


@dataclass(slots=True)
class ClassificationReport:
    """`confusion[i][j]` counts the texts of label i that were given label j. Averages leave out a label that no
    reference has, such as neutral in a corpus of two classes."""

    labels: list[str]
    confusion: npt.NDArray[np.int64]
    calibration: Calibration | None = None

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.confusion.sum(axis=1) > 0)

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.confusion) / max(self.confusion.sum(), 1))

    @property
    def recall(self) -> npt.NDArray[np.float64]:
        return np.asarray(np.diag(self.confusion) / np.maximum(self.confusion.sum(axis=1), 1))

    @property
    def precision(self) -> npt.NDArray[np.float64]:
        return np.asarray(np.diag(self.confusion) / np.maximum(self.confusion.sum(axis=0), 1))

    @property
    def macro_recall(self) -> float:
        return float(self.recall[self.present].mean())

    @property
    def macro_f1(self) -> float:
        total = self.precision + self.recall
        f1 = np.divide(2 * self.precision * self.recall, total, out=np.zeros_like(total), where=total > 0)
        return float(f1[self.present].mean())

    def __str__(self) -> str:
        numbers = f"accuracy {self.accuracy:.4f}  macro-F1 {self.macro_f1:.4f}  macro-recall {self.macro_recall:.4f}"
        return f"{numbers}\n{confusion_table(self.labels, self.confusion.tolist())}"


def confusion_table(labels: list[str], confusion: list[list[int]]) -> str:
    """The confusion matrix as text, a line for each label of the references."""
    width = max(len(label) for label in labels)
    lines = [" " * width + "".join(f" {label:>9}" for label in labels) + "  <- predicted"]
    for label, counts in zip(labels, confusion, strict=True):
        lines.append(f"{label:>{width}}" + "".join(f" {count:>9,}" for count in counts))
    return "\n".join(lines)


def classification_report(predicted: list[int], references: list[int], labels: list[str]) -> ClassificationReport:
    confusion = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(confusion, (references, predicted), 1)
    return ClassificationReport(labels, confusion)


@dataclass(slots=True)
class TranslationScore:
    """A score out of 100 with the signature that makes it comparable (Post 2018)."""

    name: str
    score: float
    signature: str

    def __str__(self) -> str:
        return f"{self.name} {self.score:.2f}  {self.signature}"


def bleu(hypotheses: list[str], references: list[str], target: str) -> TranslationScore:
    """Corpus BLEU by sacreBLEU, in Chinese over characters."""
    from sacrebleu.metrics.bleu import BLEU

    metric = BLEU(tokenize="zh" if target.startswith("zh") else "13a")
    score = metric.corpus_score(hypotheses, [references]).score
    return TranslationScore("BLEU", score, str(metric.get_signature()))


def chrf(hypotheses: list[str], references: list[str]) -> TranslationScore:
    """Corpus chrF by sacreBLEU."""
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF()
    score = metric.corpus_score(hypotheses, [references]).score
    return TranslationScore("chrF", score, str(metric.get_signature()))


def most_similar(hypotheses: Sequence[str], reference: str) -> int:
    """Index of the hypothesis most like a reference by sacreBLEU's sentence chrF; the first of equal ones."""
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF()
    scores = [metric.sentence_score(hypothesis, [reference]).score for hypothesis in hypotheses]
    return scores.index(max(scores))


def log_loss(logits: npt.NDArray[np.float64], references: list[int], temperature: float = 1.0) -> float:
    """Mean negative log likelihood of the references, with logits (texts, labels)."""
    scaled = logits / temperature
    log_sum = np.logaddexp.reduce(scaled, axis=1)
    return float((log_sum - scaled[np.arange(len(references)), references]).mean())


def fit_temperature(logits: npt.NDArray[np.float64], references: list[int]) -> float:
    """The temperature with the least negative log likelihood on held-out logits (Guo et al. 2017)."""
    candidates = np.exp(np.linspace(np.log(0.25), np.log(4.0), 241))
    return float(min(candidates, key=lambda temperature: log_loss(logits, references, temperature)))


def fit_offsets(
    sets: Sequence[tuple[npt.NDArray[np.float64], list[int]]], labels: list[str], largest: float
) -> npt.NDArray[np.float64]:
    """Offsets (labels) of the logits, at most `largest` in size, which maximise the macro-averaged recall of held-out
    sets on average: logit adjustment (Menon et al. 2021). A set is logits (texts, labels) and references. The first
    offset is 0; of equal choices the smallest wins."""
    steps = np.linspace(-largest, largest, 2 * OFFSET_STEPS + 1)

    def gain(offsets: npt.NDArray[np.float64]) -> tuple[float, float]:
        recalls = [
            classification_report((logits + offsets).argmax(axis=1).tolist(), references, labels).macro_recall
            for logits, references in sets
        ]
        return float(np.mean(recalls)), -float(np.abs(offsets).sum())

    return max((np.array([0.0, *chosen]) for chosen in product(steps, repeat=len(labels) - 1)), key=gain)
