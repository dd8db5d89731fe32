"""Texts with elements: where the inline markup of a source stands in its translation, piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.text.projection import Offsets, Stretch


@dataclass(slots=True, frozen=True)
class Marked:
    """A text, and where each element stands in it."""

    text: str
    elements: tuple[Stretch, ...] = ()

    def rewritten(self, text: str) -> Marked:
        """The same with a text that differs a little; elements stay at their words."""
        if not self.elements or text == self.text:
            return Marked(text, self.elements)
        offsets = Offsets(self.text, text)
        return Marked(text, tuple(Stretch(offsets.of(one.start), offsets.of(one.end)) for one in self.elements))


def piece_of(source: Marked, start: int, end: int) -> tuple[Marked, list[int]]:
    """The characters `start` to `end` of a text with the parts of elements that stand there, and which elements those
    are. An empty element at a border belongs to the piece that it begins, or to the last one."""
    places: list[int] = []
    parts: list[Stretch] = []
    for place, one in enumerate(source.elements):
        first, last = max(one.start, start), min(one.end, end)
        is_empty = one.start == one.end and (start <= one.start < end or one.start == end == len(source.text))
        if first < last or is_empty:
            places.append(place)
            parts.append(Stretch(first - start, last - start))
    return Marked(source.text[start:end], tuple(parts)), places


class Assembly:
    """Puts the translations of the pieces of a text together. An element that stands in several pieces reaches from its
    beginning in the first to its end in the last."""

    def __init__(self, elements: int) -> None:
        self.text = ""
        self.stretches: list[Stretch | None] = [None] * elements

    def add(self, piece: Marked, places: Sequence[int] = ()) -> None:
        """`places` says which elements those of the piece are."""
        offset = len(self.text)
        for place, one in zip(places, piece.elements, strict=True):
            before = self.stretches[place]
            start = offset + one.start if before is None else before.start
            self.stretches[place] = Stretch(start, offset + one.end)
        self.text += piece.text

    def marked(self) -> Marked:
        end = Stretch(len(self.text), len(self.text))
        return Marked(self.text, tuple(one or end for one in self.stretches))
