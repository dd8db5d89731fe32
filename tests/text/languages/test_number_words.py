"""Numbers in words, as the profiles read them."""

from __future__ import annotations

import importlib
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from app.text.languages import profile_of

SCRIPTS = Path(__file__).parents[3] / "scripts"


@pytest.fixture
def in_words(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The writer of the phrasebook, which shares no code with the readers."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    sys.modules.pop("number_words", None)
    return importlib.import_module("number_words").in_words


def read(text: str, language: str) -> list[int]:
    numbers = profile_of(language).numbers
    assert numbers is not None
    return [one.value for one in numbers.in_words(text) if one.is_plain]


@pytest.mark.parametrize("language", ["en", "de", "fr", "zh"])
def test_every_number_is_read(in_words: Any, language: str) -> None:
    generator = random.Random(7)
    for value in [*range(13, 1200), *(generator.randrange(1200, 1_000_000) for _ in range(500))]:
        if value not in (100, 1000):  # "cent" and "mille" alone may be any number
            assert read(in_words(value, language), language) == [value]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Between twenty and thirty of two hundred and five people", [20, 30, 205]),
        ("en", "nineteen eighty-four, a twenty-year-old, attention, often, hundreds, one, none, a hundred", []),
        ("en", "TWO MILLION THREE HUNDRED THOUSAND, seventy five", [2_300_000, 75]),
        ("de", "hundertfünf, dreissig, einhundertundeins, zweiunddreißigtausend", [105, 30, 101, 32_000]),
        ("de", "zwanzigjährig, der Zwanzigste, Achtung, tausend Dank, hundertmal", []),
        ("fr", "septante, nonante-neuf, quatre-vingts, soixante et onze, deux-cent-vingt-deux", [70, 99, 80, 71, 222]),
        ("fr", "cent, pour cent, neuf livres, vingtième, cinquantaine", []),
        ("zh", "三百二十人，二〇二四年，一百零五", [320, 2024, 105]),
        ("zh", "十分好，星期三，第十五，千万不要，十五六岁，几十，二十多", []),
    ],
)
def test_words_that_are_numbers_and_others(language: str, text: str, expected: list[int]) -> None:
    assert read(text, language) == expected


def test_a_long_text_takes_linear_time() -> None:
    for language, words in (("en", "twenty-one "), ("de", "ein"), ("fr", "vingt et "), ("zh", "三百")):
        read(words * 20_000, language)
