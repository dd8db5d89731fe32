"""Dates and times, as the target of a translation writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.languages import profile_of
from app.text.restore import restore
from app.text.rules.dates import RULE as DATES
from app.text.rules.rule import Languages
from app.text.rules.times import RULE as TIMES
from app.text.sentence import Sentence, analyse
from app.text.spans import Span

LANGUAGES = ["en", "de", "fr", "zh"]


def dated(text: str, source: str, target: str) -> Sentence:
    """The sentence with its dates and times as the target writes them."""
    sentence, languages = analyse(text), Languages(profile_of(source), profile_of(target))
    return sentence.with_spans(span for rule in (DATES, TIMES) for span in rule.replace(sentence, languages))


def shown(text: str, source: str, target: str) -> str:
    """The text, with the replacements of its spans between brackets."""
    sentence = dated(text, source, target)
    parts = zip(sentence.stretches, [*sentence.merged, None], strict=True)
    return "".join(stretch + (f"[{span.replacement}]" if span else "") for stretch, span in parts)


def dates(text: str, source: str, target: str) -> list[Span]:
    return list(DATES.replace(analyse(text), Languages(profile_of(source), profile_of(target))))


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("en", "de", "The meeting is on March 12, 2024.", "The meeting is [am 12. März 2024]."),
        ("en", "fr", "The meeting is on 12 March 2024.", "The meeting is [le 12 mars 2024]."),
        ("en", "zh", "The meeting is on the 12th of March, 2024.", "The meeting is [2024年3月12日]."),
        ("en", "de", "Today is November 29.", "Today is [der 29. November]."),
        ("en", "fr", "On January 1 we sleep", "[Le 1er janvier] we sleep"),
        ("en", "de", "in May 1990 and in June", "[im Mai 1990] and [im Juni]"),
        ("en", "de", "Dec. 5, 1980", "[5. Dezember 1980]"),
        ("en", "de", "Sunday, MAY 5", "Sunday, [5. Mai]"),
        ("de", "en", "vom 3. Mai bis zum 5. Juni 1999", "[from May 3 to June 5, 1999]"),
        ("fr", "de", "Du 24 décembre au 2 janvier, du 5 mai", "[Vom 24. Dezember bis 2. Januar], du [5. Mai]"),
        ("zh", "en", "从5月5日到2024年6月7日，5月1日", "[from May 5 to June 7, 2024]，[May 1]"),
        ("en", "zh", "from December 24 until January 2, 2025", "[12月24日至2025年1月2日]"),
        ("de", "en", "Heute ist der 29. November, im Jahr 1999.", "Heute ist [November 29], im Jahr [1999]."),
        ("de", "en", "Am 1. Aug. 2020", "[On August 1, 2020]"),
        ("fr", "en", "C'est le 29 novembre.", "C'est [November 29]."),
        ("fr", "en", "Il est né le 1er août 2001 à Paris", "Il est né [on August 1, 2001] à Paris"),
        ("fr", "en", "en mars, Mars 2024", "[in March], [March 2024]"),
        ("zh", "en", "2024年3月12日", "[March 12, 2024]"),
        ("zh", "en", "２０２４年３月１２日，１５个人", "[March 12, 2024]，[15]个人"),
        ("zh", "en", "三月十二号和3月5號", "[March 12]和[March 5]"),
        ("zh", "en", "2024年3月，十二月份，3个月", "[March 2024]，[December]，[3]个月"),
        ("de", "en", "Am 25.12.2024, seit dem 1.3.2020", "[On December 25, 2024], seit dem [March 1, 2020]"),
        ("de", "fr", "Am 3.10. ist zu, ab 4.11. bis 2.1.", "[Le 3 octobre] ist zu, ab [du 4 novembre au 2 janvier]."),
        ("de", "en", "um 3.10 an, Build 3.10. Das, 1.2.2024.5", "um [3.10] an, Build [3.10]. Das, [1.2.2024.5]"),
        # Several days.
        ("en", "de", "from 5 to 7 May 2024, on May 5–7", "[vom 5. bis 7. Mai 2024], [vom 5. bis 7. Mai]"),
        ("en", "fr", "May 1st to 3rd, 2024; open 5-7 May", "[1er–3 mai 2024]; open [5–7 mai]"),
        ("en", "zh", "From May 5 until 7, 2024 we", "[2024年5月5日至7日] we"),
        ("de", "en", "Vom 5. bis zum 7. Mai 2024, der 12.-14. Juni", "[From May 5 to 7, 2024], [June 12–14]"),
        ("fr", "en", "du 1er au 7 mai 2024, le 12–14 juin", "[from May 1 to 7, 2024], [from June 12 to 14]"),
        ("zh", "en", "于2024年5月5日至7日举行，5月1-3日", "[from May 5 to 7, 2024]举行，[from May 1 to 3]"),
        ("zh", "de", "从五月五日到七日", "[vom 5. bis 7. Mai]"),
        ("en", "de", "from May 5 or June 7, from May", "from [5. Mai] or [7. Juni], from May"),
        # No dates.
        ("en", "de", "He may 5 times march in, May 5:30", "He may [5] times march in, May [5:30]"),
        ("en", "de", "March 12,000 people", "March [12,000] people"),
        ("fr", "en", "15 heures sur Mars", "[15] heures sur Mars"),
        ("en", "es", "on March 12", "on March [12]"),
        ("ru", "en", "12 мая", "[12] мая"),
        ("en", "de", "see https://x.de/March 5", "see [https://x.de/March] [5]"),
    ],
)  # fmt: skip
def test_dates(source: str, target: str, text: str, expected: str) -> None:
    assert shown(text, source, target) == expected


@pytest.mark.parametrize(
    ("source", "target", "text", "expected"),
    [
        ("en", "de", "at 3 pm", "[um 15 Uhr]"),
        ("en", "fr", "Open 9am-5pm, 10 a.m. – 6:30 p.m.", "Open [9 h-17 h], [10 h – 18 h 30]."),
        ("en", "zh", "9am-5pm", "[上午9点-下午5点]"),
        ("en", "de", "from 9 am to 5:30 p.m.", "from [9 Uhr] to [17:30 Uhr]."),
        ("en", "fr", "At 5:05 PM, 12 am, 12 pm", "[À 17 h 05], [0 h], [12 h]"),
        ("en", "zh", "at 7:45 pm or 12 pm or 1 am", "[晚上7点45分] or [中午12点] or [凌晨1点]"),
        ("de", "en", "um 15 Uhr, 15.30 Uhr", "[at 3 pm], [3:30 pm]"),
        ("fr", "en", "à 20 heures, à 7 h 30, à 14h05", "[at 8 pm], [at 7:30], [at 2:05 pm]"),
        ("zh", "en", "下午3点，从上午九点到晚上8點半", "[at 3 pm]，从[9 am]到[8:30 pm]"),
        ("zh", "en", "在晚上12点，中午12点，七点二十分", "[at 12 am]，[at 12 pm]，[at 7:20]"),
        ("zh", "en", "3月12日下午3点", "[March 12 at 3 pm]"),
        # In words.
        ("en", "de", "We meet at half past two.", "We meet [um halb drei]."),
        ("en", "de", "At one o'clock, not at two o’clock", "[Um ein Uhr], not [um zwei Uhr]"),
        ("en", "fr", "It is one o'clock, twelve o'clock", "It is [une heure], [douze heures]"),
        ("en", "zh", "Two o'clock.", "[两点]."),
        ("en", "fr", "Half past twelve, half past one", "[Douze heures et demie], [une heure et demie]"),
        (
            "en",
            "fr",
            "It is a quarter to six, quarter past 9",
            "It is [six heures moins le quart], [neuf heures et quart]",
        ),
        ("en", "zh", "at half past two, at quarter to one, ten past nine", "[两点半], [十二点三刻], [九点十分]"),
        ("en", "de", "it's ten to six, twenty-five to three", "it's [zehn vor sechs], twenty-five to three"),
        ("de", "en", "Es ist halb acht, um Viertel nach sieben", "Es ist [half past seven], [at quarter past seven]"),
        ("de", "en", "um fünf vor halb drei, Halb eins", "[at twenty-five past two], [half past twelve]"),
        ("de", "en", "Um ein Uhr; ein Uhrwerk, ein Uhr dreißig", "[At one o'clock]; ein Uhrwerk, ein Uhr dreißig"),
        ("fr", "en", "à deux heures et demie, il est midi et demi", "[at half past two], [it is half past twelve]"),
        ("fr", "en", "Il est trois heures moins le quart", "[It is quarter to three]"),
        ("fr", "zh", "à une heure moins vingt", "[十二点四十分]"),
        ("zh", "de", "我们两点半见面，现在三点一刻", "我们[um halb drei]见面，现在[Viertel nach drei]"),
        # Half of the day is not told, or it is no time.
        ("fr", "en", "Le film dure deux heures et demie", "Le film dure deux heures et demie"),
        ("en", "de", "from ten to twelve people, half past", "from ten to twelve people, half past"),
        ("de", "en", "halb so alt, ein Viertel nach Hause", "halb so alt, ein Viertel nach Hause"),
        ("de", "en", "um 9 Uhr", "um [9] Uhr"),
        ("fr", "en", "15 heures de train", "[15] heures de train"),
        ("fr", "en", "de 9 h à 18 h, de 9 heures à 18 heures", "de [9 h] à [18 h], de [9] heures à [18] heures"),
        ("zh", "en", "有三点，有3点", "有三点，有[3]点"),
        ("en", "de", "I am 3, 3 amps", "I am [3], [3] amps"),
    ],
)
def test_times(source: str, target: str, text: str, expected: str) -> None:
    assert shown(text, source, target) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_month_there_and_back(language: str) -> None:
    for target in LANGUAGES:
        for month in range(12):
            here = "5. " if language == "de" else "5 "
            names = profile_of(language).dates
            assert names is not None
            text = f"{month + 1}月5日" if language == "zh" else here + names.months[month]
            (there,) = dates(text, language, target)
            (back,) = dates(there.replacement, target, language) if target != language else (there,)
            assert there.start == 0
            assert there.end == len(text)
            assert dates(back.replacement, language, "zh")[0].replacement == f"{month + 1}月5日"


PIECES = [*"0123456789 .:,年月日点半下午时h三十", "March", " am ", " Uhr", "mai", "<b>", "@"]


@given(
    st.text() | st.lists(st.sampled_from(PIECES)).map("".join), st.sampled_from(LANGUAGES), st.sampled_from(LANGUAGES)
)
def test_any_text_keeps_what_is_no_date(text: str, source: str, target: str) -> None:
    sentence = dated(text, source, target)
    assert all(span.replacement for span in sentence.spans)
    kinds = {span.kind for span in sentence.spans} - {"fixed"}
    assert kinds or sentence == analyse(text)
    assert sentence.without(lambda span: span.kind in kinds) == analyse(text)
    assert restore(sentence.masked, sentence) is not None


def test_of_spans_that_overlap_the_first_and_longest_wins_and_none_that_is_there_is_split() -> None:
    sentence = analyse("abc {name} def")
    assert sentence.with_spans([Span(0, 2, "x"), Span(0, 3, "y"), Span(2, 4, "z")]).shown == "y {name} def"
    assert sentence.with_spans([Span(2, 6, "x"), Span(8, 12, "x")]) == sentence
    assert sentence.with_spans([Span(2, 12, "x")]).shown == "abxef"


@pytest.mark.parametrize(
    ("text", "source", "translation", "expected"),
    [
        ("We leave at 7 pm", "en", "Wir gehen um <ph0>", "Wir gehen um 19 Uhr"),
        ("We leave at 7 pm", "en", "Wir gehen dum <ph0>", "Wir gehen dum um 19 Uhr"),
        ("the 5th of May", "en", "der <ph0>", "der 5. Mai"),
    ],
)
def test_what_the_model_writes_twice_is_written_once(text: str, source: str, translation: str, expected: str) -> None:
    assert restore(translation, dated(text, source, "de")) == expected


def test_a_unit_behind_a_chinese_date_is_no_second_one() -> None:
    sentence = dated("Sunday, June 5", "en", "zh")
    assert restore("星期日，<ph0>年。", sentence, profile_of("zh")) == "星期日，6月5日。"
