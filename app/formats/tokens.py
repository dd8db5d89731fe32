"""Tokens: a stretch of a document, and how a translator reads it. A format cuts its source into them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from app.formats.document import Document

SOFT = "soft"  # name of a LINE that goes where no words are left for the line behind it
FLOWING = "flowing"  # name of a BORDER in subtitles that end their sentences with marks
COUNTING = "counting"  # name of a KEPT token that stands for an ordinal number, with the ending beside it


class Kind(Enum):
    """The role of a token for a translator."""

    WORDS = "words"
    KEPT = "kept"  # a placeholder: stands in the text, is not translated
    EMPTY = "empty"  # an inline element without words that keeps its place between the words
    OPEN = "open"
    CLOSE = "close"
    MARK = "mark"  # like EMPTY, but stays outside of the text where it stands at its beginning or end
    LINE = "line"  # a line break: a sentence may run on behind it
    BORDER = "border"  # between two subtitle cues: a sentence may run on, an inline element may not
    BREAK = "break"  # ends a text


@dataclass(slots=True, frozen=True)
class Token:
    """A stretch of a document: its source, and how a translator reads it."""

    kind: Kind
    source: str
    plain: str = ""
    name: str = (
        ""  # of OPEN and CLOSE: only those of one name form a pair; of others SOFT, FLOWING, COUNTING or nothing
    )
    node: Document | None = None  # texts inside of a KEPT token: the branches of a plural


NEEDY = "&<>\"'%{}\\@?"  # characters that mean something in one of the formats

# Made for the tokens of one text: writes a stretch of a translation as the document writes words.
Writer = Callable[[str], str]
WriterFactory = Callable[[Sequence[Token]], Writer]


def plain_letter(character: str) -> bool:
    return character.isascii() and character.isalnum()


def remembered(tokens: Sequence[Token], escape: Writer | None = None) -> Writer:
    """A writer that gives a character the escape that stood for it in the document, and others what `escape` gives."""
    memory = {
        t.plain: t.source
        for t in tokens
        if t.kind is Kind.WORDS and len(t.plain) == 1 and t.source != t.plain and not plain_letter(t.plain)
    }
    mixed = {c: deque[str]() for c in memory if c not in NEEDY}
    for plain, source in ((t.plain, t.source) for t in tokens if mixed and t.kind is Kind.WORDS):
        for character in plain:
            if character in mixed:
                mixed[character].append(source if len(plain) == 1 else character)

    def form(character: str) -> str:
        """The form of the next of these characters in the document; behind the last one the escape."""
        forms = mixed.get(character)
        return forms.popleft() if forms else memory[character]

    def write(words: str) -> str:
        if not memory:
            return escape(words) if escape else words
        parts: list[str] = []
        start = 0
        for index, character in enumerate(words):
            if character in memory:
                stretch = words[start:index]
                parts += (escape(stretch) if escape else stretch, form(character))
                start = index + 1
        rest = words[start:]
        return "".join([*parts, escape(rest) if escape else rest])

    return write


def paired(tokens: Sequence[Token]) -> dict[int, int]:
    """Indices of opening and closing tokens that belong together, both ways. Pairs are properly nested."""
    pairs: dict[int, int] = {}
    stack: list[int] = []
    names: dict[str, int] = {}
    for index, token in enumerate(tokens):
        if token.kind is Kind.OPEN:
            stack.append(index)
            names[token.name] = names.get(token.name, 0) + 1
        elif token.kind is Kind.BORDER:
            stack.clear()
            names.clear()
        elif token.kind is Kind.CLOSE and names.get(token.name):
            while True:
                opening = stack.pop()
                names[tokens[opening].name] -= 1
                if tokens[opening].name == token.name:
                    break
            pairs[opening], pairs[index] = index, opening
    return pairs
