"""Enumerations have as many items in their translation."""

from __future__ import annotations

import pytest

from app.text.enumeration import differs, enumerated, written_joint
from app.text.languages import profile_of


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "red, green, blue, yellow, black and white", ["red", "green", "blue", "yellow", "black", "white"]),
        ("en", "Bread, milk, eggs, and butter.", ["Bread", "milk", "eggs", "butter"]),
        ("de", "Hund, Katze, Maus oder Kuh", ["Hund", "Katze", "Maus", "Kuh"]),
        ("fr", "pommes, poires, cerises et prunes", ["pommes", "poires", "cerises", "prunes"]),
        ("zh", "苹果、香蕉、梨和葡萄。", ["苹果", "香蕉", "梨", "葡萄"]),
        ("en", "When it rained, we went home, and he, my friend, slept.", []),
        ("en", "one, two and three", []),
        ("en", "12, 13, 14, 15", []),
        ("xx", "a, b, c, d", []),
    ],
)
def test_items(language: str, text: str, expected: list[str]) -> None:
    assert [item.text for item in enumerated(text, profile_of(language))] == expected


def test_a_translation_with_fewer_or_the_same_items_differs() -> None:
    source, german = enumerated("red, green, blue, black and white", profile_of("en")), profile_of("de")
    assert not differs(source, "rot, grün, blau, schwarz und weiß", german)
    assert differs(source, "rot, grün, blau und weiß", german)
    assert differs(source, "rot, grün, blau, weiß und weiß", german)
    assert differs(source, "rot, grün und weiß, schwarz und weiß", german)
    assert not differs([], "rot", german)


def test_a_long_text_takes_linear_time() -> None:
    for text in ("a, " * 30_000, "a and " * 30_000, " " * 90_000, "、" * 90_000):
        assert enumerated(text, profile_of("en")) == []
        enumerated(text, profile_of("zh"))


@pytest.mark.parametrize(
    ("text", "source", "target", "written"),
    [
        (" and ", "en", "zh", " 和 "),
        (", or ", "en", "zh", "，或 "),
        (" or ", "en", "fr", " ou "),
        (", And ", "en", "de", ", und "),
        (" ainsi que ", "fr", "en", " and "),
        ("或", "zh", "de", " oder "),
        ("，和", "zh", "en", ", and "),
        ("und ", "de", "en", "and "),
        (" und", "de", "zh", " 和"),
        (", ", "en", "zh", None),
        (" und ", "en", "de", None),
        (" and so ", "en", "de", None),
        (" and ", "en", "th", None),
        ("", "en", "de", None),
    ],
)
def test_a_word_between_two_spans(text: str, source: str, target: str, written: str | None) -> None:
    assert written_joint(text, profile_of(source), profile_of(target)) == written
