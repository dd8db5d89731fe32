from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.segment import MARK, halves, spaced, split

ANY_TEXT = st.text(st.characters(exclude_categories=()))
SPACED = st.text(st.sampled_from(list("aB.?!。 \n\r\t\u2028\x85\u3000“”(")))
STAYS = re.compile(
    rf"(?:\s|[A-Za-z]{{1,5}}\.\s|{MARK.pattern.removesuffix('(?=' + chr(92) + 'S)')}|```.*|[\[(（【\])）】])*",
    re.DOTALL,
)
LANGUAGES = st.sampled_from(["en", "de", "fr", "zh", "zh-Hans", "zh-Hant", "cs", "xx"])


def sentences(text: str, language: str = "en") -> list[str]:
    return [segment.text for segment in split(text, language) if segment.text]


@given(ANY_TEXT | SPACED, LANGUAGES)
def test_nothing_is_lost(text: str, language: str) -> None:
    segments = split(text, language)
    assert "".join(segment.before + segment.text for segment in segments) == text
    assert all(STAYS.fullmatch(segment.before) for segment in segments)
    assert all(segment.text for segment in segments[:-1])
    assert all(segment.text == segment.text.strip() for segment in segments)


@pytest.mark.parametrize("language", ["en", "de", "fr", "zh", "xx"])
@pytest.mark.parametrize(
    "text",
    [
        "!B B\u3000\u3000.",
        "Ja. Nein\u2003\u2003!",
        "\u4f60\u597d\u3002\u3000\u3000\u518d\u89c1\u3002",
        "a\u00a0\u00a0? b",
    ],
)
def test_wide_spaces_are_no_fault(text: str, language: str) -> None:
    assert "".join(segment.before + segment.text for segment in split(text, language)) == text


def test_a_fault_in_the_library_leaves_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    panic = type("PanicException", (BaseException,), {})

    def failing(language: str, text: str) -> list[str]:
        raise panic(language, text)

    monkeypatch.setattr("app.text.segment.segment", failing)
    assert [segment.text for segment in split("One. Two.", "en")] == ["One. Two."]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Dr. Smith paid $3.50, e.g. for tea. Why?  OK.", ["Dr. Smith paid $3.50, e.g. for tea.",
        "Why?", "OK."]),
        ("en", '"Really?" she asked. J. R. R. Tolkien wrote.', ['"Really?" she asked.',
        "J. R. R. Tolkien wrote."]),
        ("de", "Das ist z.B. gut. Am 3. Mai kam Dr. Müller. Ja.", ["Das ist z.B. gut.",
        "Am 3. Mai kam Dr. Müller.", "Ja."]),
        ("fr", "Ouvert lun.-ven. 9 h, sam. fermé. Oui.", ["Ouvert lun.-ven. 9 h, sam. fermé.", "Oui."]),
        ("fr", "2 c. à soupe d'huile, ½ c. à café de sel", ["2 c. à soupe d'huile, ½ c. à café de sel"]),
        ("de", "Tee ggf. mit Milch. Kap. 3, Abs. 2 gilt.", ["Tee ggf. mit Milch.", "Kap. 3, Abs. 2 gilt."]),
        ("fr", "J'aime la mer. Il fait beau.", ["J'aime la mer.", "Il fait beau."]),
        ("en", "we like it. but we go. so what.", ["we like it.", "but we go.", "so what."]),
        ("fr", "M. Dupont est là. Mme. Durand ? Oui.", ["M. Dupont est là.", "Mme. Durand ?", "Oui."]),
        ("de", "Im 19. Jahrhundert. Der 2. Weltkrieg! Preis inkl. Steuer. Um 1945. Ja.", ["Im 19. Jahrhundert.",
        "Der 2. Weltkrieg!", "Preis inkl. Steuer.", "Um 1945.", "Ja."]),
        ("fr", "La rue St. Michel. Le Dr. Petit, c.-à-d. lui. J.-P. Martin.", ["La rue St. Michel.",
        "Le Dr. Petit, c.-à-d. lui.", "J.-P. Martin."]),
        ("en", "M. Dupont met Mme. Curie. Yes.", ["M. Dupont met Mme. Curie.", "Yes."]),
        ("pt", "O Sr. Silva chegou. Sim.", ["O Sr. Silva chegou.", "Sim."]),
        ("en", "Tea is hot.The milk isn't.I drink it!Why?", ["Tea is hot.", "The milk isn't.", "I drink it!", "Why?"]),
        ("de", "Ich bin da.Das ist gut.Am Ende!Ein Hund", ["Ich bin da.", "Das ist gut.", "Am Ende!", "Ein Hund"]),
        ("en", "See app.py, example.com/this.That is e.g.This Console.WriteLine in ASP.Net or Node.Js here",
        ["See app.py, example.com/this.That is e.g.This Console.WriteLine in ASP.Net or Node.Js here"]),
        ("en", "It is ４．５ m long. Yes.", ["It is ４．５ m long.", "Yes."]),
        ("zh", "他说『走。』我走了。", ["他说『走。』", "我走了。"]),
        ("zh-Hans", "你好。我是谁？3.5公里。", ["你好。", "我是谁？", "3.5公里。"]),
    ],
)  # fmt: skip
def test_sentences(language: str, text: str, expected: list[str]) -> None:
    assert sentences(text, language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a) Bread\n(b) milk\nC) Tea", ["Bread", "milk", "Tea"]),
        ("i. First\nii. Second\n\niii. Third", ["First", "Second", "Third"]),
        ("A. Bread\nB. Milk", ["Bread", "Milk"]),
        ("I. Bread\nII. Milk", ["Bread", "Milk"]),
        ("c. bread\nd. milk", ["bread", "milk"]),
        ("A. Smith came.\nC. Brown went.", ["A. Smith came.", "C. Brown went."]),
        ("v. Chr. war es so.\nz. B. Wasser", ["v. Chr. war es so.", "z. B. Wasser"]),
        ("a bread\nI. Newton", ["a bread", "I. Newton"]),
    ],
)
def test_letters_before_items_stay(text: str, expected: list[str]) -> None:
    assert sentences(text, "de") == expected


