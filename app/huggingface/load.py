"""Loads models that were made elsewhere: folders in Hugging Face layout, and hub ids.

What is in a folder decides what it can be asked for: its labels (labels.py), its directions (directions.py), its
tokenizer (pieces.py). Whatever cannot be told, or cannot be run alike alone and in company, is refused with the reason.
Imports `transformers`, an extra, only where a model needs it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from tokenizers import Tokenizer as Backend

from app.extras import needed
from app.huggingface.directions import Direction, named_directions, readings
from app.huggingface.hub import check_weights
from app.huggingface.labels import LABELS, meanings
from app.huggingface.runtime import TransformerClassifier, TransformerTranslator
from app.huggingface.tokenizer import tokenizer_json
from app.nets.config import ModelConfig
from app.nets.folder import CARD, CONFIG, ModelFolderError, read_json
from app.runtime.beam_search import Sentence
from app.text.languages.codes import canonical
from app.text.prompt_format import Reading
from app.text.tokenizer import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

TRANSLATORS = ("marian", "t5", "m2m_100")  # NLLB is of the last
OFFSET_POSITIONS = ("roberta", "xlm-roberta", "camembert", "mpnet")  # count positions from behind the padding's id
DEFAULT_LENGTH, ANY_LENGTH = 512, 100_000  # tokens; tokenizers write an astronomic number for no limit
NOISE = 1e-3  # of a probability: far more than sums in another order make, far less than a padding that is read


@dataclass(slots=True, frozen=True)
class Wanted:
    """A model that somebody asks for by `name`, and what they say of it that its folder may not."""

    name: str
    task: str | None = None
    labels: Sequence[str] = ()
    languages: Sequence[str] = ()
    directions: Sequence[Direction] = ()


@dataclass(slots=True)
class Foreign:
    """A loaded model with all that the front side has to know of it."""

    config: ModelConfig
    runtime: TransformerClassifier | TransformerTranslator
    tokenizer: str  # text of its tokenizer.json
    readings: list[Reading]
    unknown: int
    digest: str
    parameters: int
    vocabulary: int


@dataclass(slots=True)
class Parts:
    """What lies in a folder besides the weights, and where and how the weights are wanted."""

    name: str
    folder: Path
    config: dict[str, Any]
    device: torch.device
    precision: torch.dtype
    family: str = field(init=False)
    tokenizer_config: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.family = str(self.config.get("model_type"))
        path = self.folder / "tokenizer_config.json"
        self.tokenizer_config = read_json(path) if path.is_file() else {}


def wanted_translation(text: str) -> Wanted:
    """Of an entry of the setting: a name, or `name=en-de+de-en`. Raises ModelFolderError."""
    name, equals, directions = text.rpartition("=")
    if not equals:
        return Wanted(text, "translation")
    try:
        return Wanted(name, "translation", directions=named_directions(directions))
    except ValueError as error:
        raise ModelFolderError(f"UNDERTONE_TRANSLATION_MODELS: {text}: {error}") from error


def load_foreign(
    folder: Path, wanted: Wanted, device: torch.device | str = "cpu", precision: torch.dtype = torch.float32
) -> Foreign:
    """The model of a folder in Hugging Face layout, in `precision` on `device`, tried. Raises ModelFolderError."""
    name = wanted.name
    try:
        from transformers import AutoConfig
        from transformers.utils import logging as noise
    except ImportError as error:
        raise ModelFolderError(f"{name}: a model in Hugging Face layout needs {needed('hf')}") from error
    noise.set_verbosity_error()  # type: ignore[no-untyped-call]
    noise.disable_progress_bar()  # type: ignore[no-untyped-call]
    raw = read_json(folder / CONFIG)
    check_weights(folder, name)
    try:
        full = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False).to_dict()
    except Exception as error:  # of many kinds, none documented
        raise ModelFolderError(f"{folder / CONFIG}: transformers cannot read it: {error}") from error
    parts = Parts(name, folder, {**full, **raw}, torch.device(device), precision)
    task = task_of(parts, wanted.task)
    try:
        tokenizer = tokenizer_json(folder, parts.family, parts.tokenizer_config)
        backend = Backend.from_str(tokenizer)
    except ModelFolderError:
        raise
    except Exception as error:  # of many kinds, none documented
        raise ModelFolderError(f"{name}: its tokenizer cannot be used: {error}") from error
    unknown = unknown_of(backend)
    load = load_classifier if task == "sentiment" else load_translator
    runtime, framing = load(parts, wanted, Tokenizer(tokenizer, unknown))
    vocabulary = runtime.model.get_input_embeddings().num_embeddings
    if backend.get_vocab_size(with_added_tokens=True) > vocabulary:
        raise ModelFolderError(
            f"{name}: its tokenizer has {backend.get_vocab_size(with_added_tokens=True):,} tokens, more than the "
            f"{vocabulary:,} embeddings of its weights: they do not belong together"
        )
    parameters = sum(parameter.numel() for parameter in runtime.model.parameters())
    digest = digest_of(folder, tokenizer)
    foreign = Foreign(runtime.config, runtime, tokenizer, framing, unknown, digest, parameters, vocabulary)
    try_out(foreign, name)
    return foreign


def task_of(parts: Parts, wanted: str | None) -> str:
    """By what its config says that it is. Raises ModelFolderError where that is neither task, or not the wanted one."""
    names = [str(name) for name in parts.config.get("architectures") or []]
    if any(name.endswith("ForSequenceClassification") for name in names):
        task = "sentiment"
    elif parts.family in TRANSLATORS and parts.config.get("is_encoder_decoder"):
        task = "translation"
    else:
        raise ModelFolderError(
            f"{parts.name}: is a {' or '.join(names) or 'model that names no architecture'} of the family "
            f"{parts.family}; served are models for sequence classification, and translators of the families "
            f"{', '.join(TRANSLATORS)}"
        )
    if wanted is not None and task != wanted:
        raise ModelFolderError(f"{parts.name}: is a model for {task}, not for {wanted}")
    return task


def load_classifier(parts: Parts, wanted: Wanted, tokenizer: Tokenizer) -> tuple[TransformerClassifier, list[Reading]]:
    from transformers import AutoModelForSequenceClassification

    names = parts.config.get("id2label") or {}
    classes = [str(names[key]) for key in sorted(names, key=int)]
    if parts.config.get("problem_type") in ("regression", "multi_label_classification"):
        raise ModelFolderError(f"{parts.name}: is made for {parts.config['problem_type']}; a text has one sentiment")
    try:
        labels = meanings(classes, list(wanted.labels))
    except ValueError as error:
        raise ModelFolderError(f"{parts.name}: {error}") from error
    model = load_weights(AutoModelForSequenceClassification, parts)
    config = ModelConfig(
        name=parts.name,
        task="sentiment",
        architecture=f"transformers/{parts.family}",
        sizes={},
        languages=list(wanted.languages) or languages_of(parts.folder) or ["en"],
        max_tokens=longest(parts),
        labels=[label for label in LABELS if label in labels],
        description="; ".join(f"{name} is {label}" for name, label in zip(classes, labels, strict=True)),
    )
    return TransformerClassifier(model, config, labels), [around(tokenizer.backend)]


def load_translator(parts: Parts, wanted: Wanted, tokenizer: Tokenizer) -> tuple[TransformerTranslator, list[Reading]]:
    from transformers import AutoModelForSeq2SeqLM

    try:
        found = readings(
            parts.name, parts.family, parts.config, parts.tokenizer_config, tokenizer, list(wanted.directions) or None
        )
    except (ValueError, KeyError) as error:
        raise ModelFolderError(f"{parts.name}: {error}") from error
    model = load_weights(AutoModelForSeq2SeqLM, parts)
    if model.generation_config.decoder_start_token_id is None:
        raise ModelFolderError(f"{parts.name}: its config names no decoder_start_token_id")
    config = ModelConfig(
        name=parts.name,
        task="translation",
        architecture=f"transformers/{parts.family}",
        sizes={},
        languages=sorted({code for pair in found for code in pair}),
        max_tokens=longest(parts),
        directions=list(found),
        description=f"{model.config.architectures[0]}, {len(found)} direction{'s' * (len(found) != 1)}",
    )
    positions = parts.config.get("max_position_embeddings")
    return TransformerTranslator(model, config, positions), list(found.values())


def load_weights(kind: Any, parts: Parts) -> Any:
    """Raises ModelFolderError where any weight is missing: a model with a head by chance answers by chance."""
    try:
        model, report = kind.from_pretrained(
            parts.folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=parts.precision,
            output_loading_info=True,
        )
    except Exception as error:  # of many kinds, none documented
        raise ModelFolderError(f"{parts.name}: transformers cannot load it: {error}") from error
    if missing := sorted(report["missing_keys"]):
        raise ModelFolderError(
            f"{parts.name}: its weights lack {', '.join(missing[:5])}; it is not trained for this, or damaged"
        )
    return model.to(parts.device).eval()


def longest(parts: Parts) -> int:
    """Tokens that a model can read, special ones included."""
    limits = [parts.tokenizer_config.get("model_max_length"), parts.config.get("max_position_embeddings")]
    if parts.family in OFFSET_POSITIONS and limits[1]:
        limits[1] -= (parts.config.get("pad_token_id") or 0) + 1
    return int(min((limit for limit in limits if limit and limit < ANY_LENGTH), default=DEFAULT_LENGTH))


def languages_of(folder: Path) -> list[str]:
    """The languages that a model's card names at its head, as far as they are known here."""
    from huggingface_hub.repocard import metadata_load

    try:
        named = (metadata_load(folder / CARD) or {}).get("language", []) if (folder / CARD).is_file() else []
    except Exception:  # a card with a damaged head says nothing
        return []
    found = []
    for code in [named] if isinstance(named, str) else named or []:
        try:
            found.append(canonical(str(code)))
        except ValueError:  # "multilingual", or a language that is not known here
            continue
    return list(dict.fromkeys(found))


