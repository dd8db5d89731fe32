"""Brackets and repetitions that are cut from a sentence, and put into its translation."""

from __future__ import annotations

import pytest

from app.pipeline.marked import Marked
from app.text.chinese import traditional
from app.text.languages import profile_of
from app.text.projection import Stretch
from app.text.reduced import reduced


@pytest.mark.parametrize(
    ("source", "cut", "words", "translation", "there", "target", "wanted"),
    [
        ("我喜欢《红楼梦》。", "我喜欢红楼梦。", "红楼梦", "I like the red dream.", "the red dream.", "en",
         'I like "the red dream".'),
        ("请打开【门】。", "请打开门。", "门", "Ouvrez la porte.", "la porte", "fr", "Ouvrez [la porte]."),
        ("I like 〈War〉.", "I like War.", "War", "我喜欢战争。", "战争", "zh-Hans", "我喜欢〈战争〉。"),
        ("“He said ‘no’,” she said.", "“He said no,” she said.", "no", "„Er sagte nein“, sagte sie.", "nein", "de",
         "„Er sagte ‚nein‘“, sagte sie."),
        ('"I read \'Old Men\' twice."', '"I read Old Men twice."', "Old Men", "“我读过老人两次。”", "老人", "zh",
         "“我读过‘老人’两次。”"),
        ("« Il crie “stop !” ici »", "« Il crie stop ! ici »", "stop !", '"He shouts stop! here"', "stop!", "en",
         "\"He shouts 'stop'! here\""),
        ("她說：「他說『不』。」", "她說：「他說不。」", "不", "Elle dit : « Il dit non. »", "non.", "fr",
         "Elle dit : « Il dit “non”. »"),
        ("»Er hat ›nein‹ gesagt«", "»Er hat nein gesagt«", "nein", '"He said no"', "no", "en", "\"He said 'no'\""),
        ("‘Read « Tom »’, he said", "‘Read Tom’, he said", "Tom", "Lies Tom", "Tom", "de", "Lies ‚Tom‘"),
        ('the "old" house', "the old house", "old", "das alte Haus", "alte", "de", "das „alte“ Haus"),
        ("Press “OK” to go", "Press OK to go", "OK", "Appuyez sur OK", "sur OK", "fr", "Appuyez sur «\u00a0OK\u00a0»"),
        ("la « vieille » maison", "la vieille maison", "vieille", "the old house", "old", "en", 'the "old" house'),
        ("他是“好”人。", "他是好人。", "好", "He is a good man.", "good", "en", 'He is a "good" man.'),
        ("sister Sister", "sister", "sister", "sœur", "sœur", "fr", "sœur Sœur"),
        ("Bye bye, man", "Bye, man", "Bye", "Tschüss, Mann", "Tschüss", "de", "Tschüss tschüss, Mann"),
        ("It is very very very good.", "It is very good.", "very", "Es ist sehr gut.", "sehr", "de",
         "Es ist sehr sehr sehr gut."),
        ("No, no, no!", "No!", "No", "Nein!", "Nein!", "de", "Nein, nein, nein!"),
        ("no no no", "no", "no", "不", "不", "zh-Hans", "不不不"),
        ("非常非常非常好", "非常好", "非常", "It is very good", "is very", "en", "It is very very very good"),
        ("不不不，好", "不，好", "不", "No, good", "No", "en", "No, no, no, good"),
    ],
)  # fmt: skip
def test_what_is_cut_goes_around_its_words_and_behind_them(
    source: str, cut: str, words: str, translation: str, there: str, target: str, wanted: str
) -> None:
    found = reduced(source, [])
    assert found is not None
    assert found.text == cut
    assert [found.text[one.start : one.end] for one in found.words] == [words]
    start = translation.find(there)
    insertions = found.insertions(translation, [Stretch(start, start + len(there))], profile_of(target))
    assert insertions is not None
    assert Marked(translation).with_insertions(insertions).text == wanted


@pytest.mark.parametrize(
    ("source", "there"),
    [
        ('a "good" idea', "a thing that is good"),
        ('a "good" idea', "“good”"),
        ("so so so", ""),
        ("so so so", "of that kind"),
        ("《so》", "."),
        ("so《a》", " "),
    ],
)
def test_a_translation_that_lacks_the_words_is_none(source: str, there: str) -> None:
    found = reduced(source, [])
    assert found is not None
    assert found.insertions(there, [Stretch(0, len(there))], profile_of("en")) is None


@pytest.mark.parametrize(
    "source",
    [
        "had had it",
        "看看书",
        "哈哈哈哈",
        "《》 and 【...】",
        "1 1 1 1",
        "nonono",
        "a 《b",
        "xx x xx",
        "so, so",
        "the 'old' house",
        'git commit -m "first" now',
        'He said "no".',
        '"Old" houses are "new"',
        "\"It's Tom's and the dogs' tree\"",
        "say(\"it's\", 'a')",
        "<a title=\"an 'old' cat\">",
        "run \"f('x')\"",
        "“a ‘…’ b”",
    ],
)
def test_what_is_no_repetition_title_and_inner_quotation_stays(source: str) -> None:
    assert reduced(source, []) is None


@pytest.mark.parametrize(
    ("source", "element", "is_cut"),
    [
        ("看《红楼》吧", (1, 5), True),
        ("看《红楼》吧", (2, 3), True),
        ("看《红楼》吧", (0, 3), False),
        ("no no no yes", (0, 8), True),
        ("no no no yes", (3, 5), False),
        ("no no no yes", (9, 12), True),
    ],
)
def test_what_an_element_goes_through_stays(source: str, element: tuple[int, int], is_cut: bool) -> None:
    assert (reduced(source, [Stretch(*element)]) is not None) == is_cut


def test_elements_stay_around_what_is_inserted_in_them() -> None:
    found = reduced("看《红楼》吧 no no no", [])
    assert found is not None
    assert found.moved(Stretch(1, 5)) == Stretch(1, 3)
    insertions = found.insertions("Read Red now no", [Stretch(5, 8), Stretch(13, 15)], profile_of("en"))
    assert insertions is not None
    elements = (Stretch(0, 4), Stretch(5, 8), Stretch(9, 15))
    marked = Marked("Read Red now no", elements).with_insertions(insertions)
    assert marked.text == 'Read "Red" now no no no'
    assert [marked.text[one.start : one.end] for one in marked.elements] == ["Read", '"Red"', "now no no no"]


def test_a_long_repetition_is_cut_as_a_whole() -> None:
    found = reduced("no " * 5_000, [])
    assert found is not None
    assert len(found.parts) == 50


def test_marks_of_inner_quotations_are_in_the_script_of_the_translation() -> None:
    found = reduced("“He said ‘no’”", [])
    assert found is not None
    insertions = found.insertions("「他說不」", [Stretch(3, 4)], profile_of("zh"), traditional)
    assert insertions is not None
    assert Marked("「他說不」").with_insertions(insertions).text == "「他說『不』」"
