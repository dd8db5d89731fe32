"""Reads model folders: `config.json`, `model.safetensors` or several files of weights (`app/nets/weights.py`),
`tokenizer.json` and `README.md`. Imports no torch; `app/nets/modules.py` makes torch modules of the stored models."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from app.nets.config import FORMAT_VERSION, ModelConfig
from app.nets.sizes import Shapes, Sizes, sizes_of
from app.nets.weights import WEIGHTS, Arrays, load_weights, weight_files

CONFIG, TOKENIZER, CARD = "config.json", "tokenizer.json", "README.md"


class ModelFolderError(Exception):
    """A model folder cannot be used; the message names the file and says what is wrong with it."""


@dataclass(slots=True)
class StoredModel:
    """A model that no library has loaded yet. `read` returns its weights as they are stored, after a check of their
    names and shapes. `digest` identifies weights and tokenizer; it is empty for a model without a folder."""

    config: ModelConfig
    sizes: Sizes
    read: Callable[[], Arrays]
    digest: str = ""

    @property
    def shapes(self) -> Shapes:
        return self.sizes.shapes(len(self.config.labels))

    @property
    def parameters(self) -> int:
        return sum(math.prod(shape) for shape in self.shapes.values())


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises ModelFolderError."""
    try:
        fields = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ModelFolderError(f"{path}: missing") from None
    except OSError as error:
        raise ModelFolderError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ModelFolderError(f"{path}: no valid JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ModelFolderError(f"{path}: no JSON object")
    return fields


def read_config(folder: Path) -> tuple[ModelConfig, dict[str, str]]:
    """The config of a folder, and the hashes of its files by name. Raises ModelFolderError."""
    path = folder / CONFIG
    if not folder.is_dir():
        raise ModelFolderError(f"{folder}: no such folder")
    fields = read_json(path)
    version = fields.pop("format_version", None)
    if version != FORMAT_VERSION:
        raise ModelFolderError(f"{path}: format version {version}; this release reads {FORMAT_VERSION}")
    files = fields.pop("files", {})
    if not isinstance(files, dict):
        raise ModelFolderError(f"{path}: files are no object of names and hashes")
    try:
        return ModelConfig.from_json(fields), files
    except (ValueError, TypeError) as error:
        raise ModelFolderError(f"{path}: {error}") from error


def hashed(folder: Path) -> list[str]:
    """The names of the files whose hashes `config.json` holds. Raises ModelFolderError."""
    try:
        return [*weight_files(folder), TOKENIZER]
    except (OSError, ValueError) as error:
        raise ModelFolderError(f"{folder}: no valid index of its weights: {error}") from error


def check_hashes(folder: Path, files: dict[str, str]) -> None:
    """Raises ModelFolderError where a file is missing or has another hash than `files` says."""
    for name in hashed(folder):
        path = folder / name
        if not path.is_file():
            raise ModelFolderError(f"{path}: missing")
        if name not in files:
            raise ModelFolderError(f"{folder / CONFIG}: holds no hash of {name}")
        if digest(path) != files[name]:
            raise ModelFolderError(f"{path}: its hash is not the one in {CONFIG}: damaged, or of another model")


def open_folder(folder: Path, check: bool = True) -> StoredModel:
    """The model of a folder. Raises ModelFolderError, as does its `read`, when a file is missing or damaged (unless
    `check` is false), the format version is unknown, or the name or shape of a weight does not fit the sizes in
    `config.json`."""
    config, files = read_config(folder)
    if check:
        check_hashes(folder, files)
    try:
        sizes = sizes_of(config)
    except ValueError as error:
        raise ModelFolderError(f"{folder / CONFIG}: {error}") from error
    shapes = sizes.shapes(len(config.labels))
    return StoredModel(config, sizes, lambda: read_weights(folder, shapes), digest_of(files))


def digest_of(files: dict[str, str]) -> str:
    """A digest of weights and tokenizer, from the hashes of their files."""
    return hashlib.sha256("".join(str(files[name]) for name in sorted(files)).encode()).hexdigest()[:16]


def read_weights(folder: Path, expected: Shapes) -> Arrays:
    """The weights of a folder. Raises ModelFolderError where their names or shapes are not the expected ones."""
    try:
        weights = load_weights(folder)
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelFolderError(f"{folder / WEIGHTS}: no valid safetensors file: {error}") from error
    except TypeError as error:
        raise ModelFolderError(f"{folder / WEIGHTS}: save its weights as float16 or float32 ({error})") from error
    problems = [f"lacks {name}" for name in expected if name not in weights]
    problems += [f"has unknown {name}" for name in weights if name not in expected]
    problems += [
        f"has {name} of shape {weights[name].shape}, not {shape}"
        for name, shape in expected.items()
        if name in weights and weights[name].shape != shape
    ]
    if problems:
        raise ModelFolderError(f"{folder / WEIGHTS}: {'; '.join(problems)}")
    return weights


def write_config(config: ModelConfig, folder: Path) -> None:
    """Write `config.json` with the hashes of the weights and the tokenizer, which are in the folder already."""
    fields = {"format_version": FORMAT_VERSION, **config.to_json()}
    fields["files"] = {name: digest(folder / name) for name in hashed(folder)}
    (folder / CONFIG).write_text(json.dumps(fields, indent=2, ensure_ascii=False) + "\n", "utf-8")
