"""Chooses the runtime of a recurrent network by name."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

from app.extras import needed
from app.nets.folder import StoredModel
from app.nets.sizes import ClassifierSizes, LanguageModelSizes, TranslatorSizes
from app.runtime.graph_cache import IN_MEMORY, GraphCache

# The module of each runtime, imported when it is chosen: its library may be missing. It offers `classifier` and
# `translator`, each a function of a stored model, the name of a device (`cpu`, `cuda:0`), the name of a precision (one
# of PRECISIONS, or `auto`), and the cache of graphs.
RUNTIMES = {
    "torch": "app.runtime.torch",
    "onnx": "app.runtime.onnx",
}


def runtime_of(
    model: StoredModel, runtime: str, device: str = "cpu", precision: str = "auto", cache: GraphCache = IN_MEMORY
) -> Any:
    """A Classifier or a Translator (base.py), by the architecture of the model. Raises ImportError where the library of
    the runtime is missing, ValueError for a device or a precision that the runtime does not have, and
    ModelFolderError."""
    module = module_of(runtime)
    build = module.classifier if is_classifier(model) else module.translator
    return build(model, device, precision, cache)


def module_of(runtime: str) -> ModuleType:
    """The module of a runtime. Raises ImportError that says what to install."""
    try:
        return import_module(RUNTIMES[runtime])
    except ImportError as error:
        raise ImportError(f"the runtime {runtime} is not installed ({error}); torch is {needed('torch')}") from error


def is_classifier(model: StoredModel) -> bool:
    return isinstance(model.sizes, ClassifierSizes)


def is_translator(model: StoredModel) -> bool:
    return isinstance(model.sizes, TranslatorSizes)


def is_language_model(model: StoredModel) -> bool:
    """Whether `language_model.py` runs a model, whatever the runtime."""
    return isinstance(model.sizes, LanguageModelSizes)
