"""The scores of a model at the head of its card, as the hub has them (`model-index`), so that programs can compare
models: the service does, for a request that prefers quality."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.evaluation.card import Scores
from app.huggingface.scores import Metric, index_of, result_of
from app.nets.config import ModelConfig
from app.training.data.pairs import direction_of
from app.training.metrics import ClassificationReport, TranslationScore

MACRO = {"average": "macro"}


def model_index(config: ModelConfig, scores: Mapping[str, Scores], beam: int) -> dict[str, Any]:
    """The field of a card for scores by file; empty for a language model, whose perplexity depends on its tokens."""
    results = []
    for file, one in scores.items():
        if isinstance(one, ClassificationReport):
            task, languages, metrics = "text-classification", Path(file).parent.name, classification_metrics(one)
        else:
            several = [score for score in one if isinstance(score, TranslationScore)]
            task, metrics = "translation", translation_metrics(several, beam)
            languages = "-".join(direction_of(file, config.directions)) if several else ""
        if metrics:
            results.append(result_of(task, file, languages, metrics))
    return index_of(config.name, results) if results else {}


def classification_metrics(report: ClassificationReport) -> list[Metric]:
    return [
        Metric("recall", "macro-recall", percent(report.macro_recall), MACRO),
        Metric("f1", "macro-F1", percent(report.macro_f1), MACRO),
        Metric("accuracy", "accuracy", percent(report.accuracy)),
    ]


def translation_metrics(scores: list[TranslationScore], beam: int) -> list[Metric]:
    """The signature tells how the score was computed, the beam how the translations were decoded."""
    return [
        Metric(one.name.lower(), one.name, round(one.score, 2), {"beam": beam, "signature": one.signature})
        for one in scores
    ]


def percent(share: float) -> float:
    return round(100 * share, 2)
