"""Dates and times, as the target of a translation writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.rules.dates import MONTHS, dates
from app.text.rules.times import times
from app.text.spans import Shown, protect, replaced, restore, runs

LANGUAGES = ["en", "de", "fr", "zh"]


def shown(text: str, source: str, target: str) -> str:
    """The text, what was found in it as the target writes it, between brackets."""
    parts = replaced(runs(text), [*dates(text, source, target), *times(text, source, target)])
    return "".join(f"[{part.text}]" if part.protected else part.text for part in parts)


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
        ("de", "en", "vom 3. Mai bis zum 5. Juni 1999", "vom [May 3] bis zum [June 5, 1999]"),
        ("de", "en", "Heute ist der 29. November, im Jahr 1999.", "Heute ist [November 29], im Jahr [1999]."),
        ("de", "en", "Am 1. Aug. 2020", "[On August 1, 2020]"),
        ("fr", "en", "C'est le 29 novembre.", "C'est [November 29]."),
        ("fr", "en", "Il est né le 1er août 2001 à Paris", "Il est né [on August 1, 2001] à Paris"),
        ("fr", "en", "en mars, Mars 2024", "[in March], [March 2024]"),
        ("zh", "en", "2024年3月12日", "[March 12, 2024]"),
        ("zh", "en", "三月十二号和3月5號", "[March 12]和[March 5]"),
        ("zh", "en", "2024年3月，十二月份，3个月", "[March 2024]，[December]，[3]个月"),
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
        ("en", "de", "from 9 am to 5:30 p.m.", "from [9 Uhr] to [17:30 Uhr]."),
        ("en", "fr", "At 5:05 PM, 12 am, 12 pm", "[À 17 h 05], [0 h], [12 h]"),
        ("en", "zh", "at 7:45 pm or 12 pm or 1 am", "[晚上7点45分] or [中午12点] or [凌晨1点]"),
        ("de", "en", "um 15 Uhr, 15.30 Uhr", "[at 3 pm], [3:30 pm]"),
        ("fr", "en", "à 20 heures, à 7 h 30, à 14h05", "[at 8 pm], [at 7:30], [at 2:05 pm]"),
        ("zh", "en", "下午3点，从上午九点到晚上8點半", "[at 3 pm]，从[9 am]到[8:30 pm]"),
        ("zh", "en", "在晚上12点，中午12点，七点二十分", "[at 12 am]，[at 12 pm]，[at 7:20]"),
        ("zh", "en", "3月12日下午3点", "[March 12 at 3 pm]"),
        # Half of the day is not told, or it is no time.
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
            text = f"{month + 1}月5日" if language == "zh" else here + MONTHS[language][month]
            (there,) = dates(text, language, target)
            (back,) = dates(there.text, target, language) if target != language else (there,)
            assert there.start == 0
            assert there.end == len(text)
            assert dates(back.text, language, "zh")[0].text == f"{month + 1}月5日"


PIECES = [*"0123456789 .:,年月日点半下午时h三十", "March", " am ", " Uhr", "mai", "<b>", "@"]


@given(
    st.text() | st.lists(st.sampled_from(PIECES)).map("".join), st.sampled_from(LANGUAGES), st.sampled_from(LANGUAGES)
)
def test_any_text_keeps_what_is_no_date(text: str, source: str, target: str) -> None:
    found = [*dates(text, source, target), *times(text, source, target)]
    parts = replaced(runs(text), found)
    assert all(part.text for part in parts)
    if not found:
        assert parts == runs(text)
    protected = protect(parts)
    if protected is not None:
        assert restore(protected.text, protected.spans) is not None


def test_of_what_overlaps_the_first_and_longest_is_shown_and_nothing_kept_is_parted() -> None:
    parts = runs("abc {name} def")
    assert [part.text for part in replaced(parts, [Shown(0, 2, "x"), Shown(0, 3, "y"), Shown(2, 4, "z")])] == [
        *("y", " ", "{name}", " def")
    ]
    assert replaced(parts, [Shown(2, 6, "x"), Shown(8, 12, "x")]) == parts
    assert [part.text for part in replaced(parts, [Shown(2, 12, "x")])] == ["ab", "x", "ef"]


@pytest.mark.parametrize(
    ("text", "source", "translation", "expected"),
    [
        ("We leave at 7 pm", "en", "Wir gehen um <ph0>", "Wir gehen um 19 Uhr"),
        ("We leave at 7 pm", "en", "Wir gehen dum <ph0>", "Wir gehen dum um 19 Uhr"),
        ("the 5th of May", "en", "der <ph0>", "der 5. Mai"),
    ],
)
def test_what_the_model_writes_twice_is_written_once(text: str, source: str, translation: str, expected: str) -> None:
    protected = protect(replaced(runs(text), [*dates(text, source, "de"), *times(text, source, "de")]))
    assert protected is not None
    assert restore(translation, protected.spans) == expected


def test_a_unit_behind_a_chinese_date_is_no_second_one() -> None:
    protected = protect(replaced(runs("Sunday, June 5"), dates("Sunday, June 5", "en", "zh")))
    assert protected is not None
    assert restore("星期日，<ph0>年。", protected.spans) == "星期日，6月5日。"
