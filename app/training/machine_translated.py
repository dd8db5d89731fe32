"""Training pairs with one side translated by a model, and labelled texts translated by one.

Back-translation (Sennrich et al. 2016): a model of the other direction translates sentences in the target language, and
the translator is trained on its translations as sources. Translations with a low probability are left out, since they
would teach wrong words.

Sequence-level distillation (Kim and Rush 2016): a model of the same direction, the teacher, translates the sources, and
the translator is trained on its translations as targets. They vary less than people's translations, so greedy search
finds them more often. Where the corpus has a target, the hypothesis of the beam most like it by chrF is taken.
"""

from __future__ import annotations

import lzma
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from app.huggingface.load import digest_of
from app.text.normalize import clean, normalize
from app.text.tokenizer import Tokenizer
from app.training.data.cleaning import key
from app.training.data.corpora import CorpusSpec, in_share, read_pairs, words_in
from app.training.data.pairs import oriented, pair_of, pairs_for
from app.training.data.workers import in_parallel
from app.training.errors import CorpusError
from app.training.loading import FramedTranslator, load
from app.training.metrics import most_similar
from app.training.scoring import hypotheses_of_lines

BEAM = 4
TEACHER_BEAM = 5
LEAST_CONFIDENCE = 0.65  # mean probability of the tokens below which a translation is left out
CHUNK_TEXTS = 2_000
KEPT_CHUNKS = 10  # chunks after which the answers so far are written

Pair = tuple[str, str]


def back_translated(spec: CorpusSpec, data: Path, source: str, target: str, known: set[str]) -> list[Pair]:
    """Normalised (source, target) pairs from the sentences of a corpus in the target language, each once. Sentences
    with the letters and digits of one of `known` are left out. Raises CorpusError."""
    texts = one_side(spec, data, target, "translate back", known)
    answers = translations(Path(spec.translated), texts, target, source)
    likely = [(normalize(answers[text][0]), text) for text in texts if answers[text][1] >= LEAST_CONFIDENCE]
    return [pair for pair in likely if pair[0]]


def distilled(spec: CorpusSpec, data: Path, source: str, target: str) -> list[Pair]:
    """Normalised (source, target) pairs from the sentences of a corpus in the source language, each once, with the
    translations of the teacher as targets. Raises CorpusError."""
    references: dict[str, str] = {}
    if oriented(pair_of(spec.file), source, target):
        for text, reference in pairs_for(read_pairs(data / spec.file), spec, source, target):
            references.setdefault(text, reference)
        texts = list(references)
    else:
        texts = [normalize(text) for text in one_side(spec, data, source, "distil", set())]
    answers = translations(Path(spec.distilled), texts, source, target, references)
    likely = [
        (text, clean(answers[text][0])) for text in texts if text in references or answers[text][1] >= LEAST_CONFIDENCE
    ]
    return [pair for pair in likely if pair[1]]


def likely_translations(folder: Path, texts: Sequence[str], source: str, target: str) -> dict[str, str]:
    """The translations by the model of a folder, without those of low probability. Raises CorpusError."""
    answers = translations(folder, texts, source, target)
    return {text: answers[text][0] for text in texts if answers[text][1] >= LEAST_CONFIDENCE}


def source_of_translator(folder: Path, target: str) -> str:
    """The one language that the model of a folder translates into `target`. Raises CorpusError."""
    check_folder(folder)
    sources = [source for source, into in load(folder).config.directions if into == target]
    if len(sources) != 1:
        raise CorpusError(f"{folder}: translates {len(sources)} languages into {target}; take a model of one direction")
    return sources[0]


def one_side(spec: CorpusSpec, data: Path, language: str, purpose: str, known: Iterable[str]) -> list[str]:
    """The sentences of a corpus in a language, each once, without those that have the letters and digits of one of
    `known`. Raises CorpusError."""
    languages = pair_of(spec.file)
    if language not in languages:
        raise CorpusError(f"{spec.shown}: is of {' and '.join(languages)}, so has no {language!r} to {purpose}")
    side = languages.index(language)
    seen = {key(text) for text in known}
    texts: list[str] = []
    for pair in read_pairs(data / spec.file):
        text = clean(pair[side])
        letters = key(text)
        if letters and letters not in seen and words_in(text) <= spec.max_words and in_share(text, spec.share, "share"):
            seen.add(letters)
            texts.append(text)
    return texts


