"""Converts the weights of a model from PyTorch's pickles into safetensors. Only tensors are read: a pickle that wants
more (`weights_only` of torch) is refused, and none of its code runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.extras import needed
from app.nets.folder import CONFIG, ModelFolderError, read_json
from app.store.layout import PICKLE


def is_pickled(folder: Path) -> bool:
    return any(PICKLE.fullmatch(path.name) for path in folder.iterdir())


def convert(folder: Path, name: str) -> None:
    """Replace the pickles in a folder by safetensors, through the architecture that its config names: it knows which
    weights are tied, and what older releases called them. Raises ModelFolderError."""
    try:
        import transformers  # its types do not tell what `from_pretrained` gives
        from transformers.utils import logging as noise
    except ImportError as error:
        raise ModelFolderError(f"{name}: to convert its weights needs {needed('hf')}") from error
    noise.set_verbosity_error()  # type: ignore[no-untyped-call]
    noise.disable_progress_bar()  # type: ignore[no-untyped-call]
    named = read_json(folder / CONFIG).get("architectures")
    kind: Any = getattr(transformers, str(named[0]), None) if isinstance(named, list) and named else None
    if not isinstance(kind, type) or not issubclass(kind, transformers.PreTrainedModel):
        raise ModelFolderError(f"{name}: its {CONFIG} names no architecture that transformers has ({named})")
    try:
        load: Any = kind.from_pretrained
        model, report = load(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=False,
            weights_only=True,
            dtype="auto",
            output_loading_info=True,
        )
        if missing := sorted(report["missing_keys"]):
            raise ModelFolderError(f"{name}: its weights lack {', '.join(missing[:5])}; it is damaged")
        config = (folder / CONFIG).read_bytes()
        model.save_pretrained(folder)
        (folder / CONFIG).write_bytes(config)
    except ModelFolderError:
        raise
    except Exception as error:  # of many kinds, none documented
        reason = str(error).partition("\n")[0]
        raise ModelFolderError(f"{name}: its weights cannot be converted to safetensors: {reason}") from error
    for path in list(folder.iterdir()):
        if PICKLE.fullmatch(path.name) or path.name == "pytorch_model.bin.index.json":
            path.unlink()
