"""Numbers with a magnitude word, as the target of a translation writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.languages import profile_of
from app.text.restore import restore
from app.text.rules.magnitudes import RULE
from app.text.rules.rule import Languages
from app.text.sentence import Sentence, analyse
from tests.text.rules.encoding import WordLengths

LANGUAGES = ["en", "de", "fr", "zh"]


def written(text: str, source: str, target: str) -> Sentence:
    sentence = analyse(text)
    return sentence.with_spans(RULE.replace(sentence, Languages(profile_of(source), profile_of(target))))


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("en", "zh", "There are 1.4 billion people in China.", "There are 14亿 people in China."),
        ("en", "zh", "It earned 3.5 million dollars.", "It earned 350万 dollars."),
        ("en", "zh", "He has 100 million fans, one million friends.", "He has 1亿 fans, 100万 friends."),
        ("en", "zh", "Two and a half million, half a million, 50 thousand", "250万, 50万, 5万"),
        ("en", "zh", "$1.4 trillion, 20 mn, €1,200 bn", "$1.4万亿, 2000万, €1.2万亿"),
        ("en", "zh", "1.2 to 1.5 million, between 3 and 5 million", "120万 to 150万, between 300万 and 500万"),
        ("en", "zh", "3-5 million", "300万–500万"),
        ("en", "de", "1.4 billion, 1 million, 1.5 million", "1,4 Milliarden, 1 Million, 1,5 Millionen"),
        ("en", "de", "2 trillion", "2 Billionen"),
        ("en", "de", "two thousand two hundred and six cars", "2.206 cars"),
        # may be a year, as a whole
        ("en", "de", "one thousand two hundred and six", "one thousand two hundred and six"),
        ("en", "de", "3-5 million and 50 thousand", "3–5 Millionen and 50.000"),
        ("en", "de", "1,234,567 thousand", "1.234.567.000"),
        ("en", "fr", "1.4 billion, 1.9 million, 2 million", "1,4 milliard, 1,9 million, 2 millions"),
        ("de", "en", "1,5 Millionen Menschen, 2 Milliarden", "1.5 million Menschen, 2 billion"),
        ("de", "en", "3 Billionen", "3 trillion"),
        ("de", "en", "eine Million, anderthalb Millionen, 3 Mio. Euro", "1 million, 1.5 million, 3 million Euro"),
        ("de", "en", "1,4 Mrd. €, 1.5 Millionen, 1.250 Millionen", "1.4 billion €, 1.5 million, 1.25 billion"),
        ("fr", "en", "1,4 milliard de personnes, deux millions de francs", "1.4 billion personnes, 2 million francs"),
        ("fr", "zh", "Trois millions, 12 mille hommes, 2 billions", "300万, 1.2万 hommes, 2万亿"),
        ("zh", "en", "中国有14亿人口。", "中国有1.4 billion人口。"),
        ("zh", "en", "十二万人参加了。", "120,000人参加了。"),
        ("zh", "en", "卖了三千五百万元", "卖了35 million元"),
        ("zh", "en", "1.4万亿，1亿2000万，一亿两千万", "1.4 trillion，120 million，120 million"),
        ("zh", "en", "三万五，五千人", "35,000，5,000人"),
        ("zh", "en", "两千多万，三百多万，20多亿", "more than 20 million，more than 3 million，more than 2 billion"),
        ("en", "zh", "7 BILLION PEOPLE ON EARTH", "70亿 PEOPLE ON EARTH"),
        ("en", "de", "7 BILLION PEOPLE ON EARTH", "7 MILLIARDEN PEOPLE ON EARTH"),
        ("zh", "de", "两亿五千万", "250 Millionen"),
        ("zh", "fr", "一万零五", "10\u202f005"),
    ],
)  # fmt: skip
def test_magnitudes(source: str, target: str, text: str, expected: str) -> None:
    assert written(text, source, target).shown == expected


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("en", "Millions of people, thanks a million, one in a million"),
        ("en", "a 3.5-million-dollar house on Million Street, 1.2.3 million"),
        ("en", "0 million, 999,999,999,999 trillion"),
        ("de", "Millionen Menschen, Millionenstadt, 2 Millionäre"),
        ("fr", "des millions de gens, 2 millionnaires"),
        ("zh", "千万不要，万一下雨，百万富翁，几千万，数百万，三四万，第三万，万分之一，5千克，三千米"),
    ],
)
def test_these_are_left_to_the_model(source: str, text: str) -> None:
    assert written(text, source, "zh" if source != "zh" else "en").shown == text


@given(st.integers(1, 10**15), st.sampled_from(LANGUAGES))
def test_a_number_written_has_the_same_value(value: int, language: str) -> None:
    numbers = profile_of(language).numbers
    assert numbers is not None
    text = numbers.with_magnitude(Decimal(value))
    found = list(numbers.magnitudes(text))
    assert [one.values for one in found] == [(value,)] if found else numbers.marks.value(text) == value


@pytest.mark.parametrize(
    ("text", "source", "target", "translation", "expected"),
    [
        ("2 million people came", "en", "fr", "<ph0> personnes sont venues", "2 millions de personnes sont venues"),
        ("2 million inhabitants", "en", "fr", "<ph0> habitants", "2 millions d'habitants"),
        ("2 million people came", "en", "fr", "<ph0> Les gens sont venus", "2 millions de gens sont venus"),
        ("5 people", "en", "fr", "<ph0> millions de usagers", "5 millions d'usagers"),
        ("2 million are lost", "en", "fr", "<ph0> sont perdus", "2 millions sont perdus"),
        ("1,5 Millionen Menschen leben", "de", "en", "<ph0> People live", "1.5 million people live"),
        ("1,5 Millionen Amerikaner", "de", "en", "<ph0> Americans", "1.5 million Americans"),
        ("2 Millionen Tesla", "de", "en", "<ph0> Tesla", "2 million Tesla"),
        ("2 million people", "en", "zh", "<ph0> 人们", "200万人"),
        ("2 Millionen Menschen", "de", "en", "Over <ph0> People", "Over 2 million People"),
    ],
)
def test_words_beside_a_magnitude(text: str, source: str, target: str, translation: str, expected: str) -> None:
    assert restore(translation, written(text, source, target), profile_of(target)) == expected


@pytest.mark.parametrize(
    ("text", "source", "target", "masked", "right", "wrong"),
    [
        ("Two million people", "en", "de", "Two million people", "Zwei Millionen Leute", "Zwei Milliarden Leute"),
        ("1.5 million people", "en", "de", "<ph0> million people", "1,5 Millionen Leute", "1,5 Milliarden Leute"),
        ("1.4 billion people", "en", "fr", "<ph0> billion people", "1,4 milliard de gens", "1,4 milliards de gens"),
        ("Two million people", "en", "zh", "Two million people", "两百万人", "两亿人"),
    ],
)
def test_a_model_may_read_a_magnitude_that_it_gets_right(
    text: str, source: str, target: str, masked: str, right: str, wrong: str
) -> None:
    sentence = written(text, source, target)
    proposal = RULE.propose(sentence, Languages(profile_of(source), profile_of(target)), WordLengths(sentence))
    assert proposal is not None
    assert proposal.accepts is not None
    assert proposal.sentence.masked == masked
    assert proposal.accepts(proposal.sentence.shown, right)
    assert not proposal.accepts(proposal.sentence.shown, wrong)


def test_a_model_does_not_read_digits_that_change() -> None:
    sentence = written("1.4 billion people", "en", "zh")
    assert RULE.propose(sentence, Languages(profile_of("en"), profile_of("zh")), WordLengths(sentence)) is None
