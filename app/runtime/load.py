"""Loads model folders of this project for the engine. Knows no queue; models in Hugging Face layout are loaded by
`app/huggingface/load.py`."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from app.nets.config import ModelConfig
from app.nets.folder import TOKENIZER, ModelFolderError, StoredModel, open_folder, read_config
from app.runtime.base import Decoding, DecodingBackend, LoadedModel
from app.runtime.beam_search import Sentence
from app.runtime.explanation import explains, open_explainer
from app.runtime.factory import is_classifier, is_language_model, is_translator, runtime_of
from app.runtime.graph_cache import IN_MEMORY, GraphCache
from app.runtime.language_model import LanguageModel, Sampling
from app.text.tokenizer import EOS, UNKNOWN


@dataclass(slots=True)
class Loader:
    """How an engine loads its models: for a device (`cpu`, `cuda:0`), by a runtime in a precision, with graphs from a
    cache; all at once, or each `on_demand`, with the first text that it gets. Where it `converts`, translators in
    Hugging Face layout run in CTranslate2."""

    device: str
    runtime: str
    precision: str = "auto"
    cache: GraphCache = IN_MEMORY
    on_demand: bool = False
    converts: bool = False

    def load(self, folder: Path) -> LoadedModel:
        """The model of a folder, after one trial. On demand its weights are read and tried later. Raises
        ModelFolderError, ImportError where the runtime's library is missing, ValueError for a device or a precision
        that the runtime does not have."""
        _, files = read_config(folder)
        described = open_folder(folder, check=False)
        tokenizer = read_tokenizer(folder)
        tokenizer_hash = f"sha256:{hashlib.sha256(tokenizer).hexdigest()}"

        def start() -> Any:
            stored = open_folder(folder)
            model = self.run(stored, tokenizer)
            if read_config(folder)[1] != files or tokenizer_hash != files[TOKENIZER]:
                raise ModelFolderError(f"{folder}: its files were replaced while they were loaded")
            return model

        running: Any = OnDemand(described.config, start) if self.on_demand else start()
        return LoadedModel(
            config=described.config,
            tokenizer=tokenizer.decode("utf-8", "replace"),  # where it is not UTF-8, `start` finds another hash
            digest=described.digest,
            parameters=described.parameters,
            vocabulary=described.sizes.vocabulary,
            unknown=UNKNOWN,
            classifier=running if is_classifier(described) else None,
            translator=running if is_translator(described) else None,
            writer=running if is_language_model(described) else None,
            explainer=partial(open_explainer, folder, described.digest) if explains(described) else None,
        )

    def run(self, stored: StoredModel, tokenizer: bytes) -> Any:
        """A runtime of a model, after one trial."""
        if is_language_model(stored):
            writer = LanguageModel(stored, tokenizer.decode("utf-8", "replace"))
            deque(writer.generate([EOS], Sampling(), 1), maxlen=0)
            return writer
        model = runtime_of(stored, self.runtime, self.device, self.precision, self.cache)
        model.classify([[EOS]]) if is_classifier(stored) else try_translation(model, [EOS])
        return model


class OnDemand:
    """A model that is loaded when it gets its first text; its methods raise the exceptions of loading."""

    def __init__(self, config: ModelConfig, start: Callable[[], Any]) -> None:
        self.config, self.start = config, start

    @cached_property
    def model(self) -> Any:
        return self.start()

    def classify(self, batch: list[list[int]]) -> list[list[float]]:
        rows: list[list[float]] = self.model.classify(batch)
        return rows

    def decoding(self, beam: int) -> Decoding:
        decoding: Decoding = self.model.decoding(beam)
        return decoding

    def generate(self, *arguments: Any) -> Any:
        return self.model.generate(*arguments)

    def predict(self, *arguments: Any) -> Any:
        return self.model.predict(*arguments)


def read_tokenizer(folder: Path) -> bytes:
    """Raises ModelFolderError."""
    try:
        return (folder / TOKENIZER).read_bytes()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        problem = "missing" if missing else f"cannot be read: {error.strerror}"
        raise ModelFolderError(f"{folder / TOKENIZER}: {problem}") from error


def try_translation(translator: DecodingBackend, source: list[int], begin: list[int] | None = None) -> None:
    """Decode one token: a model that cannot must not become ready."""
    decoding = translator.decoding(1)
    decoding.join([source], [Sentence("trial", 1, begin=begin or [])])
    decoding.step()
