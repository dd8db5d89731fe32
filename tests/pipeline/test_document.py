"""Documents on their way through a translation that permutes, drops or doubles words."""

from __future__ import annotations

import asyncio
import random
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.formats import Inline, Text, parse
from app.pipeline.document import MaskedDocument, MaskedText, by_pieces, document_of, free_prefix, with_hard_spaces
from app.pipeline.errors import PipelineError
from app.pipeline.marked import Marked
from app.text.projection import Alignment, Stretch, project
from app.text.sentence import has_letters

WORD = re.compile(r"\{\w+\}|\w+|[^\w\s]")

PIECES = ["word", "two", " ", " ", ".", "中文", "{k0}", "{k", "<ph0>", "é", "\u00a0"]


@st.composite
def texts(draw: st.DrawFn) -> Text:
    """A text with nested inlines, some of which are kept."""
    plain = draw(st.lists(st.sampled_from(PIECES), max_size=9))
    text = "".join(plain)
    inlines: list[Inline] = []

    def fill(start: int, end: int, depth: int) -> None:
        place = start
        while depth and place <= end and draw(st.booleans()):
            first = draw(st.integers(place, end))
            last = draw(st.integers(first, end))
            kept = draw(st.booleans())
            number = len(inlines)
            inlines.append(Inline(first, last, f"<{number}>", f"</{number}>" if first < last else "", kept))
            if first < last and not kept:
                fill(first, last, depth - 1)
            place = last

    fill(0, len(text), 3)
    return Text(text, tuple(inlines))


def shuffled(source: Marked, seed: int) -> Marked:
    """A translation with the words in another order, some lost and some doubled, and the elements at their words."""
    chance = random.Random(seed)
    here = [Stretch(*match.span()) for match in WORD.finditer(source.text)]
    order = [place for place in range(len(here)) for _ in range(chance.choice([0, 1, 1, 1, 2]))]
    chance.shuffle(order)
    target, there = "", list[Stretch]()
    for place in order:
        target += " "
        word = source.text[here[place].start : here[place].end]
        there.append(Stretch(len(target), len(target) + len(word)))
        target += word
    rows = [[float(column == place) for column in range(len(here))] for place in order]
    found = project(source.elements, Alignment(here, there, rows), source.text, target)
    return Marked(target, tuple(found))


def check_inlines(before: Text, after: Text) -> None:
    """None is lost, none is doubled, kept ones have their words, and none cross."""
    key = [(one.before, one.after, one.kept) for one in before.inlines]
    assert sorted((one.before, one.after, one.kept) for one in after.inlines) == sorted(key)
    words = {one.before: before.plain[one.start : one.end] for one in before.inlines if one.kept}
    for one in after.inlines:
        assert 0 <= one.start <= one.end <= len(after.plain)
        if one.kept:
            assert after.plain[one.start : one.end] == words[one.before]
    for number, one in enumerate(after.inlines):
        for outer in after.inlines[:number]:
            assert outer.start <= one.start
            assert one.end <= outer.end or outer.end <= one.start


@given(texts())
@example(Text("word \xa0word", ()))
@example(Text("word {k0}", (Inline(0, 8, "<0>", "</0>", False), Inline(7, 8, "<1>", "</1>", True))))
def test_a_text_that_is_translated_by_itself_comes_back(text: Text) -> None:
    masked = MaskedText(text)
    found = masked.restored(masked.marked)
    assert found.plain == text.plain
    check_inlines(text, found)
    places = {one.before: one for one in text.inlines}
    for one in found.inlines:  # around whole words
        assert one.start <= places[one.before].start <= places[one.before].end <= one.end


@given(texts(), st.integers(0, 10_000))
def test_no_inline_is_lost_doubled_or_crossed(text: Text, seed: int) -> None:
    masked = MaskedText(text)
    check_inlines(text, masked.restored(shuffled(masked.marked, seed)))


@given(texts(), st.integers(0, 10_000))
@example(Text("two word \xa0", (Inline(5, 9, "<0>", "</0>", True),)), 0)
def test_without_alignment_the_pieces_are_translated(text: Text, seed: int) -> None:
    masked = MaskedText(text)

    async def translate(piece: Marked) -> Marked:
        assert piece.text == piece.text.strip()
        assert not piece.elements
        return shuffled(piece, seed)

    check_inlines(text, masked.restored(asyncio.run(by_pieces(masked.marked, translate))))


def test_pieces_without_alignment_keep_their_order_and_white_space() -> None:
    source = Marked("I really like it.", (Stretch(2, 8), Stretch(8, 8)))
    seen: list[str] = []

    async def translate(piece: Marked) -> Marked:
        seen.append(piece.text)
        return Marked(piece.text.upper() + "!")

    found = asyncio.run(by_pieces(source, translate))
    assert found == Marked("I! REALLY! LIKE IT.!", (Stretch(3, 10), Stretch(10, 10)))
    assert seen == ["I", "really", "like it."]


def test_pieces_without_letters_are_not_translated() -> None:
    async def translate(piece: Marked) -> Marked:
        assert has_letters(piece.text)
        return piece

    source = Marked("One, (two).", (Stretch(0, 3), Stretch(5, 10), Stretch(6, 9)))
    assert asyncio.run(by_pieces(source, translate)) == source


