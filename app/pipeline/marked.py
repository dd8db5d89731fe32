"""Texts with elements: where the inline markup of a source stands in its translation, piece by piece."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.pipeline.explanation import Written
from app.text.projection import Offsets, Stretch
from app.text.reduced import Insertion


@dataclass(slots=True, frozen=True)
class Marked:
    """A text, and where each element stands in it; for an explained translation also how it was `written`."""

    text: str
    elements: tuple[Stretch, ...] = ()
    written: tuple[Written, ...] = ()

    def rewritten(self, text: str) -> Marked:
        """The same with a text that differs a little; elements stay at their words."""
        if not (self.elements or self.written) or text == self.text:
            return replace(self, text=text)
        offsets = Offsets(self.text, text)
        written = tuple(one.mapped(target=offsets) for one in self.written)
        return Marked(text, tuple(map(offsets.stretch, self.elements)), written)

    def with_insertions(self, insertions: Iterable[Insertion]) -> Marked:
        """The same with more text at some places. Elements go around what is inserted at their ends."""
        ordered = sorted(insertions, key=lambda one: (one.place, one.opens))

        def moved(place: int) -> int:
            before = (one for one in ordered if one.place < place or (one.place == place and not one.opens))
            return place + sum(len(one.text) for one in before)

        assembly, start = "", 0
        for one in ordered:
            assembly += self.text[start : one.place] + one.text
            start = one.place
        elements = tuple(Stretch(moved(one.start), moved(one.end)) for one in self.elements)
        return Marked(assembly + self.text[start:], elements)

    def read_from(self, start: int, offsets: Offsets | None = None) -> Marked:
        """A translation whose source is a piece of a text, from the character `start` on; `offsets` lead from that text
        to another version of it."""
        if not self.written:
            return self
        return replace(self, written=tuple(one.moved(source=start).mapped(source=offsets) for one in self.written))

    def replaced(self, text: str) -> Marked:
        """A text in place of the whole text, such as the words of a placeholder. An element that covers the beginning
        covers the new text, one that begins later follows it, so that two never overlap."""
        return Marked(text, tuple(placed(one, len(text)) for one in self.elements))


def placed(element: Stretch, length: int) -> Stretch:
    if element.start:
        return Stretch(length, length)
    return Stretch(0, length if element.end else 0)


def pieces_of(source: Marked, borders: Sequence[int]) -> list[tuple[Marked, list[int]]]:
    """The pieces of a text between borders, which are in order: each with the parts of elements in it, and the indices
    of these elements. An empty element at a border belongs to the piece that it begins, or to the last one with text at
    the end of the text. Takes time linear in the pieces and the parts."""
    places: list[list[int]] = [[] for _ in borders[1:]]
    parts: list[list[Stretch]] = [[] for _ in borders[1:]]
    for place, one in enumerate(source.elements):
        is_empty = one.start == one.end
        piece = bisect_right(borders, one.start) - 1
        if is_empty and one.start == borders[-1] == len(source.text):
            piece = max(bisect_left(borders, one.start) - 1, 0)
        for number in range(max(piece, 0), len(places)):
            start, end = borders[number], borders[number + 1]
            first, last = max(one.start, start), min(one.end, end)
            if start > one.start and start >= one.end:
                break
            if first < last or (is_empty and number == piece):
                places[number].append(place)
                parts[number].append(Stretch(first - start, last - start))
            if is_empty:
                break
    return [
        (Marked(source.text[start:end], tuple(found)), where)
        for (start, end), found, where in zip(pairwise(borders), parts, places, strict=True)
    ]


class Assembly:
    """Puts the translations of the pieces of a text together. An element that stands in several pieces reaches from its
    beginning in the first to its end in the last."""

    def __init__(self, elements: int) -> None:
        self.parts: list[str] = []  # joined at the end, since appending to a string copies it
        self.length = 0
        self.last = ""  # character
        self.stretches: list[Stretch | None] = [None] * elements
        self.written: list[Written] = []

    def add(self, piece: Marked, places: Sequence[int] = ()) -> None:
        """`places` are the indices of the piece's elements."""
        offset = self.length
        for place, one in zip(places, piece.elements, strict=True):
            before = self.stretches[place]
            start = offset + one.start if before is None else before.start
            self.stretches[place] = Stretch(start, offset + one.end)
        self.written += [one.moved(target=offset) for one in piece.written]
        self.parts.append(piece.text)
        self.length += len(piece.text)
        self.last = piece.text[-1:] or self.last

    def marked(self) -> Marked:
        end = Stretch(self.length, self.length)
        return Marked("".join(self.parts), tuple(one or end for one in self.stretches), tuple(self.written))
