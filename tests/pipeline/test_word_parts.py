"""Elements around parts of words: where they stand while a text is translated, and in its translation."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats import parse
from app.pipeline.document import MaskedText
from app.pipeline.marked import Marked
from app.pipeline.word_parts import around_words
from app.text.projection import Stretch, tree_of


def masked(source: str) -> MaskedText:
    return MaskedText(parse(source, "html").texts[0])


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("Wasser ist H<sub>2</sub>O.", "Wasser ist {k0}."),
        ("水是H<sub>2</sub>O。", "水是{k0}。"),
        ("an area of 50 m<sup>2</sup>", "an area of 50 {k0}"),
        ("so x<sup>2</sup>+y<sup>2</sup>=3.5<sup>2</sup>, or", "so {k0}, or"),
        ("about 10<sup>-6</sup> of E=mc<sup>2</sup>", "about {k0} of {k1}"),
        ("C<sub>6</sub>H<sub>12</sub>O<sub>6</sub> or NaHCO<sub>3</sub>", "{k0} or {k1}"),
        ("a charge of Ca<sup>2+</sup> here", "a charge of {k0} here"),
        ("the <b>CO<sub>2</sub></b>-tax at v<sub>max</sub>", "the {k0}-tax at {k1}"),
        ("an old<sup>1</sup> house<sup>[2]</sup>.", "an old {k0} house {k1}."),
        ("un <i>vieux</i> chat<sup>*</sup>", "un vieux chat {k0}"),
        ("le 21<sup>e</sup> siècle, XX<sup>e</sup> siècle", "le 21e siècle, XXe siècle"),
        ("a speed of V<sub>e</sub>", "a speed of {k0}"),
        ("M<sup>me</sup> Curie, <b>T</b>om, <b>N</b>o", "Mme Curie, Tom, No"),
        ("his <b>A4</b> and 2 H", "his A4 and 2 H"),
    ],
)
def test_a_formula_is_kept_and_other_words_are_read(source: str, seen: str) -> None:
    text = masked(source)
    assert text.marked.text == seen
    assert text.restored(text.marked).plain == text.text.plain


@pytest.mark.parametrize(
    ("source", "translation", "wanted"),
    [
        ("Water is H<sub>2</sub>O here.", "Hier ist {k0} Wasser.", "Hier ist H<sub>2</sub>O Wasser."),
        ("H<sub>2</sub>O and CO<sub>2</sub> here", "{k1} und {k0}", "CO<sub>2</sub> und H<sub>2</sub>O"),
        ("the H<sub>2</sub>O", "das", "das H<sub>2</sub>O"),
        ("the old<sup>1</sup> cat", "die alte {k0} Katze", "die alte<sup>1</sup> Katze"),
        ("the <b>old<sup>1</sup></b> cat", "die {k0} Katze", "die<sup>1</sup> Katze"),
    ],
)
def test_a_unit_stands_where_the_translation_has_it(source: str, translation: str, wanted: str) -> None:
    document = parse(source, "html")
    text = MaskedText(document.texts[0])
    found = text.restored(Marked(translation, (Stretch(0, 0),) * len(text.marked.elements)))
    assert re.sub("<b></b>", "", document.render([found])) == wanted


@pytest.mark.parametrize(
    ("source", "elements"),
    [
        ("<b>T</b>om is here", ["Tom"]),
        ("un<i>believ</i>able", ["unbelievable"]),
        ("<a>cat</a>s and <b>do</b>gs", ["cats", "dogs"]),
        ("<b>two d</b>o<i>gs here</i>", ["two dogs", " here"]),
        ("<b>T</b>o<i>m</i> is", ["Tom", "Tom"]),
        ("<b>T</b>o<i>m is</i> here", ["Tom", "Tom is"]),
        ("<b>狗</b>在这<i>里</i>", ["狗", "里"]),
        ("<b>Tom</b>'s <i>ice</i>-cream", ["Tom", "ice"]),
    ],
)
def test_other_elements_go_around_whole_words(source: str, elements: list[str]) -> None:
    text = parse(source + ".", "html").texts[0]
    found = around_words(text.plain, [Stretch(one.start, one.end) for one in text.inlines])
    assert [text.plain[one.start : one.end] for one in found] == elements


@pytest.mark.parametrize(
    ("source", "translation", "end", "wanted"),
    [
        ("the 21<sup>st</sup> of", "le 21e de", (3, 6), "le 21<sup>e</sup> de"),
        ("le 3<sup>e</sup> du", "the 3rd of", (4, 7), "the 3<sup>rd</sup> of"),
        ("the 1<sup>st</sup> of", "第一", (0, 2), "第一<sup></sup>"),
        ("the 1<sup>st</sup> of", "der 1 von", (4, 5), "der 1<sup></sup> von"),
        ("the 4<sup>th</sup> of July", "le 4 juillet", (0, 12), "le 4<sup></sup> juillet"),
        ("le 1<sup>er</sup> mai", "the 1st of May", (0, 14), "the 1<sup>st</sup> of May"),
        ("au XXI<sup>e</sup> siècle", "in the 21st century", (7, 11), "in the 21<sup>st</sup> century"),
        ("the 20<b>th</b> of", "le 20e de", (3, 6), "le 20<b>e</b> de"),
        ("M<sup>me</sup> Curie", "Mrs. Curie", (0, 4), "Mrs.<sup></sup> Curie"),
        ("the 4<sup>th</sup> of July", "7月4日", (0, 4), "7月4<sup></sup>日"),
    ],
)
def test_the_ending_of_an_ordinal_is_marked_as_such(
    source: str, translation: str, end: tuple[int, int], wanted: str
) -> None:
    document = parse(source, "html")
    found = MaskedText(document.texts[0]).restored(Marked(translation, (Stretch(*end),)))
    assert document.render([found]) == wanted


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=6), st.text("ab 狗-", min_size=12, max_size=12)
)
def test_elements_around_words_are_nested(places: list[tuple[int, int]], plain: str) -> None:
    nested: list[Stretch] = []
    for start, end in sorted((min(pair), max(pair)) for pair in places):
        around = [one for one in nested if one.start <= start < one.end]
        nested.append(Stretch(start, min([end, *(one.end for one in around)])))
    nested.sort(key=lambda one: (one.start, -one.end))
    found = around_words(plain, nested)
    assert all(one.start <= one.end for one in found)
    tree_of(sorted(found, key=lambda one: (one.start, -one.end)))


def test_many_parts_of_words_cost_no_more_each() -> None:
    document = parse("x<sup>2</sup> a<b>b</b>c<sup>1</sup> " * 2000 + "end", "html")
    text = MaskedText(document.texts[0])
    assert len(text.kept) == 4000
    assert text.restored(text.marked).plain == text.text.plain
