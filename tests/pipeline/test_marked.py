"""Texts with elements: pieces put together again are the text, with its elements in their places."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from app.pipeline.marked import Assembly, Marked, pieces_of
from app.text.projection import Stretch


@st.composite
def marked_texts(draw: st.DrawFn) -> Marked:
    """A text with properly nested elements, sorted by their start, outer ones first."""
    text = draw(st.text("ab 中.{}", max_size=16))
    elements: list[Stretch] = []

    def fill(start: int, end: int, depth: int) -> None:
        place = start
        while depth and place <= end and draw(st.booleans()):
            first = draw(st.integers(place, end))
            last = draw(st.integers(first, end))
            elements.append(Stretch(first, last))
            if first < last:
                fill(first, last, depth - 1)
            place = last

    fill(0, len(text), 3)
    return Marked(text, tuple(elements))


@given(marked_texts(), st.data())
def test_pieces_put_together_are_the_text(source: Marked, data: st.DataObject) -> None:
    inner = data.draw(st.lists(st.integers(0, len(source.text)), max_size=6).map(sorted))
    assembly = Assembly(len(source.elements))
    for piece, places in pieces_of(source, [0, *inner, len(source.text)]):
        assert all(0 <= one.start <= one.end <= len(piece.text) for one in piece.elements)
        assembly.add(piece, places)
    assert assembly.marked() == source


@given(marked_texts(), st.data())
def test_an_element_is_in_each_piece_that_has_characters_of_it(source: Marked, data: st.DataObject) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(source.text))] * 2)))
    ((piece, places),) = pieces_of(source, [start, end])
    assert piece.text == source.text[start:end]
    for place, one in enumerate(source.elements):
        if max(one.start, start) < min(one.end, end):
            assert place in places
    for place, part in zip(places, piece.elements, strict=True):
        one = source.elements[place]
        assert (start + part.start, start + part.end) == (max(one.start, start), min(one.end, end))


@given(marked_texts(), st.text("xy ", max_size=5))
def test_a_text_that_stands_for_another_has_no_elements_that_cross(source: Marked, text: str) -> None:
    found = source.replaced(text)
    assert found.text == text
    pairs = list(zip(source.elements, found.elements, strict=True))
    for number, (inner, one) in enumerate(pairs):
        for outer, other in pairs[:number]:
            if inner.start < outer.end:
                assert other.start <= one.start <= one.end <= other.end
            else:
                assert other.end <= one.start


def test_a_piece_that_is_replaced_keeps_empty_elements_empty() -> None:
    source = Marked("{k0}", (Stretch(0, 0), Stretch(0, 4), Stretch(4, 4)))
    assert source.replaced("code").elements == (Stretch(0, 0), Stretch(0, 4), Stretch(4, 4))


@given(marked_texts(), st.text("ab 中.", max_size=16))
def test_elements_stay_nested_when_their_text_is_rewritten(source: Marked, text: str) -> None:
    found = source.rewritten(text)
    assert all(0 <= one.start <= one.end for one in found.elements)
    for number, inner in enumerate(source.elements):
        for outer, other in zip(source.elements[:number], found.elements[:number], strict=True):
            if outer.start <= inner.start and inner.end <= outer.end:
                assert other.start <= found.elements[number].start
                assert found.elements[number].end <= other.end


def test_many_pieces_of_many_elements_take_linear_time() -> None:
    size = 20_000
    source = Marked("ab" * size, tuple(Stretch(2 * place, 2 * place + 1) for place in range(size)))
    started = time.process_time()
    pieces = pieces_of(source, range(2 * size + 1))
    assert time.process_time() - started < 5
    assert len(pieces) == 2 * size
