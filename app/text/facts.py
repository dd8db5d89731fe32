"""Compares a translation with its source: do they say the same numbers, dates, times, units, links and names, and is
one negated where the other is? Doubt is not reported: a warning stands for a difference that both profiles can tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from app.text.characters import LETTER
from app.text.languages.profile import Profile
from app.text.normalize import normalize
from app.text.rules.rule import Languages
from app.text.spans import ADDRESS, NUMBER

Kind = Literal["number", "date", "unit", "link", "name", "negation"]
LINK = re.compile(rf"(?:[A-Za-z][A-Za-z0-9+.-]{{1,15}}://|www\.){ADDRESS}", re.VERBOSE)
FIGURE = re.compile(rf"(?<![A-Za-z_{{])(?:{NUMBER})", re.VERBOSE)
ORDINAL = re.compile(r"\d+(?:st|nd|rd|th|er|e|ème|re)\b")  # other languages may write it in words
UNITS = {
    "km": "km",
    "mi": "mi",
    "kg": "kg",
    "lb": "lb",
    "lbs": "lb",
    "ft": "ft",
    "m": "m",
    "l": "l",
    "L": "l",
    "%": "%",
    "€": "€",
    "EUR": "€",
    "$": "$",
    "USD": "$",
    "£": "£",
    "GBP": "£",
    "¥": "¥",
}
SYMBOLS = "|".join(re.escape(symbol) for symbol in sorted(UNITS, key=len, reverse=True))
NAME = r"[A-Z\u00c0-\u00de][\w'-]{1,30}"


@dataclass(slots=True, frozen=True)
class FactWarning:
    """A fact of a sentence that its translation changes."""

    sentence: str
    kind: Kind
    detail: str


@dataclass(slots=True, frozen=True)
class Figures:
    """The dates (month, day, year) and times (hour, minute) of a text, and the values of its other numbers: each as the
    values that it may have, which depends on the mark of the decimals."""

    dates: list[tuple[int, ...]]
    numbers: list[frozenset[float]]


def compare(source: str, translation: str, languages: Languages) -> list[FactWarning]:
    """The facts that differ between a sentence and its translation."""
    before, after = normalize(source), normalize(translation)
    found = [*links(before, after), *figures(before, after, languages), *units(before, after, languages)]
    found += [*names(before, after, languages), *negation(before, after, languages)]
    return [FactWarning(source, kind, detail) for kind, detail in found]


def links(source: str, translation: str) -> Iterator[tuple[Kind, str]]:
    lost = Counter(LINK.findall(source)) - Counter(LINK.findall(translation))
    yield from (("link", f"{link} is lost") for link in lost)


def figures(source: str, translation: str, languages: Languages) -> Iterator[tuple[Kind, str]]:
    """Dates, times and numbers. A number may stand in words on one side, and a date in figures."""
    before, after = figures_of(source, languages.source), figures_of(translation, languages.target)
    for mine, other, opposite, theirs, side in (
        (before, after, translation, languages.target, "the translation"),
        (after, before, source, languages.source, "the source"),
    ):
        rest, words = list(other.numbers), in_words(opposite, theirs)
        known = words.union(*rest)
        for date in without(mine.dates, other.dates):
            is_there = any({float(part), float(part % 12)} & known for part in date if part)
            if not is_there and not is_month_of(date, opposite, theirs):
                yield "date", f"{'-'.join(map(str, date))} is not in {side}"
        for values in mine.numbers:
            match = next((one for one in rest if one & values), None)
            if match is not None:
                rest.remove(match)
            elif not values & words and not any(part in values for date in other.dates for part in date):
                yield "number", f"{min(values):,.10g} is not in {side}"


def is_month_of(date: tuple[int, ...], text: str, language: Profile) -> bool:
    """Whether a date is a month alone that a text may name: patterns know it only behind certain words."""
    months = language.dates.months if language.dates is not None else ()
    return len(date) == 3 and not any(date[1:]) and (not months or months[date[0] - 1][:3].lower() in text.lower())


def figures_of(text: str, language: Profile) -> Figures:
    dates: list[tuple[int, ...]] = []
    text = LINK.sub(" ", text)
    if language.dates is not None:
        for pattern in language.dates.patterns:
            dates += [language.date_of(match) for match in re.finditer(pattern, text)]
            text = re.sub(pattern, " ", text)
    if language.times is not None:
        for pattern in language.times.patterns:
            dates += [language.time_of(match)[:2] for match in re.finditer(pattern, text)]
            text = re.sub(pattern, " ", text)
    magnitudes = "|".join(sorted(language.magnitudes, key=len, reverse=True))
    numbers = []
    for match in FIGURE.finditer(ORDINAL.sub(" ", language.as_digits(text))):
        factor = re.match(rf"[ -]?({magnitudes})", match.string[match.end() :]) if magnitudes else None
        scale = language.magnitudes[factor[1]] if factor else 1
        numbers.append(frozenset(value * scale for value in values_of(match.group())))
    return Figures(dates, numbers)


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


def in_words(text: str, language: Profile) -> set[float]:
    """The numbers that a text may say in words or numerals."""
    words = set(re.findall(r"[\w-]+", text.lower()))
    found = {number for word, number in language.number_words.items() if any(one.startswith(word) for one in words)}
    if language.numerals:
        found |= {language.numeral_value(numeral) for numeral in re.findall(language.numerals, text)}
    return set(map(float, found))


def without(mine: Sequence[tuple[int, ...]], other: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    return list((Counter(mine) - Counter(other)).elements())


def units(source: str, translation: str, languages: Languages) -> Iterator[tuple[Kind, str]]:
    """A unit or a currency that became another one."""
    before, after = units_of(source, languages.source), units_of(translation, languages.target)
    lost, new = before - after, after - before
    if lost and new:
        yield "unit", f"{', '.join(sorted(lost))} became {', '.join(sorted(new))}"


def units_of(text: str, language: Profile) -> set[str]:
    """The units beside the numbers of a text."""
    found = {UNITS[one] for one in re.findall(rf"\d ?({SYMBOLS})(?!{LETTER})", text)}
    found |= {UNITS[one] for one in re.findall(r"([$€£¥]) ?\d", text)}
    magnitudes = "|".join(language.magnitudes)
    behind = rf"(?:\d|(?:{magnitudes})\w{{0,2}})[ -]?" if magnitudes else r"\d[ -]?"
    end = rf"(?!{LETTER})" if language.spaced else ""
    for unit, pattern in language.unit_words.items():
        if re.search(rf"{behind}(?:{pattern}){end}", text):
            found.add(unit)
    return found


def names(source: str, translation: str, languages: Languages) -> Iterator[tuple[Kind, str]]:
    """Names behind a title, between languages that write them in the same letters."""
    if not languages.source.titles or not languages.target.titles:
        return
    for match in re.finditer(rf"(?<!\w)(?:{languages.source.titles}) ({NAME}(?: {NAME})?)", source):
        name = match[1].split()[-1].removesuffix("'s")
        if name.lower() not in translation.lower():
            yield "name", f"{name} is not in the translation"


def negation(source: str, translation: str, languages: Languages) -> Iterator[tuple[Kind, str]]:
    """Not of questions, where a negation may say nothing ("isn't it?")."""
    if any(text.rstrip().endswith(("?", "？")) for text in (source, translation)):
        return
    for text, language, other, theirs, detail in (
        (source, languages.source, translation, languages.target, "the source is negated, the translation is not"),
        (translation, languages.target, source, languages.source, "the translation is negated, the source is not"),
    ):
        if not language.negations or not theirs.negation_hints:
            continue
        if re.search(language.negations, text) and not re.search(theirs.negation_hints, other):
            yield "negation", detail
