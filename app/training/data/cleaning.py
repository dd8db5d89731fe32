"""Drops training texts that would do harm, and counts them: texts of another language, pairs that cannot be
translations, markup, copies, and texts of a development or test set."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from app.text.chinese import simplified
from app.text.detect import plausible
from app.training.data.corpora import HAN, listed, read_pairs, read_sentiment

REASONS = ("held out", "language", "length", "markup", "untranslated", "duplicate", "near-copy")
TAGS = re.compile(r"</?[A-Za-z][^<>]{0,80}>|&[A-Za-z]{2,8};|\{\{|\}\}|\[\[|\]\]|\\[nt]")
LONG = 25  # characters of a text from which on the ratio of lengths is checked
NEAR = 20  # letters and digits from which on texts that differ in nothing else are copies
RATIO, CHINESE_RATIO = (0.4, 2.5), (1.0, 9.0)  # bounds of the characters of one side for each of the other


@dataclass(slots=True)
class Cleaner:
    """Decides which texts are trained on, in the order of the corpora."""

    held: set[str] = field(default_factory=set)  # keys of the texts that are held out
    seen: set[tuple[str, ...]] = field(default_factory=set)  # texts so far
    near: set[tuple[str, ...]] = field(default_factory=set)  # keys of the texts so far, where they have NEAR letters
    counts: dict[str, Counter[str]] = field(default_factory=dict)  # texts by corpus and reason

    def post(self, corpus: str, text: str, language: str, label: str = "") -> bool:
        """Whether to train on the text of a post or review. A text with another label is not a copy."""
        return self.count(corpus, self.fault_of_post(text, language, label))

    def pair(self, corpus: str, source: str, target: str, direction: tuple[str, str]) -> bool:
        """Whether to train on a pair of normalised sentences."""
        return self.count(corpus, self.fault_of_pair(source, target, direction))

    def count(self, corpus: str, fault: str) -> bool:
        self.counts.setdefault(corpus, Counter())[fault or "kept"] += 1
        return not fault

    def fault_of_post(self, text: str, language: str, label: str) -> str:
        letters = key(text)
        if letters and letters in self.held:
            return "held out"
        if sum(map(len, TAGS.findall(text))) > len(text) / 2:
            return "markup"
        if not plausible(text, language):
            return "language"
        return self.copied((label, text), (label, letters))

    def fault_of_pair(self, source: str, target: str, direction: tuple[str, str]) -> str:
        letters = key(source), key(target)
        if any(side and side in self.held for side in letters):
            return "held out"
        if letters[0] == letters[1] and len(letters[0]) > LONG:
            return "untranslated"
        if Counter(TAGS.findall(source)) != Counter(TAGS.findall(target)):
            return "markup"
        if not fitting(source, target, direction):
            return "length"
        if not (plausible(source, direction[0]) and plausible(target, direction[1])):
            return "language"
        return self.copied((*direction, source, target), (*direction, *letters))

    def copied(self, exact: tuple[str, ...], letters: tuple[str, ...]) -> str:
        if exact in self.seen:
            return "duplicate"
        comparable = len(letters[-1]) >= NEAR  # shorter texts often differ in punctuation alone
        if comparable and letters in self.near:
            return "near-copy"
        self.seen.add(exact)
        if comparable:
            self.near.add(letters)
        return ""

    def table(self) -> str:
        """How many texts of each corpus were read, kept and dropped, as Markdown."""
        head = ["corpus", "read", "kept", *REASONS]
        rows = [(corpus, self.counts[corpus]) for corpus in self.counts]
        rows.append(("all", sum((counts for _, counts in rows), Counter())))
        lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
        for corpus, counts in rows:
            numbers = [counts.total(), counts["kept"], *(counts[reason] for reason in REASONS)]
            lines.append(f"| {corpus} | " + " | ".join(f"{number:,}" for number in numbers) + " |")
        return "\n".join(lines)


def key(text: str) -> str:
    """The letters and digits of a text, in lower case; Chinese in Simplified characters."""
    if HAN.search(text):
        text = simplified(text)
    return "".join(filter(str.isalnum, text.lower()))


def fitting(source: str, target: str, direction: tuple[str, str]) -> bool:
    """Whether the lengths of two sides fit translations of each other."""
    if max(len(source), len(target)) <= LONG:
        return True
    chinese = [code.partition("-")[0] == "zh" for code in direction]
    if chinese[0] != chinese[1]:
        longer, shorter = (target, source) if chinese[0] else (source, target)
        return CHINESE_RATIO[0] <= len(longer) / max(len(shorter), 1) <= CHINESE_RATIO[1]
    return RATIO[0] <= len(source) / max(len(target), 1) <= RATIO[1]


def held_posts(data: Path, language: str, named: Iterable[str]) -> set[str]:
    """Keys of all development and test texts of a language, and of the sets `named` by a recipe."""
    paths = [path for path in listed(data / language) if ".dev." in path.name or ".test." in path.name]
    paths += [data / name for name in named]
    return {key(text) for path in paths for text, _ in read_sentiment(path)}


def held_pairs(data: Path, named: Iterable[str]) -> set[str]:
    """Keys of both sides of all development pairs in any languages, and of the sets `named` by a recipe. Pairs of
    single words are not held out: dictionaries have them too, and a translator must know words such as "yes"."""
    paths = [*listed(data / "dev"), *(data / name for name in named)]
    return {key(side) for path in paths for pair in read_pairs(path) if not all(map(is_word, pair)) for side in pair}


def is_word(text: str) -> bool:
    """Whether a text is one word. Chinese has no spaces, so that none of its texts counts as one."""
    return len(text.split()) == 1 and not HAN.search(text)
