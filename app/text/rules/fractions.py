"""Fractions and percents in words, and numbers with a half: "two thirds" is 三分之二 in Chinese, 百分之二十 is 20 %. A
model loses a half of one."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from app.text.languages.profile import Profile
from app.text.rules.read_figures import Figure, figure_rule

HALF, PERCENT = 2, 100
IN_FIGURES = re.compile(
    r"(?<![\d.,])(?:(?P<count>\d{1,3})(?:[.,]5(?!\d)| ?½)|(?P<percent>\d{1,3}(?:[.,]\d{1,4})?)\s?%)"
)


@dataclass(slots=True, frozen=True)
class Fraction(Figure):
    value: tuple[Decimal, int]  # two thirds are (2, 3)
    is_of: bool = False  # with a word that says of what
    unit: str = ""  # the name of the unit between a number and its half


def fractions(text: str, language: Profile) -> list[Fraction]:
    """The fractions of a text in words, its percents, and its numbers with a half, but for a half alone."""
    forms = language.fractions
    if forms is None:
        return []
    found: list[Fraction] = []
    for match in re.finditer(forms.pattern, text):
        value = Decimal(language.numeral_value(match["part"])), forms.wholes[match["whole"].lower()]
        found.append(Fraction(*match.span(), value, bool(match.groupdict().get("of"))))
    found += with_half(text, forms.with_half, language)
    found += with_half(text, forms.half_behind, language)
    for match in re.finditer(forms.percent, text) if forms.percent else ():
        part = match["part"]
        amount = Decimal(part) if part[0].isdecimal() else Decimal(value_in_words(part, language))
        if amount:
            found.append(Fraction(*match.span(), (amount, PERCENT)))
    return found


def with_half(text: str, pattern: str, language: Profile) -> Iterator[Fraction]:
    for match in re.finditer(pattern, text) if pattern else ():
        value, unit = Decimal(2 * language.numeral_value(match["part"]) + 1), match.groupdict().get("unit")
        named = language.numbers.units.word_at(text, match.start("unit")) if unit and language.numbers else None
        yield Fraction(*match.span(), (value, HALF), unit=named[0] if named else unit or "")


def value_in_words(text: str, language: Profile) -> int:
    """The value of a number in words; 0 for any other text."""
    found = list(language.numbers.in_words(text)) if language.numbers is not None else []
    return found[0].value if len(found) == 1 and found[0].end - found[0].start == len(text) else 0


def written(fraction: Fraction, target: Profile) -> str:
    part, whole = fraction.value
    if target.fractions is None or target.numbers is None:
        return ""
    if whole == PERCENT:
        return target.numbers.units.with_sign(target.numbers.marks.written(part), "%")
    if fraction.unit:
        return target.fractions.with_half_unit(int(part) // HALF, fraction.unit)
    if whole == HALF:
        return target.numbers.marks.written(part / HALF)
    return target.fractions.written(int(part), whole) + (target.fractions.of if fraction.is_of else "")


def said(text: str, language: Profile) -> set[Hashable]:
    """The fractions of a text, in figures those with a half and percents."""
    values: set[Hashable] = {one.value for one in fractions(text, language)}
    for match in IN_FIGURES.finditer(text):
        if match["count"]:
            values.add((Decimal(2 * int(match["count"]) + 1), HALF))
        else:
            values.add((Decimal(match["percent"].replace(",", ".")), PERCENT))
    return values


RULE = figure_rule("fraction", fractions, written, said)
