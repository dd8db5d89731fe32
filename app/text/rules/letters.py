"""Capital letters that are the name of a thing: "plan B", "vitamin C". Models take them for articles, or drop them."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass

from app.text.languages.profile import Profile
from app.text.rules.read_figures import Figure, figure_rule

# Behind a small letter, where no title with capitals and no name with initials goes on. "I" is a word of English.
BEHIND_A_WORD = re.compile(r"(?<=[a-zß-öø-ÿ] )[A-HJ-Z](?=[,;:!?)]|\.?\Z| [a-zß-öø-ÿ(])")
ONLY_LETTERS = re.compile(r"[^\w]*[A-Z](?:[^\w]+[A-Z])+[^\w]*")  # "A B", "A/B/C"
ALONE = re.compile("(?<![A-Za-z])[A-Z](?![A-Za-z])")


@dataclass(slots=True, frozen=True)
class Letter(Figure):
    value: str


def letters(text: str, language: Profile) -> list[Letter]:
    """The letters of a text that are names."""
    pattern = ALONE if ONLY_LETTERS.fullmatch(text) else BEHIND_A_WORD
    return [Letter(*match.span(), match.group()) for match in pattern.finditer(text)]


def written(letter: Letter, target: Profile) -> str:
    return letter.value


def said(text: str, language: Profile) -> set[Hashable]:
    """All letters that stand alone."""
    return set(ALONE.findall(text))


RULE = figure_rule("letter", letters, written, said)
