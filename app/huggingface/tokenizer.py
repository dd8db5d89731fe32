"""Makes the `tokenizer.json` of a Hugging Face model, the only form of a tokenizer that the front side reads.

Most folders have one. The tokenizers of Marian and M2M-100 run in `transformers` on the library `sentencepiece` only;
here their SentencePiece models become tokenizers of the library `tokenizers` (pieces.py), with the ids of `vocab.json`.
Other formats (`vocab.txt`, `merges.txt`, a SentencePiece model alone) `transformers` converts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.huggingface.directions import MARIAN_TOKEN
from app.huggingface.pieces import from_pieces
from app.nets.folder import TOKENIZER, ModelFolderError

VOCABULARY, TARGET_VOCABULARY = "vocab.json", "target_vocab.json"
VOCABULARIES = ("vocab.txt", "vocab.json", "*.model", "*.spm")  # a tokenizer can be made from any of these
MARIAN_PIECES, M2M_PIECES = "source.spm", "sentencepiece.bpe.model"


def tokenizer_json(folder: Path, family: str, tokenizer_config: dict[str, Any]) -> str:
    """The text of a folder's `tokenizer.json`, made where it is missing. Raises ModelFolderError, and the errors of the
    libraries."""
    if (folder / TOKENIZER).is_file():
        return (folder / TOKENIZER).read_text("utf-8")
    if family == "marian":
        if (folder / TARGET_VOCABULARY).is_file():
            raise ModelFolderError(f"{folder}: has a vocabulary for each side, which is not supported")
        vocabulary = read_vocabulary(folder)
        special = ["</s>", "<unk>", "<pad>", *(token for token in vocabulary if MARIAN_TOKEN.fullmatch(token))]
        return from_pieces(folder / MARIAN_PIECES, vocabulary, special)
    if family == "m2m_100" and (folder / VOCABULARY).is_file():
        from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

        languages = FAIRSEQ_LANGUAGE_CODES[tokenizer_config.get("language_codes") or "m2m100"]
        special = ["<s>", "<pad>", "</s>", "<unk>", *(f"__{code}__" for code in languages)]
        return from_pieces(folder / M2M_PIECES, read_vocabulary(folder), special)
    if not any(path for pattern in VOCABULARIES for path in folder.glob(pattern)):
        # transformers would silently make a tokenizer with an empty vocabulary.
        raise ModelFolderError(f"{folder}: has no tokenizer: neither {TOKENIZER} nor {', '.join(VOCABULARIES)}")
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    backend = getattr(loaded, "backend_tokenizer", None)
    if backend is None:
        raise ModelFolderError(f"{folder}: its tokenizer {type(loaded).__name__} has no {TOKENIZER} and cannot get one")
    return str(backend.to_str())


def read_vocabulary(folder: Path) -> dict[str, int]:
    path = folder / VOCABULARY
    if not path.is_file():
        raise ModelFolderError(f"{path}: missing, and there is no {TOKENIZER} either")
    vocabulary: dict[str, int] = json.loads(path.read_text("utf-8"))
    if sorted(vocabulary.values()) != list(range(len(vocabulary))):
        raise ModelFolderError(f"{path}: its ids are not 0 to {len(vocabulary) - 1}")
    return vocabulary
