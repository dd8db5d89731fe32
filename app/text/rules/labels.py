"""Numbered parts of a text, between languages that number them otherwise: 第3章 is "chapter 3". A model drops one of
two."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass

from app.text.languages.profile import Profile
from app.text.rules.read_figures import Figure, figure_rule


@dataclass(slots=True, frozen=True)
class Label(Figure):
    value: tuple[str, int]  # the name of the part, and its number


def labels(text: str, language: Profile) -> list[Label]:
    """The numbered parts that a text names."""
    if language.labels is None:
        return []
    parts, number = language.labels.parts, language.numeral_value
    found = [
        Label(*match.span(), (parts[match["part"].lower()], number(match["number"])))
        for match in re.finditer(language.labels.pattern, text)
    ]
    return [label for label in found if label.value[1]]


def written(label: Label, target: Profile) -> str:
    part, number = label.value
    return target.labels.forms[part].format(number) if target.labels is not None else ""


def said(text: str, language: Profile) -> set[Hashable]:
    return {label.value for label in labels(text, language)}


RULE = figure_rule("label", labels, written, said)
