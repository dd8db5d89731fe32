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
    probabilities in 255ths. Since it takes a while, each answer is kept, in a file in the teacher's folder that the
    teacher's digest names. Raises CorpusError where there is no teacher."""
    if not teacher.is_dir():
        raise CorpusError(f"{teacher}: no teacher; train it first (`undertone train sentiment --backend transformer`)")
    from app.nets.foreign import digest_of  # not where packed data is trained on

    kept = teacher / f"taught-{digest_of(teacher, '')}.npz"
    keys, answers = np.zeros(0, np.uint64), np.zeros((0, len(LABELS)), np.uint8)
    if kept.is_file():
        with np.load(kept) as file:
            keys, answers = file["keys"], file["answers"]
    asked = np.array([hashed(text) for text in texts], np.uint64)
    unknown = np.flatnonzero(~np.isin(asked, keys))
    new, first = np.unique(asked[unknown], return_index=True)
    if len(new):
        keys = np.concatenate([keys, new])
        answers = np.concatenate([answers, probabilities(teacher, [texts[i] for i in unknown[first]])])
        order = np.argsort(keys)
        keys, answers = keys[order], answers[order]
        partial = kept.with_suffix(".partial.npz")
        np.savez(partial, keys=keys, answers=answers)
        os.replace(partial, kept)
    found: npt.NDArray[np.uint8] = answers[np.searchsorted(keys, asked)]
    return found


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
