"""Marks of HTML and Markdown, which say how a text looks and not what it means: a reader of sentiment leaves them out.

Documents to translate keep theirs and are parsed (`app/formats`); here a stray mark more or less does no harm, and most
texts have none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_INLINE = """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q s samp small span strike strong sub sup
    time tt u var wbr
"""
INLINE = frozenset(_INLINE.split())  # words go on over these

# Each pattern stops at the next `<`, so that a text of nothing else is read once.
UNSEEN = re.compile(r"<!--[^<>]*+(?<=--)>|<(script|style)\b[^<>]*+>[^<]*+</\1\s*+>", re.IGNORECASE)
TAG = re.compile(r"<(?:/?([A-Za-z][A-Za-z0-9-]{0,20})(?:\s[^<>]*+)?/?|![A-Za-z][^<>]{0,200})>")
HEADING = re.compile(r"(?m)^ {0,3}(?:#{1,6}|>|[*+-])[ \t]++(?=\S)")
LINKED = re.compile(r"!?\[([^\[\]\n]{1,500})\]\((?:[^\s()]{1,2000})(?:[ \t]\"[^\"\n]{0,200}\")?\)")
EMPHASIS = re.compile(r"(?<![\w*_~`])(\*{1,3}|_{1,3}|~~|`{1,3})(?=[^\s*_~`])([^*_~`\n]{1,500})(?<=\S)\1(?![\w*_~`])")

LINE_MARKS = tuple("#>*+-")


def without_tag(match: re.Match[str]) -> str:
    return "" if match[1] and match[1].lower() in INLINE else " "


Rewrite = Callable[[re.Match[str]], str] | str | None


def rewrites(text: str) -> Iterator[tuple[re.Pattern[str], Rewrite]]:
    """Patterns of the marks that a text may have, in their order, with what to put in place of a match; None where its
    last group stays."""
    if "<" in text and ">" in text:
        yield UNSEEN, " "
        yield TAG, without_tag
    if text.startswith(LINE_MARKS) or "\n" in text:
        yield HEADING, ""
    if "](" in text:
        yield LINKED, None
    if "*" in text or "_" in text or "`" in text or "~~" in text:
        yield EMPHASIS, None


def without_markup(text: str) -> str:
    for pattern, replacement in rewrites(text):
        text = pattern.sub(last_group if replacement is None else replacement, text)
    return text


def last_group(match: re.Match[str]) -> str:
    return match[match.re.groups]
