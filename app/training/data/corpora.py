"""Reads the corpora: tab-separated files with or without xz, laid out as `docs/data.md` says."""

from __future__ import annotations

import hashlib
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from app.training.errors import CorpusError

HAN = re.compile("[\u4e00-\u9fff]")
LABELS = ["negative", "neutral", "positive"]
ENDINGS = (".tsv", ".tsv.xz")


@dataclass(slots=True)
class CorpusSpec:
    """One entry of a recipe: the file below the data folder without its ending, and how much of it to take.

    `share` takes that part of it and `holdout` keeps that part of it out of training and in the early-stopping set,
    both chosen by a hash of the text. `repeat` takes each example that often an epoch. `max_words` leaves longer
    texts out (a Chinese character is a word), of pairs those whose English is longer. `sentences` takes the sentences
    of the texts, each for itself and without a label, for the recipe's teacher to label; without one, nothing.
    `parallel` takes of a parallel corpus the side in the classifier's language, for a teacher that reads the other.
    `variants` takes that many altered copies of each text, again for the teacher.
    `taught: false` leaves its labels as they are, whatever a teacher holds of its texts; `offsets` are added to the
    logits of what it holds, one a label, where it is known to lean to one of them.
    `translated` takes of a parallel corpus the sentences in a translator's target language that no corpus before it
    has, and for their sources what the model in that folder makes of them (`app/training/backtranslation.py`), where
    it holds it at least as likely as `confidence`, the geometric mean of the probabilities of its tokens.
    """

    file: str
    repeat: int = 1
    share: float = 1.0
    holdout: float = 0.0
    max_words: int = 120
    labels: list[str] = field(default_factory=lambda: list(LABELS))
    sentences: bool = False
    parallel: bool = False
    variants: int = 0
    taught: bool = True
    offsets: list[float] = field(default_factory=lambda: [0.0] * len(LABELS))
    translated: str = ""
    confidence: float = 0.65

    @property
    def shown(self) -> str:
        """The file as a report names it."""
        return shown_file(self.file)

    @property
    def labelled(self) -> bool:
        return not (self.sentences or self.parallel or self.variants)


def shown_file(file: str) -> str:
    """A file of a recipe as a report names it: one beside the recipe has the path of this machine by now."""
    return Path(file).name if Path(file).is_absolute() else file


def open_text(path: Path) -> TextIO:
    """Open a corpus file; `path` may leave out `.tsv` or `.tsv.xz`. Raises CorpusError."""
    for candidate in (path, *(path.with_name(path.name + ending) for ending in ENDINGS)):
        if candidate.is_file():
            if candidate.suffix == ".xz":
                return lzma.open(candidate, "rt", encoding="utf-8", newline="\n")
            return candidate.open(encoding="utf-8", newline="\n")
    raise CorpusError(f"{path}: no such corpus (tried the name itself, .tsv and .tsv.xz)")


def listed(folder: Path) -> list[Path]:
    """The corpus files of a folder."""
    return sorted(path for path in folder.glob("*") if path.name.endswith(ENDINGS))


def rows_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The number and the columns of each line. Raises CorpusError."""
    number = 0
    with open_text(path) as file:
        try:
            for number, line in enumerate(file, start=1):
                yield number, line.rstrip("\r\n").split("\t")
        except (UnicodeDecodeError, lzma.LZMAError, EOFError) as error:
            raise CorpusError(f"{path}: after line {number}: {error}") from error


def read_sentiment(path: Path) -> Iterator[tuple[str, str]]:
    """(text, label) of each line; the header line must name the columns `label` and `text`. Raises CorpusError."""
    rows = rows_of(path)
    _, header = next(rows, (1, []))
    if "label" not in header or "text" not in header:
        raise CorpusError(f"{path}: line 1: the header must name the columns label and text")
    label, text = header.index("label"), header.index("text")
    for number, row in rows:
        if len(row) <= max(label, text) or row[label] not in LABELS:
            raise CorpusError(f"{path}: line {number}: wants a label of {', '.join(LABELS)} and a text")
        yield row[text], row[label]


def read_pairs(path: Path) -> Iterator[tuple[str, str]]:
    """(English, other language) of each line of a parallel corpus, which has no header. Raises CorpusError."""
    for number, pair in rows_of(path):
        if len(pair) != 2:
            raise CorpusError(f"{path}: line {number}: wants two columns, has {len(pair)}")
        yield pair[0], pair[1]


def words_in(text: str) -> int:
    """Words between white space; each Chinese character counts too."""
    return len(text.split()) + len(HAN.findall(text))


def in_share(text: str, share: float, purpose: str) -> bool:
    """Whether a text belongs to a share; depends on the text and the purpose alone, so on no order and no seed."""
    return hashed(f"{purpose}/{text}") < share * 2**64


def hashed(text: str) -> int:
    """A number below 2 ** 64 that is a text's own, on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def below(data: Path | None, task: str) -> Path:
    """The folder of a task's corpora: `data` holds those of both, or is it already. Raises CorpusError."""
    if data is None:
        raise CorpusError("neither files nor a folder of corpora")
    return data / task if (data / task).is_dir() else data
