"""Scores how well the words of sentence pairs translate each other, by a lexicon of IBM Model 1 (Brown et al. 1993) in
both directions, learnt from the pairs of other corpora. Misaligned and free translations score low (Munteanu and Marcu
2005 use the same evidence)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

WORDS = re.compile(r"[\u4e00-\u9fff]|\d+|[^\W\d_]+")
STEM = 6  # letters of a word that count, so that its inflected forms are mostly the same word
MOST_WORDS = 40  # words of a side that count
ITERATIONS = 4
UNKNOWN = 1e-4  # least probability of a word
SAME = 0.3  # least probability of a word that the other side has too, such as a name or a number
# Words added to each side, and their log probability: they pull the scores of short pairs towards the average.
PRIOR_WORDS, PRIOR = 4, -2.0
NULL = 0  # id of the empty word, which Model 1 adds to every sentence

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Pair = tuple[str, str]


@dataclass(slots=True)
class Lexicon:
    """Translation probabilities of pairs of words, one entry for each pair that occurs."""

    ids: dict[str, int] = field(default_factory=lambda: {"": NULL})  # of the words of both languages
    codes: Ids = field(default_factory=lambda: np.zeros(0, np.int64))  # (entries), sorted: first * words + second
    forward: Floats = field(default_factory=lambda: np.zeros(0))  # (entries), of the second word given the first
    backward: Floats = field(default_factory=lambda: np.zeros(0))  # (entries), of the first word given the second
    words: int = 1  # number of distinct words in the pairs learnt from

    @classmethod
    def learn(cls, pairs: Sequence[Pair]) -> Lexicon:
        """Learn the lexicon of sentence pairs. 100,000 pairs take 2.7 GB."""
        lexicon = cls()
        numbered = [(lexicon.ids_of(first), lexicon.ids_of(second)) for first, second in pairs]
        lexicon.words = len(lexicon.ids)
        grid = Grid.of(numbered, lexicon.words)
        lexicon.codes, places = np.unique(grid.codes, return_inverse=True)
        given = np.divmod(lexicon.codes, lexicon.words)
        lexicon.forward = expectation_maximisation(places, grid.second_slot, given[0])
        lexicon.backward = expectation_maximisation(places, grid.first_slot, given[1])
        return lexicon

    def ids_of(self, text: str) -> Ids:
        """NULL and the id of each word of a text; new words get new ids."""
        words = [word[:STEM] for word in WORDS.findall(text.lower())[:MOST_WORDS]]
        return np.array([NULL, *(self.ids.setdefault(word, len(self.ids)) for word in words)], np.int64)

    def scores(self, pairs: Sequence[Pair]) -> Floats:
        """(pairs): the mean log probability of a word given the best word of the other side, over both sides."""
        found = np.empty(len(pairs))
        for i, (first, second) in enumerate(pairs):
            found[i] = self.score(self.ids_of(first), self.ids_of(second))
        return found

    def score(self, first: Ids, second: Ids) -> float:
        codes = first[:, None] * self.words + second  # (first words, second words)
        places = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        known = (self.codes[places] == codes) & (first < self.words)[:, None] & (second < self.words)
        same = np.where(first[:, None] == second, SAME, 0.0)
        forward = np.maximum(np.where(known, self.forward[places], 0.0), same).max(axis=0)[1:]  # (second words)
        backward = np.maximum(np.where(known, self.backward[places], 0.0), same).max(axis=1)[1:]  # (first words)
        logs = [np.log(np.maximum(side, UNKNOWN)) for side in (forward, backward)]
        return float(np.mean([(side.sum() + PRIOR_WORDS * PRIOR) / (len(side) + PRIOR_WORDS) for side in logs]))


@dataclass(slots=True)
class Grid:
    """The cells of a corpus: each word of a first side with each word of its second side."""

    codes: Ids  # (cells), as in the lexicon
    first_slot: Ids  # (cells), the place of the first word among all words of first sides
    second_slot: Ids  # (cells), the place of the second word among all words of second sides

    @classmethod
    def of(cls, numbered: Sequence[tuple[Ids, Ids]], words: int) -> Grid:
        parts: list[tuple[Any, Any, Any]] = []
        first_start = second_start = 0
        for first, second in numbered:
            slots = np.arange(len(first)), np.arange(len(second))
            parts.append(
                (
                    (first[:, None] * words + second).ravel(),
                    np.repeat(first_start + slots[0], len(second)),
                    np.tile(second_start + slots[1], len(first)),
                )
            )
            first_start, second_start = first_start + len(first), second_start + len(second)
        codes, first_slot, second_slot = (np.concatenate(part) for part in zip(*parts, strict=True))
        return cls(codes, first_slot, second_slot)


def expectation_maximisation(places: Ids, slots: Ids, given: Ids) -> Floats:
    """The translation probability (entries) of each entry of a lexicon, of its other word given its word `given`
    (entries). `places` (cells) are the entries of the cells, `slots` (cells) the places of their other words."""
    probability = np.ones(len(given))
    for _ in range(ITERATIONS):
        cells = probability[places]
        cells /= np.bincount(slots, weights=cells)[slots]
        counts = np.bincount(places, weights=cells, minlength=len(given))
        probability = counts / np.bincount(given, weights=counts)[given]
    return probability
