from __future__ import annotations

import random

from app.training.augment import augment


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


def test_a_placeholder_before_comes_only_where_it_is_the_first() -> None:
    rng = random.Random(1)
    assert ("<ph0> Yes", "<ph0> Ja") in {augment("Yes", "Ja", 0.5, rng) for _ in range(100)}
    assert not any(augment("A <ph0>", "Ein <ph0>", 0.5, rng)[0].startswith("<ph") for _ in range(100))


def test_a_full_house_takes_no_more() -> None:
    full = " ".join(f"<ph{n}>" for n in range(10))
    rng = random.Random(1)
    assert {augment(full, full, 0.5, rng) for _ in range(50)} == {(full, full)}
