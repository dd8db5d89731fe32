"""Tables and JSON: words are translated, numbers, names for programs and the layout stay."""

from __future__ import annotations

import json

import pytest

from app.formats import FormatError, parse
from tests.formats.fake import plains, shout, translate


def test_a_table_keeps_its_columns_and_quotes() -> None:
    source = 'name,age,city\n"Smith, Anna",34,London\n"The old man",71,"New York"\n'
    assert plains(source, "csv") == ["London", "The old man", "New York"]
    rendered = translate(source, "csv", {"London": 'Lon"don, hier', "The old man": 'Der "alte" Mann'})
    assert rendered == 'name,age,city\n"Smith, Anna",34,"Lon""don, hier"\n"Der ""alte"" Mann",71,"New York"\n'


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("2024-03-19\t13:34:33\tBen\tI am leaving at noon :)\n", ["I am leaving at noon :)"]),
        ('Product;Price;Note\r\n"A ""nice"" hat";3,50;Wool\r\n', ["Product", "Price", "Note", 'A "nice" hat', "Wool"]),
        ("unit_price,fullName\n3.5,It is cheap\n", ["It is cheap"]),
        ("id,text\nA-12,Good night\n7f3,See https://x.org now\nx9,https://x.org/a\n", ["Good night", "See https://x.org now"]),  # noqa: E501
        ('id,text\n1,"Two lines.\nOf text"\n', ["Two lines.", "Of text"]),
        ("编号,说明\n1,今天天气很好\n", ["编号", "说明", "今天天气很好"]),
        ("symbol,date,note\nMSFT,Jan 3 2000,It fell\nAAPL,Feb 1 2000,It rose\n", ["It fell", "It rose"]),
        ("First name,Job\nCarol,Teacher\nHector J.,Driver\n", ["First name", "Job", "Teacher", "Driver"]),
        ("colour,price\nRed,3\nBlue,4\n", ["Red", "Blue"]),
        ("08:15,Emma,Good morning\n08:16,Tom,Good night\n", ["Good morning", "Good night"]),
        ("only one column\nof words\n", ["only one column", "of words"]),
    ],
)  # fmt: skip
def test_words_of_cells_are_texts(source: str, texts: list[str]) -> None:
    assert plains(source, "csv") == texts


def test_columns_may_be_chosen() -> None:
    source = "Key,English,Note\na1,Good night,internal\nb2,OK_2,internal\n"
    assert plains(source, "csv", columns=["English"]) == ["Good night", "OK_2"]
    assert plains(source, "csv", columns=[2], header="translate") == ["Key", "English", "Note", "Good night", "OK_2"]
    assert plains("a|b\nword|words here\n", "csv", delimiter="|", header="keep") == ["word", "words here"]
    with pytest.raises(FormatError, match=r"'Deutsch'.*Key, English"):
        parse(source, "csv", columns=["Deutsch"])


@pytest.mark.parametrize("delimiter", ["", ";;", "a", "7", "你", '"', "\n", "\r"])
def test_a_delimiter_that_cells_are_made_of_is_refused(delimiter: str) -> None:
    with pytest.raises(FormatError, match="no letter, digit, quotation mark or line break"):
        parse("a,b\nGood night,7\n", "csv", delimiter=delimiter)


def test_a_table_that_cannot_be_read_names_the_line() -> None:
    with pytest.raises(FormatError, match="line 2"):
        parse('a,b\n"x" y,z\n', "csv")


def test_json_stays_json() -> None:
    assert shout('{"title": "Good morning", "count": 3, "ok": true}', "json") == (
        '{"title": "GOOD MORNING", "count": 3, "ok": true}'
    )
    assert shout('["Good morning", "Good night"]', "json") == '["GOOD MORNING", "GOOD NIGHT"]'
    source = '\ufeff{\n  "a" : [ "Guten\\u0020Tag", 1.50, "x_y", "" ],\t"id": "Words here", "url": "http://x.y"}\n'
    assert shout(source, "json") == source.replace("Guten\\u0020Tag", "GUTEN TAG")


def test_json_lines() -> None:
    source = '{"text": "Good night"}\r\n{"text": "It is late"}\r\n'
    assert shout(source, "json") == '{"text": "GOOD NIGHT"}\r\n{"text": "IT IS LATE"}\r\n'


def test_messages_in_json() -> None:
    source = '{"cart": "{n, plural, one {# item} other {# items}}\\nin \\"{shop}\\"", "path": "C:\\\\Program Files\\\\x.exe"}'  # noqa: E501
    rendered = json.loads(shout(source, "json"))
    assert rendered["cart"] == '{n, plural, one {# ITEM} other {# ITEMS}}\nIN "{shop}"'
    assert rendered["path"] == json.loads(source)["path"]


def test_keys_may_be_chosen() -> None:
    source = '{"title": "Words", "body": {"text": "One", "id": "Two"}, "note": "Three words here"}'
    assert plains(source, "json", keys=["body", "title"]) == ["Words", "One", "Two"]
    assert plains(source, "json", skip=["Note"]) == ["Words", "One"]


def test_json_writes_characters_as_the_document_does() -> None:
    assert translate('["Caf\\u00e9"]', "json", {"Café": "Käse"}) == '["K\\u00e4se"]'
    assert translate('["Café"]', "json", {"Café": "Käse"}) == '["Käse"]'
    assert translate('["a\\/b words"]', "json", {"a/b words": "x/y"}) == '["x\\/y"]'


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ('{"a" 1}', "line 1, column 6"),
        ("", "empty"),
        ("[1] [2]", "line 1"),
        ("[" * 99_999, "too deep"),
        ("[NaN]", "NaN"),
    ],
)
def test_what_is_no_json_is_said(source: str, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        parse(source, "json")


def test_numbers_of_any_length_stay() -> None:
    source = f'{{"n": {"9" * 5000}, "text": "Some words"}}'
    assert shout(source, "json") == source.replace("Some words", "SOME WORDS")
