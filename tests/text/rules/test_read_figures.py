"""Ordinals, fractions, decades and Roman numerals, as the target of a translation writes them."""

from __future__ import annotations

import pytest

from app.text.languages import profile_of
from app.text.rules.decades import RULE as DECADES
from app.text.rules.fractions import RULE as FRACTIONS
from app.text.rules.letters import RULE as LETTERS
from app.text.rules.numbered_parts import RULE as PARTS
from app.text.rules.ordinals import RULE as ORDINALS
from app.text.rules.roman_numerals import RULE as ROMANS
from app.text.rules.rule import Languages, Rule
from app.text.sentence import analyse
from tests.text.rules.encoding import WordLengths

# The source, the target, a text, and what stands in its translation.
OF_ORDINALS = [
    ("en", "de", "the 2nd of 31st, an 11th and the 112TH man", "the 2. of 31., an 11. and the 112. man"),
    ("en", "fr", "a 1st and a 43rd", "a 1er and a 43e"),
    ("en", "zh", "the 8th time", "the 第8 time"),
    ("de", "en", "das 11. Kind im 2. Haus", "das 11th Kind im 2nd Haus"),
    ("de", "fr", "wurde 4. und unser 21. Fest", "wurde 4e und unser 21e Fest"),
    ("fr", "de", "la 1re et la 12e, au XVIe siècle", "la 1. et la 12., au 16. siècle"),
    ("fr", "en", "les 3èmes, le 13ième, le 21e", "les 3rd, le 13th, le 21st"),
    ("zh", "en", "第6次，第四十一个人，21世纪，二十一世纪，10周年", "6th次，41st人，21st世纪，21st世纪，10th周年"),
    ("en", "de", "the twenty-first century, on her Thirteenth", "the 21. century, on her 13."),
    ("en", "fr", "his ninetieth, a thirty second break", "his 90e, a 32e break"),
    ("de", "en", "im einundzwanzigsten Jahrhundert, der Dreizehnte.", "im 21st Jahrhundert, der 13th."),
    ("fr", "en", "le vingt et unième, la dix-neuvième, trente-cinquièmes", "le 21st, la 19th, 35th"),
    # Left to the models.
    ("en", "de", "5 stops, 3rds, v2.1st, first", "5 stops, 3rds, v2.1st, first"),
    ("de", "en", "Sie ist 30. Er ist 31. Version 2.3. Das", "Sie ist 30. Er ist 31. Version 2.3. Das"),
    ("fr", "en", "12 est, Me Vinet, le Xe2", "12 est, Me Vinet, le Xe2"),
    ("zh", "en", "第二次，第5章，3个世纪，第一百二十", "第二次，第5章，3个世纪，第一百二十"),
    ("en", "es", "the 3rd", "the 3rd"),
    ("de", "en", "am dreizehntenmal, zwanzig, ein Dreizehntel", "am dreizehntenmal, zwanzig, ein Dreizehntel"),
]  # fmt: skip
OF_FRACTIONS = [
    ("en", "de", "Two thirds of them and three-quarters of us", "Zwei Drittel of them and drei Viertel of us"),
    ("en", "fr", "a third of it, one fifth, two thirds", "un tiers of it, un cinquième, deux tiers"),
    ("en", "zh", "four fifths; nine tenths of a pie", "五分之四; 十分之九 of a pie"),
    ("de", "en", "zwei Drittel davon, mit einem Viertel", "two thirds davon, mit one quarter"),
    ("fr", "de", "Trois quarts des gens, un dixième", "Drei Viertel des gens, ein Zehntel"),
    ("zh", "en", "三分之二的人，十分之一，5分之3", "two thirds of人，one tenth，three fifths"),
    ("de", "en", "Dreiviertel davon, anderthalb Stunden, Zweieinhalb", "Three quarters davon, 1.5 Stunden, 2.5"),
    ("zh", "en", "一个半小时，百分之二十的学生，百分之3.5", "1.5小时，20%的学生，3.5%"),
    ("fr", "en", "deux mois et demi, sept chats et demi", "two and a half months, sept chats et demi"),
    ("zh", "en", "七天半，十二年半", "seven and a half days，twelve and a half years"),
    ("zh", "de", "三个半月，百分之一百二", "3,5月，120 %"),
    ("en", "de", "one and a half hours, two and a half", "1,5 hours, 2,5"),
    # Times, ordinals and others.
    ("de", "en", "drei viertel acht, eine Dreiviertelstunde", "drei viertel acht, eine Dreiviertelstunde"),
    ("en", "de", "a third man, a quarter past two", "a third man, a quarter past two"),
    ("en", "fr", "three quarters of an hour", "three quarters of an hour"),
    ("fr", "en", "un quart d'heure, le premier tiers", "un quart d'heure, le premier tiers"),
    ("zh", "en", "一个半圆，万分之一，三分钟", "一个半圆，万分之一，三分钟"),
    ("en", "es", "two thirds", "two thirds"),
]  # fmt: skip
OF_DECADES = [
    ("en", "de", "In the 1980s, the late 1960s", "In den 1980ern, the late 1960er"),
    ("en", "fr", "born in the 1980's, music of the '90s", "born dans les années 1980, music of the années 90"),
    ("en", "zh", "in the 2000s", "在2000年代"),
    ("de", "en", "in den 1920er-Jahren, die 90er Jahre, 1850er", "in the 1920s, die 90s, 1850s"),
    ("fr", "en", "dans les années 1970 et les Années 30", "in the 1970s et les Années 30"),
    ("zh", "en", "20世纪90年代，他生于1980年代", "in the 1990s，他生in the 1980s"),
    ("zh", "de", "60年代初的音乐", "60er初的音乐"),
    # No decades.
    ("en", "de", "she is in her 30s, v1980s.1, 1985s", "she is in her 30s, v1980s.1, 1985s"),
    ("de", "en", "ein 50er Pack, 1980erlei", "ein 50er Pack, 1980erlei"),
    ("fr", "en", "60 années 15 %", "60 années 15 %"),
    ("en", "es", "in the 1980s", "in the 1980s"),
]  # fmt: skip
OF_PARTS = [
    ("zh", "en", "第三章第12页", "chapter 3 page 12"),
    ("zh", "en", "宪法第25条和第２課", "宪法article 25和lesson 2"),
    ("en", "zh", "See Chapter 3, page twelve.", "See 第3章, 第12页."),
    ("en", "zh", "chapter 3.5, page-3, Part two-thirds", "chapter 3.5, page-3, Part two-thirds"),
    ("en", "de", "Chapter 3", "Chapter 3"),
    ("zh", "en", "第一百二十条", "第一百二十条"),
]  # fmt: skip


