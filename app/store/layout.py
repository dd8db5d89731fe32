"""The layouts that models come in, told from the names of their files, and which of these files a model needs.

undertone      config.json with a format version, weights as safetensors, tokenizer.json
transformers   config.json of a family, weights as safetensors or as pickle, a tokenizer of some kind
ctranslate2    model.bin and a vocabulary, here or in `model/`, as Argos Translate and CTranslate2's converters write it
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from app.huggingface.hub import WANTED
from app.nets.folder import CONFIG, ModelFolderError

UNDERTONE, TRANSFORMERS, CTRANSLATE2 = "undertone", "transformers", "ctranslate2"
PICKLE = re.compile(r"pytorch_model(-\d+-of-\d+)?\.bin")
BESIDES = ("LICENSE*", "LICENCE*", "NOTICE*")  # what goes with the files that are read
CONVERTED = re.compile(r"(?:model/)?model\.bin")
VOCABULARY = re.compile(r"(?:model/)?\w*vocabulary\.(?:json|txt)")
FOREIGN_WEIGHTS = ("*.h5", "*.msgpack", "*.onnx", "*.gguf", "*.ot", "*.pt", "*.pth", "*.ckpt", "*.bin")


def is_converted(names: Iterable[str]) -> bool:
    """Whether these are the files of a model of CTranslate2."""
    names = list(names)
    return any(map(CONVERTED.fullmatch, names)) and any(map(VOCABULARY.fullmatch, names))


def needed_files(names: Iterable[str]) -> list[str]:
    """Of the files of a folder, by their names in it, those that the model needs: never code, nor a second copy of
    weights. Raises ModelFolderError where there are no weights that can be read."""
    names = sorted(names)
    top = [name for name in names if "/" not in name]
    needed = [name for name in top if any(fnmatchcase(name, pattern) for pattern in (*WANTED, *BESIDES))]
    if is_converted(names):
        return needed + [name for name in names if name == "model.bin" or re.fullmatch(r"model/[^/]+", name)]
    if any(name.endswith(".safetensors") for name in needed):
        return needed
    if pickles := [name for name in top if PICKLE.fullmatch(name)]:
        return needed + pickles
    others = [name for name in names if any(fnmatchcase(name, pattern) for pattern in FOREIGN_WEIGHTS)]
    there = f"only {', '.join(others[:5])}" if others else "none at all"
    raise ModelFolderError(f"has no weights as *.safetensors, as pytorch_model.bin or of CTranslate2, {there}")


def layout_of(folder: Path) -> str:
    """The layout of a folder. Raises ModelFolderError where it holds no model."""
    if is_converted(files_below(folder)):
        return CTRANSLATE2
    try:
        fields = json.loads((folder / CONFIG).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelFolderError(f"holds no model: no {CONFIG} that can be read ({error})") from error
    if isinstance(fields, dict) and "format_version" in fields:
        return UNDERTONE
    if isinstance(fields, dict) and "model_type" in fields:
        return TRANSFORMERS
    raise ModelFolderError(f"holds no model: its {CONFIG} names neither a model_type nor a format_version")


def files_below(folder: Path) -> list[str]:
    """The files of a folder and of the folders in it, by their names in it."""
    return sorted(
        path.relative_to(folder).as_posix()
        for pattern in ("*", "*/*")
        for path in folder.glob(pattern)
        if path.is_file()
    )


def model_in(folder: Path) -> Path:
    """The folder with the files of the model: an unpacked archive may hold it as its only folder. Raises
    ModelFolderError."""
    while not any((folder / name).is_file() for name in (CONFIG, "metadata.json", "model.bin")):
        inside = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))]
        if len(inside) != 1:
            raise ModelFolderError(f"holds no model: neither a {CONFIG} nor a model of CTranslate2")
        folder = inside[0]
    return folder
