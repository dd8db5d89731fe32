"""Reads corpora: tab-separated files, plain or compressed by xz (docs/data.md has their layout)."""

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
    """One entry of a recipe's `data`: a corpus, the part of it to take, and its use.

    `sentences`, `parallel` and `variants` give texts without labels for the recipe's teacher to label; in a recipe
    without a teacher such an entry gives nothing.
    """

    file: str  # below the data folder, without its ending
    repeat: int = 1  # how often an epoch has each example
    share: float = 1.0  # part to take, chosen by a hash of the text
    holdout: float = 0.0  # part that is not trained on but is a dev set, chosen by a hash of the text
    keep: float = 1.0  # part of a noisy parallel corpus to keep: the best aligned pairs (`alignment.Lexicon`)
    lines: int = 1  # consecutive lines that a language model reads as one text, where a corpus is running text
    max_words: int = 120  # longer texts are left out, and pairs with longer English; a Han character is a word
    sentences: bool = False  # takes the sentences of the texts, without labels
    parallel: bool = False  # takes the side of pairs in the classifier's language; the teacher reads the other side
    variants: int = 0  # altered copies of each text, without labels (`texts.variant`)
    taught: bool = True  # whether the teacher's answers are mixed with the labels of this corpus
    offsets: list[float] = field(default_factory=lambda: [0.0] * len(LABELS))  # added to the teacher's logits, by label
    translated: str = ""  # folder of the model that translates a target side back, or labelled texts of other languages
    distilled: str = ""  # folder of the teacher that translates the source side anew (`training/machine_translated.py`)

    @property
    def shown(self) -> str:
        """The name of the file in reports."""
        return shown_file(self.file)

    @property
    def by_model(self) -> str:
        """The folder of the model that translates one side; empty where both sides are from the corpus."""
        return self.translated or self.distilled

    @property
    def labelled(self) -> bool:
        return not (self.sentences or self.parallel or self.variants)


def shown_file(file: str) -> str:
    """The name of a recipe's file in reports: of a file beside the recipe, whose path is absolute once the recipe is
    read, and of another task's file the name alone, so that reports have no folders of this machine."""
    return Path(file).name if Path(file).is_absolute() or file.startswith(("./", "../")) else file


def open_text(path: Path) -> TextIO:
    """Open a corpus file; `path` may leave out `.tsv` or `.tsv.xz`. Raises CorpusError."""
    file = corpus_file(path)
    if file.suffix == ".xz":
        return lzma.open(file, "rt", encoding="utf-8", newline="\n")
    return file.open(encoding="utf-8", newline="\n")


def corpus_file(path: Path) -> Path:
    """The file of a corpus; `path` may leave out `.tsv` or `.tsv.xz`. Raises CorpusError."""
    for candidate in (path, *(path.with_name(path.name + ending) for ending in ENDINGS)):
        if candidate.is_file():
            return candidate
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
    """Whether a text belongs to a share of a corpus. A hash of the text and the purpose decides, so that neither order
    nor seed matters."""
    return hashed(f"{purpose}/{text}") < share * 2**64


def hashed(text: str) -> int:
    """A hash of a text below 2 ** 64, the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def below(data: Path | None, task: str) -> Path:
    """The folder of a task's corpora: its subfolder of `data`, or `data` where there is none. Language models read the
    sides of parallel corpora. Raises CorpusError."""
    if data is None:
        raise CorpusError("neither files nor a folder of corpora")
    folder = data / (task if task == "sentiment" else "translation")
    return folder if folder.is_dir() else data
