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
        ("<p>We <b>hate</b> it</p>", "We hate it"),
        ("Good.<br/>Very<BR>good.<p class='x'>Bye", "Good. Very good. Bye"),
        ("<!DOCTYPE html><style>p {color: red}</style><!-- so --><h1>这家店</h1><em>很</em>好", "这家店 很好"),
        ("&lt;b&gt; is a tag", "<b> is a tag"),
        ("I <3 you > him, 2 < 3", "I <3 you > him, 2 < 3"),
        ("I **hate** this, _really_ `so`, ~~not~~", "I hate this, really so, not"),
        ("***Awful***", "Awful"),
        ("# Bad\n> service\n- and * food", "Bad service and * food"),
        ('see [the **menu**](https://example.org/a_b) ![x](y.png "z")', "see the menu x"),
        ("f**k my_own_name 2 * 3 * 4 #love **", "f**k my_own_name 2 * 3 * 4 #love **"),
    ],
)
def test_plain_post(text: str, expected: str) -> None:
    assert plain_post(text) == expected


def test_emoji_are_named_in_the_language_of_the_post() -> None:
    assert plain_post("收到手机了😡", "zh") == "收到手机了 怒火中烧"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("★☆☆☆☆", "1/5"),
        ("Das Hotel: ★★★★☆!", "Das Hotel: 4/5!"),
        ("⭐⭐⭐⭐⭐ top", "5/5 top"),
        ("⭐️⭐️⭐️", "3/5"),
        ("★★★½☆", "3.5/5"),
        ("☆☆☆☆☆", "0/5"),
        ("★★★★★★★☆☆☆", "7/10"),
        ("很好★★★★★", "很好 5/5"),
        ("★ one star alone", "★ one star alone"),
    ],
)
def test_rows_of_stars_are_ratings(text: str, expected: str) -> None:
    assert plain_post(text) == expected


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
        "★",
        "☆★",
        "👨\u200d👩\u200d👧",
        "👩\u200d",
        "<",
        "<b ",
        "<!--",
        "<script>",
        "[a](",
        "[",
        "**a",
        "_a ",
        "`",
        "> ",
        "\n",
    ):
        plain_post(piece * 200_000)
