"""Training examples on disk, as arrays of token ids that all processes of a run map into memory.

A folder has `examples.json`, `tokenizer.json`, `dev.json` and an .npy file for each array. It is written once for a
recipe, its corpora and a vocabulary, and opened by every run with the same ones. A pack (`packed.py`) is such a folder,
compressed.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from app.text.tokenizer import Tokenizer
from app.training.data.corpora import shown_file
from app.training.errors import PackError
from app.training.recipe import Recipe

EXAMPLES, TOKENIZER, DEV = "examples.json", "tokenizer.json", "dev.json"
FORMAT = 3
SMALL_VOCABULARY = 1 << 16  # tokens that 16 bits can number
# Fields of a recipe that its examples depend on. The others may change without preparing the examples again.
PREPARED_FIELDS = (
    "task", "languages", "vocabulary", "data", "dev", "report", "directions", "max_tokens", "lowercase", "placeholders",
    "noise", "begun_late", "alphabet", "pretrained", "teacher",
)  # fmt: skip

Array = npt.NDArray[Any]


class Rows(Sequence[list[int]]):
    """Token ids of many texts in one array.

    tokens (tokens of all rows) are the ids, lengths (rows) the number of tokens of each row.
    """

    def __init__(self, tokens: Array, lengths: Array) -> None:
        self.tokens, self.lengths = tokens, lengths
        self.bounds = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])

    @classmethod
    def of(cls, rows: Sequence[list[int]]) -> Rows:
        tokens = np.fromiter((token for row in rows for token in row), np.int64)
        small = tokens.max(initial=0) < SMALL_VOCABULARY
        return cls(tokens.astype(np.uint16 if small else np.uint32), np.array([len(row) for row in rows], np.uint16))

    @classmethod
    def joined(cls, parts: Sequence[Rows]) -> Rows:
        tokens, lengths = [part.tokens for part in parts], [part.lengths for part in parts]
        return cls(np.concatenate(tokens), np.concatenate(lengths))

    def __len__(self) -> int:
        return len(self.lengths)

    @overload
    def __getitem__(self, index: int) -> list[int]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[int]]: ...
    def __getitem__(self, index: int | slice) -> list[int] | list[list[int]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        row: list[int] = self.tokens[self.bounds[place] : self.bounds[place + 1]].tolist()
        return row


@dataclass(slots=True)
class Prepared:
    """Examples in the form of their folder. Rows of token ids are two arrays, `NAME.tokens` and `NAME.lengths`."""

    tokenizer: Tokenizer
    arrays: dict[str, Array]  # by name
    dev: dict[str, list[tuple[str, str]]]  # (text, label) or (source, target) by file

    def rows(self, name: str) -> Rows:
        return Rows(self.arrays[f"{name}.tokens"], self.arrays[f"{name}.lengths"])

    def put_rows(self, name: str, rows: Rows) -> None:
        self.arrays |= {f"{name}.tokens": rows.tokens, f"{name}.lengths": rows.lengths}

    def write(self, recipe: Recipe, folder: Path) -> None:
        """Write a folder, whole or not at all."""
        partial = partial_of(folder)
        partial.mkdir(parents=True)
        for name, array in self.arrays.items():
            np.save(partial / f"{name}.npy", array)
        (partial / TOKENIZER).write_text(self.tokenizer.json, "utf-8")
        (partial / DEV).write_text(json.dumps(self.dev, ensure_ascii=False), "utf-8")
        described = {"format": FORMAT, "recipe": recipe_digest(recipe), "arrays": sorted(self.arrays)}
        (partial / EXAMPLES).write_text(json.dumps(described) + "\n", "utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial, folder)

    @classmethod
    def open(cls, recipe: Recipe, folder: Path) -> Prepared:
        """Map the arrays that `write` wrote for a recipe. Raises PackError."""
        try:
            described = json.loads((folder / EXAMPLES).read_text("utf-8"))
            tokenizer = Tokenizer.load(folder / TOKENIZER)
            dev = json.loads((folder / DEV).read_text("utf-8"))
            names = described.get("arrays", [])
            arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in names}
        except (OSError, ValueError) as error:
            raise PackError(f"{folder}: no examples to train {recipe.name} on: {error}") from error
        if described.get("format") != FORMAT or described.get("recipe") != recipe_digest(recipe):
            raise PackError(f"{folder}: made for another recipe than {recipe.name} is now; run `undertone data` again")
        return cls(tokenizer, arrays, {file: [(a, b) for a, b in pairs] for file, pairs in dev.items()})


def partial_of(folder: Path) -> Path:
    """A temporary folder of this process, to write before it gets its final name."""
    partial = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    return partial


def recipe_digest(recipe: Recipe) -> str:
    """A digest of the fields that examples depend on, the same on every machine."""
    fields = {name: value for name, value in dataclasses.asdict(recipe).items() if name in PREPARED_FIELDS}
    fields["teacher"] = shown_file(recipe.teacher)
    fields["asks"] = bool(recipe.distillation)  # whether the teacher is asked about labelled texts too
    fields["width"] = recipe.sizes.get("embedding") if recipe.pretrained else None
    for spec in fields["data"]:
        spec |= {name: shown_file(spec[name]) for name in ("file", "translated", "distilled")}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]
