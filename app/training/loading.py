"""Loads a model folder of either kind for evaluation: ours, or one in Hugging Face layout (docs/transformers.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.huggingface.hub import is_foreign
from app.huggingface.load import Wanted, load_foreign
from app.nets.config import ModelConfig
from app.nets.folder import TOKENIZER, Model, load_model
from app.runtime.base import runtime_of
from app.text.prompt_format import Reading
from app.text.tokenizer import Tokenizer


@dataclass(slots=True)
class Loaded:
    """`model` is one of our own, None for others; `parameters` is how many it has."""

    config: ModelConfig
    tokenizer: Tokenizer
    parameters: int
    model: Model | None
    other: Any = None

    def runner(self, runtime: str) -> Any:
        """A Classifier or Translator (app/runtime/base.py). Models of others run in torch whatever `runtime` says."""
        return self.other if self.model is None else runtime_of(self.model, runtime)


@dataclass(slots=True)
class FramedClassifier:
    """Puts the special tokens around texts that a model of others wants."""

    runtime: Any
    config: ModelConfig
    reading: Reading

    def classify(self, batch: list[list[int]]) -> list[list[float]]:
        rows: list[list[float]] = self.runtime.classify([self.reading.frame(row) for row in batch])
        return rows


@dataclass(slots=True)
class FramedTranslator:
    """Knows how a model of others is told what to translate into."""

    runtime: Any
    config: ModelConfig
    readings: Sequence[Reading]

    def reading(self, source: str, target: str) -> Reading:
        """Of a direction, or without a source of the first one to a language."""
        directions = enumerate(self.config.directions)
        return self.readings[next(i for i, (one, code) in directions if code == target and source in ("", one))]

    def decoding(self, beam: int) -> Any:
        return self.runtime.decoding(beam)


def load(folder: Path) -> Loaded:
    """Raises ModelFolderError, and OSError where the tokenizer cannot be read."""
    if not is_foreign(folder):
        model = load_model(folder)
        parameters = sum(parameter.numel() for parameter in model.parameters())
        return Loaded(model.config, Tokenizer.load(folder / TOKENIZER), parameters, model)
    found = load_foreign(folder, Wanted(folder.name))
    if found.config.task == "translation":
        other: Any = FramedTranslator(found.runtime, found.config, found.readings)
    else:
        reading = found.readings[0]
        config = replace(found.config, max_tokens=found.config.max_tokens - reading.extra)
        other = FramedClassifier(found.runtime, config, reading)
    return Loaded(other.config, Tokenizer(found.tokenizer, found.unknown), found.parameters, None, other)
