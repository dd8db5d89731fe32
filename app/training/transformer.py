"""The learners of Transformers, on the same examples as the recurrent models: a classifier, fine-tuned from a
pretrained encoder or trained from scratch, and a translator of the Marian family (Vaswani et al. 2017;
Junczys-Dowmunt et al. 2018), trained from scratch.

They are saved in Hugging Face layout, and the service loads them as it loads any Hugging Face model
(docs/transformers.md). Needs the library `transformers`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer as Backend
from tokenizers.processors import TemplateProcessing
from torch import Tensor, nn

from app.huggingface.card import card_head
from app.huggingface.pieces import around, unknown_of
from app.huggingface.runtime import TransformerTranslator
from app.huggingface.tokenizer import tokenizer_json
from app.nets.config import ModelConfig
from app.nets.folder import CARD, CONFIG, TOKENIZER, read_json
from app.nets.output_loss import cross_entropy
from app.nets.recurrent import mask_of
from app.text.prompt_format import PromptFormat
from app.text.tokenizer import BOS, EOS, PAD, SPECIAL_TOKENS, Tokenizer, target_tag
from app.training.data.corpora import LABELS
from app.training.pretrained import encoder_folder
from app.training.recipe import Recipe
from app.training.sentiment import SentimentLearner
from app.training.translation import TranslationLearner

TOKENIZER_CONFIG = "tokenizer_config.json"
SHARD = "14MB"
LONGEST_TARGET = 256  # tokens that a translator can write


@dataclass(slots=True)
class Sizes:
    """The sizes of a Transformer that is trained from scratch."""

    width: int = 256  # of embeddings and states
    heads: int = 4
    layers: int = 4  # of the encoder
    decoder_layers: int = 0  # of a translator; 0: as many as the encoder has
    feed_forward: int = 1024  # inner width of the feed-forward layers
    dropout: float = 0.1


def base_tokenizer(name: str) -> Tokenizer:
    """The tokenizer of the encoder that a recipe names as its base. Raises PretrainedError and ModelFolderError."""
    folder = encoder_folder(name)
    path = folder / TOKENIZER_CONFIG
    described = read_json(path) if path.is_file() else {}
    text = tokenizer_json(folder, str(read_json(folder / CONFIG).get("model_type")), described)
    return Tokenizer(text, unknown_of(Backend.from_str(text)))


class ClassifierNetwork(nn.Module):
    """A network of `transformers`, called like a recurrent classifier: it adds the special tokens around the texts."""

    def __init__(self, config: ModelConfig, network: Any, reading: PromptFormat) -> None:
        super().__init__()
        self.config, self.network, self.reading = config, network, reading

    @property
    def output(self) -> nn.Linear:
        """The last layer; some families have a head of several layers."""
        head = self.network.classifier
        last: nn.Linear = head if isinstance(head, nn.Linear) else head.out_proj
        return last

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """tokens (batch, time), lengths (batch) -> logits (batch, labels)."""
        before, after = self.reading.before, self.reading.after
        batch, time = tokens.shape
        width = time + self.reading.extra
        lengths = lengths.to(tokens.device)
        ids = tokens.new_full((batch, width), self.network.config.pad_token_id or 0)
        ids[:, : len(before)] = tokens.new_tensor(before)
        ids[:, len(before) : len(before) + time] = tokens
        for place, token in enumerate(after):
            ids.scatter_(1, (lengths + len(before) + place)[:, None], token)
        mask = mask_of(lengths + self.reading.extra, width, tokens.device)
        ids = ids.masked_fill(~mask, self.network.config.pad_token_id or 0)
        logits: Tensor = self.network(input_ids=ids, attention_mask=mask.long()).logits
        return logits


class TransformerSentimentLearner(SentimentLearner):
    """Fine-tunes the recipe's `base`, or trains a network of the recipe's `sizes` from scratch."""

    def build(self, config: ModelConfig) -> ClassifierNetwork:
        from transformers import AutoModelForSequenceClassification, BertConfig, BertForSequenceClassification

        named: dict[str, Any] = {
            "id2label": dict(enumerate(LABELS)),
            "label2id": {label: number for number, label in enumerate(LABELS)},
        }
        if self.recipe.base:
            folder = encoder_folder(self.recipe.base)
            network = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32, **named)
        else:
            sizes = Sizes(**self.recipe.sizes)
            self.tokenizer = framing(self.tokenizer)
            network = BertForSequenceClassification(
                BertConfig(
                    vocab_size=self.tokenizer.size,
                    hidden_size=sizes.width,
                    num_hidden_layers=sizes.layers,
                    num_attention_heads=sizes.heads,
                    intermediate_size=sizes.feed_forward,
                    hidden_dropout_prob=sizes.dropout,
                    attention_probs_dropout_prob=sizes.dropout,
                    max_position_embeddings=config.max_tokens + 2,
                    pad_token_id=PAD,
                    **named,
                )
            )
        return ClassifierNetwork(config, network, around(self.tokenizer.backend))

    def save(self, folder: Path) -> None:
        """Write a model folder. The last layer is divided by the temperature, since the layout has no field for it."""
        model = copy.deepcopy(self.model)
        with torch.no_grad():
            model.output.weight /= self.model.config.temperature
            model.output.bias /= self.model.config.temperature
        limit = self.recipe.max_tokens + self.model.reading.extra
        write_folder(model.network, self.tokenizer, folder, self.recipe, {"model_max_length": limit})


def framing(tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer, changed to put a start and an end token around each text."""
    backend = Backend.from_str(tokenizer.json)
    start, end = SPECIAL_TOKENS[BOS], SPECIAL_TOKENS[EOS]
    backend.post_processor = TemplateProcessing(single=f"{start} $A {end}", special_tokens=[(start, BOS), (end, EOS)])
    return Tokenizer(backend.to_str(), tokenizer.unknown)


