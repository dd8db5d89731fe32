"""Ordinals, as the target language writes them: "3rd" is "3." in German, "3e" in French, 第3 in Chinese. Small ones in
words are left to the models."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass

from app.text.languages.profile import Profile
from app.text.rules.read_figures import Figure, figure_rule


@dataclass(slots=True, frozen=True)
class Ordinal(Figure):
    value: int


def ordinals(text: str, language: Profile) -> list[Ordinal]:
    """The ordinals of a text."""
    if language.ordinals is None:
        return []
    found = ((match, language.numeral_value(match["number"])) for match in re.finditer(language.ordinals.pattern, text))
    return [Ordinal(*match.span(), value) for match, value in found if value]


def written(ordinal: Ordinal, target: Profile) -> str:
    return target.ordinals.written(ordinal.value) if target.ordinals is not None else ""


def said(text: str, language: Profile) -> set[Hashable]:
    """The ordinals of a text, and the numbers that its words speak of ("third") and do not name."""
    found: set[Hashable] = {one.value for one in ordinals(text, language)}
    if language.numbers is None:
        return found
    return found | language.numbers.hints(text) - {one.value for one in language.numbers.in_words(text)}


RULE = figure_rule("ordinal", ordinals, written, said)
