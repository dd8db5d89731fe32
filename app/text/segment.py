"""Splits a text into sentences, and over-long sentences into pieces. Joined again, the parts are the text.

Sentences are found by `sentencex` (Wikimedia), which knows the abbreviations of many languages.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from sentencex import segment  # type: ignore[import-untyped]

from app.text.languages import profile_of
from app.text.normalize import SURROGATE
from app.text.spans import find_spans

# Tabs and runs of spaces part columns as line breaks part lines.
LINE_BREAKS = re.compile(r"([\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+|\t+| {3,})")
# Before the first word of a line: bullets, numbers, headings, quotations, boxes.
MARK = re.compile(r" {0,2}(?:(?:[-*•·–+>→]|#{1,6}|\(?\d{1,3}[.)、]|（\d{1,3}）|\[[ xX]\])\s{1,9}){1,4}(?=\S)")
FENCE = re.compile(r"\s*```[^`]*")  # a line before or behind code
WIDE_SPACE = re.compile(r"[^\S\x00-\x7f]")  # white space outside of ASCII
# The library takes quadratic time on some texts, so it gets them in portions. No model reads a longer
# sentence.
PORTION = 2_000
# Abbreviations behind which the library ends a sentence: titles that stand in texts of any language, and those of the
# language itself.
TITLES = "MM?|Mmes?|Mlles?|Mgr|Sra?|Hr"
LONGEST_ABBREVIATION = 12  # with the full stop and white space
# Ends of quotations, which it puts at the beginning of the next sentence.
CLOSING = re.compile(r"[』」”’）》】]+")

# An end that it overlooks, since no space follows.
OVERLOOKED = re.compile(r"(?<=[。！？])(?=[0-9A-Za-z])")

CLAUSE_END = re.compile(r"(?<=[,;:)\]»”–—])\s|(?<=[，；：、。！？」』）])(?=.)", re.DOTALL)
SPACE = re.compile(r"(?<=\S)\s")
JOINERS = 16  # code points looked at to keep a character and its marks together


@dataclass(slots=True, frozen=True)
class Segment:
    """A sentence without white space around it, and what stands before it and stays: white space, the mark of an item
    or a heading, lines of code.

    What stays at the end of a text is before a last, empty sentence.
    """

    before: str
    text: str


def split(text: str, language: str) -> list[Segment]:
    """The sentences of a text. A line break always ends one: lines are often items, titles or verses, and a
    sentence that is wrapped by hand could not get its breaks back after translation."""
    segments: list[Segment] = []
    before: list[str] = []
    for sentence, stays in sentences(text, language.partition("-")[0]):
        body = sentence.strip()
        if stays or not body:
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
    if profile_of(source).spaced == profile_of(target).spaced:
        return segments
    old, new = (" ", "") if profile_of(source).spaced else ("", " ")
    inner = (Segment(new, s.text) if s.before == old and s.text else s for s in segments[1:])
    return [*segments[:1], *inner]


def sentences(text: str, language: str) -> Iterator[tuple[str, bool]]:
    """Sentences and what stands between them, with all white space, and whether it stays as it is."""
    lines = LINE_BREAKS.split(text)
    fences = [index for index in range(0, len(lines), 2) if FENCE.fullmatch(lines[index])]
    code = set[int]()
    for first, last in zip(fences[::2], fences[1::2], strict=False):
        code.update(range(first, last + 1))
    for index, line in enumerate(lines):
        if index % 2 or index in code or line.isspace() or not line:
            yield line, True
        else:
            mark = MARK.match(line)
            start = mark.end() if mark else 0
            if mark:
                yield mark.group(), True
            for sentence in whole(portioned(line[start:], language), language):
                yield sentence, False


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


def whole(found: Iterable[str], language: str) -> Iterator[str]:
    """Put together what is no end of a sentence: an abbreviation, an initial (`J.-P.`); and an end with its quotation
    mark."""
    goes_on = abbreviation(language)
    held = ""
    for sentence in found:
        if held and not held[-1].isspace() and (closing := CLOSING.match(sentence)):
            held += closing.group()
            sentence = sentence[closing.end() :]
            if not sentence:
                continue
        tight = held.endswith(".") and (sentence[:1].isalpha() or sentence[:1] == "-")
        short = goes_on.search(held, max(0, len(held) - LONGEST_ABBREVIATION))
        if held and (len(held) > PORTION or not (tight or short)):
            yield held
            held = ""
        held += sentence
    if held:
        yield held


@cache
def abbreviation(language: str) -> re.Pattern[str]:
    """An abbreviation at the end of a text, with the white space behind it."""
    words = "|".join(filter(None, (TITLES, profile_of(language).abbreviations)))
    return re.compile(rf"(?<!\S)(?:{words})\.\s+\Z")


def halves(text: str) -> tuple[str, str]:
    """Cut a sentence of two characters and more in two, as near to the middle as possible between clauses, else between
    words, else between characters. The second half begins with the white space that stood before it."""
    cut = middle_cut(text)
    return text[:cut], text[cut:]


def middle_cut(text: str) -> int:
    middle, quarter = len(text) // 2, len(text) // 4
    spans = find_spans(text)
    ends = [span.end for span in spans]

    def is_free(cut: int) -> bool:
        """Whether a cut goes through no link, tag or code."""
        place = bisect_right(ends, cut)
        return place == len(spans) or cut <= spans[place].start

    for boundary in (CLAUSE_END, SPACE):
        found = boundary.finditer(text, max(quarter, 1), len(text) - quarter)
        cuts = [match.start() for match in found if is_free(match.start())]
        if cuts:
            return min(cuts, key=lambda cut: abs(cut - middle))
    borders = {border for span in spans for border in (span.start, span.end)} - {0, len(text)}
    cuts = [len(text[:border].rstrip()) or border for border in sorted(borders)]  # before the white space at a border
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
