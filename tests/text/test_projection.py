from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.projection import Alignment, Offsets, Stretch, project

WORD = re.compile(r"\w+|[^\w\s]")


def tokens(text: str) -> list[Stretch]:
    return [Stretch(*match.span()) for match in WORD.finditer(text)]


def aligned(source: str, target: str, pairs: dict[int, int]) -> Alignment:
    """Each target word looks at the source word of `pairs`, where there is one, else anywhere."""
    here, there = tokens(source), tokens(target)
    rows = [
        [1.0 if pairs.get(word) == column else 0.0 for column in range(len(here))]
        if word in pairs
        else [1 / len(here)] * len(here)
        for word in range(len(there))
    ]
    return Alignment(here, there, rows)


def marked(source: str) -> tuple[str, list[Stretch]]:
    """A text without its brackets, and what they enclose."""
    plain, starts, found = "", [], []
    for character in source:
        if character == "[":
            starts.append(len(plain))
            found.append(len(plain))
        elif character == "]":
            start = starts.pop()
            place = max(i for i, one in enumerate(found) if one == start and isinstance(one, int))
            found[place] = Stretch(start, len(plain))  # type: ignore[call-overload]
        else:
            plain += character
    return plain, [one for one in found if isinstance(one, Stretch)]


def shown(target: str, elements: list[Stretch]) -> str:
    """The target with brackets around its elements."""
    opened = sorted(range(len(elements)), key=lambda i: (elements[i].start, -elements[i].end, i))
    marks: list[tuple[int, int, int, str]] = []
    for order, i in enumerate(opened):
        if elements[i].start == elements[i].end:
            marks.append((elements[i].start, 1, order, "[]"))
        else:
            marks.append((elements[i].start, 2, order, "["))
            marks.append((elements[i].end, 0, -order, "]"))
    text, end = "", 0
    for place, _, _, mark in sorted(marks):
        text, end = text + target[end:place] + mark, place
    return text + target[end:]


def projected(source: str, target: str, pairs: dict[int, int]) -> str:
    plain, elements = marked(source)
    return shown(target, project(elements, aligned(plain, target, pairs), plain, target))


@pytest.mark.parametrize(
    ("source", "target", "pairs", "wanted"),
    [
        ("I [really] like it.", "Das gefällt mir wirklich.", {0: 3, 1: 2, 2: 0, 3: 1}, "Das gefällt mir [wirklich]."),
        ("My [friend] is here.", "Mein Freund ist hier.", {0: 0, 1: 1, 2: 2, 3: 3}, "Mein [Freund] ist hier."),
        ("[All of it.]", "Alles davon.", {0: 0, 1: 2}, "[Alles davon.]"),
        ("[Read [this] now].", "Lies das jetzt.", {0: 0, 1: 1, 2: 2}, "[Lies [das] jetzt]."),
        ("[The [old [red] car]] stops.", "Es hält das alte rote Auto.", {1: 4, 2: 0, 3: 1, 4: 2, 5: 3},
         "Es hält [das [alte [rote] Auto]]."),
        ("I have [seen] the [film].", "Ich habe den Film gesehen.", {0: 0, 1: 1, 2: 3, 3: 4, 4: 2},
         "Ich habe den [Film] [gesehen]."),
        ("[][One two][]", " Eins zwei ", {0: 0, 1: 1}, " [][Eins zwei][] "),
        ("[][[One two]][]", " Eins zwei ", {0: 0, 1: 1}, " [][[Eins zwei]][] "),
        ("Read [this book][] now.", "Lies dieses Buch jetzt.", {0: 0, 1: 1, 2: 2, 3: 3, 4: 4},
         "Lies [dieses Buch][] jetzt."),
        ("One[] two three.", "Eins zwei drei.", {0: 0, 1: 1, 2: 2}, "Eins[] zwei drei."),
        ("One []two three.", "Eins zwei drei.", {0: 0, 1: 1, 2: 2}, "Eins []zwei drei."),
        ("[]One two.", "Eins zwei.", {0: 0, 1: 1}, "[]Eins zwei."),
        ("One two.[]", "Eins zwei.", {0: 0, 1: 1}, "Eins zwei.[]"),
        # An element without words between words stays between words.
        ("Found at []once.", "Sofort gefunden.", {0: 0, 1: 0, 2: 0}, "Sofort gefunden[]."),
        # An inner element takes its outer one along.
        ("She [has [never] gone] out.", "Sie ist nie fort.", {0: 0, 1: 1, 2: 2}, "Sie [ist [nie]] fort."),
    ],
)  # fmt: skip
def test_elements_go_with_their_words(source: str, target: str, pairs: dict[int, int], wanted: str) -> None:
    assert projected(source, target, pairs) == wanted


