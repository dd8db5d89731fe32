"""Reads numbers in words, in languages that count by thousands: "twenty-five thousand", "dreihundertzwölf",
"quatre-vingt-dix-sept"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from app.text.characters import one_of

HUNDRED, THOUSAND = 100, 1000


@dataclass(frozen=True, slots=True)
class NumberInWords:
    """A number in words, and where it stands. It `is_plain` if it can be nothing else: not "a hundred", which may be
    many, and no number of a few things, whose word may be another one too."""

    start: int
    end: int
    value: int
    is_plain: bool = True


Reader = Callable[[str], Iterator[NumberInWords]]
FEW = 12  # up to which a word of a number is often another word


def number_reader(below_hundred: Mapping[str, int], larger: Mapping[str, int], joint: str) -> Reader:
    """A function that finds the numbers of a text: `below_hundred` has the words of those, `larger` regular expressions
    of the words for a hundred, a thousand and so on, and `joint` is one of what stands between two of these words.

    Two numbers side by side, such as the halves of a year ("nineteen eighty-four"), are left out.
    """
    sizes = list(larger.values())
    names = "|".join(f"(?P<n{place}>{name})" for place, name in enumerate(larger))
    small = one_of(below_hundred)
    # A word ends where the next begins, with nothing between them in languages that write them as one.
    word = re.compile(rf"(?P<joint>{joint})(?:(?P<small>{small})|{names})", re.IGNORECASE)
    start = re.compile(rf"(?<![\w-])(?=(?:{small}|{'|'.join(larger)}))", re.IGNORECASE)
    end = re.compile(r"(?!\w|-\w)")

    def find(text: str) -> Iterator[NumberInWords]:
        place = 0
        while first := start.search(text, place):
            words: list[tuple[str, int]] = []  # what stands before a word, and its value
            ends = [first.end()]
            while match := word.match(text, ends[-1]):
                size = next((size for n, size in enumerate(sizes) if match[f"n{n}"]), 0)
                words.append((match["joint"], size or below_hundred[match["small"].lower()]))
                ends.append(match.end())
            place = max(ends[-1], first.end() + 1)
            if words and end.match(text, ends[-1]):
                yield from numbers_of(words, ends)

    return find


def numbers_of(words: list[tuple[str, int]], ends: list[int]) -> Iterator[NumberInWords]:
    """The numbers that words make together, one for each part that a word such as "and" separates; none if they do not
    fit. `ends` has the beginning of the first word and the end of each."""
    first = 0
    for last in range(1, len(words) + 1):
        is_split = (
            last < len(words) and words[last][0].strip(" -") and is_small(words[last]) and is_small(words[last - 1])
        )
        if last < len(words) and not is_split:
            continue
        value = value_of([value for _, value in words[first:last]])
        if value is None:
            return
        is_plain = value > FEW and (last - first > 1 or is_small(words[first]))
        yield NumberInWords(ends[first] + len(words[first][0]), ends[last], value, is_plain)
        first = last


def is_small(word: tuple[str, int]) -> bool:
    return word[1] < HUNDRED


def value_of(words: list[int]) -> int | None:
    """The value of words in their order; None if they make no number."""
    total = section = 0  # of what stands before the last large word, and behind it
    last = None
    for value in words:
        if value < HUNDRED:
            if last is not None and last < HUNDRED:
                return None
            section += value
        elif value == HUNDRED:
            if section >= HUNDRED:
                return None
            section = (section or 1) * HUNDRED
        else:
            if total and total % (value * THOUSAND):
                return None
            total += (section or 1) * value
            section = 0
        last = value
    return total + section


ROMAN = re.compile(r"(?<!\w)(?=[IVX])(X{0,3})(IX|IV|V?I{0,3})(?=e?r?(?!\w))")
ROMAN_TENS_AND_ONES = {"IX": 9, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "": 0, "I": 1, "II": 2, "III": 3}

ROMANS = {
    "x" * tens + ones.lower(): 10 * tens + value for tens in range(4) for ones, value in ROMAN_TENS_AND_ONES.items()
}


def number_hints(below_hundred: Mapping[str, int], stems: Mapping[str, float]) -> Callable[[str], set[float]]:
    """A function that gives all numbers that the words of a text may speak of: words that begin with a number, such as
    "Dreirad", or with one of `stems`, such as those of ordinals, and Roman numerals."""
    known = {**below_hundred, **stems}
    begin = re.compile(rf"(?<!\w){one_of(known)}", re.IGNORECASE)

    def find(text: str) -> set[float]:
        found = {float(known[word.lower()]) for word in begin.findall(text)}
        return found | {10 * len(tens) + ROMAN_TENS_AND_ONES[ones] for tens, ones in ROMAN.findall(text)}

    return find
