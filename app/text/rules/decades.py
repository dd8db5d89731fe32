"""Decades: "in the 1980s" is "dans les années 1980" in French. A model makes a year of them."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass

from app.text.languages.profile import Profile
from app.text.rules.read_figures import Figure, figure_rule


@dataclass(slots=True, frozen=True)
class Decade(Figure):
    value: tuple[int, bool]  # its first year or the last two digits of that, and whether something is in it


def decades(text: str, language: Profile) -> list[Decade]:
    """The decades of a text."""
    if language.decades is None:
        return []
    found: list[Decade] = []
    for match in re.finditer(language.decades.pattern, text):
        groups = match.groupdict()
        century = int(groups.get("century") or 0)
        year = int(match["decade"]) + (100 * (century - 1) if century else 0)
        found.append(Decade(*match.span(), (year, match["in"] is not None)))
    return found


def written(decade: Decade, target: Profile) -> str:
    return target.decades.written(*decade.value) if target.decades is not None else ""


def said(text: str, language: Profile) -> set[Hashable]:
    """The decades of a text. What is in one may be said otherwise in the source: "in the late 1960s"."""
    values = [one.value for one in decades(text, language)]
    return {*values, *((year, False) for year, _ in values)}


RULE = figure_rule("decade", decades, written, said)
