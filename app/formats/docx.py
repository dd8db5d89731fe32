"""Word documents (.docx): the paragraphs of the text, of headers, footers, notes and text boxes, and descriptions of
pictures. Comments and deleted text stay, as do all other members of the package.

A paragraph has runs, each with its own formatting. The formatting of most of its words is that of the paragraph; runs
with another one are inline elements, as are links. Runs that editing has split are read as one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.formats.container import Archive
from app.formats.document import Document, FormatError
from app.formats.office import CODE_STYLE, DEEPEST, Paragraph, Tokens, Xml, attribute_texts, document, within
from app.formats.passages import Composite
from app.formats.tokens import Kind
from app.formats.xml_events import Event

CONTENT_TYPES = "[Content_Types].xml"
TEXT_PARTS = ("main+xml", "header+xml", "footer+xml", "footnotes+xml", "endnotes+xml")
AROUND = frozenset({"hyperlink", "ins", "moveTo", "smartTag", "sdt"})  # their runs belong to the sentence
HOLDERS = {"sdt": "sdtContent"}  # an element around whose content other elements stand
DROPPED = frozenset({"proofErr", "lastRenderedPageBreak", "softHyphen"})  # Word makes them again
BREAKS = frozenset({"tab", "br", "cr", "ptab"})
INVISIBLE = re.compile(r"<\w+:(?:lang|noProof)\b[^>]*/>")  # formatting that nobody sees
WRITTEN = re.compile("\x01(\x06\\d+\x07)\x02|(\x03)|(\x06\\d+\x07)|([^\x01-\x07]+)")


def parse(archive: Archive) -> dict[str, Document]:
    """The documents of a package, by their members. Raises FormatError."""
    if CONTENT_TYPES not in archive.names:
        raise FormatError("The file is no Word document: its list of content types is missing. Save it as .docx anew.")
    types = Xml.of(archive.text(CONTENT_TYPES))
    names = [
        piece.attributes.get("PartName", "").lstrip("/")
        for piece in types.events
        if piece.event is Event.START and piece.attributes.get("ContentType", "").endswith(TEXT_PARTS)
    ]
    found = {name: Part(Xml.of(archive.text(name))).document() for name in names if name in archive.names}
    if not found:
        raise FormatError("The file is no Word document: it has no text. Save it as .docx anew.")
    return found


@dataclass(slots=True)
class Run:
    """Words of one formatting: `properties` is the source of it, `look` what of it can be seen."""

    words: str
    properties: str
    look: str


@dataclass(slots=True)
class Reading:
    """A paragraph while it is read: its runs of words, and the tokens between them."""

    depth: int  # of the text box that it stands in
    around: int = 0  # elements that are open
    items: list[Run | tuple[Kind, str | Document, str]] = field(default_factory=list)

    def words(self, text: str, properties: str) -> None:
        last = self.items[-1] if self.items else None
        look = INVISIBLE.sub("", properties)
        if isinstance(last, Run) and (last.look == look or not text.strip()):
            last.words += text
        else:
            self.items.append(Run(text, properties, look))

    def add(self, kind: Kind, source: str | Document, more: str = "") -> None:
        """`more` is how kept words read, or the closing mark of an element that is opened."""
        self.items.append((kind, source, more))


class Part:
    """One member of the package: a story of paragraphs."""

    def __init__(self, xml: Xml) -> None:
        self.xml = xml
        self.prefix = next((piece.prefix for piece in xml.events if piece.event is Event.START), "")

    def document(self) -> Document:
        return document(self.xml, self.begins, lambda index: self.read(index, 0))

    def is_own(self, index: int, name: str) -> bool:
        piece = self.xml.events[index]
        return piece.name == name and piece.prefix == self.prefix

    def begins(self, index: int) -> bool:
        return self.is_own(index, "p") or self.xml.events[index].name == "docPr"

    def read(self, index: int, depth: int) -> Document | None:
        """The document of a paragraph, or of the description of a picture."""
        xml = self.xml
        tag = xml.slice(index, index)
        end = xml.slice(xml.ends[index], xml.ends[index])
        if not self.is_own(index, "p"):
            rest = xml.element(index)[len(tag) :]
            return Composite([attribute_texts(tag, xml.events[index].attributes, ("descr", "title")), rest])
        properties = xml.child(index, "pPr")
        if self.is_code(properties, "pStyle"):
            return None
        before = tag
        children = xml.children(index)
        if properties is not None:
            before += xml.element(properties)
            children = [child for child in children if child != properties]
        reading = Reading(depth)
        self.level(children, reading)
        base = usual(reading)
        found = self.tokens(reading, base)
        return Paragraph(
            xml.element(index), found.tokens, found.references, lambda text: before + self.written(text, base) + end
        )

    def level(self, children: list[int], reading: Reading) -> None:
        """Take elements that stand beside each other. A field is begun, separated from its result and ended by runs."""
        xml = self.xml
        ends, middles = self.fields(children)
        place = 0
        while place < len(children):
            index = children[place]
            name = xml.events[index].name if xml.events[index].prefix == self.prefix else ""
            if place in ends:
                end, middle = ends[place], middles.get(place, ends[place])
                whole = xml.slice(index, xml.ends[children[end]])
                result = children[middle + 1 : end]
                if (
                    middle < end
                    and reading.around < DEEPEST
                    and "HYPERLINK" in "".join(map(xml.words, children[place:middle]))
                ):
                    opening, closing = xml.slice(index, xml.ends[children[middle]]), xml.element(children[end])
                    self.enclosed(result, opening, closing, reading)
                else:
                    words = "".join(map(xml.words, result))
                    reading.add(Kind.KEPT if words.strip() else Kind.MARK, whole, words)
                place = end
            elif name == "r":
                self.run(index, reading)
            elif name in AROUND:
                self.around(index, name, reading)
            elif name not in DROPPED and xml.events[index].event is Event.START:
                reading.add(Kind.MARK, self.nested(index, reading.depth))
            place += 1

    def fields(self, children: list[int]) -> tuple[dict[int, int], dict[int, int]]:
        """Where fields that begin and end among these elements end, and where their results begin."""
        ends: dict[int, int] = {}
        middles: dict[int, int] = {}
        opened: list[int] = []
        for place, index in enumerate(children):
            mark = self.xml.child(index, "fldChar") if self.is_own(index, "r") else None
            kind = "" if mark is None else self.xml.prefixed(mark, "fldCharType")
            if kind == "begin":
                opened.append(place)
            elif kind == "separate" and opened:
                middles[opened[-1]] = place
            elif kind == "end" and opened:
                ends[opened.pop()] = place
        return ends, middles

    def around(self, index: int, name: str, reading: Reading) -> None:
        xml = self.xml
        holder = xml.child(index, HOLDERS[name]) if name in HOLDERS else index
        if holder is None or reading.around >= DEEPEST:
            reading.add(Kind.MARK, xml.element(index))
            return
        opening, closing = xml.slice(index, holder), xml.slice(xml.ends[holder], xml.ends[index])
        self.enclosed(xml.children(holder), opening, closing, reading)

    def enclosed(self, children: list[int], opening: str, closing: str, reading: Reading) -> None:
        """Take elements that stand in another one."""
        reading.add(Kind.OPEN, opening, closing)
        reading.around += 1
        self.level(children, reading)
        reading.around -= 1
        reading.add(Kind.CLOSE, "")

    def is_code(self, properties: int | None, name: str) -> bool:
        """Whether the style that these properties name is one of code."""
        style = self.xml.child(properties, name) if properties is not None else None
        return style is not None and CODE_STYLE.search(self.xml.prefixed(style, "val")) is not None

    def run(self, index: int, reading: Reading) -> None:
        xml = self.xml
        at = xml.child(index, "rPr")
        properties = xml.element(at) if at is not None else ""
        is_code = self.is_code(at, "rStyle")
        opening, closing = f"<{self.prefix}r>{properties}", f"</{self.prefix}r>"
        for child in xml.children(index):
            name = xml.events[child].name if xml.events[child].prefix == self.prefix else "other"
            if child == at or name in DROPPED or xml.events[child].event is not Event.START:
                continue
            if name in ("t", "noBreakHyphen"):
                words = xml.words(child) if name == "t" else "\u2011"
                if is_code and words.strip():
                    reading.add(Kind.KEPT, opening + xml.element(child) + closing, words)
                elif words:
                    reading.words(words, properties)
                continue
            kind = Kind.BREAK if name in BREAKS else Kind.MARK
            reading.add(kind, Composite([opening, self.nested(child, reading.depth), closing]))

    def nested(self, index: int, depth: int) -> Document:
        """An element that stays, with the paragraphs of text boxes in it."""
        if depth >= DEEPEST:
            return Composite([self.xml.element(index)])
        return within(self.xml, index, self.xml.ends[index] + 1, self.begins, lambda at: self.read(at, depth + 1))

    def tokens(self, reading: Reading, base: str) -> Tokens:
        """Runs of the usual formatting, which is `base`, are words, others elements around their words."""
        found = Tokens()
        usual_look = INVISIBLE.sub("", base)
        for item in reading.items:
            if not isinstance(item, Run):
                kind, source, more = item
                if kind is Kind.OPEN:
                    found.open(str(source), more)
                elif kind is Kind.CLOSE:
                    found.close()
                else:
                    found.add(kind, source, more)
            elif item.look == usual_look or not item.words.strip():
                found.words(item.words)
            else:
                found.element("\x01" + found.refer(item.properties) + "\x02", "\x03", item.words)
        return found

    def written(self, text: str, base: str) -> str:
        """The runs of a text with stand-ins."""
        looks = [base]
        parts: list[str] = []
        for match in WRITTEN.finditer(text):
            look, ends, reference, words = match.groups()
            if look:
                looks.append(look)
            elif ends:
                looks.pop()
            elif reference:
                parts.append(reference)
            else:
                p = self.prefix
                parts.append(f'<{p}r>{looks[-1]}<{p}t xml:space="preserve">{words}</{p}t></{p}r>')
        return "".join(parts)


def usual(reading: Reading) -> str:
    """The formatting of most characters."""
    sizes: dict[str, int] = {}
    sources: dict[str, str] = {}
    for item in reading.items:
        if isinstance(item, Run):
            sizes[item.look] = sizes.get(item.look, 0) + len(item.words)
            sources.setdefault(item.look, item.properties)
    return sources[max(sizes, key=lambda look: sizes[look])] if sizes else ""
