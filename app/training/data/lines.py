"""Reads the texts of a language model: the sides of parallel corpora in its languages, each text once."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.text.chinese import simplified
from app.text.normalize import normalize
from app.text.tokenizer import EOS, SPACE, Tokenizer, target_tag
from app.training.data.cleaning import Cleaner, check_line, held_pairs
from app.training.data.corpora import CorpusSpec, in_share, read_pairs, words_in
from app.training.data.pairs import pair_of
from app.training.data.prepared import Rows
from app.training.recipe import Recipe

LONGEST_EXAMPLE = 126  # tokens; the rest of a text is left out


@dataclass(slots=True)
class CorpusTexts:
    """The texts in one language that a recipe takes from one of its corpora."""

    number: int  # index of the recipe's data
    language: str
    texts: list[str]


def read_texts(recipe: Recipe, data: Path, cleaner: Cleaner) -> list[CorpusTexts]:
    """The cleaned texts of a recipe's corpora, in its order. `cleaner` counts those that it drops. Raises
    CorpusError."""
    cleaner.held |= held_pairs(data, [*recipe.dev, *recipe.report])
    found = []
    for number, spec in enumerate(recipe.data):
        for language, lines in sides(spec, data, recipe.languages).items():
            kept = [line for line in lines if cleaner.admit(spec.shown, check_line(line, cleaner.held))]
            joint = "" if language == "zh" else " "  # Chinese has no spaces between sentences
            texts = [joint.join(kept[start : start + spec.lines]) for start in range(0, len(kept), spec.lines)]
            found.append(CorpusTexts(number, language, texts))
    return found


def sides(spec: CorpusSpec, data: Path, languages: Sequence[str]) -> dict[str, list[str]]:
    """The normalised lines of those sides of a corpus that are in `languages`, reduced by its `share` and `max_words`;
    Chinese in Simplified characters. Raises CorpusError."""
    codes = [code.partition("-")[0] for code in pair_of(spec.file)]
    lines: dict[str, list[str]] = {language: [] for language in languages if language in codes}
    for row in read_pairs(data / spec.file):
        if not in_share(row[0], spec.share, "share"):
            continue
        for language, into in lines.items():
            text = row[codes.index(language)]
            if words_in(text) <= spec.max_words:
                into.append(normalize(simplified(text) if language == "zh" else text))
    return lines


def encode_texts(recipe: Recipe, tokenizer: Tokenizer, corpora: Sequence[CorpusTexts]) -> Iterator[tuple[int, Rows]]:
    """The index and the token ids of each corpus's examples: the tag of the language, a text, EOS. A text is repeated
    as its corpus says; each copy begins, at the recipe's rate, at one of its later words, so that the model also reads
    texts that begin in the middle of a sentence."""
    rng = random.Random(recipe.optimisation.seed)
    begins_word = {number for token, number in tokenizer.vocabulary.items() if token.startswith(SPACE)}
    for one in corpora:
        tag = tokenizer.id_of(target_tag(one.language))
        rows = []
        for row in tokenizer.encode_batch(one.texts):
            starts = [place for place, token in enumerate(row[:-1]) if place and token in begins_word]
            for _ in range(recipe.data[one.number].repeat):
                late = starts and rng.random() < recipe.begun_late
                rows.append([tag, *row[rng.choice(starts) if late else 0 :][:LONGEST_EXAMPLE], EOS])
        yield one.number, Rows.of([row for row in rows if len(row) > 2])
