"""Reads the texts of a classifier's corpora: labelled texts and, for the recipe's teacher to label, altered copies of
them, sentences of longer texts, and one side of pairs whose other side the teacher reads (Xu and Yang 2017). Labelled
texts of another language come through a translator, and their teacher reads the originals."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.text.post_text import plain_post
from app.training.data.cleaning import Cleaner, held_posts
from app.training.data.corpora import LABELS, CorpusSpec, hashed, in_share, read_sentiment, words_in
from app.training.data.pairs import pair_of, read_direction
from app.training.errors import CorpusError
from app.training.recipe import Recipe

Labelled = tuple[str, str, str]  # text, label, text that the teacher reads
UNLABELLED = 255  # stands for no label
ALTERED = 0.05  # part of a variant's words that is replaced, and equal part that is left out


@dataclass(slots=True)
class TrainingTexts:
    """The texts of a recipe, in the form that a classifier reads."""

    train: list[tuple[str, int, str]] = field(default_factory=list)  # (text, label, text that the teacher reads)
    corpus: list[int] = field(default_factory=list)  # of each example, an index of the recipe's data
    dev: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # (text, label) by file

    @classmethod
    def read(cls, recipe: Recipe, data: Path, cleaner: Cleaner | None = None) -> TrainingTexts:
        """Read the corpora below `data`; `cleaner` counts the texts that it drops. Raises CorpusError."""
        language = recipe.languages[0]
        cleaner = cleaner or Cleaner()
        cleaner.held |= held_posts(data, language.partition("-")[0], [*recipe.dev, *recipe.report])
        texts = cls()
        for number, spec in enumerate(recipe.data):
            labelled, held_out = split(spec, data, language)
            examples = [(text, LABELS.index(label), read) for text, label, read in labelled]
            examples += [(text, UNLABELLED, read) for text, read in unlabelled(spec, data, language)]
            cleaned = [one for one in examples if cleaner.post(spec.shown, one[0], language, str(one[1]))]
            texts.train += cleaned * spec.repeat
            texts.corpus += [number] * (len(cleaned) * spec.repeat)
            if held_out:
                texts.dev[spec.shown + " (held out)"] = held_out
        for file in recipe.dev:
            texts.dev[file] = [(plain_post(text, language), label) for text, label in read_sentiment(data / file)]
        if not texts.train:
            raise CorpusError(f"{recipe.name}: no example is left to train on after cleaning; see its data")
        return texts

    def asked(self, recipe: Recipe) -> list[int]:
        """Indices of the examples that the recipe's teacher answers."""
        return [
            i
            for i, (_, label, _) in enumerate(self.train)
            if label == UNLABELLED or (recipe.distillation and recipe.data[self.corpus[i]].taught)
        ]


def split(spec: CorpusSpec, data: Path, language: str) -> tuple[list[Labelled], list[tuple[str, str]]]:
    """The texts of a corpus to train on, and the (text, label) pairs that its `holdout` keeps out. A corpus that gives
    unlabelled texts has neither. Raises CorpusError."""
    training: list[Labelled] = []
    held_out: list[tuple[str, str]] = []
    if not spec.labelled:
        return training, held_out
    read = source_of(spec, language)
    for text, label in read_sentiment(data / spec.file):
        post = plain_post(text, read)
        if not post or words_in(text) > spec.max_words:
            continue
        if in_share(text, spec.holdout, "holdout"):
            held_out.append((post, label))
        elif in_share(text, spec.share, "share"):
            training.append((post, label, post))
    return (translated(spec, training, read, language) if spec.translated else training), held_out


def source_of(spec: CorpusSpec, language: str) -> str:
    """The language of a corpus for a classifier of a language. Raises CorpusError."""
    if not spec.translated:
        return language
    from app.training.machine_translated import source_of_translator  # loads models

    return source_of_translator(Path(spec.translated), language)


def translated(spec: CorpusSpec, posts: list[Labelled], source: str, language: str) -> list[Labelled]:
    """Labelled texts of the language `source` in a classifier's language, without those whose translation the
    translator finds unlikely. Raises CorpusError."""
    from app.training.machine_translated import likely_translations

    answers = likely_translations(Path(spec.translated), [post for post, *_ in posts], source, language)
    known = [(plain_post(answers[post], language), label, post) for post, label, _ in posts if post in answers]
    return [one for one in known if one[0]]


def unlabelled(spec: CorpusSpec, data: Path, language: str) -> Iterator[tuple[str, str]]:
    """Texts of a corpus without their labels, in the form that a classifier reads, each with the text that its teacher
    reads: the same one, or its translation."""
    if spec.parallel:
        other = next(code for code in pair_of(spec.file) if code.partition("-")[0] != language)
        for theirs, ours in read_direction(spec, data, other, language):
            texts = plain_post(ours, language), plain_post(theirs, other)
            if all(texts):
                yield texts
    elif spec.sentences:
        for sentence in sentences_of(spec, data, language):
            yield sentence, sentence
    elif spec.variants:
        for text in variants_of(spec, data, language):
            yield text, text


def sentences_of(spec: CorpusSpec, data: Path, language: str) -> Iterator[str]:
    """The sentences of a corpus of long texts, in the form that a classifier reads."""
    from app.text.segment import split  # imported here: training on packs runs without its packages

    for text, _ in read_sentiment(data / spec.file):
        for segment in split(text, language):
            sentence = plain_post(segment.text, language)
            if sentence and words_in(sentence) <= spec.max_words and in_share(sentence, spec.share, "share"):
                yield sentence


def variants_of(spec: CorpusSpec, data: Path, language: str) -> Iterator[str]:
    """Altered copies of a corpus's training texts, in the form that a classifier reads. They are the same on every
    machine and for every seed."""
    texts = [text for text, *_ in split(replace(spec, variants=0), data, language)[0]]
    joint = "" if language.startswith("zh") else " "
    pieces = [text.split() if joint else list(text) for text in texts]
    for text, own in zip(texts, pieces, strict=True):
        for number in range(spec.variants):
            rng = random.Random(hashed(f"variant {number}/{text}"))
            other = pieces[int(rng.random() * len(pieces))]
            if altered := joint.join(variant(own, other, rng)):
                yield altered


def variant(own: list[str], other: list[str], rng: random.Random) -> list[str]:
    """Altered words of a text, after Tang et al. (2019), who mask words and take n-grams: in half of the cases a part
    of the text, at least half of it, and otherwise its beginning with the end of another text. One word in twenty is
    then left out, and one in twenty replaced by a word of the other text."""
    if rng.random() < 0.5:
        length = max(1, round(len(own) * (0.5 + rng.random() / 2)))
        start = int(rng.random() * (len(own) - length + 1))
        words = own[start : start + length]
    else:
        cut = 0.3 + 0.4 * rng.random()
        words = own[: round(len(own) * cut)] + other[round(len(other) * cut) :]
    changed = []
    for word in words:
        chance = rng.random()
        if chance < ALTERED and other:
            changed.append(other[int(rng.random() * len(other))])
        elif chance >= 2 * ALTERED:
            changed.append(word)
    return changed
