"""Marks of a translation that its source decides: quotation marks come in pairs, as its language has them, and a
source that ends with several marks ("!!!") has as many in its translation."""

from __future__ import annotations

import re
from collections.abc import Mapping

QUOTE = re.compile(r"(?<!\d)[\"“”„‟«»「」]")  # behind a digit it may be an inch
FINAL = re.compile(r"[!?！？]{2,}(?=[\"”“»」)）]?\Z)")
TRANSLATED_FINAL = re.compile(r"[.。!?！？]{0,40}(?=[\"”“»」)）]?\Z)")


def settles_marks(source: str) -> bool:
    """Whether a translation may get other marks than the model has written, which are certain only at its end."""
    return QUOTE.search(source) is not None or FINAL.search(source) is not None


def with_marks_of(translation: str, source: str, quotes: tuple[str, str], wide: Mapping[str, str]) -> str:
    """The translation with the quotation marks of its language, and the final marks of its source; `wide` has the
    language's own form of marks."""
    if final := FINAL.search(source):
        marks = "".join(wide.get(mark, mark) for mark in final.group())
        translation = TRANSLATED_FINAL.sub(marks, translation, count=1)
    return with_quotes(translation, source, quotes)


def with_quotes(translation: str, source: str, quotes: tuple[str, str]) -> str:
    """Left as it is where the source or the translation has a mark without its pair."""
    there, given = list(QUOTE.finditer(translation)), list(QUOTE.finditer(source))
    if not there or len(there) % 2 or len(there) != len(given):
        return translation
    result, last = "", 0
    for place, (match, other) in enumerate(zip(there, given, strict=True)):
        before, behind = translation[last : match.start()], translation[match.end() : match.end() + 1]
        result += before
        if place % 2:  # the end of a quotation
            result = result.rstrip() + quotes[1]
            is_apart = source[other.end() : other.end() + 1].isspace()
            result += " " if is_apart and behind.isalnum() and not is_ideograph(behind) else ""
            last = match.end()
        else:
            is_apart = source[other.start() - 1 : other.start()].isspace()
            result += " " if is_apart and result[-1:].isalnum() and not is_ideograph(result[-1]) else ""
            result += quotes[0]
            last = match.end() + behind.isspace()
    return result + translation[last:]


def is_ideograph(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff"
