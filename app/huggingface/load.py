"""Loads models in Hugging Face layout.

The files of a folder determine its labels (labels.py), its directions (directions.py) and its tokenizer (tokenizer.py).
A model is refused, with the reason, where these are unknown, or where its answers depend on the other texts of a batch.
Imports `transformers`, which is an optional extra, only when a model is loaded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer as Backend

from app.extras import needed
from app.huggingface.card import head_of
from app.huggingface.directions import FAMILIES, described, formats_of, translator_config
from app.huggingface.hub import check_weights
from app.huggingface.labels import LABELS, meanings
from app.huggingface.pieces import around, unknown_of
from app.huggingface.runtime import TransformerClassifier, TransformerTranslator
from app.huggingface.selection import Wanted
from app.huggingface.tokenizer import tokenizer_json
from app.nets.config import ModelConfig
from app.nets.folder import CONFIG, ModelFolderError, read_json
from app.runtime.base import Classifier, LoadedModel
from app.runtime.load import try_translation
from app.runtime.torch import DTYPES
from app.text.languages.codes import canonical
from app.text.prompt_format import PromptFormat
from app.text.tokenizer import Tokenizer

OFFSET_POSITIONS = ("roberta", "xlm-roberta", "camembert", "mpnet")  # positions are numbered from the id of the padding
DEFAULT_LENGTH, ANY_LENGTH = 512, 100_000  # tokens; a tokenizer without a limit has an astronomic one
# Largest difference of a probability between a text alone and in a batch: far above rounding, far below the effect of
# padding that a model reads.
NOISE = 1e-3


@dataclass(slots=True)
class Parts:
    """The files of a folder besides its weights, and the device and type to load the weights with."""

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


def load_hub_model(
    folder: Path, wanted: Wanted, device: torch.device | str = "cpu", precision: str = "auto", note: str = ""
) -> LoadedModel:
    """The model of a folder in Hugging Face layout, after one trial. `auto` is float32 on every device, since not all
    of these models work in float16. A `note` is added to the description. Raises ModelFolderError."""
    parts = read_parts(folder, wanted.name, device, precision)
    task = task_of(parts, wanted.task)
    load = load_classifier if task == "sentiment" else load_translator
    model = load(parts, wanted, read_tokenizer(parts))
    model.config.description += f", {note}" if note else ""
    return model


def read_parts(folder: Path, name: str, device: torch.device | str = "cpu", precision: str = "auto") -> Parts:
    """Raises ModelFolderError where transformers is missing or a file cannot be used."""
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
    return Parts(name, folder, {**full, **raw}, torch.device(device), DTYPES.get(precision, torch.float32))


def read_tokenizer(parts: Parts) -> Tokenizer:
    """Raises ModelFolderError."""
    try:
        tokenizer = tokenizer_json(parts.folder, parts.family, parts.tokenizer_config)
        return Tokenizer(tokenizer, unknown_of(Backend.from_str(tokenizer)))
    except ModelFolderError:
        raise
    except Exception as error:  # of many kinds, none documented
        raise ModelFolderError(f"{parts.name}: its tokenizer cannot be used: {error}") from error


def task_of(parts: Parts, wanted: str | None) -> str:
    """The task of a model by its config. Raises ModelFolderError where it is unknown, or not the wanted one."""
    names = [str(name) for name in parts.config.get("architectures") or []]
    if any(name.endswith("ForSequenceClassification") for name in names):
        task = "sentiment"
    elif parts.family in FAMILIES and parts.config.get("is_encoder_decoder"):
        task = "translation"
    else:
        raise ModelFolderError(
            f"{parts.name}: is a {' or '.join(names) or 'model that names no architecture'} of the family "
            f"{parts.family}; served are models for sequence classification, and translators of the families "
            f"{', '.join(FAMILIES)}"
        )
    if wanted is not None and task != wanted:
        raise ModelFolderError(f"{parts.name}: is a model for {task}, not for {wanted}")
    return task


def load_classifier(parts: Parts, wanted: Wanted, tokenizer: Tokenizer) -> LoadedModel:
    from transformers import AutoModelForSequenceClassification

    names = parts.config.get("id2label") or {}
    classes = [str(names[key]) for key in sorted(names, key=int)]
    if parts.config.get("problem_type") in ("regression", "multi_label_classification"):
        raise ModelFolderError(f"{parts.name}: is made for {parts.config['problem_type']}; a text has one sentiment")
    try:
        labels = meanings(classes, list(wanted.labels))
    except ValueError as error:
        raise ModelFolderError(f"{parts.name}: {error}") from error
    meant = [f"{name} is {label}" for name, label in zip(classes, labels, strict=True) if name != label]
    network = load_weights(AutoModelForSequenceClassification, parts)
    config = ModelConfig(
        name=parts.name,
        task="sentiment",
        architecture=f"transformers/{parts.family}",
        sizes={},
        languages=list(wanted.languages) or languages_of(parts.folder) or ["en"],
        max_tokens=longest(parts),
        labels=[label for label in LABELS if label in labels],
        description="; ".join(meant) or "the labels " + ", ".join(classes),
    )
    reading = around(tokenizer.backend)
    model = loaded(parts, network, config, tokenizer, [reading])
    model.classifier = TransformerClassifier(network, config, labels)
    try_classifier(model.classifier, reading, tokenizer.unknown, parts.name)
    return model


def load_translator(parts: Parts, wanted: Wanted, tokenizer: Tokenizer) -> LoadedModel:
    from transformers import AutoModelForSeq2SeqLM

    by_direction = formats_of(
        parts.name, parts.family, parts.config, parts.tokenizer_config, tokenizer, wanted.directions
    )
    network = load_weights(AutoModelForSeq2SeqLM, parts)
    if network.generation_config.decoder_start_token_id is None:
        raise ModelFolderError(f"{parts.name}: its config names no decoder_start_token_id")
    description = described(network.config.architectures[0], by_direction)
    config = translator_config(parts.name, f"transformers/{parts.family}", by_direction, longest(parts), description)
    framing = list(by_direction.values())
    model = loaded(parts, network, config, tokenizer, framing)
    model.translator = TransformerTranslator(network, parts.config.get("max_position_embeddings"))
    try:
        try_translation(model.translator, framing[0].frame([tokenizer.unknown]), framing[0].begin)
    except Exception as error:  # of many kinds, none documented
        raise ModelFolderError(f"{parts.name}: fails on a trial ({type(error).__name__}: {error})") from error
    return model


def loaded(
    parts: Parts, network: Any, config: ModelConfig, tokenizer: Tokenizer, framing: list[PromptFormat]
) -> LoadedModel:
    """A loaded model, without the runtime of its task yet. Raises ModelFolderError where tokenizer and weights do not
    fit."""
    vocabulary = network.get_input_embeddings().num_embeddings
    tokens = tokenizer.backend.get_vocab_size(with_added_tokens=True)
    if tokens > vocabulary:
        raise ModelFolderError(
            f"{parts.name}: its tokenizer has {tokens:,} tokens, more than the {vocabulary:,} embeddings of its "
            "weights: they do not belong together"
        )
    return LoadedModel(
        config=config,
        tokenizer=tokenizer.json,
        digest=digest_of(parts.folder, tokenizer.json),
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        vocabulary=vocabulary,
        unknown=tokenizer.unknown,
        prompt_formats=framing,
    )


def try_classifier(classifier: Classifier, reading: PromptFormat, unknown: int, name: str) -> None:
    """Classify a text alone and in a batch with a longer one. Raises ModelFolderError where that fails or differs."""
    short, long = reading.frame([unknown]), reading.frame([unknown] * 5)
    try:
        alone, padded = classifier.classify([short])[0], classifier.classify([short, long])[0]
    except Exception as error:  # of many kinds, none documented
        raise ModelFolderError(f"{name}: fails on a trial ({type(error).__name__}: {error})") from error
    if max(abs(one - other) for one, other in zip(alone, padded, strict=True)) > NOISE:
        raise ModelFolderError(f"{name}: its answers change with the padding of a batch, so it cannot be served")


def load_weights(kind: Any, parts: Parts) -> Any:
    """The network of a folder. Raises ModelFolderError where weights are missing: `transformers` would fill them in
    with random numbers."""
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
    """The longest input of a model in tokens, special tokens included."""
    limits = [parts.tokenizer_config.get("model_max_length"), parts.config.get("max_position_embeddings")]
    if parts.family in OFFSET_POSITIONS and limits[1]:
        limits[1] -= (parts.config.get("pad_token_id") or 0) + 1
    return int(min((limit for limit in limits if limit and limit < ANY_LENGTH), default=DEFAULT_LENGTH))


def languages_of(folder: Path) -> list[str]:
    """The languages in a model's card that this project knows."""
    named = head_of(folder).get("language", [])
    codes = []
    for code in [named] if isinstance(named, str) else named or []:
        try:
            codes.append(canonical(str(code)))
        except ValueError:  # such as "multilingual"
            continue
    return list(dict.fromkeys(codes))


def digest_of(folder: Path, tokenizer: str) -> str:
    """A digest of the files that answers depend on."""
    total = hashlib.sha256(tokenizer.encode())
    for path in [folder / CONFIG, *sorted(folder.glob("*.safetensors"))]:
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()[:16]
