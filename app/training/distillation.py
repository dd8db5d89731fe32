"""Knowledge distillation (Hinton et al. 2015; into an LSTM: Tang et al. 2019): what a larger classifier says of every
training text, of the sentences of longer texts that nobody has labelled, and of the translations of sentences in a
language that it does not read (Xu and Yang 2017)."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from app.text.posts import plain_post
from app.training.corpora import LABELS, CorpusError, CorpusSpec, hashed, in_share, read_sentiment, words_in
from app.training.processor import multiplies_bfloat16
from app.training.translation import pair_of, read_direction

UNLABELLED = 255
PORTION = 8192  # texts between two looks at the progress


def unlabelled(spec: CorpusSpec, data: Path, language: str) -> Iterator[tuple[str, str]]:
    """Texts of a corpus without their labels, in the form that a classifier reads, each with what its teacher reads
    for it: the same text, or its translation."""
    if spec.parallel:
        other = next(code for code in pair_of(spec.file) if code.partition("-")[0] != language)
        for theirs, ours in read_direction(spec, data, other, language):
            texts = plain_post(ours, language), plain_post(theirs, other)
            if all(texts):
                yield texts
    elif spec.sentences:
        for sentence in sentences_of(spec, data, language):
            yield sentence, sentence


def sentences_of(spec: CorpusSpec, data: Path, language: str) -> Iterator[str]:
    """The sentences of a corpus of long texts, in the form that a classifier reads."""
    from app.text.segment import split  # not where packed data is trained on

    for text, _ in read_sentiment(data / spec.file):
        for segment in split(text, language):
            sentence = plain_post(segment.text, language)
            if sentence and words_in(sentence) <= spec.max_words and in_share(sentence, spec.share, "share"):
                yield sentence


def taught(teacher: Path, texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    """What a teacher holds of texts that are in a classifier's form already: (texts, labels), its calibrated
    probabilities in 255ths. The teacher is a classifier's folder or a file that keeps the answers of one. Raises
    CorpusError where there is neither, or the file lacks answers."""
    asked = np.array([hashed(text) for text in texts], np.uint64)
    if teacher.is_dir():
        keys, answers = answers_of(teacher, texts, asked)
    elif teacher.is_file():
        keys, answers = kept_in(teacher)
    else:
        raise CorpusError(f"{teacher}: no teacher; train it first (`undertone train sentiment --backend transformer`)")
    if lacking := int((~np.isin(asked, keys)).sum()):
        raise CorpusError(
            f"{teacher}: has no answer for {lacking:,} of {len(texts):,} texts, so it was made for other data; "
            "let the recipe's teacher be a classifier's folder"
        )
    found: npt.NDArray[np.uint8] = answers[np.searchsorted(keys, asked)]
    return found


def answers_of(
    teacher: Path, texts: Sequence[str], asked: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """The hashes of all texts that a classifier was ever asked about, ascending, and its answers. Since an answer
    takes a while, each is kept, in a file in the classifier's folder that its digest names."""
    from app.nets.foreign import digest_of  # not where packed data is trained on

    file = teacher / f"taught-{digest_of(teacher, '')}.npz"
    keys, answers = np.zeros(0, np.uint64), np.zeros((0, len(LABELS)), np.uint8)
    if file.is_file():
        keys, answers = kept_in(file)
    unknown = np.flatnonzero(~np.isin(asked, keys))
    new, first = np.unique(asked[unknown], return_index=True)
    if len(new):
        keys = np.concatenate([keys, new])
        answers = np.concatenate([answers, probabilities(teacher, [texts[i] for i in unknown[first]])])
        order = np.argsort(keys)
        keys, answers = keys[order], answers[order]
        partial = file.with_suffix(".partial.npz")
        np.savez_compressed(partial, keys=keys, answers=answers)
        os.replace(partial, file)
    return keys, answers


def kept_in(file: Path) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    with np.load(file) as kept:
        return kept["keys"], kept["answers"]


def probabilities(teacher: Path, texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    from app.training.loading import load
    from app.training.sentiment import probabilities_of

    found = load(teacher)
    order = [found.config.labels.index(label) for label in LABELS]
    runner = found.runner("torch")
    answers = np.zeros((len(texts), len(LABELS)), np.uint8)
    fast = torch.autocast("cpu", torch.bfloat16) if multiplies_bfloat16() else contextlib.nullcontext()
    with fast, tqdm(total=len(texts), unit="text", desc="teacher", mininterval=5, file=sys.stderr) as bar:
        for start in range(0, len(texts), PORTION):
            portion = list(texts[start : start + PORTION])
            rows = np.array(probabilities_of(runner, found.tokenizer, portion, prepared=True))
            answers[start : start + PORTION] = np.rint(255 * rows[:, order])
            bar.update(len(portion))
    return answers