def translations(
    folder: Path, texts: Sequence[str], source: str, target: str, references: Mapping[str, str] | None = None
) -> dict[str, tuple[str, float]]:
    """The translations of texts by the model of a folder, each with its probability, the geometric mean over its
    tokens. With `references`, which need not have all texts, the model searches wider, and the hypothesis most like the
    reference is taken. Since translating is slow, answers are kept in a file of the folder, which is named after the
    direction and the digest of the weights. Raises CorpusError where the model does not translate in that direction."""
    check_folder(folder)
    use = "translated" if references is None else "distilled"
    file = folder / f"{use}-{source}-{target}-{digest_of(folder, '')}.tsv.xz"
    known = read_translations(file)
    if unknown := [text for text in texts if text not in known]:
        check_direction(folder, source, target)
        chunks = [
            TextChunk(
                str(folder),
                unknown[start : start + CHUNK_TEXTS],
                (source, target),
                BEAM if references is None else TEACHER_BEAM,
                [(references or {}).get(text, "") for text in unknown[start : start + CHUNK_TEXTS]],
            )
            for start in range(0, len(unknown), CHUNK_TEXTS)
        ]
        for number, (chunk, answers) in enumerate(zip(chunks, in_parallel(translate_chunk, chunks), strict=True), 1):
            known |= dict(zip(chunk.texts, answers, strict=True))
            if number % KEPT_CHUNKS == 0 or number == len(chunks):
                write_translations(file, known)
    return known


@dataclass(slots=True)
class TextChunk:
    """Some texts to be translated by the model of a folder; a reference may be empty."""

    folder: str
    texts: list[str]
    direction: tuple[str, str]
    beam: int
    references: list[str] = field(default_factory=list)


def translate_chunk(chunk: TextChunk) -> list[tuple[str, float]]:
    """Each translation with its probability, rounded as in the file, so that a continued run takes the same pairs."""
    translator, tokenizer = runner_of(chunk.folder)
    width = chunk.beam if any(chunk.references) else 1
    found = hypotheses_of_lines(
        translator, tokenizer, chunk.texts, chunk.direction, beam=chunk.beam, alternatives=width
    )
    chosen = [
        hypotheses[most_similar([text for text, _ in hypotheses], reference) if reference else 0]
        for hypotheses, reference in zip(found, chunk.references, strict=True)
    ]
    return [(text, round(math.exp(score), 4)) for text, score in chosen]


@cache
def runner_of(folder: str) -> tuple[FramedTranslator, Tokenizer]:
    loaded = load(Path(folder))
    return loaded.runner("onnx"), loaded.tokenizer


def check_folder(folder: Path) -> None:
    """Raises CorpusError without a folder."""
    if not folder.is_dir():
        raise CorpusError(f"{folder}: no model to translate with; train it first (`undertone train translation`)")


def check_direction(folder: Path, source: str, target: str) -> None:
    """Raises CorpusError where a model cannot translate sentences for training."""
    loaded = load(folder)
    if (source, target) not in loaded.config.directions:
        raise CorpusError(f"{folder}: does not translate from {source} to {target}, as a recipe wants of it")
    if loaded.model is None:
        raise CorpusError(f"{folder}: does not say how likely it holds its translations; take a model of our own")


def read_translations(file: Path) -> dict[str, tuple[str, float]]:
    if not file.is_file():
        return {}
    with lzma.open(file, "rt", encoding="utf-8", newline="\n") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    return {text: (answer, float(confidence)) for text, answer, confidence in rows}


def write_translations(file: Path, answers: dict[str, tuple[str, float]]) -> None:
    """Write translations to a file, whole or not at all."""
    partial = file.with_suffix(".partial")
    with lzma.open(partial, "wt", encoding="utf-8", newline="\n", preset=1) as lines:
        lines.writelines(f"{text}\t{answer}\t{confidence}\n" for text, (answer, confidence) in answers.items())
    os.replace(partial, file)
