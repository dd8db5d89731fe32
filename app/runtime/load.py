"""Loads model folders of this project for the engine. Knows no queue; models in Hugging Face layout are loaded by
`app/huggingface/load.py`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch

from app.nets.classifier import RecurrentClassifier
from app.nets.folder import TOKENIZER, ModelFolderError, load_model, read_config
from app.runtime.base import DecodingBackend, LoadedModel
from app.runtime.beam_search import Sentence
from app.runtime.factory import runtime_of
from app.text.tokenizer import EOS, UNKNOWN


def load_folder(folder: Path, device: torch.device, runtime: str, precision: str = "auto") -> LoadedModel:
    """The model of a folder, after one trial. Raises ModelFolderError, ImportError where the runtime's library is
    missing, ValueError for a precision that the runtime does not have."""
    _, files = read_config(folder)
    network = load_model(folder, device)
    tokenizer = (folder / TOKENIZER).read_bytes()
    tokenizer_hash = f"sha256:{hashlib.sha256(tokenizer).hexdigest()}"
    if read_config(folder)[1] != files or tokenizer_hash != files[TOKENIZER]:
        raise ModelFolderError(f"{folder}: its files were replaced while they were loaded")
    model = LoadedModel(
        config=network.config,
        tokenizer=tokenizer.decode("utf-8"),
        digest=digest_of(files),
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        vocabulary=network.embedding.num_embeddings,
        unknown=UNKNOWN,
    )
    if isinstance(network, RecurrentClassifier):
        model.classifier = runtime_of(network, runtime, precision)
        model.classifier.classify([[EOS]])
    else:
        model.translator = runtime_of(network, runtime, precision)
        try_translation(model.translator, [EOS])
    return model


def digest_of(files: dict[str, str]) -> str:
    """Identifies weights and tokenizer, by the hashes of their files."""
    return hashlib.sha256("".join(files[name] for name in sorted(files)).encode()).hexdigest()[:16]


def try_translation(translator: DecodingBackend, source: list[int], begin: list[int] | None = None) -> None:
    """Decode one token: a model that cannot do so must not become ready."""
    decoding = translator.decoding(1)
    decoding.join([source], [Sentence("trial", 1, begin=begin or [])])
    decoding.step()
