"""Java's .properties files: the values of entries are messages; keys, comments and the layout stay.

The grammar is that of java.util.Properties.load, which is regular. All quantifiers are possessive: time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from app.formats.document import Document, FormatError
from app.formats.messages import check_syntax
from app.formats.passages import Composite, Field
from app.formats.values import content, is_text

LINE = re.compile(r"[ \t\f]*+(?:[#!][^\r\n]*+|(?:[^\\\r\n]|\\(?:\r\n|[\s\S]|\Z))*+)(?:\r\n|[\r\n]|\Z)")
# A key ends at the first white space, = or : without a backslash before it.
KEY = re.compile(r"[ \t\f]*+(?:[^\\=:\s]|\\(?:\r\n|[\r\n])[ \t\f]*+|\\.)++[ \t\f]*+[=:]?[ \t\f]*+")
ESCAPE = re.compile(r"\\(?:u(?P<code>.{0,4})|(?P<joint>(?:\r\n|[\r\n])[ \t\f]*+)|(?P<char>.)|\Z)")
CODE = re.compile(r"[0-9A-Fa-f]{4}")
NAMED = {"t": "\t", "n": "\n", "f": "\f", "r": "\r"}
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
ARGUMENT = re.compile(r"\{\d")  # of java.text.MessageFormat, in which an apostrophe is written twice


def parse(source: str, *, syntax: str = "auto") -> Document:
    """Parse a .properties file. `syntax` is that of the messages in it. Raises FormatError with the line of an escape
    that is none."""
    check_syntax(syntax)
    encode = encoder(ascii_only=source.isascii())
    parts: list[str | Document] = []
    place = 0
    for line in LINE.finditer(source):
        entry = line.group().removeprefix("\ufeff" if not line.start() else "")
        key = KEY.match(entry) if entry.lstrip(" \t\f")[:1] not in ("#", "!") else None
        if key is None:
            continue
        written = entry[key.end() :].rstrip("\r\n")
        start = line.end() - len(entry) + key.end()
        try:
            value = unescaped(written)
        except FormatError as error:
            raise FormatError(f"Line {source.count(chr(10), 0, start) + 1} {error.detail}") from None
        if is_text(value):
            chosen = "icu" if syntax == "auto" and "''" in value and ARGUMENT.search(value) else syntax
            parts += (source[place:start], Field(written, value, content(value, chosen), encode))
            place = start + len(written)
    return Composite([*parts, source[place:]])


def unescaped(written: str) -> str:
    """Raises FormatError."""

    def meaning(match: re.Match[str]) -> str:
        if match["code"] is not None:
            if not CODE.fullmatch(match["code"]):
                raise FormatError("has \\u without four hexadecimal digits behind it: write \\\\u there.")
            return chr(int(match["code"], 16))
        if match["char"] is not None:
            return NAMED.get(match["char"], match["char"])
        return ""

    value = ESCAPE.sub(meaning, written)
    # Characters beyond U+FFFF are two escapes, a pair of UTF-16.
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if "\\u" in written else value


def encoder(*, ascii_only: bool) -> Callable[[str], str]:
    """Writes a value; with `ascii_only` other characters as escapes, which every Java reads."""

    def encode(value: str) -> str:
        body = "".join(ESCAPES.get(char) or (escaped(char) if ascii_only else char) for char in value)
        return "\\" + body if body[:1] == " " else body

    return encode


def escaped(text: str) -> str:
    """The characters outside of ASCII as escapes of Java, those beyond U+FFFF as two."""
    units = [char if char.isascii() else char.encode("utf-16-be", "replace").hex() for char in text]
    return "".join(unit if len(unit) == 1 else re.sub("(....)", r"\\u\1", unit) for unit in units)
