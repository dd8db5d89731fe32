"""Tests the behaviour of sentiment models in the manner of CheckList (Ribeiro et al. 2020): each test has templates for
one capability, such as negation. The suites are YAML files, `configs/behaviour/sentiment-LANGUAGE.yaml`.

    MFT  minimum functionality: a text must get the label
    INV  invariance: texts that differ in an irrelevant detail get the same label
    DIR  direction: a change must not move the score, the probability of the positive class minus that of the negative
         one, in the wrong direction
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.runtime.base import Classifier
from app.text.tokenizer import Tokenizer
from app.training.data.augment import ENDS
from app.training.errors import RecipeError
from app.training.recipe import build, read_yaml
from app.training.scoring import probabilities_of

Classify = Callable[[list[str]], list[list[float]]]  # texts -> probabilities of negative, neutral, positive
KINDS = ("MFT", "INV", "DIR")
SLOT = re.compile(r"\{(\w+)\}")
SHOWN = 3  # failed cases that an outcome describes


@dataclass(slots=True)
class Behaviour:
    """One test of a suite."""

    name: str
    kind: str  # MFT, INV or DIR
    templates: list[Any]  # with slots, `{thing}`, for the suite's words in all combinations; a DIR has pairs of them
    label: list[str] = field(default_factory=list)  # of an MFT: the right labels
    vary: str = ""  # of an INV: the slot whose words must not matter
    change: str = ""  # of an INV without `vary`: the change of the text that must not matter; a key of CHANGES
    moves: str = ""  # of a DIR: the direction in which the score moves from the first to the second text, up or down
    tolerance: float = 0.1  # of a DIR: how far the score may move in the wrong direction


@dataclass(slots=True)
class Outcome:
    """The result of one test. `failed` describes its first failures."""

    name: str
    kind: str
    cases: int
    passed: int
    failed: list[str]


@dataclass(slots=True)
class Suite:
    """`words` are the fillings of each slot."""

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
    """Whether a test has the fields of its kind."""
    if test.kind == "MFT":
        return bool(test.label)
    if test.kind == "INV":
        return bool(test.vary) != bool(test.change) and test.change in ("", *CHANGES)
    return test.kind == "DIR" and test.moves in ("up", "down") and all(len(pair) == 2 for pair in test.templates)


def behaviour(classifier: Classifier, tokenizer: Tokenizer, configs: Path) -> list[dict[str, Any]]:
    """The outcomes of the suite of the model's language as plain data; empty without a suite. Raises RecipeError."""
    language = classifier.config.languages[0].partition("-")[0]
    path = configs / "behaviour" / f"sentiment-{language}.yaml"
    if not path.is_file():
        return []

    def classify(texts: list[str]) -> list[list[float]]:
        return probabilities_of(classifier, tokenizer, texts)

    suite = load_suite(path)
    return [asdict(run(test, suite.words, classify, classifier.config.labels)) for test in suite.tests]


def run(test: Behaviour, words: dict[str, list[str]], classify: Classify, labels: list[str]) -> Outcome:
    """Ask a model all cases of a test. `labels` are in the order of its probabilities."""
    groups = cases(test, words)
    texts = [text for group in groups for text in group]
    answers = iter(zip(texts, classify(texts), strict=True))
    failed = [fault for group in groups if (fault := judge(test, [next(answers) for _ in group], labels))]
    return Outcome(test.name, test.kind, len(groups), len(groups) - len(failed), failed[:SHOWN])


def cases(test: Behaviour, words: dict[str, list[str]]) -> list[list[str]]:
    """The texts of each case: one text for an MFT, all texts that must agree for an INV, the texts before and after the
    change for a DIR."""
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
    """A description of what is wrong with the answers to a case; empty if they are right."""
    predicted = [labels[scores.index(max(scores))] for _, scores in answers]
    if test.kind == "MFT":
        return "" if predicted[0] in test.label else f"{answers[0][0]} -> {predicted[0]}"
    if test.kind == "INV":
        differing = next((i for i, label in enumerate(predicted) if label != predicted[0]), None)
        if differing is None:
            return ""
        return f"{answers[0][0]} -> {predicted[0]}; {answers[differing][0]} -> {predicted[differing]}"
    before, after = (scores[labels.index("positive")] - scores[labels.index("negative")] for _, scores in answers)
    wrong = before - after if test.moves == "up" else after - before
    if wrong <= test.tolerance:
        return ""
    return f"{answers[0][0]} ({before:+.2f}); {answers[1][0]} ({after:+.2f})"


def typo(text: str) -> str:
    """Swap two neighbouring letters of a word of at least five letters; the same text always gets the same typo."""
    rng = random.Random(text)
    words = list(re.finditer(r"[a-z]{5,}", text))
    if not words:  # Chinese: swap two characters; a text of one character stays
        place = rng.randrange(max(len(text) - 2, 1))
        return text[:place] + text[place : place + 2][::-1] + text[place + 2 :]
    word = rng.choice(words)
    place = word.start() + rng.randrange(1, len(word.group()) - 2)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def without_stop(text: str) -> str:
    return text.rstrip(ENDS)


CHANGES: dict[str, Callable[[str], str]] = {"typo": typo, "case": str.lower, "stop": without_stop}
