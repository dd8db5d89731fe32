"""The learner of translators, and the examples that it is trained on."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from app.nets.config import ModelConfig
from app.nets.modules import build_model, save_model
from app.nets.recurrent import pad
from app.runtime.torch import TorchTranslator
from app.text.tokenizer import Tokenizer, target_tag
from app.training.data.batches import Indices
from app.training.data.cleaning import Cleaner, held_pairs
from app.training.data.corpora import CorpusSpec
from app.training.data.mixing import epoch_shares, mixed_batches
from app.training.data.pairs import direction_of, read_direction
from app.training.data.parallel import CorpusPairs, encode, read_corpora
from app.training.data.prepared import Prepared, Rows
from app.training.data.vocabulary import train_bpe, with_first
from app.training.errors import CorpusError
from app.training.loading import framed
from app.training.loop import Forward
from app.training.metrics import bleu
from app.training.recipe import Recipe
from app.training.scoring import translate_lines

VOCABULARY_PAIRS = 500_000  # largest sample of pairs that a vocabulary is learnt from


@dataclass(slots=True)
class TranslationExamples:
    """The training examples and the dev sets of a translator."""

    tokenizer: Tokenizer
    source: Rows  # tokens of each example, the language tag first and EOS last
    target: Rows  # tokens of each example, BOS first and EOS last
    corpus: npt.NDArray[np.uint8]  # (examples), indices of the recipe's data
    dev: dict[str, list[tuple[str, str]]]  # (source, target) by file

    @classmethod
    def read(
        cls,
        recipe: Recipe,
        data: Path,
        tokenizer: Tokenizer | None = None,
        cleaner: Cleaner | None = None,
        *,
        numbered: bool = False,
    ) -> TranslationExamples:
        """Read the corpora below `data`, and train a tokenizer on them unless one is given. `cleaner` counts the pairs
        that it drops.

        The output layer covers the first `target_vocabulary` ids alone, so tokens are renumbered: in a new tokenizer
        the tokens of targets come first. In a given tokenizer the ids that its model can write already (the recipe's
        `target_vocabulary`) come before these, and if it is larger than the recipe's vocabulary, tokens that no example
        has are left out. With `numbered` the tokenizer stays as it is. Raises CorpusError.
        """
        cleaner = cleaner or Cleaner()
        cleaner.held |= held_pairs(data, [*recipe.dev, *recipe.report])
        corpora = read_corpora(recipe, data, cleaner)
        if not any(one.pairs for one in corpora):
            raise CorpusError(f"{recipe.name}: no example is left to train on after cleaning; see its data")
        learned = tokenizer or learn_tokenizer(recipe, corpora)
        chunks = encode(recipe, learned, corpora)
        source, target = (Rows.joined([getattr(chunk, side) for chunk in chunks]) for side in ("source", "target"))
        corpus = np.concatenate([np.full(len(chunk.source), chunk.number, np.uint8) for chunk in chunks])
        written = range(recipe.sizes.get("target_vocabulary", 0))
        if tokenizer is None or (written and not numbered):
            others: set[int] | None = None
            if learned.size > recipe.vocabulary:
                # Another seed masks other names, so the tokens of unmasked pairs are kept too.
                plain = encode(replace(recipe, placeholders=0.0, noise=0.0), learned, corpora)
                rows = [source, target, *(side for chunk in plain for side in (chunk.source, chunk.target))]
                others = set(np.concatenate([np.unique(one.tokens) for one in rows]).tolist())
            text, numbers = with_first(learned.json, {*written, *np.unique(target.tokens).tolist()}, others)
            learned = Tokenizer(text)
            source, target = (
                Rows(np.array(numbers, one.tokens.dtype)[one.tokens], one.lengths) for one in (source, target)
            )
        dev = {
            file: read_direction(CorpusSpec(file, max_words=1000), data, *direction_of(file, recipe.directions))
            for file in recipe.dev
        }
        return cls(learned, source, target, corpus, dev)

    @classmethod
    def of(cls, prepared: Prepared) -> TranslationExamples:
        corpus = prepared.arrays["corpus"]
        return cls(prepared.tokenizer, prepared.rows("source"), prepared.rows("target"), corpus, prepared.dev)

    def prepared(self) -> Prepared:
        prepared = Prepared(self.tokenizer, {"corpus": self.corpus}, self.dev)
        prepared.put_rows("source", self.source)
        prepared.put_rows("target", self.target)
        return prepared


def learn_tokenizer(recipe: Recipe, corpora: Sequence[CorpusPairs]) -> Tokenizer:
    """A tokenizer trained on a sample of the pairs, in which corpora have the same weight as in training."""
    repeats = [recipe.data[one.number].repeat for one in corpora]
    sizes = [len(one.pairs) * repeat for one, repeat in zip(corpora, repeats, strict=True)]
    shares = epoch_shares(sizes, repeats, recipe.mixing_temperature or 1.0, recipe.largest_share)
    wanted = np.rint(shares * min(sum(sizes), VOCABULARY_PAIRS)).astype(int)
    rng = random.Random(recipe.optimisation.seed)

    def texts() -> Iterator[str]:
        for one, number in zip(corpora, wanted.tolist(), strict=True):
            passes, rest = divmod(number, max(len(one.pairs), 1))
            for pair in itertools.chain(one.pairs * passes, rng.sample(one.pairs, rest)):
                yield from pair

    return Tokenizer(
        train_bpe(
            texts(),
            recipe.vocabulary,
            alphabet=recipe.alphabet,
            tags=sorted({target_tag(target) for _, target in recipe.directions}),
            lowercase=recipe.lowercase,
        )
    )


class TranslationLearner:
    """Cross-entropy over subwords. The dev metric is the mean, over the dev sets, of greedy BLEU."""

    def __init__(self, recipe: Recipe, examples: TranslationExamples) -> None:
        self.recipe, self.examples = recipe, examples
        self.tokenizer, self.source, self.target = examples.tokenizer, examples.source, examples.target
        self.dev = examples.dev
        self.model = self.build(recipe.model_config(self.tokenizer.size))
        self.lengths = np.stack([self.target.lengths, self.source.lengths], axis=1)  # (examples, 2)

    def build(self, config: ModelConfig) -> Any:
        """A module that maps sources (batch, time), their lengths (batch), previous tokens and targets (batch, steps)
        and the label smoothing to the mean loss. Its output layer covers the tokens of all targets."""
        written = max(1 + int(self.target.tokens.max()), config.sizes.get("target_vocabulary", 0))
        config.sizes["target_vocabulary"] = min(written, config.sizes["vocabulary"])
        return build_model(config)

    def translator(self) -> Any:
        """The runtime that decodes with the current weights."""
        return TorchTranslator(self.model)

    def batches(self, epoch: int) -> list[Indices]:
        return mixed_batches(self.recipe, self.examples.corpus, self.lengths, epoch)

    def loss(self, forward: Forward, batch: Indices) -> Tensor:
        device = next(self.model.parameters()).device
        source, lengths = pad([self.source[i] for i in batch], device)
        target, _ = pad([self.target[i] for i in batch], device)
        previous, targets = target[:, :-1], target[:, 1:]  # (batch, steps)
        return forward(source, lengths, previous, targets, self.recipe.optimisation.label_smoothing)

    def evaluate(self) -> dict[str, float]:
        scores = {}
        translator = framed(self.translator(), self.model.config, self.tokenizer)
        batch = 256 if next(self.model.parameters()).is_cuda else 64
        for file, pairs in self.dev.items():
            direction = direction_of(file, self.recipe.directions)
            sources = [pair[0] for pair in pairs]
            answers = translate_lines(translator, self.tokenizer, sources, direction, beam=1, batch=batch)
            scores[file] = bleu([line for line, _ in answers], [pair[1] for pair in pairs], direction[1]).score
        return {"metric": sum(scores.values()) / len(scores), **scores}

    def save(self, folder: Path) -> None:
        save_model(self.model, self.tokenizer.json, folder)
