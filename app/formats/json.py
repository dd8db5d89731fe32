"""JSON and JSON Lines: strings are translated, keys, numbers and the layout stay.

Parsed by the decoder of the standard library, whose strings are made to know their place in the document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from json.scanner import py_make_scanner  # type: ignore[attr-defined]

from app.formats.document import Document, FormatError
from app.formats.json_errors import explained
from app.formats.passages import Composite, Field
from app.formats.values import content, is_text

# Keys whose values are for programs.
PROGRAM_KEYS = """
    id ids uid uuid guid key keys type kind class classname href url uri src link icon image lang language locale code
    slug path file filename email phone color colour style format version date time created updated timestamp hash
    sha256 md5 token secret password username encoding charset mime mimetype regex pattern selector currency
    $schema $ref $id
"""
SKIPPED_KEYS = frozenset(PROGRAM_KEYS.split())


@dataclass(slots=True, frozen=True)
class Place:
    """A string of the document with its quotation marks, from `start` to `end`."""

    start: int
    end: int
    value: str


class Decoder(json.JSONDecoder):
    """Gives strings as places, objects as lists of pairs, and numbers as they are written: none is too long."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=Pairs, parse_int=str, parse_float=str, parse_constant=constant)
        self.parse_string = placed
        self.scan_once = py_make_scanner(self)


class Pairs(list[tuple[str, object]]):
    """The members of an object: keys may come twice."""


def placed(source: str, start: int, strict: bool = True) -> tuple[Place, int]:
    value, end = scanstring(source, start, strict)
    return Place(start - 1, end, value), end


def constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON value")


def parse(
    source: str,
    *,
    syntax: str = "auto",
    keys: Sequence[str] | None = None,
    skip: Sequence[str] = (),
) -> Document:
    """Parse JSON or JSON Lines.

    `keys` translates only values under these keys, whatever they look like; `skip` leaves values under others too.
    `syntax` is that of the messages in the strings. Raises FormatError where the document is no JSON, or has texts
    under none of the `keys`.
    """
    chosen, skipped = frozenset(keys or ()), SKIPPED_KEYS | {key.casefold() for key in skip}

    def wanted(place: Place, path: Sequence[str]) -> bool:
        if keys is not None:
            return any(map(str.isalpha, place.value)) and any(key in chosen for key in path)
        return is_text(place.value) and not (path and path[-1].casefold() in skipped)

    parts: list[str | Document] = []
    end = 0
    ascii_only = source.isascii() and "\\u" in source
    for value in values(source):
        for place, path in strings(value):
            if not wanted(place, path):
                continue
            written = source[place.start : place.end]
            field = Field(written, place.value, content(place.value, syntax), encoder(written, ascii_only))
            parts += (source[end : place.start], field)
            end = place.end
    if keys is not None and not parts:
        raise FormatError(f"The document has no text under the keys {', '.join(keys)}: name others, or none.")
    return Composite([*parts, source[end:]])


def values(source: str) -> Iterator[object]:
    """The values of the document: one, or one a line."""
    decoder = Decoder()
    start = 1 if source.startswith("\ufeff") else 0
    count = 0
    while True:
        while start < len(source) and source[start] in " \t\r\n":
            start += 1
        if start == len(source):
            break
        try:
            value, end = decoder.raw_decode(source, start)
        except JSONDecodeError as error:
            raise FormatError(explained(error)) from None
        except RecursionError:
            raise FormatError("The document is nested too deep: some 200 levels are the most.") from None
        except ValueError as error:
            raise FormatError(f"The document is no JSON: {error}: write null, or the text in double quotes.") from None
        count += 1
        line_end = source.find("\n", end)
        rest = source[end : line_end if line_end >= 0 else len(source)]
        if rest.strip():
            line = source.count("\n", 0, end) + 1
            raise FormatError(f"The document is no JSON: line {line} goes on behind its value. Put one value a line.")
        yield value
        start = end
    if not count:
        raise FormatError("The document is empty: JSON wants a value.")


def strings(value: object) -> Iterator[tuple[Place, tuple[str, ...]]]:
    """The strings of a value in the order of the document, each with the keys above it."""
    stack: list[tuple[object, tuple[str, ...]]] = [(value, ())]
    while stack:
        node, path = stack.pop()
        if isinstance(node, Place):
            yield node, path
        elif isinstance(node, Pairs):
            stack.extend((child, (*path, key)) for key, child in reversed(node))
        elif isinstance(node, list):
            stack.extend((child, path) for child in reversed(node))


def encoder(written: str, ascii_only: bool) -> Callable[[str], str]:
    """Writes a string as the document writes its own: with characters outside of ASCII as escapes or as themselves."""
    escaped_slash = "\\/" in written

    def encode(value: str) -> str:
        encoded = json.dumps(value, ensure_ascii=ascii_only)
        return encoded.replace("/", "\\/") if escaped_slash else encoded

    return encode
