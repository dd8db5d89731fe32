"""Lines of keys and values, as in .ini, .env and .strings files: values are messages, all else stays.

Plain text is read so where it has this shape; what is known to be a .properties file has the grammar of Java.
"""

from __future__ import annotations

import re

from app.formats.document import Document
from app.formats.passages import Composite, Field
from app.formats.values import content, is_text

ENTRY = re.compile(
    r'^[ \t]*(?P<key>"(?:[^"\\\r\n]|\\.){1,200}+"|[\w.-]{1,100}+)(?P<sign>[ \t]*=[ \t]*)'
    r'(?:"(?P<quoted>(?:[^"\\\r\n]|\\.)*+)"[ \t]*;?|(?P<bare>[^"\r\n][^\r\n]*)?)[ \t]*(?=\r?$)',
    re.MULTILINE,
)
OTHER = re.compile(r"[#;].*|//.*|/\*.*\*/|\[[^\[\]]{1,100}\]")  # a comment, the head of a section
QUOTE = re.compile(r'(\\.)|"')


def parse(source: str) -> Document:
    """Every text is one, so nothing is refused."""
    parts: list[str | Document] = []
    place = 0
    for entry in ENTRY.finditer(source):
        group = "quoted" if entry["quoted"] is not None else "bare"
        value = (entry[group] or "").rstrip(" \t")
        if is_text(value):
            start = entry.start(group)
            field = Field(value, value, content(value, "auto"), escaped if group == "quoted" else str)
            parts += (source[place:start], field)
            place = start + len(value)
    return Composite([*parts, source[place:]])


def escaped(value: str) -> str:
    """A value between quotation marks: its own have a backslash."""
    return QUOTE.sub(lambda match: match[1] or '\\"', value)
