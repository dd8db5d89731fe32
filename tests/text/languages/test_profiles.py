"""Profiles are complete and agree with each other, and no rule names a language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.text import rules
from app.text.languages import NEUTRAL, profile_of, profiles
from app.text.languages.codes import NAMES
from app.text.languages.profile import BE, IN, ON
from app.text.normalize import clean
from app.text.rules import rules as all_rules

APP = Path(rules.__file__).parents[2]


def test_a_profile_is_found_whatever_the_script() -> None:
    assert profile_of("zh") is profile_of("zh-Hant")
    assert profile_of("zh").code == "zh"
    assert profile_of("cs") is NEUTRAL
    assert set(profiles()) >= {"en", "de", "fr", "zh", "ja", "th"}
    assert set(profiles()) <= set(NAMES)


@pytest.mark.parametrize("code", ["en", "de", "fr", "zh"])
def test_profiles_are_complete(code: str) -> None:
    profile = profile_of(code)
    assert profile.dates is not None
    assert profile.times is not None
    assert set(profile.dates.before) == {ON, IN, BE}
    assert len(profile.dates.months) in (0, 12)
    for pattern in [*profile.dates.patterns, *profile.times.patterns, profile.titles, profile.not_names]:
        re.compile(pattern)
    assert profile.nouns_capitalised <= bool(profile.titles)
    assert clean(profile.sample_sentence) == profile.sample_sentence != ""
    assert profile.code == "en" or profile.sample_opinion != profile_of("en").sample_opinion


@pytest.mark.parametrize("code", ["en", "de", "fr", "zh"])
def test_a_date_and_a_time_that_a_profile_writes_are_found_by_it(code: str) -> None:
    profile = profile_of(code)
    assert profile.dates is not None
    assert profile.times is not None
    date = profile.dates.written(3, 12, 2024)
    assert any(re.fullmatch(pattern, date) for pattern in profile.dates.patterns)
    time = profile.times.at + profile.times.written(15, 30, True)
    assert any(re.fullmatch(pattern, time) for pattern in profile.times.patterns)


def test_rules_and_pipeline_name_no_language() -> None:
    code = re.compile(r"""["'](?:en|de|fr|zh|zh-Hans|zh-Hant|ja|th)["']""")
    for folder in ("text/rules", "pipeline"):
        for path in (APP / folder).glob("*.py"):
            assert not code.search(path.read_text("utf-8")), path


def test_a_rule_is_a_module_and_nothing_else_names_it() -> None:
    names = [path.stem for path in (APP / "text/rules").glob("*.py") if "\nRULE = " in path.read_text("utf-8")]
    assert len(all_rules()) == len(names) >= 5
    for path in APP.rglob("*.py"):
        if path.parent.name != "rules" and "training" not in path.parts:
            assert not re.search(rf"app\.text\.rules\.(?:{'|'.join(names)})\b", path.read_text("utf-8")), path
