"""Loads and saves model folders: `config.json`, `model.safetensors` or several files of weights
(`app/nets/weights.py`), `tokenizer.json` and `README.md`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from app.nets.classifier import RecurrentClassifier
from app.nets.config import FORMAT_VERSION, ModelConfig
from app.nets.translator import GruTranslator
from app.nets.weights import WEIGHTS, load_weights, save_weights, weight_files

Model = RecurrentClassifier | GruTranslator
ARCHITECTURES: dict[str, type[RecurrentClassifier] | type[GruTranslator]] = {
    "recurrent-classifier": RecurrentClassifier,
    "gru-translator": GruTranslator,
}
CONFIG, TOKENIZER, CARD = "config.json", "tokenizer.json", "README.md"


class ModelFolderError(Exception):
    """A model folder cannot be used; the message names the file and says what is wrong with it."""


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def build_model(config: ModelConfig) -> Model:
    """A model of the architecture that `config` names, with fresh weights. Raises ValueError."""
    if config.architecture not in ARCHITECTURES:
        raise ValueError(f"unknown architecture {config.architecture!r}; known are {', '.join(ARCHITECTURES)}")
    try:
        return ARCHITECTURES[config.architecture](config)
    except (TypeError, ZeroDivisionError, RuntimeError) as error:  # a size is missing, unknown, zero or too large
        raise ValueError(f"sizes do not fit {config.architecture}: {error}") from error


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


def load_model(folder: Path, device: torch.device | str = "cpu") -> Model:
    """The model of a folder, in float32 on `device`, in evaluation mode.

    Raises ModelFolderError when a file is missing or damaged, the format version is unknown, or the name or shape of a
    weight does not fit the sizes in `config.json`.
    """
    config, files = read_config(folder)
    check_hashes(folder, files)
    try:
        model = build_model(config)
    except ValueError as error:
        raise ModelFolderError(f"{folder / CONFIG}: {error}") from error
    try:
        weights = load_weights(folder)
    except (SafetensorError, ValueError) as error:
        raise ModelFolderError(f"{folder / WEIGHTS}: no valid safetensors file: {error}") from error
    expected = model.state_dict()
    problems = [f"lacks {name}" for name in expected if name not in weights]
    problems += [f"has unknown {name}" for name in weights if name not in expected]
    problems += [
        f"has {name} of shape {tuple(weights[name].shape)}, not {tuple(tensor.shape)}"
        for name, tensor in expected.items()
        if name in weights and weights[name].shape != tensor.shape
    ]
    if problems:
        raise ModelFolderError(f"{folder / WEIGHTS}: {'; '.join(problems)}")
    model.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    return model.to(device).eval()


def save_model(model: Model, tokenizer: str, folder: Path, *, dtype: torch.dtype = torch.float16) -> None:
    """Write a model folder with weights in `dtype`; `tokenizer` is the text of its `tokenizer.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.detach().to("cpu", dtype).contiguous() for name, tensor in model.state_dict().items()}
    save_weights(weights, folder)
    (folder / TOKENIZER).write_text(tokenizer, "utf-8")
    write_config(model.config, folder)


def write_config(config: ModelConfig, folder: Path) -> None:
    """Write `config.json` with the hashes of the weights and the tokenizer, which are in the folder already."""
    fields = {"format_version": FORMAT_VERSION, **config.to_json()}
    fields["files"] = {name: digest(folder / name) for name in hashed(folder)}
    (folder / CONFIG).write_text(json.dumps(fields, indent=2, ensure_ascii=False) + "\n", "utf-8")
