"""Drops training texts that would do harm, and counts them: texts of another language, pairs that cannot be
translations, markup, copies, and texts of a development or test set."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from app.text.chinese import simplified
from app.text.detect import plausible
from app.training.data.corpora import HAN, hashed, listed, read_pairs, read_sentiment

REASONS = ("held out", "language", "length", "markup", "untranslated", "duplicate", "near-copy", "alignment")
TAGS = re.compile(r"</?[A-Za-z][^<>]{0,80}>|&[A-Za-z]{2,8};|\{\{|\}\}|\[\[|\]\]|\\[nt]")
LONG = 25  # characters of the longer side above which the ratio of lengths is checked
NEAR = 20  # least letters and digits of a text for it to count as a near-copy
RATIO, CHINESE_RATIO = (0.4, 2.5), (1.0, 9.0)  # bounds of the ratio of lengths; other side to Chinese


@dataclass(slots=True, frozen=True)
class Checked:
    """The result of checking a text or pair by itself."""

    fault: str = ""  # one of REASONS, or empty
    exact: int = 0  # digest by which copies are recognised
    near: int = 0  # digest of the letters and digits; 0 where they are too few


def check_post(text: str, language: str, label: str, held: Collection[str]) -> Checked:
    """Check the text of a post or review. A text with another label is not a copy. `held` are the keys of the texts
    that are held out."""
    letters = key(text)
    if letters and letters in held:
        return Checked("held out")
    if sum(map(len, TAGS.findall(text))) > len(text) / 2:
        return Checked("markup")
    if not plausible(text, language):
        return Checked("language")
    return digests((label, text), (label, letters))


def check_line(text: str, held: Collection[str]) -> Checked:
    """Check a line for a language model. Its corpus states its language. `held` are the keys of the texts that are held
    out."""
    letters = key(text)
    if not letters:
        return Checked("length")
    if letters in held:
        return Checked("held out")
    if TAGS.search(text):
        return Checked("markup")
    return digests((text,), (letters,))


def check_pair(source: str, target: str, direction: tuple[str, str], held: Collection[str]) -> Checked:
    """Check a pair of normalised sentences. `held` are the keys of the texts that are held out."""
    letters = key(source), key(target)
    if any(side and side in held for side in letters):
        return Checked("held out")
    if letters[0] == letters[1] and len(letters[0]) > LONG:
        return Checked("untranslated")
    if Counter(TAGS.findall(source)) != Counter(TAGS.findall(target)):
        return Checked("markup")
    if not fitting(source, target, direction):
        return Checked("length")
    if not (plausible(source, direction[0]) and plausible(target, direction[1])):
        return Checked("language")
    return digests((*direction, source, target), (*direction, *letters))


def digests(exact: tuple[str, ...], letters: tuple[str, ...]) -> Checked:
    """Digests of 64 bits: two of a hundred million texts share one by chance once in four thousand times."""
    comparable = len(letters[-1]) >= NEAR  # shorter texts often differ in punctuation alone
    return Checked("", hashed("\t".join(exact)), hashed("\t".join(letters)) if comparable else 0)


@dataclass(slots=True)
class Cleaner:
    """Decides which texts are trained on, in the order of the corpora, and counts them."""

    held: set[str] = field(default_factory=set)  # keys of the texts that are held out
    exact: set[int] = field(default_factory=set)  # digests of the texts so far
    near: set[int] = field(default_factory=set)  # digests of their letters and digits
    counts: dict[str, Counter[str]] = field(default_factory=dict)  # texts by corpus and reason

    def post(self, corpus: str, text: str, language: str, label: str = "") -> bool:
        """Whether to train on the text of a post or review."""
        return self.admit(corpus, check_post(text, language, label, self.held))

    def pair(self, corpus: str, source: str, target: str, direction: tuple[str, str]) -> bool:
        """Whether to train on a pair of normalised sentences."""
        return self.admit(corpus, check_pair(source, target, direction, self.held))

    def admit(self, corpus: str, checked: Checked) -> bool:
        """Whether to train on a text that has been checked. The first of several copies is kept."""
        fault = checked.fault or self.copied(checked)
        self.counts.setdefault(corpus, Counter())[fault or "kept"] += 1
        return not fault

    def copied(self, checked: Checked) -> str:
        if checked.exact in self.exact:
            return "duplicate"
        if checked.near and checked.near in self.near:
            return "near-copy"
        self.exact.add(checked.exact)
        if checked.near:
            self.near.add(checked.near)
        return ""

    def drop(self, corpus: str, reason: str, number: int) -> None:
        """Count texts of a corpus as dropped that were counted as kept."""
        self.counts[corpus]["kept"] -= number
        self.counts[corpus][reason] += number

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
    """Whether a text is one word. Chinese has no spaces, so no Chinese text counts as one."""
    return len(text.split()) == 1 and not HAN.search(text)
