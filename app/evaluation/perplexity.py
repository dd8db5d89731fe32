"""Perplexity of language models, beside that of n-grams of the same texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.evaluation.ngrams import NgramModel
from app.evaluation.tables import table
from app.nets.language_model import RecurrentLanguageModel
from app.text.tokenizer import EOS, Tokenizer, target_tag
from app.training.data.cleaning import Cleaner
from app.training.data.lines import LONGEST_EXAMPLE, read_texts
from app.training.language import dev_texts, framed_rows, token_losses
from app.training.loading import Loaded
from app.training.recipe import Recipe


@dataclass(slots=True)
class Perplexity:
    """The loss of the texts of a set in a language, in nats, by the model and by n-grams where there are some. `tokens`
    include the ends of the texts; `units` are words, or characters where a language has no spaces."""

    language: str
    texts: int
    tokens: int
    units: int
    nats: float
    floor: float | None = None

    @property
    def value(self) -> float:
        return math.exp(self.nats / self.tokens)

    def __str__(self) -> str:
        floor = "" if self.floor is None else f", n-grams {math.exp(self.floor / self.tokens):.1f}"
        return f"{self.language}: perplexity {self.value:.1f} a token{floor}"


def evaluate_language(loaded: Loaded, file: str, data: Path, floor: NgramModel | None = None) -> list[Perplexity]:
    """The perplexity on a set in each language of the model. Raises CorpusError."""
    model = loaded.model
    assert isinstance(model, RecurrentLanguageModel), "a bug: no language model"
    texts, found = dev_texts(file, data, loaded.config.languages), []
    for language in dict.fromkeys(language for _, language in texts):
        chosen = [text for text, own in texts if own == language]
        rows = framed_rows(loaded.tokenizer, chosen, language)
        losses = np.concatenate(token_losses(model, rows))
        units = sum(len(text.replace(" ", "")) if language == "zh" else len(text.split()) for text in chosen)
        by_ngrams = None if floor is None else float(sum(floor.losses(row).sum() for row in rows))
        found.append(Perplexity(language, len(chosen), len(losses), units, float(losses.sum()), by_ngrams))
    return found


def ngrams_of(recipe: Recipe, data: Path, tokenizer: Tokenizer) -> NgramModel:
    """N-grams of the texts of a recipe, each once and from its beginning. Raises CorpusError."""

    def rows() -> Sequence[list[int]]:
        found: list[list[int]] = []
        for one in read_texts(recipe, data, Cleaner()):
            tag = tokenizer.id_of(target_tag(one.language))
            found += [[tag, *row[:LONGEST_EXAMPLE], EOS] for row in tokenizer.encode_batch(one.texts)]
        return found

    return NgramModel(rows(), tokenizer.size)


def perplexity_table(scores: dict[str, list[Perplexity]]) -> str:
    rows = []
    for file, several in scores.items():
        for one in several:
            values = [math.exp(loss / count) for count in (one.tokens, one.units) for loss in losses_of(one)]
            rows.append([file, one.language, f"{one.texts:,}", f"{one.tokens:,}", *map(shown, values)])
    head = ["set", "language", "texts", "tokens", "a token", "n-grams", "a word or character", "n-grams"]
    return table(head, rows, "---:")


def shown(value: float) -> str:
    return f"{value:.1f}" if value < 1000 else f"{value:,.0f}"


def losses_of(one: Perplexity) -> list[float]:
    return [one.nats, math.nan if one.floor is None else one.floor]
