"""The learner of translators, and the examples that it is trained on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from app.nets.config import ModelConfig
from app.nets.folder import build_model, save_model
from app.nets.recurrent import pad
from app.nets.translator import BOS, EOS
from app.runtime.torch import TorchTranslator
from app.text.tokenizer import Tokenizer, target_tag
from app.training.data.augment import augment, mask_pair
from app.training.data.cleaning import Cleaner, held_pairs
from app.training.data.corpora import CorpusSpec
from app.training.data.mixing import mixed_batches
from app.training.data.packed import pack, unpack
from app.training.data.pairs import direction_of, read_direction
from app.training.data.vocabulary import train_bpe, with_first
from app.training.errors import CorpusError
from app.training.loading import framed
from app.training.loop import Forward
from app.training.metrics import bleu
from app.training.recipe import Recipe
from app.training.scoring import translate_lines

LONGEST_EXAMPLE = 126  # tokens of a side; of longer pairs most are misaligned


@dataclass(slots=True)
class TranslationExamples:
    """The training examples and the dev sets of a translator."""

    tokenizer: Tokenizer
    source: Sequence[list[int]]  # tokens of each example, the language tag first and EOS last
    target: Sequence[list[int]]  # tokens of each example, BOS first and EOS last
    corpus: list[int]  # of each example, an index of the recipe's data
    dev: dict[str, list[tuple[str, str]]]  # (source, target) by file

    @classmethod
    def read(
        cls, recipe: Recipe, data: Path, tokenizer: Tokenizer | None = None, cleaner: Cleaner | None = None
    ) -> TranslationExamples:
        """Read the corpora below `data`, and train a tokenizer on them unless one is given. `cleaner` counts the pairs
        that it drops.

        The output layer covers the first `target_vocabulary` ids alone, so tokens are renumbered: those of targets come
        first in a new tokenizer. In a given one the ids that its model can write already (the recipe's
        `target_vocabulary`) come before them, and if it is larger than the recipe's vocabulary, tokens that no example
        has are left out. Raises CorpusError.
        """
        cleaner = cleaner or Cleaner()
        cleaner.held |= held_pairs(data, [*recipe.dev, *recipe.report])
        examples: list[tuple[str, str, str, int]] = []
        for number, spec in enumerate(recipe.data):
            for source, target in recipe.directions:
                pairs = cleaned(cleaner, spec, data, source, target, examples)
                # Copies stand side by side, which keeps a compressed pack small.
                examples += [(*pair, target_tag(target), number) for pair in pairs for _ in range(spec.repeat)]
        if not examples:
            raise CorpusError(f"{recipe.name}: no example is left to train on after cleaning; see its data")
        texts = [text for source, target, *_ in examples for text in (source, target)]
        learned = tokenizer or Tokenizer(
            train_bpe(
                texts,
                recipe.vocabulary,
                alphabet=recipe.alphabet,
                tags=sorted({target_tag(target) for _, target in recipe.directions}),
                lowercase=recipe.lowercase,
            )
        )
        sources, targets, corpus = encode(recipe, learned, examples)
        written = range(recipe.sizes.get("target_vocabulary", 0))
        if tokenizer is None or written:
            others: set[int] | None = None
            if learned.size > recipe.vocabulary:
                # Another seed masks other names, so the tokens of all names are kept.
                others = set().union(*sources, *learned.encode_batch(texts))
            text, numbers = with_first(learned.json, set(written).union(*targets), others)
            learned = Tokenizer(text)
            sources, targets = ([[numbers[i] for i in row] for row in rows] for rows in (sources, targets))
        dev = {
            file: read_direction(CorpusSpec(file, max_words=1000), data, *direction_of(file, recipe.directions))
            for file in recipe.dev
        }
        return cls(learned, sources, targets, corpus, dev)

    @classmethod
    def unpack(cls, recipe: Recipe, folder: Path) -> TranslationExamples:
        """Read a pack. Raises PackError."""
        packed = unpack(recipe, folder)
        rows = packed.rows
        return cls(packed.tokenizer, rows["source"], rows["target"], packed.numbers["corpus"], packed.dev)

    def pack(self, recipe: Recipe, folder: Path) -> int:
        """Write a pack; returns its bytes. Raises PackError."""
        rows = {"source": self.source, "target": self.target}
        return pack(recipe, folder, self.tokenizer, rows, {"corpus": self.corpus}, self.dev, None)


class TranslationLearner:
    """Cross-entropy over subwords. The dev metric is the mean, over the dev sets, of greedy BLEU."""

    def __init__(self, recipe: Recipe, examples: TranslationExamples) -> None:
        self.recipe, self.examples = recipe, examples
        self.tokenizer, self.source, self.target = examples.tokenizer, examples.source, examples.target
        self.dev = examples.dev
        self.model = self.build(recipe.model_config(self.tokenizer.size))
        self.lengths = [(len(t), len(s)) for s, t in zip(self.source, self.target, strict=True)]

    def build(self, config: ModelConfig) -> Any:
        """A module that maps sources (batch, time), their lengths (batch), previous tokens and targets (batch, steps)
        and the label smoothing to the mean loss. Its output layer covers the tokens of all targets."""
        written = 1 + max(max(row) for row in self.target)
        config.sizes["target_vocabulary"] = max(written, config.sizes.get("target_vocabulary", 0))
        return build_model(config)

    def translator(self) -> Any:
        """The runtime that decodes with the current weights."""
        return TorchTranslator(self.model)

    def batches(self, epoch: int) -> list[list[int]]:
        return mixed_batches(self.recipe, self.examples.corpus, self.lengths, epoch)

    def loss(self, forward: Forward, batch: list[int]) -> Tensor:
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


def encode(
    recipe: Recipe, tokenizer: Tokenizer, examples: list[tuple[str, str, str, int]]
) -> tuple[list[list[int]], list[list[int]], list[int]]:
    """Sources, targets and corpora of examples (source, target, tag, corpus), after copied words are masked and noise
    is added at the recipe's rates. Examples that are too long are left out."""
    rng = random.Random(recipe.optimisation.seed)
    pairs = [
        augment(*mask_pair(source, target, recipe.placeholders, rng), recipe.noise, rng)
        for source, target, *_ in examples
    ]
    sources = tokenizer.encode_batch([source for source, _ in pairs], placeholders=True)
    targets = tokenizer.encode_batch([target for _, target in pairs], placeholders=True)
    kept = [
        ([tokenizer.id_of(tag), *source, EOS], [BOS, *target, EOS], corpus)
        for source, target, (*_, tag, corpus) in zip(sources, targets, examples, strict=True)
        if 0 < len(source) <= LONGEST_EXAMPLE and 0 < len(target) <= LONGEST_EXAMPLE
    ]
    return [source for source, *_ in kept], [target for _, target, _ in kept], [corpus for *_, corpus in kept]


def cleaned(
    cleaner: Cleaner, spec: CorpusSpec, data: Path, source: str, target: str, before: list[tuple[str, str, str, int]]
) -> list[tuple[str, str]]:
    """The pairs of a corpus that the cleaner keeps. `before` are the examples of the corpora before it."""
    name = spec.shown
    if spec.translated:
        from app.training.backtranslation import back_translated  # needs packages that training on packs does not

        known = {text for _, text, tag, _ in before if tag == target_tag(target)}
        pairs = back_translated(spec, data, source, target, known)
        name += ", translated back"
    else:
        pairs = read_direction(spec, data, source, target)
    return [pair for pair in pairs if cleaner.pair(name, *pair, (source, target))]
