"""Brings a text into the form that models read, which loses nothing that a reader sees. Knows no language."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.text.traced import Traced

# Quotes, apostrophes and hyphens of the same meaning: corpora and keyboards mix them, and a small vocabulary should
# learn `don't` once. Dashes stay: a dash does not mean the same as a hyphen.
FOLDED = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u02bc": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"',
        "\u2010": "-", "\u2011": "-",
    }
)  # fmt: skip
FOLDS = re.compile(f"[{''.join(map(chr, FOLDED))}]")

# Full-width letters, digits and marks of ASCII. Among ideographs the marks are those of Chinese and Japanese.
WIDE = {code + 0xFEE0: chr(code) for code in range(ord("!"), ord("~") + 1)}
WIDE_WORDS = {code: narrow for code, narrow in WIDE.items() if narrow.isalnum()}
WIDE_WORD = re.compile("[０-９Ａ-Ｚａ-ｚ]")
IDEOGRAPHIC = re.compile(r"[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")

SURROGATE = re.compile("[\ud800-\udfff]")

# Invisible: controls other than white space, soft hyphen, zero-width characters, fillers, bidi
# marks, overrides and isolates, byte order mark, noncharacters.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff]"
)

# Anything but white space, invisible characters and joiners.
SEEN = re.compile(rf"[^\s\u200d{INVISIBLE.pattern[1:]}")

# A zero-width joiner is kept between two emoji, of which the first may have a variation selector.
PICTURE = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
STRAY_JOINER = re.compile(f"(?<![{PICTURE}\ufe0f])\u200d|\u200d(?![{PICTURE}])")

# Sorting the marks on one letter is quadratic in their number, and no language puts 30 there (UAX 15,
# Stream-Safe Text Format). Marks are neither letters nor white space nor ASCII.
MANY_MARKS = re.compile(r"[^\w\s\x00-\x7f]{31,}")
MARKS = 30
WHITE_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    """NFC, no invisible characters or full-width letters, each run of white space one space, none at the ends; quotes
    stay.

    A translator learns to write such text. Takes linear time and any `str`: a lone surrogate becomes U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = visible(SURROGATE.sub("\ufffd", text))
    if not text.isascii():
        text = narrowed(unicodedata.normalize("NFC", MANY_MARKS.sub(bounded_marks, text)))
    return " ".join(text.split())


def traced(text: Traced) -> Traced:
    """`normalize`, traced."""
    text = text.sub(SURROGATE, "\ufffd").sub(INVISIBLE, "")
    if not text.text.isascii():
        text = text.sub(STRAY_JOINER, "").sub(MANY_MARKS, bounded_marks).composed()
        text = text.rewritten(narrowed(text.text))
    text = text.sub(WHITE_SPACE, " ").stripped()
    return text.rewritten(fold(text.text))


def narrowed(text: str) -> str:
    """The text with full-width letters and digits, which some keyboards write, as those of ASCII; where no ideographs
    stand among them, their marks too. Keeps the length."""
    if not WIDE_WORD.search(text):
        return text
    return text.translate(WIDE_WORDS if IDEOGRAPHIC.search(text) else WIDE)


def visible(text: str) -> str:
    """The text without invisible characters."""
    text = INVISIBLE.sub("", text)
    return text if text.isascii() else STRAY_JOINER.sub("", text)


def fold(text: str) -> str:
    """A clean text with straight quotes and plain hyphens: a model reads such text. Keeps the length."""
    return text.translate(FOLDED) if FOLDS.search(text) else text


def normalize(text: str) -> str:
    return fold(clean(text))


def is_blank(text: str) -> bool:
    """Whether nothing of a text is left by `normalize`."""
    return not SEEN.search(text)


def bounded_marks(match: re.Match[str]) -> str:
    """The first `MARKS` combining marks of each run of them."""
    kept: list[str] = []
    marks = 0
    for character in match.group():
        marks = marks + 1 if is_mark(character) else 0
        if marks <= MARKS:
            kept.append(character)
    return "".join(kept)


def is_mark(character: str) -> bool:
    return unicodedata.combining(unicodedata.normalize("NFD", character)[0]) != 0
