"""Runs models on texts and on files in the corpora's format, and scores their answers. Works with either runtime and
with Hugging Face models (`app/training/loading.py`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from app.nets.recurrent import pad
from app.runtime.base import Classifier
from app.runtime.decoding import translate
from app.text.chinese import traditional
from app.text.normalize import normalize
from app.text.post_text import plain_post
from app.text.tokenizer import Tokenizer
from app.training.data.corpora import LABELS, CorpusSpec, read_sentiment
from app.training.data.pairs import direction_of, pair_of, read_direction
from app.training.loading import FramedTranslator
from app.training.metrics import ClassificationReport, TranslationScore, bleu, calibration, chrf, classification_report

WHOLE_LINES = 10_000  # `max_words` that leaves no line of a test set out


def encoded(classifier: Classifier, tokenizer: Tokenizer, texts: list[str]) -> list[list[int]]:
    """Token ids of texts, cut to the classifier's `max_tokens`."""
    limit = classifier.config.max_tokens
    return [row[:limit] or [tokenizer.unknown] for row in tokenizer.encode_batch(texts)]


def by_length(rows: list[list[int]], size: int = 64) -> list[list[int]]:
    """Indices of rows in batches of like length."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    return [order[start : start + size] for start in range(0, len(order), size)]


def logits_of(model: Any, tokenizer: Tokenizer, texts: list[str]) -> npt.NDArray[np.float64]:
    """The logits (texts, labels) of a torch module, in the order of the texts."""
    rows = encoded(model, tokenizer, texts)
    logits = np.zeros((len(rows), len(model.config.labels)))
    device = next(model.parameters()).device
    with torch.inference_mode():
        for batch in by_length(rows):
            tokens, lengths = pad([rows[i] for i in batch], device)
            logits[batch] = model(tokens, lengths).float().cpu().numpy()
    return logits


def probabilities_of(
    classifier: Classifier, tokenizer: Tokenizer, texts: list[str], *, prepared: bool = False
) -> list[list[float]]:
    """Calibrated probabilities (texts, labels). `plain_post` brings the texts into the form that a classifier reads,
    unless they are `prepared` already."""
    language = classifier.config.languages[0]
    rows = encoded(classifier, tokenizer, texts if prepared else [plain_post(text, language) for text in texts])
    answers: list[list[float]] = [[]] * len(rows)
    for batch in by_length(rows):
        for i, probabilities in zip(batch, classifier.classify([rows[i] for i in batch]), strict=True):
            answers[i] = probabilities
    return answers


def likeliest(classifier: Classifier, answers: list[list[float]]) -> list[str]:
    """The most probable label of each text. A Hugging Face classifier may lack some of our labels."""
    return [classifier.config.labels[scores.index(max(scores))] for scores in answers]


def evaluate_sentiment(
    classifier: Classifier, tokenizer: Tokenizer, path: Path
) -> tuple[list[str], ClassificationReport]:
    """Classify a file in the corpora's format; returns the predicted labels and their scores. Raises CorpusError."""
    examples = list(read_sentiment(path))
    answers = probabilities_of(classifier, tokenizer, [text for text, _ in examples])
    predicted = likeliest(classifier, answers)
    numbers = [LABELS.index(label) for label in predicted]
    report = classification_report(numbers, [LABELS.index(label) for _, label in examples], LABELS)
    is_right = [label == wanted for label, (_, wanted) in zip(predicted, examples, strict=True)]
    report.calibration = calibration([max(scores) for scores in answers], is_right)
    return predicted, report


def translate_lines(
    translator: FramedTranslator,
    tokenizer: Tokenizer,
    lines: list[str],
    direction: tuple[str, str],
    *,
    beam: int,
    batch: int = 64,
) -> list[tuple[str, float]]:
    """The best of `hypotheses_of_lines` for each line."""
    return [found[0] for found in hypotheses_of_lines(translator, tokenizer, lines, direction, beam=beam, batch=batch)]


def hypotheses_of_lines(
    translator: FramedTranslator,
    tokenizer: Tokenizer,
    lines: list[str],
    direction: tuple[str, str],
    *,
    beam: int,
    alternatives: int = 1,
    batch: int = 64,
) -> list[list[tuple[str, float]]]:
    """Translate whole lines, as a test set requires: no sentence splitting, no placeholders. Returns the best
    `alternatives` translations of each line, each with its length-normalised log probability."""
    frame = translator.prompt_format(*direction)
    texts = [frame.prompt + normalize(line) for line in lines]
    rows = [frame.frame(row) for row in tokenizer.encode_batch(texts)]
    results: list[list[tuple[str, float]]] = [[]] * len(rows)
    for chunk in tqdm(by_length(rows, batch), desc=f"beam {beam}", leave=False, mininterval=5):
        sources = [rows[i] for i in chunk]
        limits = [2 * len(row) + 10 for row in sources]
        answers = translate(
            translator, sources, beam=beam, max_tokens=limits, alternatives=alternatives, begin=frame.begin
        )
        for i, hypotheses in zip(chunk, answers, strict=True):
            results[i] = [(tokenizer.decode(tokens), score) for tokens, score, _ in hypotheses]
    return results


def evaluate_translation(
    translator: FramedTranslator,
    tokenizer: Tokenizer,
    path: Path,
    *,
    beam: int,
    direction: tuple[str, str] | None = None,
) -> tuple[list[str], list[TranslationScore]]:
    """Translate a file in the corpora's format, in the first direction that fits unless one is given; returns the
    translations, their BLEU and their chrF. Where the references are in Traditional Chinese, the translations are
    converted to it. Raises CorpusError."""
    source, target = direction or direction_of(path.name, translator.config.directions)
    spec = CorpusSpec(path.name, max_words=WHOLE_LINES)
    pairs = read_direction(spec, path.parent, source, target)
    answers = translate_lines(translator, tokenizer, [line for line, _ in pairs], (source, target), beam=beam)
    hypotheses = [line for line, _ in answers]
    references = [line for _, line in pairs]
    if target == "zh" and pair_of(path.name)[1] == "zh-Hant":
        hypotheses = [traditional(line) for line in hypotheses]
        references = [line for _, line in read_direction(spec, path.parent, source, "zh-Hant")]
    return hypotheses, [bleu(hypotheses, references, target), chrf(hypotheses, references)]
