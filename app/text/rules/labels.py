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
    found = (
        Label(*match.span(), (name, language.numeral_value(match["number"])))
        for name, (pattern, _) in language.labels.items()
        for match in re.finditer(pattern, text)
    )
    return [label for label in found if label.value[1]]


def written(label: Label, target: Profile) -> str:
    name, number = label.value
    return target.labels[name][1].format(number) if name in target.labels else ""


def said(text: str, language: Profile) -> set[Hashable]:
    return {label.value for label in labels(text, language)}


RULE = figure_rule("label", labels, written, said)