def around(backend: Backend) -> Reading:
    """The special tokens that a tokenizer puts around a text."""
    encoding = backend.encode("a")
    text = [place for place, special in enumerate(encoding.special_tokens_mask) if not special]
    return Reading(before=encoding.ids[: text[0]], after=encoding.ids[text[-1] + 1 :])


def unknown_of(backend: Backend) -> int:
    """The id of what a vocabulary cannot spell; 0 for one that can spell anything."""
    model = json.loads(backend.to_str())["model"]
    if isinstance(model.get("unk_id"), int):
        return int(model["unk_id"])
    names = [name for name in (model.get("unk_token"), "<unk>", "[UNK]") if name]
    return next((number for name in names if (number := backend.token_to_id(name)) is not None), 0)


def digest_of(folder: Path, tokenizer: str) -> str:
    """Tells the files that answers depend on from all others."""
    total = hashlib.sha256(tokenizer.encode())
    for path in [folder / CONFIG, *sorted(folder.glob("*.safetensors"))]:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()[:16]


def try_out(foreign: Foreign, name: str) -> None:
    """A real answer, and whether it is the same in company. Raises ModelFolderError."""
    reading = foreign.readings[0]
    lone, company = reading.frame([foreign.unknown]), reading.frame([foreign.unknown] * 5)
    try:
        if isinstance(foreign.runtime, TransformerTranslator):
            decoding = foreign.runtime.decoding(1)
            decoding.join([lone], [Sentence("trial", 1, begin=reading.begin)])
            decoding.step()
            return
        alone, padded = foreign.runtime.classify([lone])[0], foreign.runtime.classify([lone, company])[0]
    except Exception as error:  # whatever a model may do
        raise ModelFolderError(f"{name}: fails on a trial ({type(error).__name__}: {error})") from error
    if max(abs(one - other) for one, other in zip(alone, padded, strict=True)) > NOISE:
        raise ModelFolderError(f"{name}: its answers change with the padding of a batch, so it cannot be served")
