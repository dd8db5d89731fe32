"""Emphasis beside marks of scripts that put no spaces between words, as its author meant it.

To CommonMark, `**` between a mark and a letter is no emphasis on the side of the mark: there, words have a space.
Chinese and Japanese have none, and their `**注意：**请看` stays raw. Where one of the two is of such a script, the mark
counts as a letter here, as in other readers that these scripts are written for ("CJK-friendly emphasis").
"""

from __future__ import annotations

import re
import unicodedata

from app.text.characters import UNSPACED

LETTER = "\ue000"  # of private use: a letter to CommonMark, and in no text
_RUN = re.compile(r"(?<![\\*~])(?:\*{1,3}|~~)(?![*~])")


def letters_beside_marks(source: str) -> list[int]:
    """Where a letter has to stand between a mark and a run of `*` or `~`, so that CommonMark reads the emphasis."""
    if LETTER in source or not UNSPACED.search(source):
        return []
    places: list[int] = []
    for run in _RUN.finditer(source):
        before, after = source[max(run.start() - 1, 0) : run.start()], source[run.end() : run.end() + 1]
        if _is_mark(before) and _is_letter(after) and _is_unspaced(before, after):
            places.append(run.start())
        elif _is_letter(before) and _is_mark(after) and _is_unspaced(after, before):
            places.append(run.end())
    return places


def _is_mark(character: str) -> bool:
    return character != "" and unicodedata.category(character)[0] in "PS"


def _is_letter(character: str) -> bool:
    return character != "" and not character.isspace() and not _is_mark(character)


def _is_unspaced(mark: str, letter: str) -> bool:
    """Whether the mark or the letter is of a script without spaces."""
    return unicodedata.east_asian_width(mark) in "WF" or UNSPACED.match(letter) is not None