class TranslatorNetwork(nn.Module):
    """A Marian network of `transformers`, called like a recurrent translator."""

    def __init__(self, config: ModelConfig, network: Any) -> None:
        super().__init__()
        self.config, self.network = config, network

    def forward(self, source: Tensor, lengths: Tensor, previous: Tensor, targets: Tensor, smoothing: float) -> Tensor:
        """source (batch, time), lengths (batch), previous and targets (batch, steps) -> the mean loss."""
        mask = mask_of(lengths, source.shape[1], source.device).long()
        states = self.network.model(input_ids=source, attention_mask=mask, decoder_input_ids=previous).last_hidden_state
        return cross_entropy(states, self.network.lm_head.weight, self.network.final_logits_bias[0], targets, smoothing)


class TransformerTranslationLearner(TranslationLearner):
    def build(self, config: ModelConfig) -> TranslatorNetwork:
        from transformers import MarianConfig, MarianMTModel

        sizes = Sizes(**self.recipe.sizes)
        network = MarianMTModel(
            MarianConfig(
                vocab_size=config.sizes["vocabulary"],
                d_model=sizes.width,
                encoder_layers=sizes.layers,
                decoder_layers=sizes.decoder_layers or sizes.layers,
                encoder_attention_heads=sizes.heads,
                decoder_attention_heads=sizes.heads,
                encoder_ffn_dim=sizes.feed_forward,
                decoder_ffn_dim=sizes.feed_forward,
                activation_function="relu",
                dropout=sizes.dropout,
                max_position_embeddings=LONGEST_TARGET,
                scale_embedding=True,
                pad_token_id=PAD,
                bos_token_id=BOS,
                eos_token_id=EOS,
                forced_eos_token_id=EOS,
                decoder_start_token_id=BOS,
            )
        )
        return TranslatorNetwork(config, network)

    def translator(self) -> TransformerTranslator:
        return TransformerTranslator(self.model.network, LONGEST_TARGET)

    def save(self, folder: Path) -> None:
        (source, target), *others = self.recipe.directions
        described = {
            "source_lang": source,
            **({} if others else {"target_lang": target}),
            "model_max_length": LONGEST_TARGET,
        }
        write_folder(self.model.network, renamed_tags(self.tokenizer, self.recipe), folder, self.recipe, described)


def renamed_tags(tokenizer: Tokenizer, recipe: Recipe) -> Tokenizer:
    """The tokenizer with its language tags spelled as Marian models do: `>>de<<` for `<2de>`."""
    document = json.loads(tokenizer.json)
    names = {target_tag(target): f">>{target}<<" for _, target in recipe.directions}
    for token in document["added_tokens"]:
        token["content"] = names.get(token["content"], token["content"])
    vocabulary: dict[str, int] = document["model"]["vocab"]
    document["model"]["vocab"] = {names.get(token, token): number for token, number in vocabulary.items()}
    return Tokenizer(json.dumps(document, ensure_ascii=False), tokenizer.unknown)


def write_folder(
    network: Any, tokenizer: Tokenizer, folder: Path, recipe: Recipe, described: Mapping[str, Any]
) -> None:
    """Write a folder in Hugging Face layout, weights in float16. `described` is the content of its
    `tokenizer_config.json`."""
    from transformers.utils import logging as noise

    noise.disable_progress_bar()  # type: ignore[no-untyped-call]
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("model*.safetensors*"):
        old.unlink()
    copy.deepcopy(network).half().save_pretrained(folder, max_shard_size=SHARD)
    (folder / TOKENIZER).write_text(tokenizer.json, "utf-8")
    head = card_head({"language": recipe.languages})
    (folder / CARD).write_text(f"{head}\n# {recipe.name}\n\n{recipe.description}\n", "utf-8")
    (folder / TOKENIZER_CONFIG).write_text(json.dumps(described, indent=2) + "\n", "utf-8")
