"""Splits a text into sentences, and over-long sentences into pieces. Joined again, the parts are the text.

Sentences are found by `sentencex` (Wikimedia), which knows the abbreviations of many languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sentencex import segment  # type: ignore[import-untyped]

from app.text.languages import unspaced

LINE_BREAKS = re.compile(r"([\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+)")
SURROGATE = re.compile("[\ud800-\udfff]")
WIDE_SPACE = re.compile(r"[^\S\x00-\x7f]")  # white space outside of ASCII
# The library takes quadratic time on some texts, so it gets them in portions. No model reads a longer
# sentence.
PORTION = 2_000
# Titles that it takes for the end of a sentence.
TITLES = re.compile(r"(?:^|\s)(?:MM?|Mmes?|Mlles?|Mgr|Me|Sr|Sra|Hr|Fr)\.\s+\Z")

# An end that it overlooks, since no space follows.
OVERLOOKED = re.compile(r"(?<=[。！？])(?=[0-9A-Za-z])")

CLAUSE_END = re.compile(r"(?<=[,;:)\]»”–—])\s|(?<=[，；：、。！？」』）])(?=.)", re.DOTALL)
SPACE = re.compile(r"(?<=\S)\s")
JOINERS = 16  # code points looked at to keep a character and its marks together


@dataclass(slots=True, frozen=True)
class Segment:
    """A sentence without white space around it, and the white space that stands before it.

    White space at the end of a text is before a last, empty sentence.
    """

    before: str
    text: str


def split(text: str, language: str) -> list[Segment]:
    """The sentences of a text. A line break always ends one: lines are often items, titles or verses, and a
    sentence that is wrapped by hand could not get its breaks back after translation."""
    segments: list[Segment] = []
    before: list[str] = []
    for sentence in sentences(text, language.partition("-")[0]):
        body = sentence.strip()
        if not body:
            before.append(sentence)
            continue
        start = sentence.find(body)
        segments.append(Segment("".join(before) + sentence[:start], body))
        before = [sentence[start + len(body) :]]
    rest = "".join(before)
    return [*segments, Segment(rest, "")] if rest else segments


def spaced(segments: list[Segment], source: str, target: str) -> list[Segment]:
    """The segments with the white space that the target language puts between sentences; line breaks and what was
    more than one space stay."""
    if unspaced(source) == unspaced(target):
        return segments
    old, new = ("", " ") if unspaced(source) else (" ", "")
    inner = (Segment(new, s.text) if s.before == old and s.text else s for s in segments[1:])
    return [*segments[:1], *inner]


def sentences(text: str, language: str) -> Iterator[str]:
    """Sentences and line breaks, with all white space."""
    for index, line in enumerate(LINE_BREAKS.split(text)):
        if index % 2 or line.isspace() or not line:
            yield line
        else:
            yield from joined_titles(portioned(line, language))


def portioned(line: str, language: str) -> Iterator[str]:
    """The sentences of a line, found a portion at a time; one that fills a portion is cut behind a space in
    it."""
    start = 0
    while start < len(line):
        portion = line[start : start + PORTION]
        found = boundaries(portion, language)
        if start + PORTION < len(line):
            # The last sentence may go on in the next portion.
            found.pop()
            if not found:
                cut = next((match.end() for match in SPACE.finditer(portion, len(portion) // 2)), len(portion))
                found = [portion[:cut]]
        yield from found
        start += sum(map(len, found))


def boundaries(portion: str, language: str) -> list[str]:
    # The library refuses lone surrogates and takes every space for one byte. What stands for them is as long, so its
    # lengths hold for the portion.
    plain = WIDE_SPACE.sub(" ", SURROGATE.sub("\ufffd", portion))
    try:
        found = segment(language, plain)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what PyO3 raises for a fault in Rust, no Exception
            raise
        return [portion]
    result: list[str] = []
    start = 0
    for sentence in found:
        result += OVERLOOKED.split(portion[start : start + len(sentence)])
        start += len(sentence)
    return result if start == len(portion) else [portion]


def joined_titles(found: Iterable[str]) -> Iterator[str]:
    """Put a sentence that ends with a title (`M. `) together with the next one."""
    held = ""
    for sentence in found:
        held += sentence
        if len(held) > PORTION or not TITLES.search(sentence[-8:]):
            yield held
            held = ""
    if held:
        yield held


def pieces(text: str, most: int, count: Callable[[str], int]) -> list[str]:
    """Cut a sentence into pieces that `count` at most `most` tokens each, into halves again and again, which
    takes n log n time and gives a model pieces of like length.

    A cut goes between clauses where one ends near the middle, else between words, else between characters. A
    piece begins with the white space that stood before it.
    """
    if len(text) < 2 or count(text) <= most:
        return [text]
    cut = middle_cut(text)
    return pieces(text[:cut], most, count) + pieces(text[cut:], most, count)


def middle_cut(text: str) -> int:
    middle, quarter = len(text) // 2, len(text) // 4
    for boundary in (CLAUSE_END, SPACE):
        found = boundary.finditer(text, max(quarter, 1), len(text) - quarter)
        cuts = [match.start() for match in found]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut - middle))
    # A long word: it is cut only when it stands alone.
    before, behind = text.rfind(" ", 1, quarter + 1), text.find(" ", middle)
    if before > 0 and text[:before].strip():
        return before
    if behind > 0 and text[behind:].strip():
        return behind
    for cut in range(middle, max(middle - JOINERS, 0), -1):
        if not continues(text, cut):
            return cut
    return middle


def continues(text: str, cut: int) -> bool:
    """Whether the character at `cut` belongs to the one before it: a mark, a skin tone, a joined emoji."""
    after, before = text[cut], text[cut - 1]
    return (
        unicodedata.category(after).startswith("M")
        or after in "\u200d\r\n"
        or before == "\u200d"
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or ("\U0001f1e6" <= after <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff")
    )
