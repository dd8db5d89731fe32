"""Packs: training data as token ids in small files, for training on a machine that has neither the corpora nor the
packages that read them.

A folder a recipe: `pack.json`, `tokenizer.json.xz`, `train-NNN.safetensors.xz` (16-bit ids), `dev.json.xz`, and
`vectors.safetensors.xz` where a classifier begins with pretrained vectors.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import lzma
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load, save

from app.text.tokenizer import Tokenizer
from app.training.data.corpora import shown_file
from app.training.errors import PackError
from app.training.recipe import Recipe

PACK, TOKENIZER, DEV, VECTORS = "pack.json", "tokenizer.json.xz", "dev.json.xz", "vectors.safetensors.xz"
FORMAT = 2
SHARD_EXAMPLES = 200_000
MOST_TOKENS = 1 << 16
# The fields of a recipe that a pack depends on; the others may change without packing again.
PACKED_FIELDS = (
    "task", "languages", "vocabulary", "data", "dev", "report", "directions", "max_tokens", "lowercase", "placeholders",
    "noise", "alphabet", "pretrained", "teacher",
)  # fmt: skip
# Token ids have two bytes: LZMA models the two positions separately.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 3, "lp": 1, "pb": 1}]


class Ragged(Sequence[list[int]]):
    """Rows of token ids in one array. A row becomes a list when it is read."""

    def __init__(self, tokens: npt.NDArray[np.uint16], lengths: npt.NDArray[np.uint16]) -> None:
        self.tokens = tokens
        self.bounds: list[int] = [0, *np.cumsum(lengths, dtype=np.int64).tolist()]

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @overload
    def __getitem__(self, index: int) -> list[int]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[int]]: ...
    def __getitem__(self, index: int | slice) -> list[int] | list[list[int]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        row: list[int] = self.tokens[self.bounds[index] : self.bounds[index + 1]].tolist()
        return row


def check_packable(recipe: Recipe) -> None:
    """Raises PackError for a recipe that cannot be packed."""
    if recipe.base:
        raise PackError(f"{recipe.name}: packs have no vocabulary of a base; train it with --data")


def pack(
    recipe: Recipe,
    folder: Path,
    tokenizer: Tokenizer,
    rows: Mapping[str, Sequence[list[int]]],
    numbers: Mapping[str, Sequence[int]],
    dev: dict[str, list[tuple[str, str]]],
    vectors: npt.NDArray[np.float16] | None,
) -> int:
    """Write a pack; returns its bytes. `rows` are token ids by name, `numbers` one small number an example by name,
    `dev` the sets that choose, by name. Raises PackError for a vocabulary that 16 bits cannot number."""
    if tokenizer.size > MOST_TOKENS:
        raise PackError(f"{recipe.name}: a vocabulary of {tokenizer.size:,} tokens; packs hold at most {MOST_TOKENS:,}")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.xz"):
        old.unlink()
    count = len(next(iter(rows.values())))
    for shard, start in enumerate(range(0, count, SHARD_EXAMPLES)):
        part = slice(start, start + SHARD_EXAMPLES)
        arrays: dict[str, npt.NDArray[Any]] = {
            name: np.asarray(values[part], dtype=np.uint8) for name, values in numbers.items()
        }
        for name, sequences in rows.items():
            arrays[f"{name}.tokens"] = np.fromiter((t for row in sequences[part] for t in row), dtype=np.uint16)
            arrays[f"{name}.lengths"] = np.asarray([len(row) for row in sequences[part]], dtype=np.uint16)
        squeeze(folder / f"train-{shard:03}.safetensors.xz", save(arrays))
    squeeze(folder / TOKENIZER, tokenizer.json.encode())
    squeeze(folder / DEV, json.dumps(dev, ensure_ascii=False).encode())
    if vectors is not None:
        squeeze(folder / VECTORS, save({"vectors": vectors}))
    described = {"format": FORMAT, "recipe": recipe_digest(recipe), "examples": count}
    (folder / PACK).write_text(json.dumps(described) + "\n", "utf-8")
    return sum(path.stat().st_size for path in folder.iterdir())


@dataclasses.dataclass(slots=True)
class Pack:
    tokenizer: Tokenizer
    rows: dict[str, Ragged]
    numbers: dict[str, list[int]]
    dev: dict[str, list[tuple[str, str]]]
    vectors: npt.NDArray[np.float16] | None


def unpack(recipe: Recipe, folder: Path) -> Pack:
    """Read what `pack` wrote for a recipe. Raises PackError."""
    check_packable(recipe)
    try:
        described = json.loads((folder / PACK).read_text("utf-8"))
        shards = [load(lzma.decompress(path.read_bytes())) for path in sorted(folder.glob("train-*.safetensors.xz"))]
        tokenizer = Tokenizer(lzma.decompress((folder / TOKENIZER).read_bytes()).decode())
        dev = json.loads(lzma.decompress((folder / DEV).read_bytes()))
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise PackError(f"{folder}: no packed data to train {recipe.name} on: {error}; run `undertone data`") from error
    if described.get("format") != FORMAT or described.get("recipe") != recipe_digest(recipe):
        raise PackError(f"{folder}: packed for another recipe than {recipe.name} is now; run `undertone data` again")
    joined = {name: np.concatenate([shard[name] for shard in shards]) for name in (shards[0] if shards else {})}
    if sum(len(shard["corpus"]) for shard in shards) != described["examples"]:
        raise PackError(f"{folder}: a shard is missing; run `undertone data` again")
    names = {name.partition(".")[0] for name in joined if "." in name}
    vectors = None
    if (folder / VECTORS).is_file():
        vectors = load(lzma.decompress((folder / VECTORS).read_bytes()))["vectors"]
    return Pack(
        tokenizer,
        {name: Ragged(joined[f"{name}.tokens"], joined[f"{name}.lengths"]) for name in names},
        {name: values.tolist() for name, values in joined.items() if "." not in name},
        {name: [(first, second) for first, second in examples] for name, examples in dev.items()},
        vectors,
    )


def recipe_digest(recipe: Recipe) -> str:
    """Digest of the fields that a pack depends on, the same on every machine."""
    fields = {name: value for name, value in dataclasses.asdict(recipe).items() if name in PACKED_FIELDS}
    fields["teacher"] = shown_file(recipe.teacher)
    fields["asks"] = bool(recipe.distillation)  # whether the teacher is asked about labelled texts
    fields["width"] = recipe.sizes.get("embedding") if recipe.pretrained else None
    for spec in fields["data"]:
        spec |= {name: shown_file(spec[name]) for name in ("file", "translated")}
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]


def squeeze(path: Path, content: bytes) -> None:
    path.write_bytes(lzma.compress(content, format=lzma.FORMAT_XZ, filters=FILTERS))
