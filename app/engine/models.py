"""Loads the models that an engine serves, of either kind, and describes them to the front side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import torch

from app.engine.memory import release_memory
from app.engine.messages import ModelInfo
from app.huggingface.hub import is_hub_layout
from app.huggingface.load import load_hub_model
from app.huggingface.selection import Chosen, select
from app.nets.folder import ModelFolderError
from app.runtime.base import LoadedModel
from app.runtime.load import load_folder


def load_models(
    models_dir: Path, chosen: Chosen, device: torch.device, runtime: str, precision: str
) -> Iterator[LoadedModel]:
    """The models of a folder of model folders and those in the settings, in their order, each after one trial. Raises
    ModelFolderError, and ValueError for a precision that the runtime does not have."""
    names: set[str] = set()
    for folder, wanted in select(models_dir, chosen):
        if is_hub_layout(folder):
            model = load_hub_model(folder, wanted, device, precision)
        else:
            model = load_folder(folder, device, runtime, precision)
        release_memory()
        if model.config.name in names:
            raise ModelFolderError(f"{folder}: another model is called {model.config.name!r} too")
        if wanted.task not in (None, model.config.task):
            raise ModelFolderError(f"{folder}: is a model for {model.config.task}, not for {wanted.task}")
        names.add(model.config.name)
        yield model


def publish(model: LoadedModel, private: Path) -> ModelInfo:
    """Describe a model to the front side, and write its tokenizer to `private`, a folder that the front side can read:
    the model's own folder may hold another by then."""
    path = private / f"tokenizer-{model.digest}.json"
    unfinished = path.with_suffix(f".{os.getpid()}")  # engines share the folder
    unfinished.write_text(model.tokenizer, "utf-8")
    unfinished.replace(path)
    config = model.config
    return ModelInfo(
        name=config.name,
        task=config.task,
        architecture=config.architecture,
        description=config.description,
        parameters=model.parameters,
        languages=config.languages,
        labels=config.labels,
        directions=config.directions,
        max_tokens=config.max_tokens,
        tokenizer=str(path),
        digest=model.digest,
        prompt_formats=model.prompt_formats,
        unknown=model.unknown,
    )
