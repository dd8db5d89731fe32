"""Loads the models that an engine serves, of either kind, and describes them to the front side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from app.engine.memory import release_memory
from app.engine.messages import ModelInfo
from app.extras import needed
from app.huggingface.hub import is_hub_layout
from app.huggingface.selection import Chosen, Wanted, select
from app.nets.folder import ModelFolderError
from app.runtime.base import LoadedModel
from app.runtime.load import Loader


def load_models(models_dir: Path, chosen: Chosen, loader: Loader) -> Iterator[LoadedModel]:
    """The models of a folder of model folders and those in the settings, in their order. Raises ModelFolderError,
    ImportError and ValueError as `loader` does."""
    names: set[str] = set()
    for folder, wanted in select(models_dir, chosen):
        model = load_hub_folder(folder, wanted, loader) if is_hub_layout(folder) else loader.load(folder)
        release_memory()
        if model.config.name in names:
            raise ModelFolderError(f"{folder}: another model is called {model.config.name!r} too")
        if wanted.task not in (None, model.config.task):
            raise ModelFolderError(f"{folder}: is a model for {model.config.task}, not for {wanted.task}")
        names.add(model.config.name)
        yield model


def load_hub_folder(folder: Path, wanted: Wanted, loader: Loader) -> LoadedModel:
    """Classifiers run in int8 where ONNX Runtime is the runtime. Raises ModelFolderError, also where torch or
    transformers is missing."""
    try:
        from app.huggingface.int8 import in_int8
        from app.huggingface.load import load_hub_model
    except ImportError as error:
        raise ModelFolderError(
            f"{wanted.name}: a model in Hugging Face layout needs {needed('hf')} ({error})"
        ) from error
    model = load_hub_model(folder, wanted, loader.device, loader.precision)
    return in_int8(model, loader.cache) if loader.runtime == "onnx" else model


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
        explains=model.explainer is not None,
    )
