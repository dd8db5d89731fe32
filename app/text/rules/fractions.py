"""Fractions in words: "two thirds" is 三分之二 in Chinese. A model loses a half of one."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass

from app.text.languages.profile import Profile
from app.text.rules.read_figures import Figure, figure_rule


@dataclass(slots=True, frozen=True)
class Fraction(Figure):
    value: tuple[int, int]  # two thirds are (2, 3)
    is_of: bool  # with a word that says of what


def fractions(text: str, language: Profile) -> list[Fraction]:
    """The fractions of a text in words, but for halves."""
    if language.fractions is None:
        return []
    number, wholes = language.numeral_value, language.fractions.wholes
    return [
        Fraction(
            *match.span(), (number(match["part"]), wholes[match["whole"].lower()]), bool(match.groupdict().get("of"))
        )
        for match in re.finditer(language.fractions.pattern, text)
    ]


def written(fraction: Fraction, target: Profile) -> str:
    if target.fractions is None:
        return ""
    return target.fractions.written(*fraction.value) + (target.fractions.of if fraction.is_of else "")


def said(text: str, language: Profile) -> set[Hashable]:
    return {one.value for one in fractions(text, language)}


RULE = figure_rule("fraction", fractions, written, said)
