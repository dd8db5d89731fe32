"""Converts a translator in Hugging Face layout to CTranslate2, and compares the two. Imports torch.

    python -m app.huggingface.conversion FOLDER CACHE [DEVICE]

prints the entry of the cache, or the reason why there is none, and exits with 1.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import torch

from app import logs
from app.huggingface.converted import MADE_OF, entry_of, opened
from app.huggingface.ct2_runtime import Ct2Translator, Search, compute_type
from app.huggingface.directions import prompt_formats
from app.huggingface.load import Parts, load_weights, longest, read_parts, read_tokenizer, task_of
from app.huggingface.runtime import TransformerTranslator, padded
from app.nets.folder import TOKENIZER, ModelFolderError
from app.runtime.beam_search import Sentence
from app.runtime.cache_folder import is_usable, store
from app.text.prompt_format import PromptFormat
from app.text.tokenizer import Tokenizer

log = logging.getLogger("undertone.conversion")

# The largest mean difference of the log probability of a token between the original and its int8 form. A conversion
# that confuses weights or tokens differs by several.
MOST_DIFFERENCE = 0.2
SAMPLE = (
    "A man is standing on a ladder.",
    "Hello!",
    "The train leaves at nine o'clock, and we still have to buy the tickets.",
    "In 2019 the company had more than 1,500 employees in twelve countries, most of them in Europe.",
    "I don't think that this is what she meant.",
    "Please send your answer to the address at the end of this letter before Friday.",
)
# The directions of a model depend on these fields (directions.py).
CONFIG_FIELDS = ("eos_token_id", "task_specific_params", "_name_or_path")
TOKENIZER_FIELDS = ("source_lang", "target_lang", "legacy_behaviour")
SAMPLE_TOKENS = 48  # of the translation of each sample


def convert(folder: Path, cache: Path, device: str = "cpu") -> Path:
    """The folder in the cache with the conversion of a model for a kind of device: int8, on a GPU int8 with float16.
    Raises NotConverted, with the reason, where the model has to run in torch, and OSError where the cache cannot be
    written. A model that was refused is not tried again."""
    entry = entry_of(folder, cache, device)
    if not is_usable(entry):
        store(entry, partial(write, folder, device))
    return opened(entry)


def write(folder: Path, device: str, entry: Path) -> None:
    """Write the files of an entry. Raises OSError, and errors of the libraries that are not the model's fault."""
    try:
        parts = read_parts(folder, folder.name, device)
        task_of(parts, "translation")
        tokenizer = read_tokenizer(parts)
        network = load_weights(network_class(), parts)
        reference = TransformerTranslator(network, parts.config.get("max_position_embeddings"))
        facts = write_model(parts, tokenizer, reference, device, entry)
    except (ModelFolderError, ValueError, NotImplementedError, LookupError, AttributeError) as error:
        # Errors of the model, which would recur at every start; others, such as too little memory, may pass.
        facts = {"refused": str(error).partition("\n")[0] or type(error).__name__}
    if "refused" in facts:
        for path in entry.iterdir():
            path.unlink()
    (entry / MADE_OF).write_text(json.dumps(facts), "utf-8")


def network_class() -> Any:
    from transformers import AutoModelForSeq2SeqLM

    return AutoModelForSeq2SeqLM


def write_model(
    parts: Parts, tokenizer: Tokenizer, reference: TransformerTranslator, device: str, entry: Path
) -> dict[str, Any]:
    """Write model and tokenizer; returns the facts for MADE_OF. Raises the errors of the libraries."""
    network, options = reference.model, reference.model.generation_config
    tokens = vocabulary(tokenizer, network.get_input_embeddings().num_embeddings)
    # First, since the conversion takes weights out of the network.
    framing = sample_format(parts, tokenizer)
    most = longest(parts) - framing.extra
    sources = [framing.frame(tokenizer.encode(framing.prompt + text)[:most]) for text in SAMPLE]
    targets = [[*framing.begin, *row] for row in translated(reference, sources, framing)]
    expected = log_probabilities(reference, sources, targets)
    written = write_ct2(parts, network, tokens, entry)
    search = Search(options.length_penalty or 1.0, options.repetition_penalty or 1.0, options.no_repeat_ngram_size or 0)
    model = Ct2Translator(entry, written, tokens[next(iter(reference.ends))], device, reference.positions, search)
    difference = compared(expected, model.log_probabilities(sources, targets))
    log.info("%s: a token's log probability differs by %.3f from the original", parts.folder, difference)
    if not difference <= MOST_DIFFERENCE:
        return {"refused": f"its int8 form differs too much from the original (by {difference:.2f} per token)"}
    (entry / TOKENIZER).write_text(tokenizer.json, "utf-8")
    return {
        "family": parts.family,
        "architecture": network.config.architectures[0],
        "config": {name: parts.config.get(name) for name in CONFIG_FIELDS},
        "tokenizer_config": {name: parts.tokenizer_config.get(name) for name in TOKENIZER_FIELDS},
        "tokens": len(written),
        "unknown": tokenizer.unknown,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "positions": reference.positions,
        "max_tokens": longest(parts),
        "search": asdict(search),
        "difference": difference,
    }


def vocabulary(tokenizer: Tokenizer, size: int) -> list[str]:
    """The text of each token id, with a made-up name for ids that only the weights have. Raises ValueError where two
    ids have the same text: CTranslate2 could not tell them apart."""
    tokens = [f"<unused-{number}>" for number in range(size)]
    for token, number in tokenizer.vocabulary.items():
        if number >= size:
            raise ValueError(f"its tokenizer has more tokens than the {size:,} embeddings of its weights")
        tokens[number] = token
    if len(set(tokens)) < size:
        raise ValueError("two of its tokens have one text")
    return tokens


