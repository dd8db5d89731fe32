"""Which values of data are texts: words are, numbers, dates, identifiers, addresses and codes are not."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.formats.document import Document, FormatError
from app.formats.messages import parse as parse_message

# One word that no dictionary has: with a digit, an underscore or a capital inside of it, a path, a dot or a colon
# between letters; locales such as en-US, and the constants of programs.
CODE = re.compile(
    r"\S*[\d_\\=#]\S*|[~.]{0,2}/\S+|\S+/\S*/\S*|\S+/\S+\.\w+|\S+[:.@]\S+|[a-z]+[A-Z]\w*|(?:[A-Z][a-z]+){2,}"
    r"|(?:image|text|application|audio|video|font|multipart)/\S+|[a-z]{2,3}-(?:[A-Z]{2,3}|[A-Z][a-z]{3})"
    r"|true|false|null|none|undefined"
)
ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://|mailto:|data:|www\.)\S+|[^\s@]+@[^\s@]+\.\w+", re.IGNORECASE)
# An identifier of a program: the name of a column.
IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:[_.-]?[A-Za-z0-9]+)*")
# A symbol of a stock, a country, a currency: words only where most others of its list are.
SYMBOL = re.compile(r"[A-Z]{1,5}|[A-Z0-9]{2,5}")
DATE = re.compile(r"(?:\w{3,9}\.? \d{1,2},? \d{4}|\d{1,2}\.? \w{3,9}\.? \d{4})(?:,? \d{1,2}:\d\d(?::\d\d)?)?")
UNSPACED = 0x2E80  # from here on scripts that put no space between words
PLACEHOLDER = re.compile(r"\{\{?[^{}]*\}\}?|%\S")


def is_text(value: str) -> bool:
    """Whether a value has words to translate."""
    value = value.strip()
    if not any(map(str.isalpha, value)):
        return False
    if ADDRESS.fullmatch(value) or DATE.fullmatch(value):
        return False
    if any(map(str.isspace, value)):
        # A date with a time, an amount: no word of three letters.
        return re.search(r"[^\W\d_]{3}", value) is not None or any(ord(c) >= UNSPACED for c in value)
    if any(ord(c) >= UNSPACED for c in value) or PLACEHOLDER.search(value):
        return True
    return CODE.fullmatch(value) is None


def are_symbols(values: Iterable[str]) -> bool:
    """Whether the values of a list or a column are symbols: two and more, and all in capitals. A single one may be a
    word."""
    found = {value.strip() for value in values} - {""}
    return len(found) > 1 and all(map(SYMBOL.fullmatch, found))


def content(value: str, syntax: str) -> Document:
    """The message in a value. One that is not of the syntax named is read by `auto`: data has all kinds."""
    try:
        return parse_message(value, syntax=syntax)
    except FormatError:
        if syntax == "icu":
            return parse_message(value)
        raise
