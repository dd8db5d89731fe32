"""Lines of data, such as those of a log or a chat: a name in a column of its own is no word, but a model takes it
for one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.text.characters import LETTER

NUMBER = re.compile(r"[\d./:-]{0,39}\d[\d./:-]{0,39}")  # a number, a date, a time
NAME = re.compile(rf"{LETTER}{{2,30}}")
FEWEST_CELLS = 3


def has_number(cells: Sequence[str]) -> bool:
    return any(NUMBER.fullmatch(cell.strip()) for cell in cells)


def names_in(cells: Sequence[str]) -> list[int]:
    """The places of lone capitalised words among at least three cells, one of which is a number, a date or a time."""
    if len(cells) < FEWEST_CELLS or not has_number(cells):
        return []
    return [place for place, cell in enumerate(cells) if NAME.fullmatch(cell.strip()) and cell.strip().istitle()]
