"""Reads folders with a CTranslate2 model: conversions from the cache, and ready-made ones.

layout                           tokenizer                                  directions
a conversion of ours             tokenizer.json                             those of the source (directions.py)
`ct2-transformers-converter`     copied beside it: tokenizer.json, or the   by the settings, the name, or tokens of
                                 SentencePiece model of the source          languages
an Argos Translate package       sentencepiece.model                        metadata.json

Imports neither torch nor `transformers`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer as Backend

from app.extras import needed
from app.huggingface.argos import METADATA, direction_in
from app.huggingface.converted import MADE_OF
from app.huggingface.ct2_model import described_model
from app.huggingface.ct2_runtime import Ct2Translator, Search
from app.huggingface.directions import (
    M2M_TOKEN,
    MARIAN_TOKEN,
    NLLB_TOKEN,
    Direction,
    described,
    formats_of,
    translator_config,
)
from app.huggingface.pieces import from_pieces, unknown_of
from app.huggingface.selection import WEIGHTS, Wanted
from app.nets.folder import CONFIG, TOKENIZER, ModelFolderError, read_json
from app.runtime.base import LoadedModel
from app.runtime.beam_search import Sentence
from app.text.prompt_format import PromptFormat
from app.text.tokenizer import Tokenizer

TOKENIZER_CONFIG = "tokenizer_config.json"
# The SentencePiece models of the families, and of Argos Translate, those of the source where the target has its own.
PIECES = ("source.spm", "sentencepiece.bpe.model", "spiece.model", "sentencepiece.model", "bpe.model")
VOCABULARIES = ("shared_vocabulary", "source_vocabulary", "target_vocabulary")
SPECIAL = ("<s>", "</s>", "<unk>", "<pad>", "<blank>")
DEFAULT_LENGTH = 512  # tokens, of a model that can read any number


@dataclass(slots=True)
class Source:
    """A model as its folder describes it. `tokens` is the text of each token id."""

    weights: Path  # the folder of model.bin
    digest: str
    architecture: str
    family: str
    config: dict[str, Any]
    tokenizer_config: dict[str, Any]
    tokenizer: Tokenizer
    tokens: list[str]
    end: str
    parameters: int
    max_tokens: int
    positions: int | None
    search: Search = field(default_factory=Search)
    by_direction: dict[Direction, PromptFormat] = field(default_factory=dict)  # where the folder itself states them


def has_ct2_layout(folder: Path) -> bool:
    return weights_of(folder) is not None


def weights_of(folder: Path) -> Path | None:
    """The folder of the model: this one, or `model` in a package of Argos Translate."""
    return next((place for place in (folder, folder / "model") if (place / WEIGHTS).is_file()), None)


def load_ct2(source: Source, wanted: Wanted, device: str, made: str) -> LoadedModel:
    """The model, after one trial; `made` describes its origin. Raises ModelFolderError."""
    if wanted.task not in (None, "translation"):
        raise ModelFolderError(f"{wanted.name}: is a model for translation, not for {wanted.task}")
    by_direction = source.by_direction or formats_of(
        wanted.name, source.family, source.config, source.tokenizer_config, source.tokenizer, wanted.directions
    )
    formats = list(by_direction.values())
    description = f"{described(source.architecture, by_direction)}, {made}"
    config = translator_config(
        wanted.name, f"ctranslate2/{source.family}", by_direction, source.max_tokens, description
    )
    try:
        translator = Ct2Translator(source.weights, source.tokens, source.end, device, source.positions, source.search)
        trial = Sentence("trial", 1, begin=formats[0].begin)
        translator.translate([formats[0].frame([source.tokenizer.unknown])], [trial], 1)
    except ImportError as error:
        raise ModelFolderError(f"{wanted.name}: a CTranslate2 model needs {needed('ct2')}") from error
    except (RuntimeError, ValueError, IndexError) as error:
        raise ModelFolderError(f"{wanted.name}: CTranslate2 cannot run it: {error}") from error
    return LoadedModel(
        config=config,
        tokenizer=source.tokenizer.json,
        digest=source.digest,
        parameters=source.parameters,
        vocabulary=len(source.tokens),
        unknown=source.tokenizer.unknown,
        prompt_formats=formats,
        batch_translator=translator,
    )


def read_conversion(entry: Path) -> Source:
    """An entry of the cache. Raises ModelFolderError."""
    facts = read_json(entry / MADE_OF)
    tokenizer = Tokenizer((entry / TOKENIZER).read_text("utf-8"), facts["unknown"])
    tokens = read_vocabulary(entry)
    return Source(
        entry, entry.name.removeprefix("ct2-")[:16], facts["architecture"], facts["family"], facts["config"],
        facts["tokenizer_config"], tokenizer, tokens, tokens[facts["config"]["eos_token_id"]], facts["parameters"],
        facts["max_tokens"], facts["positions"], Search(**facts["search"]),
    )  # fmt: skip


def read_ready_made(folder: Path) -> Source:
    """A ready-made folder. Raises ModelFolderError."""
    weights = weights_of(folder)
    assert weights is not None, "a bug: no CTranslate2 folder"
    config = read_json(weights / CONFIG) if (weights / CONFIG).is_file() else {}
    metadata = read_json(folder / METADATA) if (folder / METADATA).is_file() else {}
    model = described_model(weights / WEIGHTS)
    vocabulary = read_vocabulary(weights)
    tokenizer = read_tokenizer((weights, folder), vocabulary)
    end = str(config.get("eos_token") or "</s>")
    if end not in tokenizer.vocabulary:
        raise ModelFolderError(f"{folder}: its vocabulary lacks {end}, the end of a sentence")
    family = family_of(vocabulary)
    # OpenNMT's models read no end of a sentence, or CTranslate2 adds it. The decoders of Marian and M2M-100 begin with
    # that token.
    frames_itself = bool(config.get("add_source_eos")) or (family != "t5" and config.get("decoder_start_token") != end)
    tokenizer_config = read_json(folder / TOKENIZER_CONFIG) if (folder / TOKENIZER_CONFIG).is_file() else {}
    ends = [] if frames_itself else [tokenizer.id_of(end)]
    return Source(
        weights=weights,
        digest=digest_of([weights / WEIGHTS], tokenizer.json),
        architecture="Argos Translate package" if metadata else model.name,
        family=family,
        config={"eos_token_id": ends[0] if ends else None},
        tokenizer_config=tokenizer_config,
        tokenizer=tokenizer,
        tokens=texts_of(tokenizer),
        end=end,
        parameters=model.parameters,
        max_tokens=min(model.positions or DEFAULT_LENGTH, DEFAULT_LENGTH),
        positions=model.positions,
        by_direction=read_metadata(folder, metadata, tokenizer, ends),
    )


def read_metadata(
    folder: Path, metadata: dict[str, Any], tokenizer: Tokenizer, ends: list[int]
) -> dict[Direction, PromptFormat]:
    """The direction of an Argos package; none where there is no metadata. Some packages have a token that translations
    begin with. Raises ModelFolderError."""
    try:
        direction = direction_in(metadata)
        if direction is None:
            return {}
        prefix = metadata.get("target_prefix")
        return {direction: PromptFormat(after=ends, begin=[tokenizer.id_of(str(prefix))] if prefix else [])}
    except (ValueError, KeyError) as error:
        raise ModelFolderError(f"{folder / METADATA}: {error}") from error


def family_of(vocabulary: list[str]) -> str:
    if any(M2M_TOKEN.fullmatch(token) or NLLB_TOKEN.fullmatch(token) for token in vocabulary):
        return "m2m_100"
    return "t5" if "<extra_id_0>" in vocabulary else "marian"


def read_vocabulary(folder: Path) -> list[str]:
    """The tokens of a model: the source's, then those of the target alone. Raises ModelFolderError."""
    tokens: dict[str, None] = {}
    for path in [folder / f"{name}{suffix}" for name in VOCABULARIES for suffix in (".json", ".txt")]:
        if not path.is_file():
            continue
        try:
            text = path.read_text("utf-8")
            rows = json.loads(text) if path.suffix == ".json" else text.split("\n")
        except (OSError, ValueError, RecursionError) as error:
            raise ModelFolderError(f"{path}: no vocabulary: {error}") from error
        if not isinstance(rows, list) or not all(isinstance(row, str) for row in rows):
            raise ModelFolderError(f"{path}: no vocabulary: it is no list of tokens")
        tokens |= dict.fromkeys(rows[:-1] if rows[-1:] == [""] else rows)
    if not tokens:
        raise ModelFolderError(f"{folder}: has no vocabulary ({', '.join(VOCABULARIES)}, as .json or .txt)")
    return list(tokens)


