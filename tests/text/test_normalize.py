from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.normalize import clean, normalize

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # with lone surrogates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  two \t\r\n spaces\u00a0\u3000 ", "two spaces"),
        ("cafe\u0301", "café"),
        ("don’t say “no”", 'don\'t say "no"'),
        ("an en – and an em — dash", "an en – and an em — dash"),
        ("\ufeffa\x00b\u200bc\u202ed\u2066e\u00adf\x85g", "abcdef g"),
        ("a\u200db", "ab"),
        ("👩\u200d💻 🏳\ufe0f\u200d🌈", "👩\u200d💻 🏳\ufe0f\u200d🌈"),
        ("bad \ud800 half", "bad \ufffd half"),
        ("\u200b \ufeff", ""),
    ],
)
def test_a_model_reads_one_form(text: str, expected: str) -> None:
    assert normalize(text) == expected


def test_what_a_translator_writes_keeps_its_quotes() -> None:
    assert clean("  „Ja“,  sagte sie. Je l’ai vu. ") == "„Ja“, sagte sie. Je l’ai vu."


@given(ANY_TEXT)
def test_normal_text_is_encodable_and_stays(text: str) -> None:
    normal = normalize(text)
    normal.encode()  # no lone surrogate is left
    assert normalize(normal) == normal


@pytest.mark.parametrize("unit", ["a", " ", "\u0301\u0316", "\u0f73", "\u200d", "\ud800", "👍🏽", "\u1100\u1161"])
def test_long_texts_take_linear_time(unit: str) -> None:
    normalize("e" + unit * 200_000)


def test_ordinary_marks_are_kept() -> None:
    text = unicodedata.normalize("NFC", "שָׁלוֹם ทั้งนี้ हिन्दी Việt")
    assert normalize(text) == text


@pytest.mark.parametrize(
    ("text", "narrow"),
    [
        ("Ｇｏｏｄ　ｎｉｇｈｔ！", "Good night!"),
        ("Ｗｈａｔ？　（ｙｅｓ）　１２：３０", "What? (yes) 12:30"),
        ("我有３台ＰＣ，真的！", "我有3台PC，真的！"),
        ("すごい！ＯＫです", "すごい！OKです"),
        ("你好，世界！（好）", "你好，世界！（好）"),
        ("plain, text!", "plain, text!"),
    ],
)
def test_full_width_letters_are_narrow_and_chinese_marks_stay(text: str, narrow: str) -> None:
    assert clean(text) == narrow
