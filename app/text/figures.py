"""Reads the figures of a text through the profile of its language: dates, times, numbers in digits or words, units."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from app.text.characters import DIGIT, without
from app.text.languages.number_words import FEW
from app.text.languages.profile import Profile
from app.text.languages.units import VAGUE, names_at
from app.text.spans import ADDRESS, NUMBER

LINK = re.compile(rf"(?:[A-Za-z][A-Za-z0-9+.-]{{1,15}}://|www\.){ADDRESS}", re.VERBOSE)
FIGURE = re.compile(rf"(?<![A-Za-z_{{])(?:{NUMBER})", re.VERBOSE)
ORDINAL = re.compile(r"(\d{1,9})(?:st|nd|rd|th|er|e|ème|re)\b")  # other languages may write it in words


@dataclass(slots=True)
class Figures:
    """`dates` (month, day, year) and times (hour, minute) of a text, each as those that it may be, which depends on the
    half of the day; `numbers`, each as the values that it may have, which depends on the mark of the decimals; `few`,
    numbers in words that may be other words; `vague`, words such as "hundred"; the names of `units`."""

    dates: list[frozenset[tuple[int, ...]]] = field(default_factory=list)
    numbers: list[frozenset[float]] = field(default_factory=list)
    few: Counter[float] = field(default_factory=Counter)
    vague: set[float] = field(default_factory=set)
    units: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.dates or self.numbers or self.few or self.units)


class Text:
    """A text, its figures, and all numbers that its words may speak of."""

    def __init__(self, text: str, language: Profile) -> None:
        self.text, self.language = text, language

    @cached_property
    def figures(self) -> Figures:
        return figures_of(self.text, self.language)

    @cached_property
    def hints(self) -> set[float]:
        numbers = self.language.numbers
        ordinals = {float(match[1]) for match in ORDINAL.finditer(self.text)}
        return ordinals.union(
            self.figures.few, self.figures.vague, numbers.hints(self.text) if numbers is not None else ()
        )


def figures_of(text: str, language: Profile) -> Figures:
    """Each character belongs to one figure at most: what is read is replaced by spaces."""
    found = Figures()
    if "://" in text or "www." in text:
        text = LINK.sub(blank, text)
    if language.dates is not None:
        for pattern in language.dates.patterns:
            if matches := list(re.finditer(pattern, text)):
                found.dates += [frozenset({language.date_of(match)}) for match in matches]
                text = re.sub(pattern, blank, text)
    if language.times is not None:
        for pattern in (*language.times.patterns, *language.times.clock):
            if matches := list(re.finditer(pattern, text)):
                found.dates += [hours_of(*language.time_of(match)) for match in matches]
                text = re.sub(pattern, blank, text)
    read: list[tuple[int, int]] = []
    if language.numbers is not None:
        for magnitude in language.numbers.magnitudes(text):
            found.numbers += [frozenset({float(value)}) for value in magnitude.values]
            read.append((magnitude.start, magnitude.end))
        rest = without(text, read)
        for one in language.numbers.in_words(rest):
            if one.is_plain:
                found.numbers.append(frozenset({float(one.value)}))
            elif one.value > FEW:
                found.vague.add(float(one.value))
            elif one.value > 1:  # "one" is an article or a pronoun
                found.few[float(one.value)] += 1
            read.append((one.start, one.end))
    if DIGIT.search(text):
        rest = ORDINAL.sub(blank, language.without_names(without(text, read)))
        for match in FIGURE.finditer(rest):
            found.numbers.append(frozenset(values_of(match.group())))
            read.append(match.span())
    units = language.numbers.units if language.numbers is not None else None
    found.units = {name for start, end in read for name in names_at(text, start, end, units)}
    return found


def hours_of(hour: int, minute: int, is_certain: bool) -> frozenset[tuple[int, ...]]:
    """The times of day that a time may be."""
    return frozenset({(hour, minute)} if is_certain else {(hour % 12, minute), (hour % 12 + 12, minute)})


def blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def values_of(number: str) -> set[float]:
    """The values that digits with marks may have: 1,500 is one and a half, or fifteen hundred."""
    number = re.sub(r"[ \u00a0\u202f'’]", "", number)
    marks = re.findall("[.,]", number)
    if not marks:
        return {float(number)}
    values = set[float]()
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", number) and len(set(marks)) == 1:
        values.add(float(re.sub("[.,]", "", number)))
    head, _, tail = re.sub("[.,]", ".", number).rpartition(".")
    if len(marks) == 1 or (len(set(marks)) == 2 and marks[-1] not in marks[:-1]):
        values.add(float(f"{head.replace('.', '')}.{tail}"))
    return values or {float("".join(re.findall(r"\d", number)))}  # a version, or an address


def changed_units(before: set[str], after: set[str]) -> tuple[set[str], set[str]]:
    """The units of one side only; a sign that may stand for several stands for each of these."""
    lost, new = before - after, after - before
    for vague, names in VAGUE.items():
        for one, other in ((lost, new), (new, lost)):
            if vague in one and names & other:
                one.discard(vague)
                other -= names
    return lost, new
