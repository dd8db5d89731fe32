"""What docx and odt share: a paragraph of XML as texts whose inline elements are other elements around its words.

A paragraph is cut into tokens (`app/formats/tokens.py`) whose sources are stand-ins in control characters, which XML
cannot have. So a translated paragraph is written like a message, and then each stand-in is replaced by what it stands
for. A paragraph that has not changed is never written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from app.formats.document import Document, FormatError, Text
from app.formats.passages import Composite, compose
from app.formats.tokens import Kind, Token, Writer
from app.formats.xml_events import Event, Piece, closing, escape, pieces

CODE_STYLE = re.compile(r"code|verbatim|preformatted|source.?text|teletype", re.IGNORECASE)  # of a paragraph or a run
REFERENCE = re.compile("\x06(\\d{1,9})\x07")
ATTRIBUTE = re.compile(r"""\s(?P<name>[\w.:-]++)\s*+=\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)')""")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML has none of these
DEEPEST = 60  # text boxes in text boxes, notes in notes, elements around words


def escaped_words(tokens: Sequence[Token]) -> Writer:
    return lambda words: escape(CONTROLS.sub("", words))


@dataclass(slots=True)
class Xml:
    """A part of a package: its source, and where its elements are."""

    source: str
    events: list[Piece]
    ends: dict[int, int]

    @classmethod
    def of(cls, source: str) -> Xml:
        """Raises FormatError."""
        if "<!ENTITY" in source:
            raise FormatError("The document declares entities, which no office program writes: remove its DOCTYPE.")
        events = pieces(source)
        return cls(source, events, closing(events))

    def slice(self, first: int, last: int) -> str:
        """The source from the beginning of an event to the end of another."""
        return self.source[self.events[first].start : self.events[last].end]

    def element(self, index: int) -> str:
        return self.slice(index, self.ends[index])

    def children(self, index: int) -> list[int]:
        """The indices of the child elements and texts of an element."""
        found: list[int] = []
        child = index + 1
        while child < self.ends[index]:
            if self.events[child].event in (Event.START, Event.TEXT, Event.CDATA):
                found.append(child)
            child = self.ends.get(child, child) + 1
        return found

    def child(self, index: int, name: str) -> int | None:
        return next((c for c in self.children(index) if self.events[c].name == name), None)

    def words(self, index: int) -> str:
        """All text in an element."""
        inside = self.events[index : self.ends[index]]
        return "".join(piece.text for piece in inside if piece.event in (Event.TEXT, Event.CDATA))

    def prefixed(self, index: int, name: str) -> str:
        """An attribute, whatever the prefix of its name."""
        attributes = self.events[index].attributes
        return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), "")


class Paragraph:
    """The texts of a stretch of XML, from `source`; `finish` makes XML of what the tokens are written as."""

    def __init__(
        self,
        source: str,
        tokens: Sequence[Token],
        references: Sequence[str | Document],
        finish: Callable[[str], str],
    ) -> None:
        """`references` are what stand-ins stand for, by their number; documents among them have texts of their own."""
        self.source, self.references, self.finish = source, references, finish
        self.content = Composite(compose(tokens, escaped_words))
        self.inner = Composite(list(references))
        self.texts: Sequence[Text] = [*self.content.texts, *self.inner.texts]

    def render(self, translations: Sequence[Text]) -> str:
        if all(new is old or new == old for new, old in zip(translations, self.texts, strict=True)):
            return self.source
        count = len(self.content.texts)
        at = count
        sources: list[str] = []
        for reference in self.references:
            if isinstance(reference, str):
                sources.append(reference)
            else:
                own = translations[at : at + len(reference.texts)]
                sources.append(reference.render(own))
                at += len(own)
        written = self.finish(self.content.render(translations[:count]))
        return REFERENCE.sub(lambda match: sources[int(match[1])], written)


@dataclass(slots=True)
class Tokens:
    """The tokens of a paragraph while it is read."""

    tokens: list[Token] = field(default_factory=list)
    references: list[str | Document] = field(default_factory=list)
    opened: list[tuple[Token, Token]] = field(default_factory=list)

    def refer(self, source: str | Document) -> str:
        """The stand-in of a stretch of XML."""
        self.references.append(source)
        return f"\x06{len(self.references) - 1}\x07"

    def add(self, kind: Kind, source: str | Document, plain: str = "") -> None:
        """At a break the elements that are open are closed, and opened anew behind it: none crosses two texts."""
        token = Token(kind, self.refer(source), plain)
        if kind is not Kind.BREAK:
            self.tokens.append(token)
            return
        self.tokens += (closing for _, closing in reversed(self.opened))
        self.tokens.append(token)
        self.tokens += (opening for opening, _ in self.opened)

    def open(self, source: str, closing: str) -> None:
        name = f"element {len(self.opened)}"
        pair = Token(Kind.OPEN, self.refer(source), name=name), Token(Kind.CLOSE, self.refer(closing), name=name)
        self.opened.append(pair)
        self.tokens.append(pair[0])

    def close(self) -> None:
        self.tokens.append(self.opened.pop()[1])

    def element(self, opening: str, closing: str, text: str) -> None:
        """Words with an element around them."""
        self.tokens.append(Token(Kind.OPEN, opening, name="look"))
        self.words(text)
        self.tokens.append(Token(Kind.CLOSE, closing, name="look"))

    def words(self, text: str) -> None:
        if text:
            self.tokens.append(Token(Kind.WORDS, escape(text), text))


def attribute_texts(tag: str, attributes: Mapping[str, str], names: Sequence[str]) -> Document:
    """A start tag, well-formed, with the texts of its attributes of these names; `attributes` has their values."""
    parts: list[str | Document] = []
    place = 0
    for match in ATTRIBUTE.finditer(tag):
        value = attributes.get(match["name"], "")
        if match["name"] in names and any(map(str.isalpha, value)):
            group = "double" if match["double"] is not None else "single"
            tokens = [Token(Kind.WORDS, match[group], value)]
            parts += (tag[place : match.start(group)], Composite(compose(tokens, attribute_words)))
            place = match.end(group)
    return Composite([*parts, tag[place:]])


def attribute_words(tokens: Sequence[Token]) -> Writer:
    write = escaped_words(tokens)
    return lambda words: write(words).replace('"', "&quot;").replace("'", "&apos;")


def document(xml: Xml, begins: Callable[[int], bool], paragraph: Callable[[int], Document | None]) -> Document:
    """The part as a document: the elements that `begins` names are read by `paragraph`, and all else stays."""
    return within(xml, 0, len(xml.events), begins, paragraph)


def within(
    xml: Xml, first: int, last: int, begins: Callable[[int], bool], paragraph: Callable[[int], Document | None]
) -> Document:
    """The events from `first` up to `last`."""
    parts: list[str | Document] = []
    place = xml.events[first].start if first < len(xml.events) else len(xml.source)
    end = xml.events[last - 1].end if last > first else place
    index = first
    while index < last:
        if xml.events[index].event is Event.START and begins(index):
            stop = xml.ends[index]
            if (read := paragraph(index)) is not None and read.texts:
                parts += (xml.source[place : xml.events[index].start], read)
                place = xml.events[stop].end
            index = stop
        index += 1
    return Composite([*parts, xml.source[place:end]])
