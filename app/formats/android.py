"""String resources of Android (strings.xml): strings, plurals and arrays, but not those with translatable="false"."""

from __future__ import annotations

from app.formats.document import Document, FormatError
from app.formats.passages import Composite
from app.formats.tokens import Kind, Token
from app.formats.values import is_text
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
        if piece.event is Event.START and piece.attributes.get("translatable") == "false":
            index = ends[index]
        elif piece.event is Event.START and piece.name in ("string", "item"):
            end = ends[index]
            words = "".join(p.text for p in events[index:end] if p.event in (Event.TEXT, Event.CDATA))
            if is_text(words):
                texts = content(source, events, index + 1, end, "android", lambda at: inline(source, events, ends, at))
                parts += (source[place : piece.end], texts)
                place = events[end].start
            index = end
        index += 1
    return Composite([*parts, source[place:]])


def inline(source: str, events: list[Piece], ends: dict[int, int], index: int) -> tuple[Token, int]:
    """The token of an inline element, and the index of the event behind it. `<xliff:g>` is a placeholder."""
    piece, end = events[index], ends[index]
    whole = source[piece.start : events[end].end]
    if piece.name == "g":
        words = "".join(p.text for p in events[index:end] if p.event in (Event.TEXT, Event.CDATA))
        return Token(Kind.KEPT, whole, words) if words else Token(Kind.EMPTY, whole), end + 1
    if end == index + 1:
        return Token(Kind.EMPTY, whole), end + 1
    return Token(Kind.OPEN, source[piece.start : piece.end], name=piece.name), index + 1
