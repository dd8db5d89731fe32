"""XML as events that know where they stand in the document, by expat of the standard library.

Entities that the document declares are not expanded, and no external one is read: a reference to one stays a reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from xml.parsers import expat
from xml.parsers.expat import errors

from app.formats.document import FormatError


class Event(Enum):
    START = "start"
    END = "end"
    TEXT = "text"
    CDATA = "cdata"  # text between <![CDATA[ and ]]>
    OTHER = "other"  # comments, references, declarations


@dataclass(slots=True)
class Piece:
    """An event: the characters `start` to `end` of the document. Of `<x/>` the end is empty."""

    event: Event
    start: int
    end: int = 0
    name: str = ""  # without its prefix
    attributes: Mapping[str, str] = ()  # type: ignore[assignment]
    text: str = ""
    prefix: str = ""


def pieces(source: str) -> list[Piece]:
    """The events of a document; joined their characters are the document. Raises FormatError where it is no XML."""
    try:
        encoded = source.encode()
    except UnicodeEncodeError as error:
        raise FormatError(f"The document has half a character at {error.start}.") from None
    found: list[tuple[int, Piece]] = []
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = False
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    cdata = False

    def add(event: Event, name: str = "", attributes: Mapping[str, str] | None = None, text: str = "") -> None:
        prefix, colon, local = name.rpartition(":")
        found.append((parser.CurrentByteIndex, Piece(event, 0, 0, local, attributes or {}, text, prefix + colon)))

    def mark(inside: bool) -> None:
        nonlocal cdata
        cdata = inside
        add(Event.OTHER)

    parser.StartElementHandler = lambda name, attributes: add(Event.START, name, attributes)
    parser.EndElementHandler = lambda name: add(Event.END, name)
    parser.CharacterDataHandler = lambda text: add(Event.CDATA if cdata else Event.TEXT, text=text)
    parser.StartCdataSectionHandler = lambda: mark(True)
    parser.EndCdataSectionHandler = lambda: mark(False)
    parser.DefaultHandler = lambda data: add(Event.OTHER)
    try:
        parser.Parse(encoded, True)
    except expat.ExpatError as error:
        raise FormatError(explained(encoded, error)) from None
    result: list[Piece] = []
    place = size = 0
    for index, piece in found:
        size += len(encoded[place:index].decode())
        place = index
        if result:
            result[-1].end = size
        piece.start = size
        result.append(piece)
    if result:
        result[0].start = 0
        result[-1].end = len(source)
    return result


# Advice by the code of the parser's error.
REASONS = {
    errors.codes[name]: words
    for name, words in (
        (errors.XML_ERROR_NO_ELEMENTS, "the document ends here, though an element is still open or none has begun"),
        (errors.XML_ERROR_TAG_MISMATCH, "this closing tag is not that of the element that is open"),
        (errors.XML_ERROR_UNDEFINED_ENTITY, "XML knows no such entity: write the character itself, and &amp; for &"),
        (
            errors.XML_ERROR_INVALID_TOKEN,
            "write &amp; for &, &lt; for <, and the values of attributes in quotation marks",
        ),
        (errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT, "something stands behind the end of the root element"),
        (errors.XML_ERROR_SYNTAX, "a tag is expected"),
        (errors.XML_ERROR_DUPLICATE_ATTRIBUTE, "the tag has this attribute twice"),
        (errors.XML_ERROR_UNCLOSED_TOKEN, "the tag or comment that begins here does not end"),
        (errors.XML_ERROR_UNCLOSED_CDATA_SECTION, "the section <![CDATA[ that begins here does not end with ]]>"),
        (errors.XML_ERROR_UNBOUND_PREFIX, "the prefix in this tag is not declared"),
    )
}


def explained(encoded: bytes, error: expat.ExpatError) -> str:
    """Where the document stops being XML, and what to change there."""
    lines = encoded.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n", error.lineno)
    column = len(lines[error.lineno - 1][: error.offset].decode(errors="replace")) + 1
    here = lines[error.lineno - 1][error.offset : error.offset + 1]
    if error.code == errors.codes[errors.XML_ERROR_INVALID_TOKEN] and b"" < here.strip() < b" ":
        return f"The document is no XML: line {error.lineno}, column {column}: remove the control character there."
    reason = REASONS.get(error.code) or (expat.ErrorString(error.code) if error.code else str(error))
    return f"The document is no XML: line {error.lineno}, column {column}: {reason}."


def closing(events: list[Piece]) -> dict[int, int]:
    """The index of the end of each element by that of its start."""
    ends: dict[int, int] = {}
    stack: list[int] = []
    for index, piece in enumerate(events):
        if piece.event is Event.START:
            stack.append(index)
        elif piece.event is Event.END:
            ends[stack.pop()] = index
    return ends


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;")
