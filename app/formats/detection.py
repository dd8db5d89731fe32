"""The format of a text that was sent as plain and plainly is none: its structure stays, though nobody named it.

Each test wants a sign that prose does not have; a text that has one and cannot be parsed so is plain all the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import pairwise

LONGEST_CHECKED = 200_000  # characters; a longer text is what it was sent as

BLOCK = re.compile(
    r"<!doctype html|</(?:body|button|div|form|h[1-6]|html|li|ol|option|p|pre|script|style|table|td|th|title|tr|ul)\s*>"
    r"|<br\s*/?>",
    re.IGNORECASE,
)
INLINE = re.compile(
    r"</(?:a|abbr|b|code|em|i|label|small|span|strong|sub|sup|u)\s*>|&(?:nbsp|lt|gt|amp|quot|#\d{1,7});", re.IGNORECASE
)
CUE_TIME = r"(?:\d{1,3}:)?\d{2}:\d{2}[.,]\d{3}"
CUE = re.compile(rf"^{CUE_TIME}[ \t]+-->[ \t]+{CUE_TIME}", re.MULTILINE)
ICU = re.compile(r"\{\s*\w{1,60}\s*,\s*(?:plural|select|selectordinal)\s*,")
ESCAPED_BREAK = re.compile(r"(?<![\w:\\])\\[nrt](?![a-z])|\\n\\n|(?<=[.!?:;,])\\n")
ACCELERATOR = re.compile(r"(?<![&\w])&[A-Za-z]\w{0,30}(?![\w;=])")
QUOTED = re.compile(r'"[^"\n]{0,1000}"')  # cells
SENTENCE_ENDS = ".!?…"
TABLE_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*")
MARKDOWN = re.compile(
    r"(?<!\*)\*\*(?=\S)[^*\n]{1,300}?(?<=\S)\*\*(?!\*)|(?<!\w)_(?=\w)[^_\n]{1,200}?(?<=\w)_(?!\w)"
    r"|\]\([^\s()]{1,500}(?:\([^\s()]{0,200}\)[^\s()]{0,200})?\)|\[\^\w{1,30}\]|<https?://[^\s<>]{1,500}>"
    r"|(?<!`)`[^`\n]{1,300}`(?!`)"
)


def format_of(text: str) -> str | None:
    """The format of a text that plainly is a document; None for plain text."""
    if len(text) > LONGEST_CHECKED:
        return None
    return next((name for name, is_of in TESTS if is_of(text)), None)


def is_json(text: str) -> bool:
    """Whether a text is an object or a list of JSON with a string in it."""
    body = text.strip()
    if (body[:1], body[-1:]) not in {("{", "}"), ("[", "]")} or '"' not in body:
        return False
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def is_html(text: str) -> bool:
    """Whether a text has elements that make paragraphs, or is a line with inline ones: in several lines without
    paragraphs, the line breaks mean something, which they do not in HTML."""
    if CUE.search(text):
        return False
    return BLOCK.search(text) is not None or ("\n" not in text.strip() and INLINE.search(text) is not None)


def is_vtt(text: str) -> bool:
    return CUE.search(text) is not None and "." in CUE.findall(text)[0].partition("-->")[0]


def is_srt(text: str) -> bool:
    return CUE.search(text) is not None


def is_message(text: str) -> bool:
    """Whether a text is a message of a program: with branches of ICU, escaped line breaks, or one accelerator."""
    if ICU.search(text) or ESCAPED_BREAK.search(text) or is_wrapped(text):
        return True
    return "\n" not in text and len(text) < 80 and len(ACCELERATOR.findall(text)) == 1


def is_table(text: str) -> bool:
    """Whether a text has rows of as many cells, at least three, in whose commas no space follows: prose has spaces."""
    lines = text.strip().splitlines()
    if len(lines) < 2 or ", " in QUOTED.sub("", text) or text.count('"') % 2:
        return False
    counts = {QUOTED.sub("", line).count(",") for line in lines}
    return len(counts) == 1 and min(counts) >= 2


def is_wrapped(text: str) -> bool:
    """Whether a text is a sentence over several lines: it begins with a capital and ends with a mark, and each line
    goes on where the one before broke off, in small letters."""
    lines = [line.strip() for line in text.strip().splitlines()]
    if len(lines) < 2 or not lines[0][:1].isupper() or lines[-1][-1:] not in SENTENCE_ENDS:
        return False
    return all(one[-1:].isalpha() and other[:1].islower() for one, other in pairwise(lines))


def is_markdown(text: str) -> bool:
    """Whether a text is a table of Markdown, or a line with its marks: several lines may be verses or items, which
    Markdown would run together."""
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and all(TABLE_ROW.fullmatch(line) for line in lines):
        return True
    return len(lines) == 1 and MARKDOWN.search(text) is not None


TESTS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("json", is_json),
    ("html", is_html),
    ("vtt", is_vtt),
    ("srt", is_srt),
    ("csv", is_table),
    ("messages", is_message),
    ("markdown", is_markdown),
)
