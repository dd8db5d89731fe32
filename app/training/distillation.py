"""Knowledge distillation (Hinton et al. 2015; into an LSTM: Tang et al. 2019): what a larger classifier says of every
text that the smaller one is trained on, or what several teachers hold together."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from app.training.data.corpora import LABELS, hashed
from app.training.data.texts import TrainingTexts
from app.training.errors import CorpusError
from app.training.loading import load
from app.training.processor import multiplies_bfloat16
from app.training.recipe import Recipe
from app.training.scoring import probabilities_of

PORTION = 8192  # texts between two looks at the progress
FLOOR = "floor"  # the name of the floor among teachers
UNLIKELY = 1e-3  # what is added to a probability, so that no teacher rules a label out


def teach(recipe: Recipe, data: Path, teachers: dict[str, float], output: Path, answered: Path | None = None) -> str:
    """Ask teachers about all texts of a recipe and keep what they hold together, the geometric mean by their weights,
    in a file for the recipe to name; returns how many each answered. They are not asked about what the file `answered`
    has an answer for already, which stays.

    A teacher is a classifier's folder, which answers for the texts of its language alone, a file of kept answers, which
    may lack some, or FLOOR, which reads the student's language. Raises CorpusError where nobody answers.
    """
    texts = TrainingTexts.read(recipe, data)
    asked = list(dict.fromkeys(texts.train[i][2] for i in texts.asked(recipe)))
    keys, answers = no_answers() if answered is None else kept_in(answered)
    wanted = hashes(asked)
    standing = np.isin(keys, wanted)
    keys, answers = keys[standing], answers[standing]
    unknown = np.flatnonzero(~np.isin(wanted, keys))
    asked = [asked[i] for i in unknown]
    own = {text for text, _, read in texts.train if text == read}
    total, weights = np.zeros((len(asked), len(LABELS))), np.zeros((len(asked), 1))
    lines = [f"{answered}: {len(keys):,} answers stand"] if answered else []
    for name, weight in teachers.items():
        known, held = opinions(name, recipe, data, asked, own)
        total[known] += weight * np.log(held + UNLIKELY)
        weights[known] += weight
        lines.append(f"{name}: weighs {weight:g}, answered {len(known):,} of {len(asked):,} texts")
    if lacking := int((weights == 0).sum()):
        raise CorpusError(f"nobody answers for {lacking:,} of {len(asked):,} texts; add a teacher that is a folder")
    mean = np.exp(total / weights)
    output.parent.mkdir(parents=True, exist_ok=True)
    told = np.rint(255 * mean / mean.sum(axis=1, keepdims=True)).astype(np.uint8)
    keep(output, np.concatenate([keys, wanted[unknown]]), np.concatenate([answers, told]))
    return "\n".join([*lines, f"{output}: {output.stat().st_size / 1e6:.1f} MB"]) + "\n"


def opinions(
    teacher: str, recipe: Recipe, data: Path, texts: list[str], own: set[str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The places of the texts that a teacher answers for, and the probabilities (places, labels) that it holds. The
    texts of `own` are in the student's language."""
    ours = np.array([text in own for text in texts], bool)
    if teacher == FLOOR:
        from app.training.baseline import Floor  # scikit-learn

        places = np.flatnonzero(ours)
        return places, Floor(recipe, data, Path()).held([texts[i] for i in places])
    if Path(teacher).is_dir():
        languages = load(Path(teacher)).config.languages
        places = np.flatnonzero(ours if not languages or recipe.languages[0] in languages else ~ours)
    elif Path(teacher).is_file():
        places = np.flatnonzero(np.isin(hashes(texts), kept_in(Path(teacher))[0]))
    else:  # nobody, which `taught` tells
        places = np.arange(len(texts))
    answers = taught(Path(teacher), [texts[i] for i in places]).astype(np.float64)
    return places, answers / np.maximum(answers.sum(axis=1, keepdims=True), 1)


def taught(teacher: Path, texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    """What a teacher holds of texts that are in a classifier's form already: (texts, labels), its calibrated
    probabilities in 255ths. The teacher is a classifier's folder or a file that keeps the answers of one. Raises
    CorpusError where there is neither, or the file lacks answers."""
    asked = hashes(texts)
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
    from app.huggingface.load import digest_of  # not where packed data is trained on

    file = teacher / f"taught-{digest_of(teacher, '')}.npz"
    keys, answers = kept_in(file) if file.is_file() else no_answers()
    unknown = np.flatnonzero(~np.isin(asked, keys))
    new, first = np.unique(asked[unknown], return_index=True)
    if len(new):
        keys = np.concatenate([keys, new])
        answers = np.concatenate([answers, probabilities(teacher, [texts[i] for i in unknown[first]])])
        keys, answers = keep(file, keys, answers)
    return keys, answers


def keep(
    file: Path, keys: npt.NDArray[np.uint64], answers: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """Write answers to a file, whole or not at all; returns them as they are kept, by ascending hashes."""
    order = np.argsort(keys)
    keys, answers = keys[order], answers[order]
    partial = file.with_suffix(".partial.npz")
    np.savez_compressed(partial, keys=keys, answers=answers)
    os.replace(partial, file)
    return keys, answers


def hashes(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    return np.array([hashed(text) for text in texts], np.uint64)


def no_answers() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    return np.zeros(0, np.uint64), np.zeros((0, len(LABELS)), np.uint8)


def kept_in(file: Path) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """The hashes of the texts, ascending, and the answers (texts, labels). Raises CorpusError without a file."""
    if not file.is_file():
        raise CorpusError(f"{file}: no file of kept answers; `undertone teach` makes one")
    with np.load(file) as kept:
        return kept["keys"], kept["answers"]


def probabilities(teacher: Path, texts: Sequence[str]) -> npt.NDArray[np.uint8]:
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
