"""Roman numerals behind a word: "Henry VIII", "World War II". A model loses a letter of them, or takes one for "I"."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass

from app.text.characters import LETTER
from app.text.languages.number_words import ROMANS
from app.text.languages.profile import Profile
from app.text.rules.read_figures import Figure, figure_rule

NUMERAL = re.compile(rf"(?<={LETTER}{LETTER} )(?:[IVX]{{2,8}}|[VX])(?!\w|-\w|\.\w)")


@dataclass(slots=True, frozen=True)
class RomanNumeral(Figure):
    value: int
    text: str


def roman_numerals(text: str, language: Profile) -> list[RomanNumeral]:
    """The Roman numerals up to 39 of a text, but for "I", which may be a word."""
    found = ((match, ROMANS.get(match.group().lower())) for match in NUMERAL.finditer(text))
    return [RomanNumeral(*match.span(), value, match.group()) for match, value in found if value]


def written(numeral: RomanNumeral, target: Profile) -> str:
    return numeral.text


def said(text: str, language: Profile) -> set[Hashable]:
    """The Roman numerals of a text, its numbers in digits, and those that its words speak of."""
    found: set[Hashable] = {one.value for one in roman_numerals(text, language)}
    found |= {int(digits) for digits in re.findall(r"\d{1,9}", text)}
    return found | (language.numbers.hints(text) if language.numbers is not None else set())


RULE = figure_rule("Roman numeral", roman_numerals, written, said)
