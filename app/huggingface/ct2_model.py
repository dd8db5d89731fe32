"""Reads the head of a CTranslate2 `model.bin`: its kind, its number of parameters and of positions. The weights are
skipped. The layout is that of `ctranslate2/specs/model_spec.py`, little-endian."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.nets.folder import ModelFolderError

POSITIONS = ("encoder/position_encodings/encodings", "decoder/position_encodings/encodings")
# Not parameters: scales of quantized weights, computed tables, and scalars, which are settings.
NO_PARAMETERS = ("_scale", "/encodings")
MOST_VARIABLES, MOST_DIMENSIONS = 100_000, 8


@dataclass(slots=True)
class ModelHead:
    name: str
    parameters: int
    positions: int | None  # tokens of a text; None for no limit


def described_model(path: Path) -> ModelHead:
    """Raises ModelFolderError."""
    try:
        with path.open("rb") as file:
            return read_head(file)
    except (OSError, ValueError, struct.error) as error:
        raise ModelFolderError(f"{path}: no model of CTranslate2: {error}") from error


def read_head(file: BinaryIO) -> ModelHead:
    """Raises ValueError and struct.error where the file is no such model."""
    (version,) = unpack(file, "I")
    name = text(file) if version >= 2 else "Transformer"
    if version >= 2:
        unpack(file, "I")  # the revision of the kind
    (count,) = unpack(file, "I")
    if count > MOST_VARIABLES:
        raise ValueError(f"{count:,} variables")
    shapes: dict[str, tuple[int, ...]] = {}
    for _ in range(count):
        variable = text(file)
        (rank,) = unpack(file, "B")
        if rank > MOST_DIMENSIONS:
            raise ValueError(f"{variable} has {rank} dimensions")
        shapes[variable] = unpack(file, f"{rank}I")
        # Older files have the size of an item and their number.
        item, size = (1, unpack(file, "BI")[1]) if version >= 4 else unpack(file, "BI")
        file.seek(item * size, 1)
    counted = [shape for name, shape in shapes.items() if shape and not name.endswith(NO_PARAMETERS)]
    positions = [shapes[name][0] for name in POSITIONS if shapes.get(name)]
    return ModelHead(name, sum(map(math.prod, counted)), min(positions, default=None))


def unpack(file: BinaryIO, layout: str) -> tuple[int, ...]:
    size = struct.calcsize(f"<{layout}")
    return struct.unpack(f"<{layout}", file.read(size))


def text(file: BinaryIO) -> str:
    (length,) = unpack(file, "H")
    return file.read(length).rstrip(b"\0").decode("utf-8")
