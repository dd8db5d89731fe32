"""The rules that replace spans take linear time, and lose nothing, on any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.languages import profile_of
from app.text.restore import restore
from app.text.rules import rules
from app.text.rules.rule import Languages
from app.text.sentence import Sentence, analyse

PAIRS = [("en", "zh"), ("en", "fr"), ("de", "en"), ("fr", "en"), ("zh", "en")]
PIECES = [
    *(
        "1",
        "12",
        "1,5",
        ".",
        ",",
        " ",
        "1 000 ",
        "-",
        "$",
        "one ",
        "half a ",
        "million",
        " billion ",
        "between ",
        " and ",
    ),
    *(
        " bis ",
        "Mio.",
        "eine ",
        "Millionen ",
        "mille ",
        "milliard de ",
        "d'",
        "entre ",
        "三",
        "千",
        "万",
        "亿",
        "多",
        "十",
    ),
    *("half past ", "two", "halb ", "drei", "à ", "deux heures", " et demie", "点", "半", "一刻", "kg", "<b>"),
]


def replaced(text: str, source: str, target: str) -> Sentence:
    sentence, languages = analyse(text), Languages(profile_of(source), profile_of(target))
    return sentence.with_spans(span for rule in rules() for span in rule.replace(sentence, languages))


@given(st.text() | st.lists(st.sampled_from(PIECES)).map("".join), st.sampled_from(PAIRS))
def test_every_replacement_comes_back(text: str, pair: tuple[str, str]) -> None:
    sentence = replaced(text, *pair)
    restored = restore(sentence.masked, sentence, profile_of(pair[1]))
    assert restored is not None
    assert all(span.replacement and span.replacement in restored for span in sentence.merged)


@pytest.mark.parametrize(
    "unit", [*PIECES, "1 to ", "1,", "一万", "1万", "between 1 and ", "two ", "five past ", "1.000."]
)
@pytest.mark.parametrize("pair", PAIRS)
def test_hostile_texts_do_not_stall(unit: str, pair: tuple[str, str]) -> None:
    text = unit * (30_000 // len(unit))
    sentence = replaced(text, *pair)
    assert sentence.text == analyse(text).text
