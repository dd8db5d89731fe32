"""The translation of a document: its texts are translated side by side, and their inline elements go with their words;
all else in it stays (`app/formats`)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from itertools import pairwise

from app.formats import Document, FormatError, Inline, Text, parse
from app.formats.detection import format_of
from app.pipeline.concurrency import together
from app.pipeline.errors import PipelineError
from app.pipeline.marked import Assembly, Marked, piece_of
from app.text.projection import Stretch

TEXT = "text"  # the format of a plain text
WITH_SYNTAX = frozenset({"messages", "json", "csv", "po", "xliff"})
Translate = Callable[[Marked], Awaitable[Marked]]


def document_of(source: str, format: str, syntax: str) -> Document | None:
    """The document that a text is by the format named, or plainly is without one; None for plain text. Raises
    PipelineError for a document that is none of its format."""
    named = format != TEXT
    found = format if named else format_of(source)
    if found is None:
        return None
    try:
        return parse(source, found, **({"syntax": syntax} if found in WITH_SYNTAX else {}))
    except FormatError as error:
        if not named:
            return None  # it only looked like one
        raise PipelineError("malformed-document", error.detail) from error


def words_of(document: Document) -> str:
    """The texts of a document without what is kept in them, to detect their language."""
    return "\n".join(MaskedText(text).marked.text for text in document.texts)


async def translate_document(document: Document, translate: Translate) -> str:
    """The document with its texts translated; `translate` gives the translation of a text and where its elements stand
    there."""
    return document.render(await together([translate_inlines(text, translate) for text in document.texts]))


async def translate_inlines(text: Text, translate: Translate) -> Text:
    found = MaskedText(text)
    return found.restored(await translate(found.marked))


class MaskedText:
    """A text whose kept inlines are placeholders, such as a template has, which every translation keeps. The other
    inlines are its elements."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.kept = [one for one in text.inlines if one.kept and one.start < one.end]
        self.others = [one for one in text.inlines if not (one.kept and one.start < one.end)]
        self.prefix = free_prefix(text.plain)
        plain, end = "", 0
        shifts: list[tuple[int, int]] = [(0, 0)]  # from where on the masked text is longer, and by how much
        for number, one in enumerate(self.kept):
            plain += text.plain[end : one.start] + self.placeholder(number)
            end = one.end
            shifts.append((end, len(plain) - end))
        plain += text.plain[end:]

        def moved(place: int) -> int:
            return place + next(shift for start, shift in reversed(shifts) if start <= place)

        self.marked = Marked(plain, tuple(Stretch(moved(one.start), moved(one.end)) for one in self.others))

    def placeholder(self, number: int) -> str:
        return f"{{{self.prefix}{number}}}"

    def restored(self, translation: Marked) -> Text:
        """The translation with the kept inlines in their places."""
        assembly = Assembly(len(self.others))
        places: dict[int, Stretch] = {}
        end = 0
        for match in re.finditer(rf"\{{{self.prefix}(\d+)\}}", translation.text):
            number = int(match[1])
            assembly.add(*piece_of(translation, end, match.start()))
            kept = self.kept[number]
            start = len(assembly.text)
            words = self.text.plain[kept.start : kept.end]
            inside, inner = piece_of(translation, *match.span())
            assembly.add(Marked(words, tuple(Stretch(0, len(words)) for _ in inside.elements)), inner)
            places[number] = Stretch(start, len(assembly.text))
            end = match.end()
        assembly.add(*piece_of(translation, end, len(translation.text)))
        whole = assembly.marked()
        moved = dict(zip(map(id, self.others), whole.elements, strict=True))
        moved |= {id(one): places[number] for number, one in enumerate(self.kept)}
        inlines = [
            Inline(moved[id(one)].start, moved[id(one)].end, one.before, one.after, one.kept)
            for one in self.text.inlines
        ]
        # Outer ones came first, and stay so where they begin at the same place.
        return Text(whole.text, tuple(sorted(inlines, key=lambda one: (one.start, one.start < one.end and -one.end))))


def free_prefix(text: str) -> str:
    """Letters that begin no placeholder of a text."""
    prefix = "k"
    while f"{{{prefix}" in text:
        prefix += "k"
    return prefix


async def by_pieces(source: Marked, translate: Translate) -> Marked:
    """The translation of a text whose model gives no alignment: the pieces between its elements, one by one."""
    borders = sorted({0, len(source.text), *(place for one in source.elements for place in (one.start, one.end))})
    if len(borders) == 1:
        return source
    pieces = [piece_of(source, start, end) for start, end in pairwise(borders)]

    async def translated(piece: Marked) -> Marked:
        body = piece.text.strip()
        if not body:
            return piece
        translation = (await translate(Marked(body))).text
        start = piece.text.find(body)
        text = piece.text[:start] + translation + piece.text[start + len(body) :]
        return Marked(text, tuple(Stretch(0, len(text) if one.end > one.start else 0) for one in piece.elements))

    assembly = Assembly(len(source.elements))
    for translation, (_, places) in zip(await together([translated(one) for one, _ in pieces]), pieces, strict=True):
        assembly.add(translation, places)
    return assembly.marked()
