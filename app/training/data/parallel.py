"""Reads the parallel corpora of a recipe and encodes their pairs, on all cores. Knows no model."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from app.text.tokenizer import BOS, EOS, Tokenizer, target_tag
from app.training.data.alignment import Lexicon
from app.training.data.augment import augment, mask_pair
from app.training.data.cleaning import Checked, Cleaner, check_pair
from app.training.data.corpora import CorpusSpec, read_pairs
from app.training.data.pairs import oriented, pair_of, pairs_for
from app.training.data.prepared import Rows
from app.training.data.workers import in_parallel
from app.training.recipe import Recipe

LONGEST_EXAMPLE = 126  # tokens of a side; most longer pairs are misaligned
CHUNK_PAIRS = 10_000
LEXICON_PAIRS = 50_000  # largest sample of pairs that the lexicon of alignment is learnt from

Pair = tuple[str, str]
Direction = tuple[str, str]


@dataclass(slots=True)
class CorpusPairs:
    """The pairs that a recipe takes from one of its corpora, for a direction."""

    number: int  # index of the recipe's data
    direction: Direction
    pairs: list[Pair]


@dataclass(slots=True)
class RawChunk:
    """Some lines of a corpus, to be checked for a direction."""

    number: int  # index of the recipe's data
    spec: CorpusSpec
    direction: Direction
    rows: list[Pair]  # (English, other language)
    held: set[str]  # keys of the texts that are held out


def read_corpora(recipe: Recipe, data: Path, cleaner: Cleaner) -> list[CorpusPairs]:
    """The cleaned pairs of a recipe's corpora, in its order. Corpora that a model translates come last:
    back-translation takes only sentences that no other corpus has. Raises CorpusError."""
    found: list[CorpusPairs] = []
    chunks = list(raw_chunks(recipe, data, cleaner))
    for chunk, (pairs, checks) in zip(chunks, in_parallel(check_chunk, chunks), strict=True):
        kept = [pair for pair, checked in zip(pairs, checks, strict=True) if cleaner.admit(chunk.spec.shown, checked)]
        if found and (found[-1].number, found[-1].direction) == (chunk.number, chunk.direction):
            found[-1].pairs += kept
        else:
            found.append(CorpusPairs(chunk.number, chunk.direction, kept))
    keep_aligned(recipe, found, cleaner)
    for number, spec in enumerate(recipe.data):
        for direction in recipe.directions if spec.by_model else ():
            found.append(CorpusPairs(number, direction, by_model(spec, data, direction, found, cleaner)))
    return found


def raw_chunks(recipe: Recipe, data: Path, cleaner: Cleaner) -> Iterator[RawChunk]:
    for number, spec in enumerate(recipe.data):
        for direction in recipe.directions:
            if spec.by_model or oriented(pair_of(spec.file), *direction) is None:
                continue
            rows = list(read_pairs(data / spec.file))
            for start in range(0, len(rows), CHUNK_PAIRS):
                part = rows[start : start + CHUNK_PAIRS]
                yield RawChunk(number, spec, direction, part, cleaner.held)


def check_chunk(chunk: RawChunk) -> tuple[list[Pair], list[Checked]]:
    """The pairs of a chunk in the order of its direction, each with the result of its check."""
    pairs = pairs_for(chunk.rows, chunk.spec, *chunk.direction)
    return pairs, [check_pair(*pair, chunk.direction, chunk.held) for pair in pairs]


def keep_aligned(recipe: Recipe, corpora: Sequence[CorpusPairs], cleaner: Cleaner) -> None:
    """Reduce each corpus with `keep` to that part of its pairs whose words translate each other best, by a lexicon
    learnt from the corpora without `keep`."""
    for direction in recipe.directions:
        here = [one for one in corpora if one.direction == direction and one.pairs]
        noisy = [one for one in here if recipe.data[one.number].keep < 1]
        trusted = [pair for one in here if recipe.data[one.number].keep == 1 for pair in one.pairs]
        if not noisy:
            continue
        lexicon = Lexicon.learn(random.Random(0).sample(trusted, min(len(trusted), LEXICON_PAIRS)))
        for one in noisy:
            spec, scores = recipe.data[one.number], lexicon.scores(one.pairs)
            least = np.quantile(scores, 1 - spec.keep)
            kept = [pair for pair, score in zip(one.pairs, scores, strict=True) if score >= least]
            cleaner.drop(spec.shown, "alignment", len(one.pairs) - len(kept))
            one.pairs = kept


def by_model(
    spec: CorpusSpec, data: Path, direction: Direction, before: Sequence[CorpusPairs], cleaner: Cleaner
) -> list[Pair]:
    """The pairs of a corpus with one side translated by a model; back-translation leaves out sentences of the corpora
    `before`."""
    from app.training.machine_translated import back_translated, distilled  # it loads a model

    if spec.distilled:
        pairs, use = distilled(spec, data, *direction), "distilled"
    else:
        known = {target for one in before if one.direction[1] == direction[1] for _, target in one.pairs}
        pairs, use = back_translated(spec, data, *direction, known), "translated back"
    return [pair for pair in pairs if cleaner.pair(f"{spec.shown}, {use}", *pair, direction)]


@dataclass(slots=True)
class PairChunk:
    """Some pairs of a corpus, to be encoded `repeat` times, each time with other masks and noise."""

    number: int  # index of the recipe's data
    direction: Direction
    pairs: list[Pair]
    repeat: int
    placeholders: float
    noise: float
    seed: str
    tokenizer: str  # text of its tokenizer.json


@dataclass(slots=True)
class EncodedChunk:
    number: int
    source: Rows
    target: Rows


def encode(recipe: Recipe, tokenizer: Tokenizer, corpora: Sequence[CorpusPairs]) -> list[EncodedChunk]:
    """Token ids of pairs, after copied words are masked and noise is added at the recipe's rates. Pairs that are too
    long are left out."""
    chunks = [
        PairChunk(
            one.number,
            one.direction,
            one.pairs[start : start + CHUNK_PAIRS],
            recipe.data[one.number].repeat,
            recipe.placeholders,
            recipe.noise,
            f"{recipe.optimisation.seed}/{one.number}/{'-'.join(one.direction)}/{start}",
            tokenizer.json,
        )
        for one in corpora
        for start in range(0, len(one.pairs), CHUNK_PAIRS)
    ]
    return list(in_parallel(encode_chunk, chunks))


def encode_chunk(chunk: PairChunk) -> EncodedChunk:
    tokenizer, rng = tokenizer_of(chunk.tokenizer), random.Random(chunk.seed)
    pairs = [
        augment(*mask_pair(*pair, chunk.placeholders, rng), chunk.noise, rng)
        for pair in chunk.pairs
        for _ in range(chunk.repeat)  # copies are adjacent, which keeps a pack small
    ]
    sources = tokenizer.encode_batch([source for source, _ in pairs], placeholders=True)
    targets = tokenizer.encode_batch([target for _, target in pairs], placeholders=True)
    tag = tokenizer.id_of(target_tag(chunk.direction[1]))
    kept = [
        ([tag, *source, EOS], [BOS, *target, EOS])
        for source, target in zip(sources, targets, strict=True)
        if 0 < len(source) <= LONGEST_EXAMPLE and 0 < len(target) <= LONGEST_EXAMPLE
    ]
    return EncodedChunk(chunk.number, Rows.of([source for source, _ in kept]), Rows.of([target for _, target in kept]))


@cache
def tokenizer_of(text: str) -> Tokenizer:
    return Tokenizer(text)
