"""Numbered parts of a text, between languages that number them otherwise: 第3章 is "chapter 3". A model drops one of
two."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass

from app.text.languages.profile import Profile
from app.text.rules.read_figures import Figure, figure_rule


@dataclass(slots=True, frozen=True)
class NumberedPart(Figure):
    value: tuple[str, int]  # the name of the part, and its number


def numbered_parts(text: str, language: Profile) -> list[NumberedPart]:
    """The numbered parts that a text names."""
    if language.numbered_parts is None:
        return []
    parts, number = language.numbered_parts.parts, language.numeral_value
    found = [
        NumberedPart(*match.span(), (parts[match["part"].lower()], number(match["number"])))
        for match in re.finditer(language.numbered_parts.pattern, text)
    ]
    return [one for one in found if one.value[1]]


def written(one: NumberedPart, target: Profile) -> str:
    part, number = one.value
    return target.numbered_parts.forms[part].format(number) if target.numbered_parts is not None else ""


def said(text: str, language: Profile) -> set[Hashable]:
    return {one.value for one in numbered_parts(text, language)}


RULE = figure_rule("numbered part", numbered_parts, written, said)