def shown(rule: Rule, text: str, source: str, target: str) -> str:
    sentence = analyse(text)
    return sentence.with_spans(rule.replace(sentence, Languages(profile_of(source), profile_of(target)))).shown


CASES = [
    (rule, *case)
    for rule, cases in (
        (ORDINALS, OF_ORDINALS),
        (FRACTIONS, OF_FRACTIONS),
        (DECADES, OF_DECADES),
        (PARTS, OF_PARTS),
    )
    for case in cases
]


@pytest.mark.parametrize(("rule", "source", "target", "text", "expected"), CASES)
def test_figures_as_the_target_writes_them(rule: Rule, source: str, target: str, text: str, expected: str) -> None:
    assert shown(rule, text, source, target) == expected


@pytest.mark.parametrize(
    ("text", "numerals"),
    [
        ("Henry VIII and Louis XIV met in World War II.", ["VIII", "XIV", "II"]),
        ("See chapter IX, Part V", ["IX", "V"]),
        ("When Mary I saw, II, an X-ray, Class X-1, the MIX IIII, A II", []),
    ],
)
def test_roman_numerals(text: str, numerals: list[str]) -> None:
    spans = ROMANS.replace(analyse(text), Languages(profile_of("en"), profile_of("zh")))
    assert [text[span.start : span.end] for span in spans] == [span.replacement for span in spans] == numerals


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("plan B (and type C), or vitamin D?", ["B", "C", "D"]),
        ("Der Typ A ist da, la vitamine B.", ["A", "B"]),
        ("A/B, C", ["A", "B", "C"]),
        ("Win A Car, if I may, says Tom F. Roy of the U.N. in T-shirts", []),
        ("A", []),
    ],
)
def test_letters(text: str, letters: list[str]) -> None:
    spans = LETTERS.replace(analyse(text), Languages(profile_of("en"), profile_of("de")))
    assert [text[span.start : span.end] for span in spans] == [span.replacement for span in spans] == letters


