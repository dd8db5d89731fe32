"""Names that a model may not know, among the words of a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from app.text.spans import LETTER, Run, joined

NAME = re.compile(rf"(?<!{LETTER})(?<!{LETTER}[’'.-])(?:(?!\d){LETTER})(?:{LETTER}|-)++(?![_'’])")
SENTENCE_END = frozenset(".!?:…")
# What stands before a name in German, where every noun has a capital, and maybe the first parts of the name.
TITLES = r"(?:Herrn?|Frau|Familie|Dr\.|Prof\.)"
TITLED = re.compile(rf"{TITLES} ")
TITLE = re.compile(rf"(?<!{LETTER}){TITLES}(?: [A-Z\u00c0-\u00de]{LETTER}{{1,30}}\.?){{0,2}} $")
TITLE_REACH = 80  # characters in which one would stand
ABBREVIATION = re.compile(r"(?<!\w)[A-Z][a-z]{0,3}\.$")  # Mr., Dr., M.


def with_names(
    parts: list[Run], is_rare: Callable[[str], bool], is_rarer: Callable[[str], bool], *, titled: bool = False
) -> list[Run]:
    """The runs of a text, with the names kept as well that are rare to a model: capitalised words inside a sentence,
    neighbours in one, and such as are rarer still where one begins. If `titled`, only those behind a title such as
    Herr."""
    text = "".join(part.text for part in parts)
    if titled and not TITLED.search(text):
        return parts  # before any word is looked at

    def is_name(piece: str, start: int) -> bool:
        if titled:
            return TITLE.search(text[max(start - TITLE_REACH, 0) : start]) is not None
        return " " in piece or not begins_sentence(text, start, piece) or is_rarer(piece)

    finer: list[Run] = []
    start = 0  # of the part in the text
    for part in parts:
        end = 0  # of what is taken of the part
        for first, last in [] if part.protected else names(part.text, is_rare):
            if is_name(part.text[first:last], start + first):
                finer += [Run(part.text[end:first], False), Run(part.text[first:last], True)]
                end = last
        finer.append(Run(part.text[end:], part.protected))
        start += len(part.text)
    return joined(finer)


def capitalised(text: str) -> Iterator[re.Match[str]]:
    """The words of two letters and more that begin with a capital."""
    return (match for match in NAME.finditer(text) if match.group()[0].isupper())


def names(text: str, is_rare: Callable[[str], bool]) -> list[tuple[int, int]]:
    """Where rare words begin and end that have a capital and more, neighbours in one."""
    found: list[tuple[int, int]] = []
    for match in capitalised(text):
        word = match.group()
        if not word.isupper() and is_rare(word):
            beside = found and text[found[-1][1] : match.start()] == " "
            found.append((found.pop()[0] if beside else match.start(), match.end()))
    return found


def begins_sentence(text: str, start: int, piece: str) -> bool:
    """Whether a name stands where any word has a capital."""
    if not piece[0].isupper():
        return False
    before = text[:start].rstrip("\"'«“„‚([¿¡ ")
    return not before or (before[-1] in SENTENCE_END and not ABBREVIATION.search(before[-6:]))
