"""Books in EPUB 2 and 3: their XHTML documents are read as HTML; the titles in the package document, the table of
contents (NCX) and the navigation are texts too. Pictures, fonts, styles and all other members stay."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from urllib.parse import unquote

from app.formats import html
from app.formats.container import Archive
from app.formats.document import Document, FormatError
from app.formats.office import Paragraph, Tokens, Xml, document
from app.formats.xml_events import Event

CONTAINER = "META-INF/container.xml"
XHTML = "application/xhtml+xml"
NCX = "application/x-dtbncx+xml"
TITLES = {"dc:": frozenset({"title", "description"})}  # of the book, in the package document


def parse(archive: Archive) -> dict[str, Document]:
    """The documents of a book, by their members. Raises FormatError."""
    if CONTAINER not in archive.names:
        raise FormatError(f"The file is no EPUB: {CONTAINER} is missing. Make it anew.")
    roots = [path for path in attributes(Xml.of(archive.text(CONTAINER)), "rootfile", "full-path") if path]
    found: dict[str, Document] = {}
    for root in roots:
        if root not in archive.names or root in found:
            continue
        package = Xml.of(archive.text(root))
        found[root] = elements(package, lambda at, xml=package: is_title(xml, at))  # type: ignore[misc]
        for piece in package.events:
            if piece.event is not Event.START or piece.name != "item":
                continue
            name = posixpath.normpath(
                posixpath.join(posixpath.dirname(root), unquote(piece.attributes.get("href", "")))
            )
            kind = piece.attributes.get("media-type")
            if name in archive.names and name not in found:
                if kind == XHTML:
                    found[name] = html.parse(archive.text(name))
                elif kind == NCX:
                    contents = Xml.of(archive.text(name))
                    found[name] = elements(contents, lambda at, xml=contents: xml.events[at].name == "text")  # type: ignore[misc]
    if not found:
        raise FormatError("The file is no EPUB: its package document is missing. Make it anew.")
    return found


def attributes(xml: Xml, element: str, name: str) -> list[str]:
    return [p.attributes.get(name, "") for p in xml.events if p.event is Event.START and p.name == element]


def is_title(xml: Xml, index: int) -> bool:
    piece = xml.events[index]
    return piece.name in TITLES.get(piece.prefix, ())


def elements(xml: Xml, begins: Callable[[int], bool]) -> Document:
    """The texts of the elements that `begins` names, which have no others in them."""

    def read(index: int) -> Document:
        found = Tokens()
        found.words(" ".join(xml.words(index).split()))
        tag, end = xml.slice(index, index), xml.slice(xml.ends[index], xml.ends[index])
        return Paragraph(xml.element(index), found.tokens, found.references, lambda written: tag + written + end)

    return document(xml, begins, read)
