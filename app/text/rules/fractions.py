"""Fractions in words: "two thirds" is 三分之二 in Chinese. A model loses a half of one."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from decimal import Decimal

from app.text.languages.profile import Profile
from app.text.rules.read_figures import Figure, figure_rule

HALF = 2
WITH_HALF = re.compile(r"(?<![\d.,])(\d{1,3})(?:[.,]5(?!\d)| ?½)")


@dataclass(slots=True, frozen=True)
class Fraction(Figure):
    value: tuple[int, int]  # two thirds are (2, 3)
    is_of: bool  # with a word that says of what


def fractions(text: str, language: Profile) -> list[Fraction]:
    """The fractions of a text in words, and its numbers with a half, but for a half alone."""
    if language.fractions is None:
        return []
    number, wholes = language.numeral_value, language.fractions.wholes
    found = [
        Fraction(
            *match.span(), (number(match["part"]), wholes[match["whole"].lower()]), bool(match.groupdict().get("of"))
        )
        for match in re.finditer(language.fractions.pattern, text)
    ]
    if language.fractions.with_half:
        halves = re.finditer(language.fractions.with_half, text)
        found += [Fraction(*match.span(), (2 * number(match["part"]) + 1, 2), False) for match in halves]
    return found


def written(fraction: Fraction, target: Profile) -> str:
    if target.fractions is None:
        return ""
    part, whole = fraction.value
    if whole == HALF:
        return target.numbers.marks.written(Decimal(part) / HALF) if target.numbers is not None else ""
    return target.fractions.written(part, whole) + (target.fractions.of if fraction.is_of else "")


def said(text: str, language: Profile) -> set[Hashable]:
    """The fractions of a text; of its numbers in figures, those with a half."""
    in_figures = {(2 * int(match[1]) + 1, HALF) for match in WITH_HALF.finditer(text)}
    return {*in_figures, *(one.value for one in fractions(text, language))}


RULE = figure_rule("fraction", fractions, written, said)
