"""The checks of the robustness suite accept good answers and reject bad ones."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.evaluation.robustness import RobustnessTest, load_tests, longest_run, run_tests
from app.training.errors import RecipeError

ROOT = Path(__file__).parents[2]


def ask(check: str, text: str, answer: str, *, source: str = "en", target: str = "de", **fields: object) -> bool:
    async def translate(given: str, *_: str) -> str:
        return answer

    test = RobustnessTest("t", [check], **{"texts": {source: [text]}, **fields})  # type: ignore[arg-type]
    (outcome,) = asyncio.run(run_tests([test], translate, source, target))
    return outcome.passed == outcome.cases == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("ein Mann läuft", 1),
        ("ja ja ja", 3),
        ("im Park und im Park und im Park und", 3),
        ("好好好好", 4),
        ("", 0),
        ("a b a b", 2),
    ],
)
def test_runs_are_counted(text: str, count: int) -> None:
    assert longest_run(text) == count


@pytest.mark.parametrize(
    ("check", "text", "good", "bad"),
    [
        ("loop", "a man runs", "ein Mann läuft", "ein Mann ein Mann ein Mann"),
        ("numbers", "1,250 euros at 10:45", "1.250 Euro um 10:45", "1.250 Euro um 10"),
        ("length", "where is the station", "wo ist der Bahnhof", ""),
        ("length", "where is the station", "wo ist der Bahnhof", "und so weiter " * 12),
        ("unchanged", "😀", "😀", "Lächeln"),
        ("translated", "Where?", "Wo?", "where?"),
        ("shouted", "STOP!", "HALT!", "Halt!"),
    ],
)
def test_checks(check: str, text: str, good: str, bad: str) -> None:
    assert ask(check, text, good)
    assert not ask(check, text, bad)


def test_words_and_names() -> None:
    words = {"en": {"dog": {"de": ["hund"], "zh": ["狗"]}}}
    assert ask("words", "dog", "der Hund", words=words, texts={})
    assert not ask("words", "dog", "die Katze", words=words, texts={})
    assert ask("words", "dog", "狗", target="zh-Hant", words=words, texts={})
    assert ask("names", "Obama and @x", "Obama und @x", names=["Obama", "@x"])
    assert not ask("names", "Obama", "Oma", names=["Obama"])
    assert ask("names", "Obama and @x", "奥巴马和 @x", target="zh", names=["Obama", "@x"])


def test_a_refusal_counts_as_a_failure() -> None:
    async def refuse(*_: str) -> str:
        raise ValueError("too long")

    (outcome,) = asyncio.run(run_tests([RobustnessTest("t", ["loop"], {"any": ["x"]})], refuse, "fr", "en"))
    assert (outcome.passed, outcome.failed) == (0, ["x -> ValueError: too long"])


def test_the_cases_of_the_repository_are_sound(tmp_path: Path) -> None:
    tests = load_tests(ROOT / "configs" / "behaviour" / "translation.yaml")
    for language in ("en", "de", "fr", "zh"):
        texts = [text for test in tests for text in test.sources(language)]
        assert len(texts) > 40
        assert all(isinstance(text, str) and text for text in texts)  # YAML reads a bare `no` as false
    (tmp_path / "x.yaml").write_text("tests: [{name: a, checks: [taste]}]")
    with pytest.raises(RecipeError, match="a: unknown checks taste"):
        load_tests(tmp_path / "x.yaml")
