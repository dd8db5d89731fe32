"""Chooses the runtime of a recurrent network by name."""

from __future__ import annotations

from importlib import import_module
from typing import overload

from app.nets.classifier import RecurrentClassifier
from app.nets.folder import Model
from app.nets.translator import GruTranslator
from app.runtime.base import Classifier, Translator

# The module of each runtime, imported when it is chosen: its library may be missing. It offers `classifier` and
# `translator`, each a function of the network and the name of a precision (one of PRECISIONS, or `auto`).
RUNTIMES = {
    "torch": "app.runtime.torch",
    "onnx": "app.runtime.onnx",
}


@overload
def runtime_of(model: RecurrentClassifier, name: str, precision: str = "auto") -> Classifier: ...
@overload
def runtime_of(model: GruTranslator, name: str, precision: str = "auto") -> Translator: ...
def runtime_of(model: Model, name: str, precision: str = "auto") -> Classifier | Translator:
    """A loaded network as the runtime runs it; the network itself may be converted. Raises ImportError where the
    library of the runtime is missing, ValueError for a precision that the runtime does not have."""
    module = import_module(RUNTIMES[name])
    build = module.classifier if isinstance(model, RecurrentClassifier) else module.translator
    built: Classifier | Translator = build(model, precision)
    return built
