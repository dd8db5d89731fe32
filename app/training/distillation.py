"""Knowledge distillation (Hinton et al. 2015; into an LSTM: Tang et al. 2019): a smaller classifier is trained on the
answers of a larger one, or of several teachers together."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from app.huggingface.load import digest_of
from app.training.data.corpora import LABELS, hashed
from app.training.data.texts import TrainingTexts
from app.training.errors import CorpusError
from app.training.loading import load
from app.training.processor import multiplies_bfloat16
from app.training.recipe import Recipe
from app.training.scoring import probabilities_of

PORTION = 8192  # texts between two updates of the progress bar
BASELINE = "baseline"  # name of the baseline among teachers
UNLIKELY = 1e-3  # added to each probability, so that no teacher rules a label out


@dataclass(slots=True, frozen=True)
class Answers:
    """A teacher's answers to texts, stored in a file (.npz) by the hashes of the texts."""

    keys: npt.NDArray[np.uint64]  # (texts), ascending
    values: npt.NDArray[np.uint8]  # (texts, labels), calibrated probabilities in 255ths

    @classmethod
    def none(cls) -> Answers:
        return cls(np.zeros(0, np.uint64), np.zeros((0, len(LABELS)), np.uint8))

    @classmethod
    def read(cls, file: Path) -> Answers:
        """Raises CorpusError without a file."""
        if not file.is_file():
            raise CorpusError(f"{file}: no file of answers; `undertone teach` makes one")
        with np.load(file) as arrays:
            return cls(arrays["keys"], arrays["answers"])

    def write(self, file: Path) -> None:
        """Write the file, whole or not at all."""
        partial = file.with_suffix(".partial.npz")
        np.savez_compressed(partial, keys=self.keys, answers=self.values)
        os.replace(partial, file)

    def among(self, keys: npt.NDArray[np.uint64]) -> Answers:
        """The answers to the texts that have one."""
        known = np.isin(self.keys, keys)
        return Answers(self.keys[known], self.values[known])

    def joined(self, keys: npt.NDArray[np.uint64], values: npt.NDArray[np.uint8]) -> Answers:
        """These answers and those to other texts, `keys` and `values`."""
        keys, values = np.concatenate([self.keys, keys]), np.concatenate([self.values, values])
        order = np.argsort(keys)
        return Answers(keys[order], values[order])

    def of(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
        """The answers (texts, labels) to texts that all have one."""
        values: npt.NDArray[np.uint8] = self.values[np.searchsorted(self.keys, keys)]
        return values


def teach(recipe: Recipe, data: Path, teachers: dict[str, float], output: Path, answered: Path | None = None) -> str:
    """Ask teachers about all texts of a recipe, and write the weighted geometric mean of their probabilities to a file
    that the recipe can name. The answers of the file `answered` are kept: teachers answer only the other texts. Returns
    a report of how many texts each teacher answered.

    A teacher is the folder of a classifier, which answers texts of its language; a file of answers, which may lack
    some; or BASELINE, which answers texts of the student's language. Raises CorpusError where a text has no answer.
    """
    texts = TrainingTexts.read(recipe, data)
    asked = list(dict.fromkeys(texts.train[i][2] for i in texts.asked(recipe)))
    keys = hashes(asked)
    answers = Answers.none() if answered is None else Answers.read(answered).among(keys)
    unknown = np.flatnonzero(~np.isin(keys, answers.keys))
    asked = [asked[i] for i in unknown]
    own = {text for text, _, read in texts.train if text == read}
    total, weights = np.zeros((len(asked), len(LABELS))), np.zeros((len(asked), 1))
    lines = [f"{answered}: {len(answers.keys):,} answers stand"] if answered else []
    for name, weight in teachers.items():
        indices, probabilities = answers_by(name, recipe, data, asked, own)
        total[indices] += weight * np.log(probabilities + UNLIKELY)
        weights[indices] += weight
        lines.append(f"{name}: weighs {weight:g}, answered {len(indices):,} of {len(asked):,} texts")
    if missing := int((weights == 0).sum()):
        raise CorpusError(f"nobody answers for {missing:,} of {len(asked):,} texts; add a teacher that is a folder")
    mean = np.exp(total / weights)
    output.parent.mkdir(parents=True, exist_ok=True)
    rounded = np.rint(255 * mean / mean.sum(axis=1, keepdims=True)).astype(np.uint8)
    answers.joined(keys[unknown], rounded).write(output)
    return "\n".join([*lines, f"{output}: {output.stat().st_size / 1e6:.1f} MB"]) + "\n"


def answers_by(
    teacher: str, recipe: Recipe, data: Path, texts: list[str], own: set[str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The indices of the texts that a teacher answers, and its probabilities (indices, labels). The texts of `own` are
    in the student's language."""
    ours = np.array([text in own for text in texts], bool)
    if teacher == BASELINE:
        from app.training.baseline import Baseline  # scikit-learn

        indices = np.flatnonzero(ours)
        return indices, Baseline(recipe, data, Path()).probabilities([texts[i] for i in indices])
    if Path(teacher).is_dir():
        languages = load(Path(teacher)).config.languages
        indices = np.flatnonzero(ours if not languages or recipe.languages[0] in languages else ~ours)
    elif Path(teacher).is_file():
        indices = np.flatnonzero(np.isin(hashes(texts), Answers.read(Path(teacher)).keys))
    else:  # neither of them: `teacher_answers` raises
        indices = np.arange(len(texts))
    answers = teacher_answers(Path(teacher), [texts[i] for i in indices]).astype(np.float64)
    return indices, answers / np.maximum(answers.sum(axis=1, keepdims=True), 1)


def teacher_answers(teacher: Path, texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    """The answers (texts, labels) of a teacher to texts in the form that a classifier reads: calibrated probabilities
    in 255ths. The teacher is the folder of a classifier or a file of answers. Raises CorpusError where there is
    neither, or the file lacks answers."""
    keys = hashes(texts)
    if teacher.is_dir():
        answers = answers_of_classifier(teacher, texts, keys)
    elif teacher.is_file():
        answers = Answers.read(teacher)
    else:
        raise CorpusError(f"{teacher}: no teacher; train it first (`undertone train sentiment --backend transformer`)")
    if missing := int((~np.isin(keys, answers.keys)).sum()):
        raise CorpusError(
            f"{teacher}: has no answer for {missing:,} of {len(texts):,} texts, so it was made for other data; "
            "let the recipe's teacher be a classifier's folder"
        )
    return answers.of(keys)


def answers_of_classifier(teacher: Path, texts: Sequence[str], keys: npt.NDArray[np.uint64]) -> Answers:
    """All answers that a classifier has given, these texts included. Since answering is slow, they are kept in a file
    in its folder, named after the digest of its weights."""
    file = teacher / f"taught-{digest_of(teacher, '')}.npz"
    answers = Answers.read(file) if file.is_file() else Answers.none()
    unknown = np.flatnonzero(~np.isin(keys, answers.keys))
    new, first = np.unique(keys[unknown], return_index=True)
    if len(new):
        answers = answers.joined(new, probabilities(teacher, [texts[i] for i in unknown[first]]))
        answers.write(file)
    return answers


def hashes(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    return np.array([hashed(text) for text in texts], np.uint64)


def probabilities(teacher: Path, texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Ask a classifier: its probabilities (texts, labels) in 255ths."""
    loaded = load(teacher)
    order = [loaded.config.labels.index(label) for label in LABELS]
    runner = loaded.runner("torch")
    answers = np.zeros((len(texts), len(LABELS)), np.uint8)
    precision = torch.autocast("cpu", torch.bfloat16) if multiplies_bfloat16() else contextlib.nullcontext()
    with precision, tqdm(total=len(texts), unit="text", desc="teacher", mininterval=5, file=sys.stderr) as bar:
        for start in range(0, len(texts), PORTION):
            portion = list(texts[start : start + PORTION])
            rows = np.array(probabilities_of(runner, loaded.tokenizer, portion, prepared=True))
            answers[start : start + PORTION] = np.rint(255 * rows[:, order])
            bar.update(len(portion))
    return answers
