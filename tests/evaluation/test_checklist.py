"""The behavioural suite counts the cases and failures that a person would count."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from app.evaluation.checklist import Behaviour, Suite, cases, load_suite, run, typo
from app.training.data.cleaning import key
from app.training.data.corpora import LABELS, read_sentiment
from app.training.errors import RecipeError

ROOT = Path(__file__).parents[2]
WORDS = {"good": ["great", "lovely"], "name": ["Ann", "Bo"]}


def by_words(texts: list[str]) -> list[list[float]]:
    """A classifier that knows one word, adores exclamation marks, and dislikes Bo."""
    scores = []
    for text in texts:
        glad = 0.2 + 0.6 * ("great" in text) + 0.1 * text.count("!") - 0.7 * ("Bo " in text)
        scores.append([0.1, 0.9 - glad, glad])
    return scores


def test_minimum_functionality() -> None:
    test = Behaviour("praise", "MFT", ["it is {good}"], label=["positive"])
    outcome = run(test, WORDS, by_words, LABELS)
    assert (outcome.cases, outcome.passed) == (2, 1)
    assert outcome.failed == ["It is lovely -> neutral"]


def test_invariance_compares_all_fillings_of_a_slot() -> None:
    test = Behaviour("names", "INV", ["{name} is {good}", "{name} sings"], vary="name")
    assert cases(test, WORDS)[0] == ["Ann is great", "Bo is great"]
    outcome = run(test, WORDS, by_words, LABELS)
    assert (outcome.cases, outcome.passed) == (3, 2)
    assert outcome.failed == ["Ann is great -> positive; Bo is great -> neutral"]


def test_direction() -> None:
    up = Behaviour("stronger", "DIR", [["it is {good}", "it is {good}!"]], moves="up", tolerance=0.0)
    assert not run(up, WORDS, by_words, LABELS).failed
    down = Behaviour("weaker", "DIR", [["it is {good}", "it is {good}!"]], moves="down", tolerance=0.0)
    assert run(down, WORDS, by_words, LABELS).failed[0] == "It is great (+0.70); It is great! (+0.80)"
    tolerant = Behaviour("weaker", "DIR", down.templates, moves="down", tolerance=0.2)
    assert not run(tolerant, WORDS, by_words, LABELS).failed


def test_a_typo_changes_two_neighbours_and_is_always_the_same() -> None:
    changed = typo("The service is terrible.")
    assert changed != "The service is terrible."
    assert sorted(changed) == sorted("The service is terrible.")
    assert changed == typo("The service is terrible.")
    assert sorted(typo("这个手机很好")) == sorted("这个手机很好")


@pytest.mark.parametrize("language", ["en", "zh", "de", "fr"])
def test_the_suites_of_the_repository_are_sound(language: str) -> None:
    suite = load_suite(ROOT / "configs" / "behaviour" / f"sentiment-{language}.yaml")
    assert {test.kind for test in suite.tests} == {"MFT", "INV", "DIR"}
    assert {label for test in suite.tests for label in test.label} == set(LABELS)
    for test in suite.tests:
        asked = cases(test, suite.words)
        assert len(asked) >= 5, test.name
        assert not any("{" in text for case in asked for text in case), test.name
        if test.kind != "MFT":
            assert sum(len(set(case)) > 1 for case in asked) > len(asked) / 2, f"{test.name} hardly changes anything"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"name": "a", "kind": "MFT", "templates": ["x"]}, "a: an MFT wants a label"),
        ({"name": "a", "kind": "DIR", "templates": ["x"], "moves": "up"}, "a: an MFT wants"),
        ({"name": "a", "kind": "MFT", "templates": ["{x}"], "label": ["positive"]}, "a: no words for x"),
        ({"name": "a", "typ": "MFT", "templates": []}, "unknown typ"),
    ],
)
def test_a_malformed_suite_is_told(tmp_path: Path, entry: dict[str, object], message: str) -> None:
    file = tmp_path / "suite.yaml"
    file.write_text(yaml.safe_dump({"words": {}, "tests": [entry]}))
    with pytest.raises(RecipeError, match=message):
        load_suite(file)


def test_words_are_not_filled_twice() -> None:
    suite = Suite({"a": ["{b}"], "b": ["x"]}, [])
    assert cases(Behaviour("t", "MFT", ["{a}"], label=["neutral"]), suite.words) == [["{b}"]]


@pytest.mark.parametrize("language", ["en", "zh", "de", "fr"])
def test_no_text_of_a_suite_is_trained_on(language: str) -> None:
    suite = load_suite(ROOT / "configs" / "behaviour" / f"sentiment-{language}.yaml")
    asked = {key(text) or text for test in suite.tests for case in cases(test, suite.words) for text in case}
    phrasebook = sorted((ROOT / "data" / "phrasebook").glob(f"*.{language}.tsv"))
    taught = [key(text) or text for file in phrasebook for text, _ in read_sentiment(file)]
    assert len(taught) > 1000
    assert not asked & set(taught)