def read_tokenizer(places: tuple[Path, Path], vocabulary: list[str]) -> Tokenizer:
    """The tokenizer beside a model. Raises ModelFolderError."""
    for place in places:
        if (place / TOKENIZER).is_file():
            try:
                text = (place / TOKENIZER).read_text("utf-8")
                return Tokenizer(text, unknown_of(Backend.from_str(text)))
            except Exception as error:  # the library raises no narrower type
                raise ModelFolderError(f"{place / TOKENIZER}: cannot be used: {error}") from error
    path = next((place / name for name in PIECES for place in places if (place / name).is_file()), None)
    if path is None:
        raise ModelFolderError(
            f"{places[1]}: has no tokenizer: copy {TOKENIZER} or the SentencePiece model of the source "
            f"({', '.join(PIECES)}) into it"
        )
    if path.name == "bpe.model" and path.read_bytes()[:9] == b"#version:":
        raise ModelFolderError(
            f"{path}: is a model of subword-nmt, for texts that Moses has split into words; served are SentencePiece "
            "models. Argos Translate has newer packages for most languages"
        )
    ids = {token: number for number, token in enumerate(vocabulary)}
    special = [token for token in vocabulary if token in SPECIAL or is_language(token)]
    text = from_pieces(path, ids, special)
    return Tokenizer(text, unknown_of(Backend.from_str(text)))


def is_language(token: str) -> bool:
    return any(pattern.fullmatch(token) for pattern in (MARIAN_TOKEN, M2M_TOKEN, NLLB_TOKEN))


def texts_of(tokenizer: Tokenizer) -> list[str]:
    tokens = [""] * (1 + max(tokenizer.vocabulary.values()))
    for token, number in tokenizer.vocabulary.items():
        tokens[number] = token
    return tokens


def digest_of(files: list[Path], tokenizer: str) -> str:
    """A digest of the files that answers depend on."""
    total = hashlib.sha256(tokenizer.encode())
    for path in files:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()[:16]
