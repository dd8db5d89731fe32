"""Runs networks of the library `transformers`: a classifier, and an encoder-decoder with static batches.

The decoders of `transformers` keep one position for a whole batch, so sentences cannot join or leave in flight as in
the recurrent translators: waiting sentences are decoded in batches with one limit of length. Knows neither folders nor
queues."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from app.nets.config import ModelConfig
from app.runtime.base import OnStep, no_hook
from app.runtime.beam_search import Scored, Sentence

BUCKET = 32  # tokens; limits of length are rounded up to multiples of it, so that batches can share one


def padded(batch: list[list[int]], pad: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Token ids of each text -> ids and attention mask, both (batch, time)."""
    time = max(map(len, batch))
    ids = torch.tensor([row + [pad] * (time - len(row)) for row in batch], device=device)
    mask = torch.tensor([[1] * len(row) + [0] * (time - len(row)) for row in batch], device=device)
    return ids, mask


class TransformerClassifier:
    """`meanings` holds the label of each class; the probabilities of classes with one label are added up
    (app/huggingface/labels.py)."""

    def __init__(self, model: Any, config: ModelConfig, meanings: list[str]) -> None:
        self.model, self.config = model, config
        self.device = model.get_input_embeddings().weight.device
        self.pad = model.config.pad_token_id or 0
        table = [[float(meaning == label) for label in config.labels] for meaning in meanings]
        self.table = torch.tensor(table, device=self.device)  # (classes, labels)

    @torch.inference_mode()
    def classify(self, batch: list[list[int]]) -> list[list[float]]:
        """Token ids of each text, special tokens included -> probabilities in the order of the labels."""
        ids, mask = padded(batch, self.pad, self.device)
        logits = self.model(input_ids=ids, attention_mask=mask).logits.float()  # (batch, classes)
        rows: list[list[float]] = (logits.softmax(dim=-1) @ self.table).tolist()
        return rows


class TransformerTranslator:
    """`model` is an encoder-decoder, `positions` the number of tokens that it can write, None for no limit."""

    def __init__(self, model: Any, positions: int | None) -> None:
        self.model, self.positions = model, positions
        self.device = model.get_input_embeddings().weight.device
        self.pad = model.config.pad_token_id or 0
        self.start = model.generation_config.decoder_start_token_id
        ends = model.generation_config.eos_token_id
        self.ends = set(ends) if isinstance(ends, list) else {ends}

    def decoding(self, beam: int) -> StaticDecoding:
        return StaticDecoding(self, beam)

    def limit(self, sentence: Sentence) -> int:
        """The limit of the translation of a sentence, in tokens: its own limit, rounded up so that it does not depend
        on the other sentences of the batch."""
        limit = -(-sentence.max_tokens // BUCKET) * BUCKET
        return limit if self.positions is None else min(limit, self.positions - 1 - len(sentence.begin))

    @torch.inference_mode()
    def generate(
        self, sources: list[list[int]], sentences: list[Sentence], beam: int, stop: Callable[[], bool]
    ) -> list[list[Scored]]:
        """The best translations of each source, best first, all with the limit of the first sentence. `stop` is called
        after each token; where it returns true, the translations end there. Scores are NaN: `generate` could compute
        them only by keeping the scores of the whole vocabulary at every step."""

        def criterion(ids: Tensor, scores: Any, **options: Any) -> Tensor:
            return torch.full((ids.shape[0],), stop(), dtype=torch.bool, device=ids.device)

        ids, mask = padded(sources, self.pad, self.device)
        begins = [[self.start, *sentence.begin] for sentence in sentences]
        options = copy.deepcopy(self.model.generation_config)
        options.update(
            num_beams=beam,
            num_return_sequences=max(sentence.alternatives for sentence in sentences),
            max_new_tokens=self.limit(sentences[0]),
            max_length=None,
            do_sample=False,
            forced_bos_token_id=None,  # `begin` of each sentence takes its place
        )
        written = self.model.generate(
            input_ids=ids,
            attention_mask=mask,
            decoder_input_ids=torch.tensor(begins, device=self.device),
            generation_config=options,
            stopping_criteria=[criterion],
        ).tolist()  # (batch * sequences, time)
        each = options.num_return_sequences
        return [
            [
                Scored(self.without_end(row[len(begin) :]), float("nan"))
                for row in written[i * each : i * each + sentence.alternatives]
            ]
            for i, (begin, sentence) in enumerate(zip(begins, sentences, strict=True))
        ]

    def without_end(self, row: list[int]) -> list[int]:
        """The token ids of a sequence up to its end, without padding."""
        end = next((place for place, token in enumerate(row) if token in self.ends), len(row))
        return [token for token in row[:end] if token != self.pad]


class StaticDecoding:
    """A `Decoding` (app/runtime/base.py) whose step is a whole batch of sentences."""

    def __init__(self, translator: TransformerTranslator, beam: int) -> None:
        self.translator, self.beam = translator, beam
        self.waiting: list[tuple[list[int], Sentence]] = []

    def __len__(self) -> int:
        return len(self.waiting)

    @property
    def sentences(self) -> list[Sentence]:
        return [sentence for _, sentence in self.waiting]

    def stable_prefix(self, index: int) -> list[int]:
        """Always empty: a translation is known only as a whole."""
        return []

    def join(self, sources: list[list[int]], sentences: list[Sentence]) -> None:
        self.waiting += zip(sources, sentences, strict=True)

    def step(self, on_step: OnStep = no_hook) -> list[tuple[Any, list[Scored]]]:
        """Translate the oldest sentence together with all others of its limit."""
        limit = self.translator.limit(self.waiting[0][1])
        batch = [entry for entry in self.waiting if self.translator.limit(entry[1]) == limit]
        sources, sentences = [source for source, _ in batch], [sentence for _, sentence in batch]

        def awaited() -> set[Any]:
            """The keys of the batch that were not dropped meanwhile."""
            return {sentence.key for sentence in sentences} & {sentence.key for sentence in self.sentences}

        def stop() -> bool:
            on_step()
            return not awaited()

        results = self.translator.generate(sources, sentences, self.beam, stop)
        left = awaited()
        self.waiting = [entry for entry in self.waiting if entry[1].key not in left]
        return [(s.key, result) for s, result in zip(sentences, results, strict=True) if s.key in left]

    def drop(self, key: Any) -> None:
        self.waiting = [entry for entry in self.waiting if entry[1].key != key]
