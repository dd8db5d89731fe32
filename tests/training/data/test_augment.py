from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.training.data.augment import augment, mask_pair
from tests.text.test_spans import SYNTAX


def test_rate_nothing_changes_nothing() -> None:
    assert augment("A man.", "Ein Mann.", 0.0, random.Random(1)) == ("A man.", "Ein Mann.")


def test_each_change_comes_and_both_sides_stay_parallel() -> None:
    rng = random.Random(1)
    seen = {augment("Tom sees <ph0>.", "Tom sieht <ph0>.", 0.5, rng) for _ in range(200)}
    assert ("Tom sees <ph0>", "Tom sieht <ph0>") in seen
    assert ("tom sees <ph0>.", "Tom sieht <ph0>.") in seen
    assert ("Tom sees <ph0>. <ph1>", "Tom sieht <ph0>. <ph1>") in seen
    for source, target in seen:
        assert source.count("<ph") == target.count("<ph")
        assert source.endswith(".") == target.endswith(".")


def test_marks_go_from_both_sides_together() -> None:
    rng = random.Random(1)
    seen = {augment("Have a nice day!", "Bonne journée !", 0.5, rng) for _ in range(100)}
    assert ("Have a nice day", "Bonne journée") in seen
    assert ("Have a nice day", "Bonne journée !") not in seen


def test_a_placeholder_before_comes_only_where_it_is_the_first() -> None:
    rng = random.Random(1)
    assert ("<ph0> Yes", "<ph0> Ja") in {augment("Yes", "Ja", 0.5, rng) for _ in range(100)}
    assert not any(augment("A <ph0>", "Ein <ph0>", 0.5, rng)[0].startswith("<ph") for _ in range(100))


def test_a_full_house_takes_no_more() -> None:
    full = " ".join(f"<ph{n}>" for n in range(10))
    rng = random.Random(1)
    assert {augment(full, full, 0.5, rng) for _ in range(50)} == {(full, full)}


def test_training_pairs_share_numbers_and_names() -> None:
    source = "In 2010 the Frenchman Mbappé saw 3 films by Godard."
    target = "Mit Godard sah der Franzose Mbappé 2010 genau drei Filme."
    masked = mask_pair(source, target, 1.0, random.Random(0))
    assert masked == (
        "In <ph0> the Frenchman <ph1> saw 3 films by <ph2>.",
        "Mit <ph2> sah der Franzose <ph1> <ph0> genau drei Filme.",
    )


def test_a_name_may_begin_a_sentence() -> None:
    masked = mask_pair("Maria knows Tom.", "Maria kennt Tom.", 1.0, random.Random(0))
    assert masked == ("<ph0> knows <ph1>.", "<ph0> kennt <ph1>.")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("In Rome", "In Rom"),
        ("5 and 5 more", "5 und noch 5"),
        ("Use <ph3> and 7", "Nutze <ph3> und 7"),
        ("Pay 1.5 now", "Zahle 1,5 jetzt"),
    ],
)
def test_training_pairs_without_a_single_match_stay(source: str, target: str) -> None:
    assert mask_pair(source, target, 1.0, random.Random(0)) == (source, target)


@given(SYNTAX, SYNTAX, st.floats(0, 1), st.integers())
def test_a_target_never_has_a_placeholder_that_the_source_lacks(
    source: str, target: str, rate: float, seed: int
) -> None:
    for a, b in ((source, target), (source, source)):
        masked_a, masked_b = mask_pair(a, b, rate, random.Random(seed))
        for number in range(10):
            token = f"<ph{number}>"
            assert masked_a.count(token) == masked_b.count(token) <= 1


def test_rate_is_a_probability() -> None:
    rng = random.Random(0)
    masked = sum("<ph0>" in mask_pair("I have 7", "Ich habe 7", 0.3, rng)[1] for _ in range(1000))
    assert 250 < masked < 350
    assert mask_pair("I have 7", "Ich habe 7", 0.0, rng) == ("I have 7", "Ich habe 7")


def test_at_most_ten_are_masked() -> None:
    text = " and ".join(f"{number}" for number in range(20))
    source, target = mask_pair(text, text, 1.0, random.Random(0))
    assert source == target
    assert source.count("<ph") == 10
