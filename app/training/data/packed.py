"""Packs: prepared examples (`prepared.py`) with each file compressed, for training on a machine that has neither the
corpora nor the packages that read them."""

from __future__ import annotations

import lzma
import os
import shutil
from pathlib import Path

from app.training.data.prepared import EXAMPLES, partial_of
from app.training.errors import PackError
from app.training.recipe import Recipe

ENDING = ".xz"
# Tokens have two bytes: `lp` and `pb` 1 model each byte by its place in the pair.
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 3, "lp": 1, "pb": 1}]


def check_packable(recipe: Recipe) -> None:
    """Raises PackError."""
    if recipe.base:
        raise PackError(f"{recipe.name}: packs have no vocabulary of a base; train it with --data")


def pack(folder: Path) -> int:
    """Turn a folder of prepared examples into a pack; returns its bytes."""
    for path in sorted(folder.iterdir()):
        if path.name != EXAMPLES:
            compressed = lzma.compress(path.read_bytes(), format=lzma.FORMAT_XZ, filters=FILTERS)
            path.with_name(path.name + ENDING).write_bytes(compressed)
            path.unlink()
    return sum(path.stat().st_size for path in folder.iterdir())


def unpack(recipe: Recipe, folder: Path, target: Path) -> None:
    """Write the folder `target` from a pack, whole or not at all. Raises PackError."""
    check_packable(recipe)
    partial = partial_of(target)
    partial.mkdir(parents=True)
    try:
        shutil.copy2(folder / EXAMPLES, partial)
        for path in folder.glob(f"*{ENDING}"):
            (partial / path.name.removesuffix(ENDING)).write_bytes(lzma.decompress(path.read_bytes()))
    except (OSError, lzma.LZMAError) as error:
        raise PackError(f"{folder}: no packed data to train {recipe.name} on: {error}; run `undertone data`") from error
    os.replace(partial, target)
