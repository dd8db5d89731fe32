"""The learner of language models, and the examples that it is trained on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from app.nets.language_model import RecurrentLanguageModel
from app.nets.modules import build_model, save_model
from app.nets.recurrent import pad
from app.text.tokenizer import EOS, Tokenizer, target_tag
from app.training.data.batches import Indices
from app.training.data.cleaning import Cleaner
from app.training.data.corpora import CorpusSpec
from app.training.data.lines import LONGEST_EXAMPLE, encode_texts, read_texts, sides
from app.training.data.mixing import mixed_batches
from app.training.data.prepared import Prepared, Rows
from app.training.data.vocabulary import train_bpe
from app.training.errors import CorpusError
from app.training.loop import Forward
from app.training.recipe import Recipe
from app.training.scoring import by_length

WHOLE_LINES = 10_000  # `max_words` that leaves no line of a dev set out


@dataclass(slots=True)
class LanguageExamples:
    """The training examples and the dev sets of a language model."""

    tokenizer: Tokenizer
    tokens: Rows  # of each example: the tag of its language, a text, EOS
    corpus: npt.NDArray[np.uint8]  # (examples), indices of the recipe's data
    dev: dict[str, list[tuple[str, str]]]  # (text, language) by file

    @classmethod
    def read(
        cls,
        recipe: Recipe,
        data: Path,
        tokenizer: Tokenizer | None = None,
        cleaner: Cleaner | None = None,
        *,
        numbered: bool = True,
    ) -> LanguageExamples:
        """Read the corpora below `data`, and train a tokenizer on them unless one is given, which stays unchanged with
        or without `numbered`. `cleaner` counts the texts that it drops. Raises CorpusError."""
        corpora = read_texts(recipe, data, cleaner or Cleaner())
        if not any(one.texts for one in corpora):
            raise CorpusError(f"{recipe.name}: no example is left to train on after cleaning; see its data")
        learned = tokenizer or Tokenizer(
            train_bpe(
                (text for one in corpora for text in one.texts),
                recipe.vocabulary,
                alphabet=recipe.alphabet,
                tags=[target_tag(language) for language in recipe.languages],
                lowercase=recipe.lowercase,
            )
        )
        encoded = list(encode_texts(recipe, learned, corpora))
        corpus = np.concatenate([np.full(len(rows), number, np.uint8) for number, rows in encoded])
        dev = {file: dev_texts(file, data, recipe.languages) for file in recipe.dev}
        return cls(learned, Rows.joined([rows for _, rows in encoded]), corpus, dev)

    @classmethod
    def of(cls, prepared: Prepared) -> LanguageExamples:
        return cls(prepared.tokenizer, prepared.rows("text"), prepared.arrays["corpus"], prepared.dev)

    def prepared(self) -> Prepared:
        prepared = Prepared(self.tokenizer, {"corpus": self.corpus}, self.dev)
        prepared.put_rows("text", self.tokens)
        return prepared


def dev_texts(file: str, data: Path, languages: Sequence[str]) -> list[tuple[str, str]]:
    """The texts of a dev set, each with its language. Raises CorpusError."""
    lines = sides(CorpusSpec(file, max_words=WHOLE_LINES), data, languages)
    return [(text, language) for language, texts in lines.items() for text in dict.fromkeys(texts)]


class LanguageLearner:
    """Cross-entropy over subwords. The dev metric is the mean, over the dev sets and their languages, of the geometric
    mean probability of a token: the inverse of perplexity."""

    def __init__(self, recipe: Recipe, examples: LanguageExamples) -> None:
        self.recipe, self.examples = recipe, examples
        self.tokenizer, self.tokens, self.dev = examples.tokenizer, examples.tokens, examples.dev
        self.model: RecurrentLanguageModel = build_model(  # type: ignore[assignment]
            recipe.model_config(self.tokenizer.size)
        )
        self.lengths = self.tokens.lengths[:, None]  # (examples, 1)

    def batches(self, epoch: int) -> list[Indices]:
        return mixed_batches(self.recipe, self.examples.corpus, self.lengths, epoch)

    def loss(self, forward: Forward, batch: Indices) -> Tensor:
        tokens, lengths = pad([self.tokens[i] for i in batch], next(self.model.parameters()).device)
        return forward(tokens[:, :-1], lengths - 1, tokens[:, 1:], self.recipe.optimisation.label_smoothing)

    def evaluate(self) -> dict[str, float]:
        perplexities = {}
        for file, texts in self.dev.items():
            for language in dict.fromkeys(language for _, language in texts):
                chosen = [text for text, own in texts if own == language]
                losses = token_losses(self.model, framed_rows(self.tokenizer, chosen, language))
                perplexities[f"{file} {language}"] = math.exp(np.concatenate(losses).mean())
        return {"metric": float(np.mean([1 / value for value in perplexities.values()])), **perplexities}

    def save(self, folder: Path) -> None:
        save_model(self.model, self.tokenizer.json, folder)


def framed_rows(tokenizer: Tokenizer, texts: list[str], language: str) -> list[list[int]]:
    """Token ids of texts as a language model reads them: the tag of the language, a text, EOS."""
    tag = tokenizer.id_of(target_tag(language))
    return [[tag, *row[:LONGEST_EXAMPLE], EOS] for row in tokenizer.encode_batch(texts)]


@torch.inference_mode()
def token_losses(model: RecurrentLanguageModel, rows: list[list[int]]) -> list[npt.NDArray[np.float64]]:
    """Minus the log probability, in nats, of each token after the first of each row."""
    losses: list[npt.NDArray[np.float64]] = [np.empty(0)] * len(rows)
    device = next(model.parameters()).device
    for batch in by_length(rows):
        tokens, lengths = pad([rows[i] for i in batch], device)
        logits = model(tokens[:, :-1], lengths - 1).float()  # (batch, time, vocabulary)
        each = torch.nn.functional.cross_entropy(logits.transpose(1, 2), tokens[:, 1:], reduction="none")
        for i, row, length in zip(batch, each.double().cpu().numpy(), lengths.tolist(), strict=True):
            losses[i] = row[: length - 1]
    return losses
