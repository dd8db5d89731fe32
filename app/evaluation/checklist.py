"""A behavioural suite for sentiment models in the manner of CheckList (Ribeiro et al. 2020): small templates that ask
for one capability each, such as negation. The cases are YAML files, `configs/behaviour/sentiment-LANGUAGE.yaml`.

    MFT  minimum functionality: a text must get the label
    INV  invariance: texts that differ in what must not matter get the same label
    DIR  direction: a change must not move the score, the probability of the positive class minus that of the negative
         one, the wrong way
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.training.data.augment import ENDS
from app.training.errors import RecipeError
from app.training.recipe import build, read_yaml

Classify = Callable[[list[str]], list[list[float]]]  # texts -> probabilities of negative, neutral, positive
KINDS = ("MFT", "INV", "DIR")
SLOT = re.compile(r"\{(\w+)\}")
SHOWN = 3  # failed cases of a test that a report shows


@dataclass(slots=True)
class Behaviour:
    """One test of the suite.

    `templates` are texts with slots, `{thing}`, that the suite's `words` fill in all combinations. An MFT names in
    `label` the labels that are right. An INV names in `vary` the slot that must not matter, or in `change` a change of
    the text (`typo`, `case`, `stop`) that must not. A DIR has pairs of templates, before and after, and says in `moves`
    where the second must go, `up` or `down`, or at least not the other way by more than `tolerance`.
    """

    name: str
    kind: str
    templates: list[Any]
    label: list[str] = field(default_factory=list)
    vary: str = ""
    change: str = ""
    moves: str = ""
    tolerance: float = 0.1


@dataclass(slots=True)
class Outcome:
    """How one test went: `failed` holds some of the failures, as a person can read them."""

    name: str
    kind: str
    cases: int
    passed: int
    failed: list[str]

    @property
    def rate(self) -> float:
        return self.passed / max(self.cases, 1)


@dataclass(slots=True)
class Suite:
    words: dict[str, list[str]]
    tests: list[Behaviour]


def load_suite(path: Path) -> Suite:
    """Read a suite. Raises RecipeError that names the file and the test."""
    suite: Suite = build(Suite, read_yaml(path), str(path))
    suite.tests = [build(Behaviour, entry, f"{path}: tests") for entry in suite.tests]
    for test in suite.tests:
        unknown = set(SLOT.findall(str(test.templates))) - set(suite.words)
        if unknown:
            raise RecipeError(f"{path}: {test.name}: no words for {', '.join(sorted(unknown))}")
        if not consistent(test):
            raise RecipeError(
                f"{path}: {test.name}: an MFT wants a label, an INV vary or change, a DIR moves and pairs of templates"
            )
    return suite


def consistent(test: Behaviour) -> bool:
    if test.kind == "MFT":
        return bool(test.label)
    if test.kind == "INV":
        return bool(test.vary) != bool(test.change) and test.change in ("", *CHANGES)
    return test.kind == "DIR" and test.moves in ("up", "down") and all(len(pair) == 2 for pair in test.templates)


def run_suite(suite: Suite, classify: Classify, labels: list[str]) -> list[Outcome]:
    return [run(test, suite.words, classify, labels) for test in suite.tests]


def run(test: Behaviour, words: dict[str, list[str]], classify: Classify, labels: list[str]) -> Outcome:
    """Ask a model all cases of a test."""
    groups = cases(test, words)
    texts = [text for group in groups for text in group]
    answers = iter(zip(texts, classify(texts), strict=True))
    failed = [fault for group in groups if (fault := judge(test, [next(answers) for _ in group], labels))]
    return Outcome(test.name, test.kind, len(groups), len(groups) - len(failed), failed[:SHOWN])


def cases(test: Behaviour, words: dict[str, list[str]]) -> list[list[str]]:
    """The texts of each case: one of an MFT, those that must agree of an INV, before and after of a DIR."""
    if test.kind == "MFT":
        return [[text] for template in test.templates for text in filled(template, words)]
    if test.kind == "DIR":
        return [
            [fill(before, chosen), fill(after, chosen)]
            for before, after in test.templates
            for chosen in choices(before + after, words)
        ]
    if test.change:
        texts = [text for template in test.templates for text in filled(template, words)]
        return [[text, CHANGES[test.change](text)] for text in texts]
    rest = {slot: options for slot, options in words.items() if slot != test.vary}
    return [
        [fill(template, {**chosen, test.vary: word}) for word in words[test.vary]]
        for template in test.templates
        for chosen in choices(template.replace(f"{{{test.vary}}}", ""), rest)
    ]


def filled(template: str, words: dict[str, list[str]]) -> list[str]:
    return [fill(template, chosen) for chosen in choices(template, words)]


def choices(template: str, words: dict[str, list[str]]) -> list[dict[str, str]]:
    """All ways to fill the slots of a template."""
    slots = sorted(set(SLOT.findall(template)))
    return [dict(zip(slots, chosen, strict=True)) for chosen in itertools.product(*(words[slot] for slot in slots))]


def fill(template: str, chosen: dict[str, str]) -> str:
    text = SLOT.sub(lambda match: chosen[match.group(1)], template)
    return text[:1].upper() + text[1:]


def judge(test: Behaviour, answers: list[tuple[str, list[float]]], labels: list[str]) -> str:
    """What is wrong with the answers to a case; empty if nothing is."""
    found = [labels[scores.index(max(scores))] for _, scores in answers]
    if test.kind == "MFT":
        return "" if found[0] in test.label else f"{answers[0][0]} -> {found[0]}"
    if test.kind == "INV":
        differing = next((i for i, label in enumerate(found) if label != found[0]), None)
        if differing is None:
            return ""
        return f"{answers[0][0]} -> {found[0]}; {answers[differing][0]} -> {found[differing]}"
    before, after = (scores[labels.index("positive")] - scores[labels.index("negative")] for _, scores in answers)
    wrong = before - after if test.moves == "up" else after - before
    if wrong <= test.tolerance:
        return ""
    return f"{answers[0][0]} ({before:+.2f}); {answers[1][0]} ({after:+.2f})"


def typo(text: str) -> str:
    """Two neighbouring letters of one word of at least five letters change places; the text decides which."""
    rng = random.Random(text)
    words = list(re.finditer(r"[a-z]{5,}", text))
    if not words:  # of Chinese two characters do; a text of one character stays
        place = rng.randrange(max(len(text) - 2, 1))
        return text[:place] + text[place : place + 2][::-1] + text[place + 2 :]
    word = rng.choice(words)
    place = word.start() + rng.randrange(1, len(word.group()) - 2)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def without_stop(text: str) -> str:
    return text.rstrip(ENDS)


CHANGES: dict[str, Callable[[str], str]] = {"typo": typo, "case": str.lower, "stop": without_stop}
