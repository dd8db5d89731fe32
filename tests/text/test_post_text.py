from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.post_text import plain_post


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@VirginAmerica it's ok", "@user it's ok"),
        ("see https://t.co/x?y=1 now", "see http now"),
        ("这个http://t.cn/abc，太棒了", "这个http，太棒了"),
        ("http://t.cn/abc太差了", "http太差了"),
        ("mail me@example.org", "mail me@example.org"),
        ("fish &amp; chips &lt;3", "fish & chips <3"),
        ("It is n't good , but ( mostly ) fun .", "It isn't good, but (mostly) fun."),
        ("You 'll love it !", "You'll love it!"),
        ("sooooooo gooood", "sooo goood"),
        ("I am sad :( ; ok", "I am sad :(; ok"),
        ("rock 'n' roll", "rock 'n' roll"),
        (" \u200b ", ""),
        ("love it😀😀😀 👍🏽!", "love it grinning face thumbs up!"),
        ("❤️ you", "red heart you"),
        ("1️⃣ Windows™ →", "1️⃣ Windows™ →"),  # signs, and no pictures
    ],
)
def test_plain_post(text: str, expected: str) -> None:
    assert plain_post(text) == expected


def test_emoji_are_named_in_the_language_of_the_post() -> None:
    assert plain_post("收到手机了😡", "zh") == "收到手机了 怒火中烧"


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_text_is_taken(text: str) -> None:
    assert "  " not in plain_post(text).strip()


def test_hostile_texts_take_linear_time() -> None:
    for piece in (
        "(",
        "( ",
        " '",
        "@",
        "@a ",
        "http://",
        "a",
        " ,",
        "&amp;",
        "😀",
        "😀😢",
        "👨\u200d👩\u200d👧",
        "👩\u200d",
    ):
        plain_post(piece * 200_000)
