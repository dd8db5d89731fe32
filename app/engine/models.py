"""Loads the models that an engine serves, of either kind, and describes them to the front side."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from app.engine.memory import release_memory
from app.engine.messages import ModelInfo, Score
from app.extras import needed
from app.huggingface.argos import is_package, unpacked
from app.huggingface.card import head_of
from app.huggingface.converted import NotConverted, converted, is_convertible
from app.huggingface.ct2_folder import has_ct2_layout, load_ct2, read_conversion, read_ready_made
from app.huggingface.ct2_runtime import compute_type
from app.huggingface.hub import is_hub_layout
from app.huggingface.scores import scores_of
from app.huggingface.selection import Chosen, Wanted, select
from app.huggingface.speeds import read_speeds
from app.nets.folder import ModelFolderError
from app.runtime.base import LoadedModel
from app.runtime.load import Loader

log = logging.getLogger("undertone.models")


def load_models(models_dir: Path, chosen: Chosen, loader: Loader) -> Iterator[LoadedModel]:
    """The models of a folder of model folders and those in the settings, in their order. Raises ModelFolderError,
    ImportError and ValueError as `loader` does."""
    names: set[str] = set()
    try:
        speeds = read_speeds(models_dir)
    except ModelFolderError as error:  # answers do not need the speeds
        log.warning("%s", error)
        speeds = {}
    for path, wanted in select(models_dir, chosen):
        model = load_model(path, wanted, loader)
        release_memory()
        if model.config.name in names:
            raise ModelFolderError(f"{path}: another model is called {model.config.name!r} too")
        if wanted.task not in (None, model.config.task):
            raise ModelFolderError(f"{path}: is a model for {model.config.task}, not for {wanted.task}")
        names.add(model.config.name)
        model.scores += speeds.get((model.config.name, model.digest), [])
        yield model


def load_model(path: Path, wanted: Wanted, loader: Loader) -> LoadedModel:
    """The model of a folder of any layout, or of a package of Argos Translate, with the scores of its card."""
    if is_package(path):
        with unpacked(path, loader.cache.folder) as folder:
            return load_model(folder, wanted, loader)
    if has_ct2_layout(path):
        made = f"CTranslate2 in {compute_type(loader.device)}"
        model = load_ct2(read_ready_made(path), wanted, loader.device, made)
    else:
        model = load_hub_folder(path, wanted, loader) if is_hub_layout(path) else loader.load(path)
    model.scores = scores_of(head_of(path), model.config)
    return model


def load_hub_folder(folder: Path, wanted: Wanted, loader: Loader) -> LoadedModel:
    """Translators run in CTranslate2 and classifiers in int8 in ONNX Runtime, where that is possible and the settings
    do not name torch; other models run in torch. Raises ModelFolderError, also where torch or transformers is
    missing."""
    note = ""
    if loader.converts and is_convertible(folder):
        try:
            with converted(folder, loader.cache.folder, loader.device) as entry:
                made = f"converted to CTranslate2 in {compute_type(loader.device)}"
                return load_ct2(read_conversion(entry), wanted, loader.device, made)
        except (NotConverted, ModelFolderError) as reason:
            note = f"in torch: {reason}"
            log.warning("%s runs in torch, not in CTranslate2: %s", wanted.name, reason)
    try:
        from app.huggingface.int8 import in_int8
        from app.huggingface.load import load_hub_model
    except ImportError as error:
        raise ModelFolderError(
            f"{wanted.name}: a model in Hugging Face layout needs {needed('hf')} ({error})"
        ) from error
    model = load_hub_model(folder, wanted, loader.device, loader.precision, note)
    return in_int8(model, loader.cache) if loader.runtime == "onnx" else model


def publish(model: LoadedModel, private: Path) -> ModelInfo:
    """Describe a model to the front side, and write its tokenizer to `private`, a folder that the front side can read:
    the tokenizer in the model's own folder may be replaced."""
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
        scores=msgspec.convert(model.scores, list[Score], from_attributes=True),
    )
