"""The frequent words of languages in Latin letters, by which short texts are told apart: `frequent_words.txt` has a
line a language, its words from the most frequent on (`scripts/frequent_words.py` writes it)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("frequent_words.txt")
# A word of rank r has about the probability 1 / (9.5 (r + 20)) by the law of Zipf and Mandelbrot; one that is in no
# list about e^-12.5, whatever the language.
HARMONIC, OFFSET, UNKNOWN = 9.5, 20, -12.5


@cache
def evidence() -> Mapping[str, Mapping[str, float]]:
    """By word, how much it speaks for each language that has it in its list: its log probability there above that of
    an unknown word. Read at its first use, in about 20 ms."""
    found: dict[str, dict[str, float]] = {}
    for line in FILE.read_text("utf-8").splitlines():
        language, *words = line.split(" ")
        for rank, word in enumerate(words):
            found.setdefault(word, {})[language] = -math.log(HARMONIC * (rank + OFFSET)) - UNKNOWN
    return found


@cache
def lead(language: str) -> Mapping[str, float]:
    """By word, by how much it speaks more for a language than for any other one; empty for one without a list. The lead
    of the language in a text is at least the sum over its words, since another one may come second at each of them."""
    if not any(language in gains for gains in evidence().values()):
        return {}
    return {
        word: gains.get(language, 0.0) - max((gain for other, gain in gains.items() if other != language), default=0.0)
        for word, gains in evidence().items()
    }
