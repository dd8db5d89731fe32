"""Begins a model with the weights of one that has another vocabulary (Fast Vocabulary Transfer: Gee, Zugarini, Rigutini
and Torroni, EMNLP 2022, arXiv:2402.09977)."""

from __future__ import annotations

import json

import torch
from torch import Tensor

from app.text.tokenizer import UNKNOWN, Tokenizer


def spellings(old: Tokenizer, new: Tokenizer) -> list[list[int]]:
    """For each token of the new vocabulary the old ids that spell it: one id where the old vocabulary has the token,
    otherwise the ids of its pieces; an empty list where the old vocabulary lacks all of its characters."""
    before = token_ids(old)
    spelled: list[list[int]] = []
    for token in sorted(tokens := token_ids(new), key=tokens.__getitem__):
        if token in before:
            spelled.append([before[token]])
        else:
            pieces = old.backend.model.tokenize(token)
            spelled.append([piece.id for piece in pieces if piece.id != UNKNOWN])
    return spelled


def token_ids(tokenizer: Tokenizer) -> dict[str, int]:
    ids: dict[str, int] = json.loads(tokenizer.json)["model"]["vocab"]
    return ids


def transferred(rows: Tensor, spelled: list[list[int]], fresh: Tensor) -> Tensor:
    """A weight (new vocabulary, ...) made from `rows` (old vocabulary, ...): the row of a token is the mean of the rows
    that spell it. A token without such rows keeps its row of `fresh` (new vocabulary, ...)."""
    return torch.stack([rows[ids].mean(dim=0) if ids else fresh[i] for i, ids in enumerate(spelled)])
