"""Every character of a text that a classifier reads has its place in the user's own text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.normalize import normalize, traced
from app.text.post_text import plain_post, traced_post
from app.text.traced import Traced

PIECES = [
    *"ab .,!?'\"&#;<>@()-n1:",
    "https://x.y/z?a=1", "www.a.de", "@bob", "&amp;", "&notit;", "&#233;", "&lt", " n't", "'s", "oooooo",
    "★", "☆", "⭐\ufe0f", "½",
    "😀", "👍🏽", "👨\u200d👩\u200d👧", "❤\ufe0f", "🇩🇪", "\u200d", "\u200b", "\u202e", "\u0301", "e\u0301", "\u0338",
    "<b>", "</b>", "<p class=x>", "<br/>", "<!--", "-->", "**", "_", "`", "~~", "\n", "# ", "[a](b)", "](",
    "\u1100\u1161\u11a8", "Ａ", "！", "電", "網際網路", "軟體", "这", "，", "\x00", "\t", "\u00a0", "\u3000",
]  # fmt: skip
texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.text(max_size=30))


def written(text: str, part: str, language: str = "en") -> str:
    """What the user wrote for a part of the text that a model reads."""
    result = traced_post(text, language)
    start = result.text.index(part)
    begin, end = result.place(start, start + len(part))
    return text[begin:end]


@given(texts, st.sampled_from(["en", "zh"]))
def test_tracing_changes_nothing_and_every_place_is_in_the_text(text: str, language: str) -> None:
    text = re.sub("[\ud800-\udfff]", "", text)  # which a request cannot have
    result = traced_post(text, language)
    assert result.text == plain_post(text, language)
    assert len(result.text) == len(result.starts) == len(result.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(result.starts, result.ends, strict=True))
    assert sorted(result.starts) == result.starts
    assert traced(Traced.of(text)).text == normalize(text)


@pytest.mark.parametrize(
    ("text", "part", "own"),
    [
        ("so 😍 good", "heart", "😍"),
        ("see https://x.y/z?a=1 now", "http", "https://x.y/z?a=1"),
        ("hi @bob!", "@user", "@bob"),
        ("a &amp; b", "&", "&amp;"),
        ("ｇｏｏｄ phone", "good", "ｇｏｏｄ"),
        ("\u202e\u200bgo\u200bod", "good", "go\u200bod"),
        ("soooooo bad", "bad", "bad"),
        ("cafe\u0301 noir", "noir", "noir"),
        ("cafe\u0301 noir", "café", "cafe\u0301"),
        ("a \n\t  b", "b", "b"),
        ("<p>We <b>hate</b> it</p>", "hate", "hate"),
        ("<b>aw</b>ful", "awful", "aw</b>ful"),
        ("so **very bad**, no", "very bad", "very bad"),
        ("# Bad\n[the menu](https://x.y)", "menu", "menu"),
    ],
)
def test_a_part_is_found_where_the_user_wrote_it(text: str, part: str, own: str) -> None:
    assert written(text, part) == own


@pytest.mark.parametrize(
    ("text", "part", "own"),
    [
        ("軟體不錯", "软件", "軟體"),
        ("網際網路很慢。", "很慢", "很慢"),
        ("很慢，網際網路", "互联网", "網際網路"),
        ("這個網際網路很慢但是軟體不錯", "软件", "軟體"),
    ],
)
def test_traditional_characters_are_found_behind_words_of_another_length(text: str, part: str, own: str) -> None:
    assert written(text, part, "zh") == own


def test_nothing_has_a_place_too() -> None:
    assert Traced.of("").place(0, 0) == (0, 0)
    assert Traced.of("a b").place(1, 2) == (2, 2)


def test_a_rewritten_text_keeps_places() -> None:
    result = Traced.of("one two three").sub(re.compile("two "), "").sub(re.compile("three"), "3")
    assert result.text == "one 3"
    assert result.place(4, 5) == (8, 13)
