"""Checks translators on what users really send: single words, shouting, numbers, names, junk. The cases are data,
`configs/behaviour/translation.yaml`, which says what each check asks. Knows no service: the caller passes a function
that translates, for which the command line takes the pipeline of the service.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.text.languages import profile_of
from app.text.normalize import clean

AT_ONCE = 64  # cases under way at a time
Translate = Callable[[str, str, str], Awaitable[str]]  # text, source, target -> translation
SHOWN = 5  # failed cases of a test that a report shows
ANY = "any"  # texts of no language, given to every direction
UNIT = re.compile(r"[\u4e00-\u9fff]|\w+")
DIGITS = re.compile(r"\d+")


class RobustnessError(Exception):
    """The cases cannot be read; the message names the file and the test."""


@dataclass(slots=True)
class RobustnessTest:
    name: str
    checks: list[str]
    texts: dict[str, list[str]] = field(default_factory=dict)
    words: dict[str, dict[str, dict[str, list[str]]]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def sources(self, language: str) -> list[str]:
        return [*self.texts.get(language, []), *self.texts.get(ANY, []), *self.words.get(language, {})]


@dataclass(slots=True)
class RobustnessOutcome:
    """How one test went in one direction: `failed` holds some of the failures, as a person can read them."""

    name: str
    cases: int
    passed: int
    failed: list[str]


def load_tests(path: Path) -> list[RobustnessTest]:
    """Raises RobustnessError."""
    try:
        tests = [RobustnessTest(**entry) for entry in yaml.safe_load(path.read_text("utf-8"))["tests"]]
    except (OSError, yaml.YAMLError, TypeError, KeyError) as error:
        raise RobustnessError(f"{path}: {error}") from error
    for test in tests:
        if unknown := set(test.checks) - set(CHECKS):
            known = ", ".join(sorted(CHECKS))
            raise RobustnessError(f"{path}: {test.name}: unknown checks {', '.join(unknown)}; known are {known}")
    return tests


async def run_tests(
    tests: list[RobustnessTest], translate: Translate, source: str, target: str
) -> list[RobustnessOutcome]:
    """Every test that has texts in the source language. What `translate` raises counts as a failure of the case."""

    async def one(text: str) -> str | Exception:
        try:
            return await translate(text, source, target)
        except Exception as error:  # a test that breaks off tells less than one that counts
            return error

    outcomes = []
    for test in tests:
        texts = test.sources(source.partition("-")[0])
        if not texts:
            continue
        answers = await asyncio.gather(*map(one, texts))
        faults = [fault(test, *pair, source, target) for pair in zip(texts, answers, strict=True)]
        failed = [found for found in faults if found]
        outcomes.append(RobustnessOutcome(test.name, len(texts), len(texts) - len(failed), failed[:SHOWN]))
    return outcomes


def fault(test: RobustnessTest, text: str, answer: str | Exception, source: str, target: str) -> str:
    """What is wrong with an answer; empty if nothing is."""
    if isinstance(answer, Exception):
        return f"{text} -> {type(answer).__name__}: {answer}"
    case = Case(test, text, answer, source.partition("-")[0], target.partition("-")[0])
    broken = [name for name in test.checks if not CHECKS[name](case)]
    return f"{text} -> {answer} ({', '.join(broken)})" if broken else ""


@dataclass(slots=True, frozen=True)
class Case:
    test: RobustnessTest
    text: str
    answer: str
    source: str
    target: str


def no_loop(case: Case) -> bool:
    return longest_run(case.answer) <= max(2, longest_run(case.text))


def longest_run(text: str) -> int:
    """How often in a row the most repeated phrase of up to six words (Chinese: characters) is said."""
    units = UNIT.findall(text.lower())
    longest = min(len(units), 1)
    for size in range(1, 7):
        count, start = 1, size
        while start + size <= len(units):
            # A run is counted from wherever it begins: one unit on when it breaks, a phrase on while it lasts.
            if units[start : start + size] == units[start - size : start]:
                count, start = count + 1, start + size
            else:
                count, start = 1, start + 1
            longest = max(longest, count)
    return longest


def numbers_kept(case: Case) -> bool:
    """Compared without separators of thousands: `1,250` may become `1.250`."""
    wanted, found = Counter(DIGITS.findall(compact(case.text))), Counter(DIGITS.findall(compact(case.answer)))
    return not wanted - found


def compact(text: str) -> str:
    return re.sub(r"(?<=\d)[.,\u00a0\u202f ](?=\d{3}(?!\d))", "", text)


def right_length(case: Case) -> bool:
    """Between a third and three times of the source, in letters; a Chinese character weighs three."""
    source, answer = weight(case.text), weight(case.answer)
    return answer > 0 and source / 3 - 4 <= answer <= 3 * source + 12


def weight(text: str) -> int:
    return sum(3 if "\u4e00" <= c <= "\u9fff" else 1 for c in text if not c.isspace())


def names_kept(case: Case) -> bool:
    wanted = [name for name in case.test.names if name in case.text]
    if not profile_of(case.target).spaced:
        wanted = [name for name in wanted if not name.isalpha()]  # handles and links stay in every script
    return all(name in case.answer for name in wanted)


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
    """All tests in all directions of a model, as plain data. Raises RobustnessError."""
    limit = asyncio.Semaphore(AT_ONCE)

    async def bounded(text: str, source: str, target: str) -> str:
        async with limit:
            return await translate(text, source, target)

    tests = load_tests(cases)
    return {
        f"{source}-{target}": [asdict(outcome) for outcome in await run_tests(tests, bounded, source, target)]
        for source, target in directions
    }