@pytest.mark.parametrize("text", ["", "{k0}", "{k{q{x", "{k" * 1000, "".join(f"{{{letter}" for letter in "kqxjz")])
def test_a_placeholder_is_none_of_the_text(text: str) -> None:
    prefix = free_prefix(text)
    assert f"{{{prefix}" not in text
    assert len(prefix) < 5


@pytest.mark.parametrize(
    ("format", "source"),
    [("json", '{"a": }'), ("json", "[" * 5000), ("json", ""), ("xliff", "<xliff>"), ("android", "<resources><string>"),
     ("srt", "no times"), ("csv", 'a,"b')],
)  # fmt: skip
def test_a_malformed_document_is_refused(format: str, source: str) -> None:
    with pytest.raises(PipelineError) as caught:
        document_of(source, format, "auto")
    assert caught.value.kind == "malformed-document"
    assert len(str(caught.value)) > 20


@pytest.mark.parametrize(
    ("format", "source", "said"),
    [
        ("json", '{"a": "b",\n}', "line 2, column 1: take out the comma"),
        ("json", '{"a": "b"', "column 10: the document ends here"),
        ("json", "{'a': 1}", "column 2: texts and keys stand in double quotes"),
        ("json", '{"a": 1 // b\n}', "column 9: JSON has no comments"),
        ("json", '{"a": "b\tc"}', "column 9: a raw line break or control character"),
        ("json", '["a", NaN]', "NaN is no JSON value: write null"),
        ("xliff", "<xliff>\n<a>é & b</a></xliff>", "line 2, column 6: write &amp; for &"),
        ("xliff", "<xliff><a></xliff>", "column 13: this closing tag is not that"),
        ("android", "<resources>&who;</resources>", "column 12: XML knows no such entity"),
        ("po", 'msgid "a"\nmsgstr b\n', "line 2: write the string in double quotes"),
        ("po", 'msgid "a"\nmsgid "b"\n', "line 2: msgid does not belong here"),
        ("po", "hello\n", "line 1: this is neither a comment nor a part of an entry"),
        ("csv", 'a,b\n1,"x"y\n', "cell 2 of the row that ends in line 2"),
    ],
)
def test_a_refusal_says_where_and_what_to_change(format: str, source: str, said: str) -> None:
    with pytest.raises(PipelineError) as caught:
        document_of(source, format, "auto")
    assert said in str(caught.value)
    assert "Expecting" not in str(caught.value)


def test_a_text_that_only_looks_like_a_document_is_plain() -> None:
    assert document_of("Salt & pepper", "text", "auto") is None


def test_kept_words_are_not_detected() -> None:
    source = "<p>Hallo <code>the quick brown fox</code></p>"
    assert "quick" not in MaskedDocument(source, parse(source, "html")).words


def test_long_documents_are_rendered() -> None:
    source = "<p>Good <b>night</b></p>\n" * 500

    async def translate(text: Marked) -> Marked:
        return Marked(text.text.upper(), text.elements)

    document = MaskedDocument(source, parse(source, "html"))
    assert asyncio.run(document.translated(translate)) == "<p>GOOD <b>NIGHT</b></p>\n" * 500


@pytest.mark.parametrize(
    ("translation", "source", "wanted"),
    [
        ("Noch 7 km ?", "7\u00a0km left ?", "Noch 7\u00a0km ?"),
        ("Vraiment ? Oui !", "Really\u00a0? Yes !", "Vraiment\u00a0? Oui !"),
        ("ein altes Haus", "an\u00a0old house", "ein altes Haus"),
        ("5 km und 10 km", "5 km and 10\u00a0km", "5 km und 10\u00a0km"),
        ("5 km und 10 km", "5\u00a0km", "5\u00a0km und 10\u00a0km"),
        ("20 Jahre !", "20\u2009years \u202f !", "20\u2009Jahre\u202f!"),
    ],
)
def test_no_break_spaces_stand_where_the_source_has_such(translation: str, source: str, wanted: str) -> None:
    assert with_hard_spaces(translation, source) == wanted


@pytest.mark.parametrize(
    ("source", "translation", "place", "wanted"),
    [
        ("The price\u00a0is high.", "Der Preis ist hoch.", 9, "Der Preis\u00a0ist hoch."),
        ("The price\u202fis high.", "Der Preis ist hoch.", 10, "Der Preis\u202fist hoch."),
        ("Good \u2003 night.", "Gute Nacht.", 4, "Gute\u2003Nacht."),
        ("the door\u00a0bell", "die Türklingel", 7, "die Türklingel"),
        ("我的\u00a0朋友", "my friend", 0, "my friend"),
    ],
)
def test_hard_spaces_between_words_go_with_these(source: str, translation: str, place: int, wanted: str) -> None:
    masked = MaskedText(Text(source))
    assert len(masked.marked.elements) == 1
    assert masked.restored(Marked(translation, (Stretch(place, place),))) == Text(wanted)


def test_hard_spaces_part_no_words_that_a_model_reads_together() -> None:
    source = MaskedText(Text("The price\u00a0is <b>high</b>.", (Inline(13, 24, "<u>", "</u>"),))).marked
    seen: list[str] = []

    async def translate(piece: Marked) -> Marked:
        seen.append(piece.text)
        return piece

    asyncio.run(by_pieces(source, translate))
    assert seen == ["The price\u00a0is", "<b>high</b>"]
