"""Tests translators on texts as users send them: single words, shouting, numbers, names, junk. The cases are data,
`configs/behaviour/translation.yaml`, which describes each check. Knows no service: the caller passes a function that
translates, and the command line passes the service's pipeline.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.text.languages import profile_of
from app.text.normalize import clean
from app.training.errors import RecipeError
from app.training.recipe import build, read_yaml

AT_ONCE = 64  # cases that are translated at a time
Translate = Callable[[str, str, str], Awaitable[str]]  # text, source, target -> translation
SHOWN = 5  # failed cases that an outcome describes
ANY = "any"  # key of texts without a language, which test every direction
UNIT = re.compile(r"[\u4e00-\u9fff]|\w+")
DIGITS = re.compile(r"\d+")


@dataclass(slots=True)
class RobustnessTest:
    """One test of the suite."""

    name: str
    checks: list[str]  # keys of CHECKS that each answer must pass
    texts: dict[str, list[str]] = field(default_factory=dict)  # by source language
    # Accepted translations of single words: by source language, word and target language.
    words: dict[str, dict[str, dict[str, list[str]]]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)  # the answer must keep those that the text has

    def sources(self, language: str) -> list[str]:
        """The texts of a source language."""
        return [*self.texts.get(language, []), *self.texts.get(ANY, []), *self.words.get(language, {})]


@dataclass(slots=True)
class RobustnessOutcome:
    """The result of one test in one direction. `failed` describes its first failures."""

    name: str
    cases: int
    passed: int
    failed: list[str]


def load_tests(path: Path) -> list[RobustnessTest]:
    """Read the tests of a suite. Raises RecipeError that names the file and the test."""
    fields = read_yaml(path)
    if not isinstance(fields, dict) or not isinstance(fields.get("tests"), list):
        raise RecipeError(f"{path}: wants a list of tests")
    tests: list[RobustnessTest] = [build(RobustnessTest, entry, f"{path}: tests") for entry in fields["tests"]]
    for test in tests:
        if unknown := set(test.checks) - set(CHECKS):
            known = ", ".join(sorted(CHECKS))
            raise RecipeError(f"{path}: {test.name}: unknown checks {', '.join(unknown)}; known are {known}")
    return tests


async def run_tests(
    tests: list[RobustnessTest], translate: Translate, source: str, target: str
) -> list[RobustnessOutcome]:
    """Run every test that has texts in the source language. An exception of `translate` fails the case."""

    async def one(text: str) -> str | Exception:
        try:
            return await translate(text, source, target)
        except Exception as error:  # the other cases still count
            return error

    outcomes = []
    for test in tests:
        texts = test.sources(source.partition("-")[0])
        if not texts:
            continue
        answers = await asyncio.gather(*map(one, texts))
        faults = [fault(test, *pair, source, target) for pair in zip(texts, answers, strict=True)]
        failed = [one for one in faults if one]
        outcomes.append(RobustnessOutcome(test.name, len(texts), len(texts) - len(failed), failed[:SHOWN]))
    return outcomes


def fault(test: RobustnessTest, text: str, answer: str | Exception, source: str, target: str) -> str:
    """A description of what is wrong with an answer; empty if it passes all checks."""
    if isinstance(answer, Exception):
        return f"{text} -> {type(answer).__name__}: {answer}"
    case = Case(test, text, answer, source.partition("-")[0], target.partition("-")[0])
    broken = [name for name in test.checks if not CHECKS[name](case)]
    return f"{text} -> {answer} ({', '.join(broken)})" if broken else ""


@dataclass(slots=True, frozen=True)
class Case:
    """An answer to check."""

    test: RobustnessTest
    text: str
    answer: str
    source: str
    target: str


def no_loop(case: Case) -> bool:
    return longest_run(case.answer) <= max(2, longest_run(case.text))


def longest_run(text: str) -> int:
    """The largest number of times that a phrase of up to six words (Chinese: characters) is repeated in a row."""
    units = UNIT.findall(text.lower())
    longest = min(len(units), 1)
    for size in range(1, 7):
        count, start = 1, size
        while start + size <= len(units):
            # While a run lasts, advance by a phrase; where it breaks, by one unit, since the next run may begin
            # anywhere.
            if units[start : start + size] == units[start - size : start]:
                count, start = count + 1, start + size
            else:
                count, start = 1, start + 1
            longest = max(longest, count)
    return longest


def numbers_kept(case: Case) -> bool:
    """Whether the answer has all numbers of the text; separators of thousands may change: `1,250` to `1.250`."""
    source, answer = Counter(DIGITS.findall(compact(case.text))), Counter(DIGITS.findall(compact(case.answer)))
    return not source - answer


def compact(text: str) -> str:
    """A text without separators of thousands."""
    return re.sub(r"(?<=\d)[.,\u00a0\u202f ](?=\d{3}(?!\d))", "", text)


def right_length(case: Case) -> bool:
    """Whether the answer has between a third and three times the letters of the text; a Han character counts as 3."""
    source, answer = weight(case.text), weight(case.answer)
    return answer > 0 and source / 3 - 4 <= answer <= 3 * source + 12


def weight(text: str) -> int:
    return sum(3 if "\u4e00" <= c <= "\u9fff" else 1 for c in text if not c.isspace())


def names_kept(case: Case) -> bool:
    names = [name for name in case.test.names if name in case.text]
    if not profile_of(case.target).spaced:
        names = [name for name in names if not name.isalpha()]  # handles and links stay in every script
    return all(name in case.answer for name in names)


def shouted(case: Case) -> bool:
    return not profile_of(case.target).spaced or case.answer.isupper()


def translated(case: Case) -> bool:
    return clean(case.answer).lower() != clean(case.text).lower()


def right_word(case: Case) -> bool:
    accepted = case.test.words[case.source][case.text].get(case.target)
    convert = profile_of(case.target).before_model.get(case.target)
    answer = (convert(case.answer) if convert else case.answer).lower()
    return accepted is None or any(word in answer for word in accepted)


CHECKS: dict[str, Callable[[Case], bool]] = {
    "loop": no_loop,
    "numbers": numbers_kept,
    "length": right_length,
    "unchanged": lambda case: case.answer == case.text,
    "translated": translated,
    "shouted": shouted,
    "names": names_kept,
    "words": right_word,
}


async def check(
    translate: Translate, directions: list[tuple[str, str]], cases: Path
) -> dict[str, list[dict[str, Any]]]:
    """Run all tests in all directions of a model; returns the outcomes by direction, as plain data. Raises
    RecipeError."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def bounded(text: str, source: str, target: str) -> str:
        async with limit:
            return await translate(text, source, target)

    tests = load_tests(cases)
    return {
        f"{source}-{target}": [asdict(outcome) for outcome in await run_tests(tests, bounded, source, target)]
        for source, target in directions
    }
