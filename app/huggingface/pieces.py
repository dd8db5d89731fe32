"""Makes tokenizers of the library `tokenizers` from SentencePiece models, and finds the special tokens of tokenizers.
Does not import `transformers`."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from app.extras import needed
from app.nets.folder import ModelFolderError
from app.text.prompt_format import PromptFormat

NORMAL, UNIGRAM, BPE = 1, 1, 2  # types of a piece and of models in SentencePiece's format
NEVER = -1e6  # score of a piece that only the target has, used only where no other piece spells the text


def from_pieces(path: Path, vocabulary: dict[str, int], special: list[str]) -> str:
    """A tokenizer with the pieces and scores of a SentencePiece model and the ids of a vocabulary. Special tokens that
    are not in the vocabulary get the ids after it, in their order."""
    if not path.is_file():
        raise ModelFolderError(f"{path}: missing")
    model = read_pieces(path)
    scores = {piece.piece: piece.score for piece in model.pieces if piece.type == NORMAL}
    unknown = "<unk>"
    if unknown not in vocabulary:
        raise ModelFolderError(f"{path}: the vocabulary beside it has no token {unknown}")
    if model.trainer_spec.model_type == UNIGRAM:
        ordered = sorted(vocabulary, key=vocabulary.__getitem__)
        pieces = [(piece, scores.get(piece, NEVER)) for piece in ordered]
        tokenizer = Tokenizer(models.Unigram(pieces, unk_id=vocabulary[unknown]))
    elif model.trainer_spec.model_type == BPE:
        known = {piece: score for piece, score in scores.items() if piece in vocabulary and piece not in special}
        tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges(known), unk_token=unknown, fuse_unk=True))
    else:
        raise ModelFolderError(f"{path}: is neither a unigram nor a BPE model")
    steps: list[normalizers.Normalizer] = [normalizers.Replace(Regex(" {2,}"), " ")]
    if model.normalizer_spec.precompiled_charsmap:
        steps.insert(0, normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap))
    tokenizer.normalizer = normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return str(tokenizer.to_str())


def read_pieces(path: Path) -> Any:
    """A SentencePiece model as a message of protobuf. Raises ModelFolderError."""
    try:
        module: Any = import_module("sentencepiece.sentencepiece_model_pb2")  # it has no types
    except ImportError as error:
        raise ModelFolderError(f"{path}: SentencePiece models need {needed('hf')}, or ct2 ({error})") from error
    model = module.ModelProto()
    try:
        model.ParseFromString(path.read_bytes())
    except Exception as error:  # protobuf's, which moved between its releases
        raise ModelFolderError(f"{path}: no SentencePiece model: {error}") from error
    if not model.pieces:
        raise ModelFolderError(f"{path}: no SentencePiece model: it has no pieces")
    return model


def merges(scores: dict[str, float]) -> list[tuple[str, str]]:
    """The merges of BPE: every way to join two pieces to a third, the best resulting piece first."""
    ranked: list[tuple[float, int, int, str, str]] = []
    for piece, score in scores.items():
        for place in range(1, len(piece)):
            left, right = piece[:place], piece[place:]
            if left in scores and right in scores:
                ranked.append((score, len(left), len(right), left, right))
    ranked.sort(key=lambda merge: merge[:3], reverse=True)
    return [(left, right) for *_, left, right in ranked]


def around(backend: Tokenizer) -> PromptFormat:
    """The special tokens that a tokenizer puts around a text."""
    encoding = backend.encode("a")
    text = [place for place, special in enumerate(encoding.special_tokens_mask) if not special]
    return PromptFormat(before=encoding.ids[: text[0]], after=encoding.ids[text[-1] + 1 :])


def unknown_of(backend: Tokenizer) -> int:
    """The id of the unknown token; 0 for a vocabulary without one, which can spell every text."""
    model = json.loads(backend.to_str())["model"]
    if isinstance(model.get("unk_id"), int):
        return int(model["unk_id"])
    names = [name for name in (model.get("unk_token"), "<unk>", "[UNK]") if name]
    return next((number for name in names if (number := backend.token_to_id(name)) is not None), 0)
