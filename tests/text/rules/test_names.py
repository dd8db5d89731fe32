from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.rules.names import with_names
from app.text.spans import runs
from tests.text.test_spans import ANY_TEXT, SYNTAX


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("My teacher is called Kaya Kowalski.", ["Kaya Kowalski"]),
        ("Mr. Nguyen met Obama on 5 May.", ["Nguyen", "Obama", "5"]),
        ("Abraham Lincoln was buried there.", ["Abraham Lincoln"]),
        ("Avocados are healthy.", []),  # where any word has a capital
        ("Schwarzenegger lives here.", ["Schwarzenegger"]),
        ("He said: Unfortunately not.", []),
        ("they met in NATO", []),
        ("they live in <b>Springfield</b> now", ["<b>Springfield</b>"]),
    ],
)
def test_names_that_a_model_hardly_knows_are_kept(text: str, kept: list[str]) -> None:
    found = with_names(runs(text), lambda word: word not in ("Mr", "May"), lambda word: len(word) > 13)
    assert [run.text for run in found if run.protected] == kept
    assert "".join(run.text for run in found) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Gestern traf Herr Nguyen die Kanzlerin.", ["Nguyen"]),
        ("Frau Dr. Amara Okonkwo mag Brokkoli.", ["Amara Okonkwo"]),
        ("Wir fragten Prof. Jan Kowalski.", ["Jan Kowalski"]),
        ("Die Frau mag Brokkoli.", []),
        ("Sie lebt mit Kowalski in Wien.", []),
        ("Schwarzenegger wohnt hier.", []),
    ],
)
def test_of_german_words_only_those_behind_a_title_are_names(text: str, kept: list[str]) -> None:
    common = ("Herr", "Frau", "Dr", "Prof")
    found = with_names(runs(text), lambda word: word not in common, lambda word: len(word) > 13, titled=True)
    assert [run.text for run in found if run.protected] == kept


@given(ANY_TEXT | SYNTAX | st.text(st.sampled_from(list("aAb .<>5-é"))))
def test_keeping_names_loses_nothing(text: str) -> None:
    found = with_names(runs(text), lambda word: True, lambda word: True)
    assert "".join(run.text for run in found) == text
    assert all(run.text for run in found)
    assert all(a.protected != b.protected for a, b in pairwise(found))
    assert with_names(runs(text), lambda word: False, lambda word: False) == runs(text)
