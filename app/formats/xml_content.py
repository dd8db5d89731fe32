"""The content of an XML element as texts: its words are messages, its child elements are inline elements."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.formats.document import Document
from app.formats.messages import tokens as message_tokens
from app.formats.messages.icu import LIKELY
from app.formats.messages.patterns import PATTERNS, standing
from app.formats.passages import Composite, Field, compose
from app.formats.tokens import Kind, Token, Writer, WriterFactory, remembered
from app.formats.values import content as message_content
from app.formats.xml_events import Event, Piece, escape

NUMBERED = re.compile(r"&lt;(/?)x(\d{1,6})/?>")

# Makes the token of an element that begins at an index, and gives the index of the event behind the token: behind the
# start of the element, or behind all of it.
Inliner = Callable[[int], tuple[Token, int]]


def content(source: str, events: Sequence[Piece], first: int, last: int, syntax: str, inline: Inliner) -> Document:
    """The texts between the events `first` and `last`, which are those behind a start and of its end."""
    if syntax == "icu" or (syntax == "auto" and LIKELY.search("".join(piece.text for piece in events[first:last]))):
        return branched(source, events, first, last, syntax, inline)
    parts: list[str | Document] = []
    tokens: list[Token] = []
    index = first
    while index < last:
        piece = events[index]
        if piece.event is Event.TEXT:
            run = index
            while index < last and events[index].event is Event.TEXT:
                index += 1
            tokens += relayed(source, events[run:index], syntax)
        elif piece.event is Event.CDATA:
            run = index
            while index < last and events[index].event is Event.CDATA:
                index += 1
            text = source[piece.start : events[index - 1].end]
            parts += compose(standing(tokens), writer(syntax))
            parts += compose(standing(message_tokens(text, syntax)), in_cdata(syntax))
            tokens = []
        elif piece.event is Event.START:
            token, index = inline(index)
            tokens.append(token)
        elif piece.event is Event.END:
            tokens.append(Token(Kind.CLOSE, source[piece.start : piece.end], name=piece.name))
            index += 1
        else:
            stretch = source[piece.start : piece.end]
            # An entity is a name for words: it stays between them. A comment may stay outside.
            tokens.append(Token(Kind.KEPT, stretch, stretch) if stretch[:1] == "&" else Token(Kind.MARK, stretch))
            index += 1
    return Composite([*parts, *compose(tokens, writer(syntax))])


def branched(source: str, events: Sequence[Piece], first: int, last: int, syntax: str, inline: Inliner) -> Document:
    """The texts of an ICU message, whose branches may have elements: it is parsed with numbered tags in their place."""
    value: list[str] = []
    tags: list[tuple[str, str]] = []  # the sources of the start and the end of an element
    open_tags: list[int] = []
    index = first
    while index < last:
        piece = events[index]
        stretch = source[piece.start : piece.end]
        following = index + 1
        if piece.event in (Event.TEXT, Event.CDATA):
            value.append(piece.text)
        elif piece.event is Event.END:
            number = open_tags.pop()
            tags[number] = (tags[number][0], stretch)
            value.append(f"</x{number}>")
        else:
            token, following = inline(index) if piece.event is Event.START else (Token(Kind.EMPTY, stretch), following)
            opens = piece.event is Event.START and following == index + 1
            value.append(f"<x{len(tags)}>" if opens else f"<x{len(tags)}/>")
            if opens:
                open_tags.append(len(tags))
            tags.append((token.source, ""))
        index = following

    def element(match: re.Match[str]) -> str:
        number = int(match[2])
        return tags[number][bool(match[1])] if number < len(tags) else match.group()

    def encode(message: str) -> str:
        return NUMBERED.sub(element, escape(message))

    text = "".join(value)
    written = source[events[first].start : events[last].start]
    return Field(written, text, message_content(text, syntax), encode)


def relayed(source: str, run: Sequence[Piece], syntax: str) -> list[Token]:
    """The tokens of the message in a run of text, with their sources as the document writes them."""
    tokens: list[Token] = []
    pieces = iter(run)
    raw = text = ""
    at = 0  # in `text`

    def take(size: int) -> list[tuple[str, str]]:
        """The next `size` characters of the text, as stretches of the source and what they stand for."""
        nonlocal raw, text, at
        taken: list[tuple[str, str]] = []
        while size:
            if at == len(text):
                piece = next(pieces)
                raw, text, at = source[piece.start : piece.end], piece.text, 0
            count = min(size, len(text) - at)
            stretch = text[at : at + count]
            # Else it is a reference or a line break, which is one character.
            taken.append((stretch if raw == text else raw, stretch))
            at += count
            size -= count
        return taken

    for token in message_tokens("".join(piece.text for piece in run), syntax):
        stretches = take(len(token.source))
        if token.kind is Kind.WORDS and token.source == token.plain:
            tokens += (Token(Kind.WORDS, written, plain) for written, plain in merged(stretches))
        else:
            tokens.append(replace(token, source="".join(written for written, _ in stretches)))
    return tokens


def merged(stretches: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The stretches, those that are written as they read joined."""
    result: list[tuple[str, str]] = []
    plain: list[str] = []
    for written, text in [*stretches, ("", "\0")]:
        if written == text:
            plain.append(text)
            continue
        if plain:
            result.append(("".join(plain),) * 2)
            plain = []
        if written:
            result.append((written, text))
    return result


def writer(syntax: str) -> WriterFactory:
    def factory(tokens: Sequence[Token]) -> Writer:
        inner = PATTERNS[syntax].writer([t for t in tokens if "&" not in t.source])
        return remembered([t for t in tokens if "&" in t.source], lambda words: escape(inner(words)))

    return factory


def in_cdata(syntax: str) -> WriterFactory:
    def factory(tokens: Sequence[Token]) -> Writer:
        inner = PATTERNS[syntax].writer(tokens)
        return lambda words: inner(words).replace("]]>", "]] >")

    return factory