def test_an_element_whose_words_are_lost_stays_as_an_empty_one() -> None:
    assert projected("We [just] go.", "Wir gehen.", {0: 0, 1: 2, 2: 3}) == "Wir []gehen."
    plain, elements = marked("We [just [right] so] go.")
    found = project(elements, aligned(plain, "Wir gehen.", {0: 0, 1: 4}), plain, "Wir gehen.")
    assert len(set(found)) == 1
    assert found[0].start == found[0].end


def test_an_element_may_begin_within_a_token() -> None:
    """Where words are not spaced, a token may be longer than a word."""
    source, target = "我喜欢小房子。", "I like small houses."
    rows = [[1.0, 0, 0], [1.0, 0, 0], [0, 1.0, 0], [0, 1.0, 0], [0, 0, 1.0]]
    alignment = Alignment([Stretch(0, 3), Stretch(3, 6), Stretch(6, 7)], tokens(target), rows)
    assert shown(target, project([Stretch(1, 3)], alignment, source, target)) == "[I like] small houses."
    assert shown(target, project([Stretch(4, 6)], alignment, source, target)) == "I like [small houses]."


def test_crossing_elements_are_refused() -> None:
    with pytest.raises(ValueError, match="nested"):
        project([Stretch(0, 5), Stretch(3, 8)], aligned("one two three", "eins", {}), "one two three", "eins")


def test_elements_in_the_order_of_another_language_are_placed_alike() -> None:
    source, target = "one two three", "eins zwei drei"
    alignment = aligned(source, target, {0: 0, 1: 1, 2: 2})
    elements = [Stretch(0, 7), Stretch(4, 7), Stretch(8, 13)]
    found = project(elements, alignment, source, target)
    for order in itertools.permutations(range(3)):
        assert project([elements[i] for i in order], alignment, source, target) == [found[i] for i in order]


def nested() -> st.SearchStrategy[str]:
    words = st.sampled_from(["a", "bb", ". ", " ", "中", "文", "c d", ""])
    return st.recursive(words, lambda inner: st.lists(inner, max_size=3).map(lambda parts: f"[{''.join(parts)}]"))


@given(source=st.lists(nested(), max_size=5).map("".join), target=st.text("ab 中.", max_size=12), data=st.data())
def test_no_element_is_lost_and_all_stay_nested(source: str, target: str, data: st.DataObject) -> None:
    plain, elements = marked(source)
    elements.sort(key=lambda one: (one.start, -one.end))
    here, there = tokens(plain), tokens(target)
    row = st.lists(st.floats(0, 1), min_size=len(here), max_size=len(here))
    rows = data.draw(st.lists(row, min_size=len(there), max_size=len(there)))
    found = project(elements, Alignment(here, there, rows), plain, target)
    assert len(found) == len(elements)
    assert all(0 <= one.start <= one.end <= len(target) for one in found)
    for i, (inner, projected_inner) in enumerate(zip(elements, found, strict=True)):
        for outer, projected_outer in zip(elements[:i], found[:i], strict=True):
            if outer.start <= inner.start and inner.end <= outer.end and inner.start < outer.end:
                assert projected_outer.start <= projected_inner.start
                assert projected_inner.end <= projected_outer.end
            else:  # beside one another
                assert projected_inner.end <= projected_outer.start or projected_outer.end <= projected_inner.start


@given(st.text("ab c", max_size=9), st.text("ab c", max_size=9))
def test_places_stay_in_order_and_in_the_text(before: str, after: str) -> None:
    offsets = Offsets(before, after)
    places = [offsets.of(place) for place in range(len(before) + 1)]
    assert places == sorted(places)
    assert all(0 <= place <= len(after) for place in places)


def test_a_link_for_a_placeholder_is_one_stretch() -> None:
    """Letters of the placeholder stand in the link too."""
    before, link = "Siehe <ph0> hier.", "https://photo.example/p0h"
    start = before.index("<")
    offsets = Offsets(before, f"Siehe {link} hier.", [(start, start + 5, link)])
    assert [offsets.of(place) for place in (start, start + 5)] == [6, 6 + len(link)]
    assert offsets.of(len(before)) == len(f"Siehe {link} hier.")
