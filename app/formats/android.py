"""String resources of Android (strings.xml): strings, plurals and arrays, but not those with translatable="false"."""

from __future__ import annotations

from app.formats.document import Document, FormatError
from app.formats.passages import Composite
from app.formats.tokens import Kind, Token
from app.formats.values import are_symbols, is_text
from app.formats.xml_content import content
from app.formats.xml_events import Event, Piece, closing, pieces


def parse(source: str) -> Document:
    """Parse a resource file. Raises FormatError where it is none."""
    events = pieces(source)
    ends = closing(events)
    root = next((piece.name for piece in events if piece.event is Event.START), "")
    if root != "resources":
        raise FormatError(f"The document is no resource file of Android: its root is <{root}>, not <resources>.")
    parts: list[str | Document] = []
    place = index = 0
    while index < len(events):
        piece = events[index]
        if piece.event is Event.START and stays(piece, events, ends, index):
            index = ends[index]
        elif piece.event is Event.START and piece.name in ("string", "item"):
            end = ends[index]
            if is_text(words(events, index, end)):
                texts = content(source, events, index + 1, end, "android", lambda at: inline(source, events, ends, at))
                parts += (source[place : piece.end], texts)
                place = events[end].start
            index = end
        index += 1
    return Composite([*parts, source[place:]])


def stays(piece: Piece, events: list[Piece], ends: dict[int, int], index: int) -> bool:
    """Whether nothing of an element is translated."""
    is_array = piece.name == "string-array"
    return piece.attributes.get("translatable") == "false" or (is_array and are_symbols(items(events, ends, index)))


def words(events: list[Piece], start: int, end: int) -> str:
    return "".join(piece.text for piece in events[start:end] if piece.event in (Event.TEXT, Event.CDATA))


def items(events: list[Piece], ends: dict[int, int], index: int) -> list[str]:
    """The texts of an array."""
    starts = (place for place in range(index + 1, ends[index]) if events[place].event is Event.START)
    return [words(events, place, ends[place]) for place in starts]


def inline(source: str, events: list[Piece], ends: dict[int, int], index: int) -> tuple[Token, int]:
    """The token of an inline element, and the index of the event behind it. `<xliff:g>` is a placeholder."""
    piece, end = events[index], ends[index]
    whole = source[piece.start : events[end].end]
    if piece.name == "g":
        plain = words(events, index, end)
        return Token(Kind.KEPT, whole, plain) if plain else Token(Kind.EMPTY, whole), end + 1
    if end == index + 1:
        return Token(Kind.EMPTY, whole), end + 1
    return Token(Kind.OPEN, source[piece.start : piece.end], name=piece.name), index + 1
