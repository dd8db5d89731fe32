"""Loads a model folder of either kind for evaluation: ours, or one in Hugging Face layout (docs/transformers.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.huggingface.hub import is_hub_layout
from app.huggingface.load import load_hub_model
from app.huggingface.selection import Wanted
from app.nets.config import ModelConfig
from app.nets.folder import TOKENIZER
from app.nets.modules import Model, load_model, stored_form
from app.nets.translator import GruTranslator
from app.runtime.base import Classifier, Decoding, DecodingBackend, LoadedModel
from app.runtime.factory import runtime_of
from app.text.prompt_format import PromptFormat
from app.text.tokenizer import EOS, Tokenizer, target_tag


@dataclass(slots=True)
class Loaded:
    """`model` is a model of this project's own kind, or None for `hub_model`, one in Hugging Face layout. `parameters`
    is the number of its parameters."""

    config: ModelConfig
    tokenizer: Tokenizer
    parameters: int
    model: Model | None
    hub_model: LoadedModel | None = None

    def runner(self, runtime: str) -> Any:
        """A Classifier (app/runtime/base.py) or a FramedTranslator. A translator in Hugging Face layout runs in torch,
        whatever the `runtime`."""
        if self.hub_model is not None:
            return framed_hub_model(self.hub_model, self.config, runtime)
        assert self.model is not None
        if isinstance(self.model, GruTranslator):
            return framed(runtime_of(stored_form(self.model), runtime), self.config, self.tokenizer)
        return runtime_of(stored_form(self.model), runtime)


@dataclass(slots=True)
class FramedClassifier:
    """Puts the special tokens of a Hugging Face model around texts."""

    runtime: Classifier
    config: ModelConfig
    reading: PromptFormat

    def classify(self, batch: list[list[int]]) -> list[list[float]]:
        return self.runtime.classify([self.reading.frame(row) for row in batch])


@dataclass(slots=True)
class FramedTranslator:
    """A translator of either kind with the input format of each of its directions."""

    runtime: DecodingBackend
    config: ModelConfig
    prompt_formats: Sequence[PromptFormat]

    def prompt_format(self, source: str, target: str) -> PromptFormat:
        """The input format of a direction; without a source, of the first direction to the target."""
        directions = enumerate(self.config.directions)
        return self.prompt_formats[next(i for i, (one, code) in directions if code == target and source in ("", one))]

    def decoding(self, beam: int) -> Decoding:
        return self.runtime.decoding(beam)


def framed(runtime: DecodingBackend, config: ModelConfig, tokenizer: Tokenizer) -> FramedTranslator:
    """A recurrent translator, whose input begins with the tag of the target language."""
    tags = [tokenizer.id_of(target_tag(target)) for _, target in config.directions]
    return FramedTranslator(runtime, config, [PromptFormat(before=[tag], after=[EOS]) for tag in tags])


def load(folder: Path) -> Loaded:
    """Raises ModelFolderError, and OSError where the tokenizer cannot be read."""
    if not is_hub_layout(folder):
        model = load_model(folder)
        parameters = sum(parameter.numel() for parameter in model.parameters())
        return Loaded(model.config, Tokenizer.load(folder / TOKENIZER), parameters, model)
    found = load_hub_model(folder, Wanted(folder.name))
    config = found.config
    if found.classifier is not None:
        config = replace(config, max_tokens=config.max_tokens - found.prompt_formats[0].extra)
    return Loaded(config, Tokenizer(found.tokenizer, found.unknown), found.parameters, None, found)


def framed_hub_model(model: LoadedModel, config: ModelConfig, runtime: str) -> FramedClassifier | FramedTranslator:
    """A model in Hugging Face layout. With `onnx` a classifier runs in int8, where that answers as torch does."""
    if runtime == "onnx":
        from app.huggingface.int8 import in_int8  # training runs without onnx
        from app.runtime.graph_cache import IN_MEMORY

        model = in_int8(replace(model), IN_MEMORY)
    if model.translator is not None:
        return FramedTranslator(model.translator, config, model.prompt_formats)
    assert model.classifier is not None
    return FramedClassifier(model.classifier, config, model.prompt_formats[0])
