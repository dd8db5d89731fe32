"""Back-translation (Sennrich et al. 2016): a model of the other direction translates sentences in the target language,
and the translator is trained on its translations as sources. There are more such sentences than pairs. Translations
that their model finds unlikely are left out, since they would teach wrong words."""

from __future__ import annotations

import lzma
import math
import os
from pathlib import Path

from app.huggingface.load import digest_of
from app.text.normalize import clean, normalize
from app.training.data.cleaning import key
from app.training.data.corpora import CorpusSpec, in_share, read_pairs, words_in
from app.training.data.pairs import pair_of
from app.training.errors import CorpusError
from app.training.loading import load
from app.training.scoring import translate_lines

BEAM = 4
LEAST_CONFIDENCE = 0.65  # mean probability of the tokens below which a translation is left out


def back_translated(spec: CorpusSpec, data: Path, source: str, target: str, known: set[str]) -> list[tuple[str, str]]:
    """Normalised (source, target) pairs from the sentences of a corpus in the target language, each once. Sentences
    with the letters and digits of one of `known` are left out. Raises CorpusError."""
    languages = pair_of(spec.file)
    if target not in languages:
        raise CorpusError(f"{spec.shown}: is of {' and '.join(languages)}, so has no {target!r} to translate back")
    side = languages.index(target)
    seen = {key(text) for text in known}
    texts: list[str] = []
    for pair in read_pairs(data / spec.file):
        text = clean(pair[side])
        letters = key(text)
        if letters and letters not in seen and words_in(text) <= spec.max_words and in_share(text, spec.share, "share"):
            seen.add(letters)
            texts.append(text)
    answers = translations(Path(spec.translated), texts, target, source)
    likely = [(normalize(answers[text][0]), text) for text in texts if answers[text][1] >= LEAST_CONFIDENCE]
    return [pair for pair in likely if pair[0]]


def translations(folder: Path, texts: list[str], source: str, target: str) -> dict[str, tuple[str, float]]:
    """The translations of texts by the model of a folder, each with its probability, the geometric mean over its
    tokens. Since translating is slow, they are kept in a file of the folder, which is named after the direction and the
    digest of the weights. Raises CorpusError where the model does not translate in that direction."""
    if not folder.is_dir():
        raise CorpusError(f"{folder}: no model to translate back with; train it first (`undertone train translation`)")
    file = folder / f"translated-{source}-{target}-{digest_of(folder, '')}.tsv.xz"
    known = read_translations(file)
    if unknown := [text for text in texts if text not in known]:
        loaded = load(folder)
        if (source, target) not in loaded.config.directions:
            raise CorpusError(f"{folder}: does not translate from {source} to {target}, as a recipe wants of it")
        if loaded.model is None:
            raise CorpusError(f"{folder}: does not say how likely it holds its translations; take a model of our own")
        new = translate_lines(loaded.runner("onnx"), loaded.tokenizer, unknown, (source, target), beam=BEAM)
        # Rounded as in the file, so that a continued run takes the same pairs.
        known |= {text: (answer, round(math.exp(score), 4)) for text, (answer, score) in zip(unknown, new, strict=True)}
        write_translations(file, known)
    return known


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
