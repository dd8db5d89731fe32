from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.languages import profile_of
from app.text.rules.names import RULE
from app.text.rules.rule import Languages
from app.text.sentence import Sentence, analyse
from tests.text.rules.encoding import WordLengths
from tests.text.test_spans import ANY_TEXT, SYNTAX

ENGLISH = Languages(profile_of("en"), profile_of("de"))
GERMAN = Languages(profile_of("de"), profile_of("en"))


def named(text: str, languages: Languages, *common: str) -> Sentence:
    sentence = analyse(text)
    proposal = RULE.propose(sentence, languages, WordLengths(sentence, common))
    return proposal.sentence if proposal else sentence


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("My teacher is called Kaya Kowalski.", ["Kaya Kowalski"]),
        ("Mr. Nguyen met Obama on 5 May.", ["Nguyen", "Obama", "5"]),
        ("Abraham Lincoln was buried there.", ["Abraham Lincoln"]),
        ("Mind the gap.", []),  # where any word has a capital
        ("Schwarzenegger lives here.", ["Schwarzenegger"]),
        ("He said: This is no name.", []),
        ("they met in NATO", []),
        ("THEY MET KAYA KOWALSKI", []),
        ("they met on Monday in November", []),
        ("they live in <b>Springfield</b> now", ["<b>Springfield</b>"]),
        ("Mr. Nguyễn lives here", ["Nguyễn"]),
    ],
)
def test_names_that_a_model_hardly_knows_are_kept(text: str, kept: list[str]) -> None:
    sentence = named(text, ENGLISH, "Mr", "My", "He")
    assert [span.replacement for span in sentence.merged] == kept
    assert sentence.shown == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Gestern traf Herr Nguyen die Kanzlerin.", ["Nguyen"]),
        ("Frau Dr. Amara Okonkwo mag Brokkoli.", ["Amara Okonkwo"]),
        ("Wir fragten Prof. Jan Kowalski.", ["Jan Kowalski"]),
        ("Die Frau mag Brokkoli.", []),
        ("Sie lebt mit Kowalski in Wien.", []),
        ("Schwarzenegger wohnt hier.", []),
        ("Ich traf Herrn Kowalski im November.", ["Kowalski"]),
    ],
)
def test_of_german_words_only_those_behind_a_title_are_names(text: str, kept: list[str]) -> None:
    sentence = named(text, GERMAN, "Herr", "Herrn", "Frau", "Dr", "Prof")
    assert [span.replacement for span in sentence.spans] == kept


@given(ANY_TEXT | SYNTAX | st.text(st.sampled_from(list("aAb .<>5-é"))))
def test_keeping_names_loses_nothing(text: str) -> None:
    sentence = named(text, ENGLISH)
    assert sentence.shown == analyse(text).shown
    assert all(span.replacement for span in sentence.spans)
    assert all(a.end <= b.start for a, b in pairwise(sentence.spans))
