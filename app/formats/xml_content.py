"""The content of an XML element as texts: its words are messages, its child elements are inline elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.formats.document import Document
from app.formats.messages import tokens as message_tokens
from app.formats.messages.patterns import PATTERNS, standing
from app.formats.passages import Composite, Kind, Token, Writer, WriterFactory, compose, remembered
from app.formats.xml_events import Event, Piece, escape

# Makes the token of an element that begins at an index, and gives the index of the event behind the token: behind the
# start of the element, or behind all of it.
Inliner = Callable[[int], tuple[Token, int]]


def content(source: str, events: Sequence[Piece], first: int, last: int, syntax: str, inline: Inliner) -> Document:
    """The texts between the events `first` and `last`, which are those behind a start and of its end."""
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
