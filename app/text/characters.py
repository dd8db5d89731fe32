"""Classes of characters that patterns of text are composed of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

LETTER = r"[A-Za-z0-9_\u00aa-\u024f\u0370-\u052f\u1e00-\u1fff]"  # of a script that puts spaces between words
CJK = r"\u2e80-\u2fdf\u3040-\u31ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
CJK_MARKS = "，。；：！？、（）《》「」【】"
FLAG = r"[\U0001f1e6-\U0001f1ff]"
PICTOGRAPH = (
    r"[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    r"\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
DRESSED = rf"{PICTOGRAPH}[\ufe0f\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*+"
EMOJI = rf"(?:{DRESSED}(?:\u200d{DRESSED}){{0,9}}+|{FLAG}{FLAG}|[0-9#*]\ufe0f?\u20e3)"
DIGIT = re.compile(r"\d")  # without one, a text needs none of the patterns that begin at digits
# Scripts that put no space between words.
UNSPACED = re.compile(rf"[{CJK}\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


def one_of(words: Iterable[str]) -> str:
    """A regular expression of words, which matches the longest: a tree of their letters, so that a place without any
    takes no longer the more words there are."""
    ordered = sorted(set(words))
    ends = "" in ordered
    branches = [
        re.escape(letter) + one_of(word[1:] for word in group)
        for letter, group in groupby(filter(None, ordered), key=lambda word: word[0])
    ]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)}){'?' if ends else ''}"


def without(text: str, places: Iterable[tuple[int, int]]) -> str:
    """The text with spaces at places."""
    parts: list[str] = []
    last = 0
    for start, end in sorted(places):
        parts += [text[last:start], " " * (end - start)]
        last = end
    return "".join([*parts, text[last:]])