@pytest.mark.parametrize(
    ("rule", "text", "target", "translation", "is_accepted"),
    [
        (ORDINALS, "the 5th house", "de", "das fünfte Haus", True),
        (ORDINALS, "the 5th house", "de", "das 5. Haus", True),
        (ORDINALS, "the 5th house", "de", "die fünf Häuser", False),
        (ORDINALS, "the 5th house", "de", "das Haus", False),
        (ORDINALS, "the 5th house", "fr", "la 5ème maison", True),
        (ORDINALS, "the 5th house", "fr", "la 5th maison", False),
        (ORDINALS, "the 22nd house", "en", "the 22nd home", True),
        (ORDINALS, "the 22nd house", "en", "the 22th home", False),
        (ORDINALS, "the 111th house", "en", "the 111st home", False),
        (ORDINALS, "the 1st house", "fr", "la 1ère maison", True),
        (ORDINALS, "the 5th house", "zh", "第五栋房子", True),
        (ORDINALS, "the 5th house", "zh", "五栋房子", False),
        (ORDINALS, "the twenty-first time", "de", "das einundzwanzigste Mal", True),
        (ORDINALS, "the twenty-first time", "fr", "la vingtième fois", False),
        (FRACTIONS, "two thirds agree", "de", "zwei Drittel stimmen zu", True),
        (FRACTIONS, "two thirds agree", "zh", "两个同意", False),
        (FRACTIONS, "one and a half hours", "de", "anderthalb Stunden", True),
        (FRACTIONS, "two and a half hours", "fr", "2,5 heures", True),
        (FRACTIONS, "two and a half hours", "zh", "两小时", False),
        (FRACTIONS, "two and a half days", "zh", "两天半", True),
        (FRACTIONS, "nine and a half hours", "fr", "neuf heures et demie", True),
        (FRACTIONS, "ten and a half hours", "fr", "neuf heures et demie", False),
        (FRACTIONS, "twelve and a half years", "de", "zwölfeinhalb Jahre", True),
        (DECADES, "in the 1980s", "fr", "dans les années 1980", True),
        (DECADES, "in the 1980s", "fr", "en 1980", False),
        (DECADES, "born in the 1980s", "fr", "né les années 1980", False),
        (DECADES, "the late 1960s", "de", "in den 1960ern", True),
        (PARTS, "See chapter 3, page 12.", "zh", "参见第3章第12页。", True),
        (PARTS, "See chapter 3, page 12.", "zh", "参见第12章。", False),
        (LETTERS, "she needs vitamin C", "de", "sie braucht Vitamin C", True),
        (LETTERS, "plan A is better", "fr", "le plan est meilleur", False),
        (LETTERS, "choose A or B", "zh", "选择A或B", True),
        (LETTERS, "A B", "zh", "AB", False),
        (ROMANS, "World War II", "de", "Zweiter Weltkrieg", True),
        (ROMANS, "World War II", "zh", "第二次世界大战", True),
        (ROMANS, "Henry VIII", "zh", "亨利 VII", False),
        (ROMANS, "Chapter IX", "fr", "chapitre 9", True),
    ],
)
def test_a_model_may_read_them_where_its_translation_says_them(
    rule: Rule, text: str, target: str, translation: str, is_accepted: bool
) -> None:
    languages, sentence = Languages(profile_of("en"), profile_of(target)), analyse(text)
    masked = sentence.with_spans(rule.replace(sentence, languages))
    proposal = rule.propose(masked, languages, WordLengths(masked))
    assert proposal is not None
    assert proposal.sentence == sentence
    assert proposal.accepts is not None
    assert proposal.accepts("", translation) is is_accepted
    assert rule.propose(sentence, languages, WordLengths(sentence)) is None
