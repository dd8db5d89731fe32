"""OpenDocument texts (.odt): paragraphs, headings, notes, tables, headers and footers, titles and descriptions.

content.xml has the text, styles.xml the headers and footers. All other members of the package stay.
"""

from __future__ import annotations

from app.formats.container import Archive
from app.formats.document import Document, FormatError
from app.formats.office import CODE_STYLE, DEEPEST, Paragraph, Tokens, Xml, document, within
from app.formats.tokens import Kind
from app.formats.xml_events import Event

PARTS = ("content.xml", "styles.xml")
PARAGRAPHS = frozenset({"p", "h"})
DESCRIPTIONS = frozenset({"title", "desc"})  # of pictures
AROUND = frozenset({"span", "a", "meta", "ruby-base"})
BREAKS = frozenset({"tab", "line-break"})
SPACE = "s"
NESTED = frozenset({"note", "frame", "custom-shape", "rect", "text-box"})  # with paragraphs of their own
# Fields that a program fills with words or figures: the sentence has them, and nobody translates them.
FIELDS = frozenset(
    {"page-number", "page-count", "sequence", "date", "time", "chapter", "bookmark-ref", "reference-ref"}
)
STAYING = frozenset({"tracked-changes"})


def parse(archive: Archive) -> dict[str, Document]:
    """The documents of a package, by their members. Raises FormatError."""
    if "content.xml" not in archive.names:
        raise FormatError("The file is no OpenDocument: content.xml is missing. Save it as .odt anew.")
    return {name: parsed(Xml.of(archive.text(name))) for name in PARTS if name in archive.names}


def parsed(xml: Xml) -> Document:
    return document(xml, lambda index: begins(xml, index), lambda index: paragraph(xml, index, 0))


def begins(xml: Xml, index: int) -> bool:
    piece = xml.events[index]
    if piece.name in STAYING:
        return True
    return (piece.prefix == "text:" and piece.name in PARAGRAPHS) or (
        piece.prefix == "svg:" and piece.name in DESCRIPTIONS
    )


def paragraph(xml: Xml, index: int, depth: int) -> Document | None:
    if xml.events[index].name in STAYING or CODE_STYLE.search(xml.prefixed(index, "style-name")):
        return None
    found = Tokens()
    read(xml, index + 1, xml.ends[index], found, depth)
    before, after = xml.slice(index, index), xml.slice(xml.ends[index], xml.ends[index])
    return Paragraph(xml.element(index), found.tokens, found.references, lambda written: before + written + after)


def is_around(xml: Xml, index: int) -> bool:
    return xml.events[index].name in AROUND and not CODE_STYLE.search(xml.prefixed(index, "style-name"))


def read(xml: Xml, first: int, last: int, found: Tokens, depth: int) -> None:
    """Take the events from `first` up to `last`."""
    index = first
    while index < last:
        piece, end = xml.events[index], xml.ends.get(index, index)
        if piece.event in (Event.TEXT, Event.CDATA):
            found.words(" " if piece.text in ("\n", "\t") else piece.text)
        elif piece.event is Event.END:
            found.close()
        elif piece.event is not Event.START:
            found.add(Kind.MARK, xml.slice(index, index))
        elif is_around(xml, index) and len(found.opened) < DEEPEST:
            found.open(xml.slice(index, index), xml.slice(end, end))
            end = index
        elif piece.name == SPACE:
            found.words(" ")
        elif piece.name in BREAKS:
            found.add(Kind.BREAK, xml.element(index))
        elif piece.name in NESTED and depth < DEEPEST:
            inner = within(xml, index, end + 1, lambda at: begins(xml, at), lambda at: paragraph(xml, at, depth + 1))
            found.add(Kind.MARK, inner)
        else:
            words = xml.words(index) if piece.name in FIELDS or piece.name in AROUND else ""
            found.add(Kind.KEPT if words.strip() else Kind.MARK, xml.element(index), words)
        index = end + 1
