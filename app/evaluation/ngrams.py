"""The baseline of language models: n-grams with interpolated Kneser-Ney smoothing (Kneser and Ney 1995, in the form of
Chen and Goodman 1999). Knows token ids alone.

An n-gram is one number, 16 bits a token and the last token lowest, so that NumPy counts and looks up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BITS = 16
MOST_ORDER = 4  # tokens that 64 bits hold
Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class Level:
    """The n-grams of one length with their counts, and their contexts with the total count of the tokens after each,
    and the number of different tokens."""

    keys: Keys
    counts: Floats
    contexts: Keys
    totals: Floats
    kinds: Floats
    discount: float

    @classmethod
    def of(cls, keys: Keys, counts: npt.NDArray[np.integer]) -> Level:
        """`keys` are sorted and distinct."""
        contexts, starts, kinds = np.unique(keys >> np.uint64(BITS), return_index=True, return_counts=True)
        once, twice = (counts == 1).sum(), (counts == 2).sum()
        discount = once / (once + 2 * twice) if once else 0.0
        totals = np.add.reduceat(counts, starts).astype(np.float64)
        return cls(keys, counts.astype(np.float64), contexts, totals, kinds.astype(np.float64), float(discount))

    def refined(self, keys: Keys, shorter: Floats) -> Floats:
        """The probability of the last token of each n-gram; `shorter` are the probabilities by n-grams that are one
        token shorter."""
        context = keys >> np.uint64(BITS)
        total = looked_up(self.contexts, self.totals, context)
        seen = total > 0
        kept = np.maximum(looked_up(self.keys, self.counts, keys) - self.discount, 0)
        left = self.discount * looked_up(self.contexts, self.kinds, context)
        return np.where(seen, (kept + left * shorter) / np.where(seen, total, 1), shorter)


def looked_up(keys: Keys, values: Floats, wanted: Keys) -> Floats:
    """The values of the `wanted` keys; 0 for those that `keys`, which are sorted, lack."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], 0.0)


class NgramModel:
    def __init__(self, rows: Iterable[Sequence[int]], vocabulary: int, order: int = MOST_ORDER) -> None:
        """`rows` are token ids of texts as a language model reads them, the tag of the language first; `vocabulary` is
        the number of tokens, at most 2 ** 16; `order` is 2 to `MOST_ORDER`."""
        self.vocabulary, self.order = vocabulary, order
        keys, counts = np.unique(np.concatenate([self.windows(row) for row in rows]), return_counts=True)
        self.levels = [Level.of(keys, counts)]  # the longest first; a shorter one counts the different tokens before it
        for length in range(order - 1, 0, -1):
            keys, counts = np.unique(keys & mask(length), return_counts=True)
            self.levels.append(Level.of(keys, counts))

    def windows(self, row: Sequence[int]) -> Keys:
        """The n-gram that ends with each token of a row after the first, padded with zeros at its beginning."""
        tokens = np.array([0] * (self.order - 2) + list(row), np.uint64)
        ends = np.zeros(len(row) - 1, np.uint64)
        for place in range(self.order):
            ends = ends << np.uint64(BITS) | tokens[place : place + len(ends)]
        return ends

    def losses(self, row: Sequence[int]) -> Floats:
        """Minus the log probability, in nats, of each token after the first."""
        keys = self.windows(row)
        probabilities = np.full(len(keys), 1 / self.vocabulary)
        for length, level in enumerate(reversed(self.levels), start=1):
            probabilities = level.refined(keys & mask(length), probabilities)
        losses: Floats = -np.log(probabilities)
        return losses


def mask(length: int) -> np.uint64:
    """The mask of the last `length` tokens of an n-gram."""
    return np.uint64(2 ** (BITS * length) - 1)