def test_lines_are_apart_and_their_breaks_stay() -> None:
    segments = split("Title\r\n\r\n- one\n- two \n", "en")
    assert [(segment.before, segment.text) for segment in segments] == [
        ("", "Title"), ("\r\n\r\n- ", "one"), ("\n- ", "two"), (" \n", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("mark", ["- ", "* ", "• ", "1. ", "12) ", "(3) ", "## ", "> ", "- [ ] ", "[x] ", "  - "])
def test_the_mark_of_an_item_stays(mark: str) -> None:
    assert [(s.before, s.text) for s in split(f"One.\n{mark}Two. Three", "en")] == [
        ("", "One."), (f"\n{mark}", "Two."), (" ", "Three"),
    ]  # fmt: skip


def test_columns_are_apart() -> None:
    assert sentences("name\tcity, town\tAn Apple     red  green") == ["name", "city, town", "An Apple", "red  green"]


def test_code_between_fences_stays() -> None:
    text = "Look:\n```python\nprint('It works. Yes.')\n```\nOK. ```\n"
    assert sentences(text) == ["Look:", "OK. ```"]
    assert sentences("```\nnever closed") == ["```", "never closed"]


def test_empty_and_blank_texts() -> None:
    assert split("", "en") == []
    assert [segment.before for segment in split(" \n ", "en")] == [" \n "]


def test_sentences_are_found_throughout_a_long_line() -> None:
    sentence = "Dr. Smith paid 3.50 for tea."
    assert set(sentences(" ".join([sentence] * 500))) == {sentence}


@pytest.mark.parametrize("unit", ["a", ". ", "你。", "“", "“a. ", " ", "\n", "Dr. ", "M. ", "…", "\ud800. "])
def test_hostile_texts_do_not_stall(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert "".join(segment.before + segment.text for segment in split(text, "en")) == text


def words_and_characters(text: str) -> int:
    return len(text.split()) + len(text) // 4


def pieces(text: str, most: int, count: Callable[[str], int]) -> list[str]:
    """Halves of halves, until each counts at most so many tokens."""
    if len(text) < 2 or count(text) <= most:
        return [text]
    return [piece for half in halves(text) for piece in pieces(half, most, count)]


@given(ANY_TEXT | SPACED, st.integers(1, 20))
def test_pieces_lose_nothing_and_fit(text: str, most: int) -> None:
    found = pieces(text, most, words_and_characters)
    assert "".join(found) == text
    assert all(words_and_characters(piece) <= most or len(piece) < 2 for piece in found)


def test_a_short_sentence_is_one_piece() -> None:
    assert pieces("A dog, a cat.", 50, len) == ["A dog, a cat."]


def test_pieces_end_with_clauses_then_words_then_anywhere() -> None:
    clauses = "The old man slept, and the young dog played; nobody cared."
    assert pieces(clauses, 45, len) == ["The old man slept,", " and the young dog played; nobody cared."]
    assert pieces("one two three four", 10, len) == ["one two", " three", " four"]
    assert pieces("今天天气很好，我们去公园。", 8, len) == ["今天天气很好，", "我们去公园。"]
    assert pieces("abcdefgh", 4, len) == ["abcd", "efgh"]


def test_a_long_word_is_not_cut_while_it_can_stand_alone() -> None:
    assert pieces("see https://example.org/a/long/path ok", 33, len)[1] == " https://example.org/a/long/path"


def test_no_cut_goes_through_code_or_a_tag() -> None:
    for kept in ("`rm my file and the other`", '<img src="a.png" alt="a red house, with a garden">'):
        found = pieces(f"run {kept} now, will you", len(kept) + 8, len)
        assert "".join(found) == f"run {kept} now, will you"
        assert sum(kept in piece for piece in found) == 1


@pytest.mark.parametrize("cluster", ["👍🏽", "e\u0301", "👩\u200d💻", "🇩🇪"])
def test_what_a_reader_sees_as_one_character_is_not_cut(cluster: str) -> None:
    for piece in pieces(cluster * 40, 10, len):
        assert piece.replace(cluster, "") == ""


@pytest.mark.parametrize("unit", ["a", "a b ", "你", "a, ", " ", "👍🏽", "\u0301", "1, ", "<b> ", "@a", "#a"])
def test_hostile_sentences_do_not_stall(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert "".join(pieces(text, 50, words_and_characters)) == text


def test_a_lone_name_in_a_line_of_data_stays() -> None:
    assert sentences("2024-03-19\t13:34:33\tEve\tI am leaving") == ["2024-03-19", "13:34:33", "I am leaving"]
    assert sentences("Red\tApples\tFrance") == ["Red", "Apples", "France"]
    assert sentences("7\tGood morning\tPlease come") == ["7", "Good morning", "Please come"]
    assert "".join(part.before + part.text for part in split("7\tEve\thi\n8\tBob\t", "en")) == "7\tEve\thi\n8\tBob\t"


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("=== Good day ===", ["Good day"]),
        ("Good day. >>> Good night >>>", ["Good day.", "Good night"]),
        ("I like dogs *** and cats.", ["I like dogs *** and cats."]),
        ("(((Look))) at (((that", ["Look", "at", "that"]),
        ("call f(g(h(1))) now", ["call f(g(h(1))) now"]),
        ("***Note*** f*** you", ["***Note*** f*** you"]),
        ("- Is he here? - No. - Oh.", ["Is he here?", "No.", "Oh."]),
        ("— Où est-il ?  — Là - au fond.", ["Où est-il ?", "Là - au fond."]),
        ("He left. - She stayed.", ["He left.", "- She stayed."]),
        ("News | Our shop ｜ 联系", ["News", "Our shop", "联系"]),
        ("[News] It rains.", ["News", "It rains."]),
        ("[1] It rains. [x](y)", ["[1] It rains.", "[x](y)"]),
        ("Ha ha, you are funny.", ["you are funny."]),
        ("name,age,city", ["name", "age", "city"]),
        ("a,b,c of name,age", ["a,b,c of name,age"]),
        ("This is (((very bad", ["This is (((very bad"]),
        ("(a) a dog, (b) a cat, (c) a bird", ["a dog", "a cat", "a bird"]),
        ("We need: 1) bread; 2) milk and 3) tea.", ["We need:", "bread", "milk and 3) tea."]),
        ("i) Open it. ii) Close it.", ["Open it.", "Close it."]),
        ("① Open the door ② Close it", ["Open the door", "Close it"]),
        ("He (a) came and (b) went.", ["He (a) came and (b) went."]),
        ("(c) a tree, (a) a dog", ["a tree, (a) a dog"]),
        ("see (a), (b) or f(x), g(y)", ["see (a), (b) or f(x), g(y)"]),
    ],
)
def test_phrases_are_parted_at_rows_of_marks_and_pipes(text: str, phrases: list[str]) -> None:
    segments = split(text, "en", by_phrases=True)
    assert "".join(segment.before + segment.text for segment in segments) == text
    assert [segment.text for segment in segments if segment.text] == phrases


@pytest.mark.parametrize(
    ("text", "source", "target", "expected"),
    [
        ("(a) red; (b) green", "en", "zh", "(a) red；(b) green"),
        ("You need: 1) tea, 2) milk", "en", "zh", "You need:1) tea，2) milk"),
        ("（a）狗；（b）猫；（c）鸟", "zh", "en", "(a) 狗; (b) 猫; (c) 鸟"),
        ("①开门，②关窗", "zh", "de", "①开门, ②关窗"),
        ("a) du pain ; b) du lait", "fr", "en", "a) du pain; b) du lait"),
        ("a) Brot; b) Milch", "de", "en", "a) Brot; b) Milch"),
        ("a) bread; b) milk", "en", "fr", "a) bread ; b) milk"),
        ("a) das Haus\nb) der Garten", "de", "en", "a) das Haus\nb) der Garten"),
        ("① red\n② green", "en", "zh", "① red\n② green"),
    ],
)
def test_marks_between_items_are_those_of_the_target(text: str, source: str, target: str, expected: str) -> None:
    segments = spaced(split(text, source, by_phrases=True), source, target)
    written = "".join(segment.before + segment.text for segment in segments)
    assert written == expected


def test_brackets_before_sentences_are_those_of_the_target() -> None:
    segments = spaced(split("【新闻】今天下雨。（完）", "zh", by_phrases=True), "zh", "en")
    assert [segment.before for segment in segments] == ["[", "] ", " "]
