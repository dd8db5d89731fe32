"""Where a text runs over several lines: which lines are one sentence, and where the lines of its translation end.

Knows no format. A line is laid out by its share of the characters: no font is known.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from app.formats.document import Text

UNSPACED = r"\u2e80-\u2fdf\u3040-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # no space between words
MARKS = "，。；：！？、）》」』】…"  # never begin a line
OPENING = "（《「『【"  # never end one
SENTENCE_END = re.compile(r"""[.!?:。！？：♪♫][)\]}"'”’»」』）】]*$""")
# A speaker's dash, a caption in brackets, an item, a note of music: a new utterance.
UTTERANCE = re.compile(r"[-–—•*♪♫#]\s?\S|[(\[（【]|\d{1,3}[.)]\s|[A-Z][A-Z .'0-9]{1,30}: ")
OPENING_QUOTES = "\"'“„«‘‚‹("
CLAUSE_MARK = ",;:，；：、—–"
CLAUSE_BONUS = 0.1  # share of a line that it may be longer or shorter to end with a clause
WINDOW = 12  # borders of words looked at around the ideal place

LINK = re.compile(r"[a-z][a-z0-9+.-]{1,20}://|www\.")

UNSPACED_CHARACTER = re.compile(rf"[{UNSPACED}{MARKS}{OPENING}]")
BORDER = re.compile(rf"(?<=\S)\s++(?=\S)|(?<=[{UNSPACED}{MARKS}])(?=[{UNSPACED}{OPENING}])")


def is_continued(line: str) -> bool:
    """Whether the beginning of a line shows that a sentence goes on there: by a small letter that begins no link."""
    return line[:1].islower() and not LINK.match(line)


def runs_on(line: str, following: str, *, strict: bool) -> bool:
    """Whether a sentence goes on from a line to the next one. `strict`: a capital begins a new one there."""
    line, following = line.strip(), following.strip()
    if not line or not following or UTTERANCE.match(following) or LINK.match(following):
        return False
    first = next((c for c in following if c.isalpha()), "")
    if not first or not any(map(str.isalpha, line)):
        return False
    if line.endswith(("...", "…", "--")):
        return first.islower()
    if SENTENCE_END.search(line[-20:]) or line[-1] in ")]）】":
        return False
    if line.isupper() != following.isupper():
        return False
    return not strict or following.lstrip(OPENING_QUOTES)[:1].islower()


def joint(before: str, after: str) -> str:
    """The separator of two lines that are joined: empty where the script puts no space between words."""
    return "" if UNSPACED_CHARACTER.match(before[-1:]) and UNSPACED_CHARACTER.match(after[:1]) else " "


def borders(text: Text) -> list[tuple[int, int]]:
    """The ranges of white space (or the places) where a line of `text` may end: between words, not inside of kept
    ones."""
    kept = [(inline.start, inline.end) for inline in text.inlines if inline.kept and inline.end > inline.start]
    starts = [start for start, _ in kept]

    def allowed(place: int) -> bool:
        index = bisect_left(starts, place) - 1
        return index < 0 or place >= kept[index][1]

    return [match.span() for match in BORDER.finditer(text.plain) if allowed(match.start())]


def cuts(text: Text, lengths: Sequence[int]) -> list[tuple[int, int]]:
    """The borders where the lines of `text` end, in the proportions of `lengths`.

    Each line gets a word as long as there are enough; then the last ranges are the end of the text.
    """
    count = len(lengths) - 1
    spans = borders(text) if count else []
    ends = [start for start, _ in spans]
    size = len(text.plain)
    total = sum(lengths) + count  # with the spaces between the lines
    bonus = CLAUSE_BONUS * size / len(lengths)
    chosen: list[tuple[int, int]] = []
    first = 0  # index of the first border that is left
    for line, share in enumerate(accumulate(lengths[:-1])):
        if first >= len(spans):
            chosen.append((size, size))
            continue
        last = max(first, len(spans) - (count - line))  # leaves a border to each line that follows
        ideal = (size + 1) * (share + line + 1) / (total + 1) - 1
        near = bisect_left(ends, ideal)
        low, high = min(max(first, near - WINDOW), last), max(min(last, near + WINDOW), first)

        def cost(index: int, ideal: float = ideal) -> float:
            return abs(ends[index] - ideal) - (bonus if text.plain[ends[index] - 1] in CLAUSE_MARK else 0)

        taken = min(range(low, high + 1), key=cost)
        chosen.append(spans[taken])
        first = taken + 1
    return chosen
