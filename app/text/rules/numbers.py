"""Numbers that a model may read as words.

A placeholder says that something stands there, and not whether that is a year, an hour or an age, on which the words
around it depend: "in 1998", "at 9 o'clock", "9 years old".
"""

from __future__ import annotations

import re
from collections import Counter

from app.text.spans import Run, joined

SMALL = re.compile(r"\d{1,4}")
HALF_PAST = re.compile("(?<=[点點])半")
DIGITS = re.compile(r"\d+(?!\d*月)")  # months, which Chinese numbers, have names elsewhere


def unmasked(parts: list[Run]) -> list[Run]:
    """The runs of a text with numbers of up to four digits among the words."""
    return joined([Run(part.text, part.protected and not SMALL.fullmatch(part.text)) for part in parts])


def same_numbers(text: str, translation: str) -> bool:
    """Whether a translation has every number of a text as often, and no other."""
    here, there = (DIGITS.findall(HALF_PAST.sub("30", one)) for one in (text, translation))
    return Counter(here) == Counter(there)
