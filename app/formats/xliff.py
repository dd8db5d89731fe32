"""XLIFF 1.2 and 2.0: the texts of `<source>` elements; their translations are written into `<target>`, which is made
where there is none. A unit that has a translation keeps it; so does one with translate="no"."""

from __future__ import annotations

from collections.abc import Sequence

from app.formats.document import Document, FormatError, Text
from app.formats.messages import check_syntax
from app.formats.passages import Composite
from app.formats.tokens import Kind, Token
from app.formats.xml_content import content
from app.formats.xml_events import Event, Piece, closing, pieces

UNITS = {"trans-unit", "segment"}
NATIVE = {"ph", "it", "x", "sub", "cp"}  # stand for code of the original document
OPENING = {"bpt": "rid", "bx": "rid", "sc": "id"}  # with the attribute that names their pair
CLOSING = {"ept": "rid", "ex": "rid", "ec": "startRef"}
UNTRANSLATED = {"new", "needs-translation", "needs-l10n"}  # states of a target that is a copy of its source


class Unit:
    """The stretch from a source to its target; it is rendered with the translation as the content of the target."""

    def __init__(self, before: str, after: str, source: str, texts: Document) -> None:
        """`source` is the stretch of the document, which is replaced by `before`, the translation and `after`."""
        self.before, self.after, self.source, self.content = before, after, source, texts
        self.texts: Sequence[Text] = texts.texts

    def render(self, translations: Sequence[Text]) -> str:
        if all(new is old for new, old in zip(translations, self.texts, strict=True)):
            return self.source
        return self.before + self.content.render(translations) + self.after


def parse(source: str, *, syntax: str = "auto", overwrite: bool = False) -> Document:
    """Parse XLIFF. `syntax` is that of the messages; `overwrite` also takes units with a translation."""
    check_syntax(syntax)
    events = pieces(source)
    ends = closing(events)
    root = next((piece.name for piece in events if piece.event is Event.START), "")
    if root != "xliff":
        raise FormatError(f"The document is no XLIFF: its root is <{root}>, not <xliff>.")
    parts: list[str | Document] = []
    place = done = 0
    stack: list[tuple[str, bool]] = [("", True)]  # names of elements, and whether they are to be translated
    for index, piece in enumerate(events):
        if piece.event is Event.END:
            stack.pop()
        if piece.event is not Event.START:
            continue
        translate = piece.attributes.get("translate", "yes" if stack[-1][1] else "no") != "no"
        stack.append((piece.name, translate))
        if piece.name not in UNITS or not translate or index < done:
            continue
        done = ends[index]
        unit = parsed(source, events, ends, index, syntax, overwrite)
        if unit is not None:
            parts += (source[place : unit[0]], unit[1])
            place = unit[2]
    return Composite([*parts, source[place:]])


def parsed(
    source: str, events: list[Piece], ends: dict[int, int], index: int, syntax: str, overwrite: bool
) -> tuple[int, Unit, int] | None:
    """The unit in a trans-unit or segment, and where the stretch begins and ends that it replaces."""
    children: dict[str, int] = {}
    child = index + 1
    while child < ends[index]:
        if events[child].event is Event.START:
            children.setdefault(events[child].name, child)
            child = ends[child]
        child += 1
    if "source" not in children:
        return None
    start = children["source"]
    texts = content(source, events, start + 1, ends[start], syntax, lambda at: inline(source, events, ends, at))
    if not texts.texts:
        return None
    prefix = events[start].prefix
    target = children.get("target")
    if target is None:
        place = events[ends[children.get("seg-source", start)]].end
        previous = events[start - 1]
        gap = source[previous.start : previous.end] if previous.event is Event.TEXT else ""
        space = indentation(source, events[start].start) if not gap.strip() else ""
        return place, Unit(f"{space}<{prefix}target>", f"</{prefix}target>", "", texts), place
    first, last = events[target], events[ends[target]]
    held = source[first.end : last.start]
    translated = held.strip() and first.attributes.get("state") not in UNTRANSLATED
    if target < start or (translated and not overwrite):
        return None
    tag = source[first.start : first.end]
    if tag.endswith("/>"):
        return first.start, Unit(tag[:-2].rstrip() + ">", f"</{prefix}target>", tag, texts), last.end
    return first.end, Unit("", "", held, texts), last.start


def indentation(source: str, place: int) -> str:
    """The line break and the spaces before a place."""
    start = place
    while start and source[start - 1] in " \t":
        start -= 1
    if start and source[start - 1] in "\r\n":
        start -= 2 if source[start - 2 : start] == "\r\n" else 1
        return source[start:place]
    return ""


def inline(source: str, events: list[Piece], ends: dict[int, int], index: int) -> tuple[Token, int]:
    """The token of an inline element, and the index of the event behind it."""
    piece = events[index]
    end = ends[index]
    whole = source[piece.start : events[end].end]
    attributes = piece.attributes
    if piece.name in OPENING or piece.name in CLOSING:
        named = OPENING.get(piece.name) or CLOSING[piece.name]
        name = "pair " + (attributes.get(named) or attributes.get("id") or "")
        return Token(Kind.OPEN if piece.name in OPENING else Kind.CLOSE, whole, name=name), end + 1
    words = "".join(p.text for p in events[index:end] if p.event in (Event.TEXT, Event.CDATA))
    if piece.name in NATIVE:
        shown = attributes.get("equiv-text") or attributes.get("disp") or attributes.get("equiv") or words
        variable = shown.strip() and not shown.lstrip().startswith("<") and len(shown) <= 60
        return Token(Kind.KEPT, whole, shown.strip()) if variable else Token(Kind.EMPTY, whole), end + 1
    protected = attributes.get("translate") == "no" or attributes.get("mtype") == "protected"
    if protected and words:
        return Token(Kind.KEPT, whole, words), end + 1
    if end == index + 1:
        return Token(Kind.EMPTY, whole), end + 1
    return Token(Kind.OPEN, source[piece.start : piece.end], name=piece.name), index + 1
