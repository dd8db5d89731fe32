"""The structure of .docx, .odt and .epub without their words, as zipfile and ElementTree see it: all members without
texts are equal, in order and compression; in members with texts the elements outside paragraphs are equal, and each
paragraph has the same links, notes, fields, comments, deleted texts and formatting of words, in any order.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

Structure = list[object]
Element = ElementTree.Element


@dataclass(frozen=True)
class Kind:
    """Names of elements and attributes without their namespaces."""

    paragraphs: frozenset[str]
    descriptions: frozenset[str]  # attributes or elements whose text is translated
    words: frozenset[str] = frozenset()  # elements whose text is translated
    runs: frozenset[str] = frozenset()  # elements of text runs, of any number in a paragraph: their formatting counts
    unseen: frozenset[str] = frozenset()  # elements that office programs regenerate
    stays: frozenset[str] = frozenset()  # elements whose text stays


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


KINDS = {
    "docx": Kind(
        paragraphs=names("p"),
        words=names("t"),
        runs=names("r"),
        unseen=names("proofErr lastRenderedPageBreak softHyphen lang noProof rsid"),
        stays=names("delText instrText fldSimple oMath"),
        descriptions=names("descr title"),
    ),
    "odt": Kind(
        paragraphs=names("p h"),
        words=names("p h span a"),
        unseen=names("s soft-page-break"),
        stays=names("annotation tracked-changes page-number bookmark-ref note-citation sequence"),
        descriptions=names("title desc"),
    ),
    "epub": Kind(
        paragraphs=names("p h1 h2 h3 h4 li td th dt dd title text description"), descriptions=names("alt title")
    ),
}
UNSEEN_ATTRIBUTES = ("rsid", "paraId", "textId", "space")
PREFIXES = {"docx": ("word/document", "word/header", "word/footer", "word/endnotes"), "odt": ("content.", "styles.")}
SUFFIXES = (".xhtml", ".html", ".opf", ".ncx")


def has_texts(name: str, format: str) -> bool:
    return name.endswith(SUFFIXES) if format == "epub" else name.startswith((*PREFIXES[format], "word/footnotes"))


def structure(data: bytes, format: str) -> Structure:
    found: Structure = []
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for member in package.infolist():
            content = package.read(member)
            found.append((member.filename, member.compress_type))
            if has_texts(member.filename, format):
                found += tree(ElementTree.fromstring(content), KINDS[format])
            else:
                found.append(content)
    return found


def local(name: object) -> str:
    return str(name).rpartition("}")[2]


def tree(root: Element, kind: Kind) -> Structure:
    """All elements in their order, those of a paragraph as one."""
    found: Structure = []
    waiting = [root]
    while waiting:
        element = waiting.pop()
        name = local(element.tag)
        if name in kind.stays:
            found.append(ElementTree.tostring(element))
        elif name in kind.paragraphs:
            inside, nested = paragraph(element, kind)
            found.append((name, attributes(element, kind), inside))
            waiting += reversed(nested)
        elif name not in kind.unseen:
            found.append((name, attributes(element, kind), name in kind.descriptions or (element.text or "").strip()))
            waiting += reversed(element)
    return found


def paragraph(element: Element, kind: Kind) -> tuple[object, list[Element]]:
    """The elements of a paragraph, and the paragraphs inside it, as in a note or a text box."""
    inside: list[str] = []
    looks: set[str] = set()
    nested: list[Element] = []
    has_words = any(map(str.isalpha, "".join(words(element, kind))))

    def visit(parent: Element) -> None:
        for child in parent:
            name = local(child.tag)
            if name in kind.stays:
                inside.append(serialised(child))
            elif name in kind.paragraphs:
                nested.append(child)
            elif name in kind.runs:
                if any(map(str.isalpha, "".join(words(child, kind)))):
                    looks.add(look(child, kind))
                visit(child)
            elif not name.startswith("rPr") and name not in (kind.unseen | kind.words if kind.runs else kind.unseen):
                inside.append(f"{name} {attributes(child, kind)}")
                visit(child)

    visit(element)
    return (has_words, sorted(inside), sorted(looks)), nested


def serialised(element: Element) -> str:
    tail, element.tail = element.tail, None
    written = ElementTree.tostring(element, "unicode")
    element.tail = tail
    return written


def words(element: Element, kind: Kind) -> Iterator[str]:
    for child in element.iter():
        if not kind.words or local(child.tag) in kind.words:
            yield child.text or ""
    if not kind.runs:  # words stand between elements
        for child in element.iter():
            yield (child.tail or "") if child is not element else ""


def look(run: Element, kind: Kind) -> str:
    """The formatting of a run that can be seen."""
    formatting = next((child for child in run if local(child.tag) == "rPr"), None)
    shown = [] if formatting is None else [child for child in formatting if local(child.tag) not in kind.unseen]
    return " ".join(f"{local(child.tag)} {attributes(child, kind)}" for child in shown)


def attributes(element: Element, kind: Kind) -> list[tuple[str, str]]:
    return sorted(
        (local(name), "" if local(name) in kind.descriptions else value)
        for name, value in element.attrib.items()
        if not local(name).startswith(UNSEEN_ATTRIBUTES)
    )
