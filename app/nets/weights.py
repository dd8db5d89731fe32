"""Reads and writes weights as safetensors, in files of at most `MOST_BYTES`: one file, or several with an index, named
as Hugging Face names them. A tensor larger than a file is split by rows. Knows arrays alone: imports no torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file

Array = npt.NDArray[Any]
Arrays = dict[str, Array]
Weight = TypeVar("Weight")

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
MOST_BYTES = 15_000_000
HEADER_BYTES = 100_000  # upper bound of a file's header
ROWS = "#rows-"  # marks a part of a split tensor: `embedding.weight#rows-3`
# Renamed modules: older folders have weights with the old names, and still load.
RENAMED = {"asker.": "query_gru.", "reader.": "context_gru."}


def weight_files(folder: Path) -> list[str]:
    """The names of the files with the weights of a folder, the index first. Raises OSError and ValueError."""
    if not (folder / INDEX).is_file():
        return [WEIGHTS]
    index = json.loads((folder / INDEX).read_text("utf-8"))
    try:
        names = sorted(set(index["weight_map"].values()))
        if others := [name for name in names if Path(name).name != name]:
            raise ValueError(f"{INDEX} names {others[0]!r}, which is not in the folder")
        return [INDEX, *names]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{INDEX} holds no weight_map: {error}") from error


def save_weights(weights: Arrays, folder: Path, most_bytes: int = MOST_BYTES) -> None:
    """Write contiguous arrays, in place of any weights that are in the folder."""
    for old in folder.glob("model*.safetensors"):
        old.unlink()
    (folder / INDEX).unlink(missing_ok=True)
    groups = grouped(weights, most_bytes - HEADER_BYTES)
    names = [f"model-{n:05}-of-{len(groups):05}.safetensors" for n in range(1, len(groups) + 1)]
    if len(groups) == 1:
        names = [WEIGHTS]
    for name, group in zip(names, groups, strict=True):
        save_file(group, folder / name)
        (folder / name).chmod(0o644)  # safetensors makes files that only their owner can read
    if len(groups) > 1:
        placed = {tensor: name for name, group in zip(names, groups, strict=True) for tensor in group}
        total = sum(tensor.nbytes for tensor in weights.values())
        index = {"metadata": {"total_size": total}, "weight_map": placed}
        (folder / INDEX).write_text(json.dumps(index, indent=1) + "\n", "utf-8")


def load_weights(folder: Path) -> Arrays:
    """The whole tensors of a folder as they are stored, by their current names. Raises OSError, ValueError,
    SafetensorError, and TypeError for a type that NumPy lacks, such as bfloat16."""
    weights: Arrays = {}
    for name in weight_files(folder):
        if name != INDEX:
            weights |= load_file(folder / name)
    for name, tensor in weights.items():
        if tensor.dtype.kind != "f":  # the package ml_dtypes adds types to NumPy that this project does not read
            raise TypeError(f"{name} is {tensor.dtype}")
    parts: dict[str, dict[int, Array]] = {}
    for name in [name for name in weights if ROWS in name]:
        whole, _, number = name.partition(ROWS)
        parts.setdefault(whole, {})[int(number)] = weights.pop(name)
    return renamed(weights | {name: np.concatenate([rows[n] for n in sorted(rows)]) for name, rows in parts.items()})


def renamed(weights: Mapping[str, Weight]) -> dict[str, Weight]:
    """Weights by the current names of their modules."""
    return {current_name(name): tensor for name, tensor in weights.items()}


def under(prefix: str, weights: Mapping[str, Weight]) -> dict[str, Weight]:
    """The weights whose names begin with a prefix, by the rest of their names."""
    return {name.removeprefix(prefix): weight for name, weight in weights.items() if name.startswith(prefix)}


def current_name(name: str) -> str:
    for old, new in RENAMED.items():
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name


def grouped(weights: Arrays, most_bytes: int) -> list[Arrays]:
    """The tensors in their order, in groups of at most `most_bytes`."""
    groups: list[Arrays] = [{}]
    size = 0
    for name, tensor in weights.items():
        for part_name, part in parts_of(name, tensor, most_bytes):
            if groups[-1] and size + part.nbytes > most_bytes:
                groups.append({})
                size = 0
            groups[-1][part_name] = part
            size += part.nbytes
    return groups


def parts_of(name: str, tensor: Array, most_bytes: int) -> list[tuple[str, Array]]:
    if tensor.nbytes <= most_bytes:
        return [(name, tensor)]
    rows = max(1, most_bytes // (tensor.nbytes // len(tensor)))
    return [(f"{name}{ROWS}{n}", tensor[start : start + rows]) for n, start in enumerate(range(0, len(tensor), rows))]