class Vocabulary:
    """Stands in for a tokenizer of `transformers`, as far as the converter uses it, with the ids of our own
    tokenizer."""

    def __init__(self, tokens: list[str], config: Any, unknown: int) -> None:
        self.tokens = tokens
        self.bos_token, self.eos_token, self.pad_token = (
            self.convert_ids_to_tokens(number)
            for number in (getattr(config, name, None) for name in ("bos_token_id", "eos_token_id", "pad_token_id"))
        )
        self.unk_token_id, self.unk_token = unknown, tokens[unknown]
        self.special_tokens_map: dict[str, list[str]] = {}

    def get_vocab(self) -> dict[str, int]:
        return {token: number for number, token in enumerate(self.tokens)}

    def convert_ids_to_tokens(self, number: int | None) -> str:
        return self.tokens[number or 0]


def write_ct2(parts: Parts, network: Any, tokens: list[str], entry: Path) -> list[str]:
    """Write the folder that CTranslate2 reads; returns its vocabulary, whose places are token ids. Raises the
    converter's errors."""
    from ctranslate2.converters.transformers import TransformersConverter

    class Converter(TransformersConverter):  # type: ignore[misc]
        """The converter of a loaded network, with its own vocabulary."""

        def load_model(self, *arguments: Any, **options: Any) -> Any:
            return network.float().cpu()

        def load_tokenizer(self, *arguments: Any, **options: Any) -> Any:
            unknown = tokens.index("<unk>") if "<unk>" in tokens else 0
            return Vocabulary(tokens, network.config, unknown)

        def _load(self) -> Any:
            spec = super()._load()
            if parts.family != "marian":
                align_by_all_heads(spec.decoder)
            return spec

    quantization = compute_type(parts.device.type)
    Converter(str(parts.folder)).convert(str(entry), quantization=quantization, force=True)
    written: list[str] = json.loads((entry / "shared_vocabulary.json").read_text("utf-8"))
    if written != tokens[: len(written)]:
        raise ValueError("the converter numbers its tokens in another way")
    return written


def align_by_all_heads(decoder: Any) -> None:
    """Let a decoder (CTranslate2's specification of it) align by the mean of all heads of its last layer but one, whose
    alignments are nearest to people's (Garg et al. 2019). Marian's models are trained to align with the first head of
    their last layer, which the converter chooses."""
    decoder.alignment_layer = type(decoder.alignment_layer)(max(0, len(decoder.layer) - 2))
    decoder.alignment_heads = type(decoder.alignment_heads)(decoder.num_heads)


def sample_format(parts: Parts, tokenizer: Tokenizer) -> PromptFormat:
    """The input format of one of the model's directions; only the end of a sentence where the folder states no
    direction."""
    try:
        formats = prompt_formats(parts.name, parts.family, parts.config, parts.tokenizer_config, tokenizer)
    except (ValueError, KeyError):
        return PromptFormat(after=[parts.config["eos_token_id"]])
    return next(iter(formats.values()))


def translated(reference: TransformerTranslator, sources: list[list[int]], framing: PromptFormat) -> list[list[int]]:
    """The translations that the original writes, by greedy search."""
    sentences = [Sentence(number, SAMPLE_TOKENS, begin=framing.begin) for number in range(len(sources))]
    results = reference.generate(sources, sentences, 1, lambda: False)
    return [hypotheses[0].tokens for hypotheses in results]


@torch.inference_mode()
def log_probabilities(
    reference: TransformerTranslator, sources: list[list[int]], targets: list[list[int]]
) -> list[list[float]]:
    """The log probabilities, by the original, of each token of given translations and of the end after them."""
    rows = []
    for source, target in zip(sources, targets, strict=True):
        ids, mask = padded([source], reference.pad, reference.device)
        read = torch.tensor([[reference.start, *target]], device=reference.device)
        logits = reference.model(input_ids=ids, attention_mask=mask, decoder_input_ids=read).logits[0].float()
        if reference.pad == logits.shape[1] - 1:  # Marian's padding token, which CTranslate2 lacks
            logits[:, reference.pad] = -torch.inf
        wanted = torch.tensor([*target, next(iter(reference.ends))], device=logits.device)
        found = logits.log_softmax(-1).gather(1, wanted[:, None])[:, 0]  # (time)
        rows.append(found.tolist())
    return rows


def compared(expected: list[list[float]], found: list[list[float]]) -> float:
    """The mean absolute difference; infinite where the numbers of tokens differ."""
    if [len(row) for row in expected] != [len(row) for row in found]:
        return float("inf")
    differences = [
        abs(one - other)
        for row, others in zip(expected, found, strict=True)
        for one, other in zip(row, others, strict=True)
    ]
    return sum(differences) / len(differences)


def main() -> None:
    logs.configure("info", os.environ.get("UNDERTONE_LOG_FORMAT", "text"))
    torch.set_num_threads(max(1, len(os.sched_getaffinity(0)) // 2) if hasattr(os, "sched_getaffinity") else 1)
    folder, cache, device = Path(sys.argv[1]), Path(sys.argv[2]), (sys.argv[3:] or ["cpu"])[0]
    try:
        print(convert(folder, cache, device))  # noqa: T201
    except Exception as error:  # of many kinds, none documented
        print(str(error).partition("\n")[0] or type(error).__name__)  # noqa: T201
        sys.exit(1)


if __name__ == "__main__":
    main()
