"""Two ways to run a model behind one interface: torch, which is the reference, and ONNX Runtime with int8 weights.

    Classifier   classify
    Translator   decoding; encode, join, keep, reorder, step: the decoder over sentences that come and go

`Decoding` is a translator with a beam search; `translate` runs one over a whole list. Knows no queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from app.nets.classifier import RecurrentClassifier
from app.nets.config import ModelConfig
from app.nets.folder import Model
from app.nets.recurrent import pad
from app.nets.translator import BOS, EOS, GruTranslator, Memory
from app.runtime.beam_search import BeamSearch, Floats, Ints, Scored, Sentence, repeats

RUNTIMES = ("torch", "onnx")
PRECISIONS = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
Array = TypeVar("Array")


class Classifier(Protocol):
    config: ModelConfig

    def classify(self, batch: list[list[int]]) -> list[list[float]]:
        """Token ids of each text, at least one each -> calibrated probabilities in the order of the labels."""


@dataclass(slots=True)
class Slots(Generic[Array]):
    """What the decoder keeps of sentences in flight: the encoder's memory as keys and values (sentences, heads, time,
    width), which of it is no padding (sentences, time), and its own state (sentences, beam, 2, hidden)."""

    keys: Array
    values: Array
    mask: Array
    state: Array


class Translator(Protocol):
    config: ModelConfig
    length_penalty: float

    def decoding(self, beam: int) -> Decoding:
        """An empty one of this translator."""

    def encode(self, sources: list[list[int]], beam: int) -> Slots[Any]:
        """Token ids of each source, target tag first, end of sentence last."""

    def join(self, slots: Slots[Any], others: Slots[Any]) -> Slots[Any]:
        """Others behind those that are there."""

    def keep(self, slots: Slots[Any], indices: Ints) -> Slots[Any]:
        """Only the sentences at these places."""

    def step(self, slots: Slots[Any], words: Ints, candidates: int) -> tuple[Floats, Ints]:
        """Read a word for each hypothesis, (sentences, beam); returns log probabilities and ids of the likeliest next
        words, both (sentences, beam, candidates), best first. Changes the state."""

    def reorder(self, slots: Slots[Any], origin: Ints) -> None:
        """Let each hypothesis go on from the one named, (sentences, beam)."""


def upload(array: Ints, device: torch.device) -> Tensor:
    """To the device; a GPU fetches it by itself, out of pinned memory, while the processor goes on."""
    tensor = torch.from_numpy(array)
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor


class TorchTranslator:
    """On any device, step by step; `graphs.CapturedTranslator` is what a GPU gets."""

    def __init__(self, model: GruTranslator) -> None:
        self.model, self.config, self.length_penalty = model, model.config, model.sizes.length_penalty
        self.device = model.embedding.weight.device

    def decoding(self, beam: int) -> Decoding:
        return Decoding(self, beam)

    @torch.inference_mode()
    def encode(self, sources: list[list[int]], beam: int) -> Slots[Tensor]:
        tokens, lengths = pad(sources, self.device)
        memory, state = self.model.encode(tokens, lengths)
        return Slots(memory.keys, memory.values, memory.mask[:, 0, 0], state[:, None].repeat(1, beam, 1, 1))

    @torch.inference_mode()
    def join(self, slots: Slots[Tensor], others: Slots[Tensor]) -> Slots[Tensor]:
        time = max(slots.mask.shape[1], others.mask.shape[1])

        def wide(array: Tensor, dim: int) -> Tensor:
            missing = time - array.shape[dim]
            return torch.nn.functional.pad(array, (0, 0) * (array.dim() - 1 - dim) + (0, missing)) if missing else array

        return Slots(
            torch.cat([wide(slots.keys, 2), wide(others.keys, 2)]),
            torch.cat([wide(slots.values, 2), wide(others.values, 2)]),
            torch.cat([wide(slots.mask, 1), wide(others.mask, 1)]),
            torch.cat([slots.state, others.state]),
        )

    @torch.inference_mode()
    def keep(self, slots: Slots[Tensor], indices: Ints) -> Slots[Tensor]:
        chosen = upload(indices, self.device)
        mask = slots.mask[chosen]
        time = int(mask.sum(dim=1).max()) if len(indices) else 0
        return Slots(slots.keys[chosen, :, :time], slots.values[chosen, :, :time], mask[:, :time], slots.state[chosen])

    @torch.inference_mode()
    def step(self, slots: Slots[Tensor], words: Ints, candidates: int) -> tuple[Floats, Ints]:
        memory = Memory(slots.keys, slots.values, slots.mask[:, None, None])
        log_probabilities, slots.state = self.model.step(upload(words, self.device), slots.state, memory)
        best, found = log_probabilities.topk(min(candidates, log_probabilities.shape[-1]), dim=-1)
        return best.cpu().numpy(), found.cpu().numpy()

    @torch.inference_mode()
    def reorder(self, slots: Slots[Tensor], origin: Ints) -> None:
        places = upload(origin, self.device)[:, :, None, None].expand_as(slots.state)
        slots.state = slots.state.gather(1, places)


class Decoding:
    """The sentences of one translator and one beam width that are in flight."""

    def __init__(self, translator: Translator, beam: int) -> None:
        self.translator = translator
        self.search = BeamSearch(beam, EOS, translator.length_penalty)
        self.slots: Slots[Any] | None = None

    def __len__(self) -> int:
        return len(self.search)

    @property
    def sentences(self) -> list[Sentence]:
        return self.search.sentences

    def stable_prefix(self, index: int) -> list[int]:
        """The words with which a sentence's translation surely begins."""
        return self.search.stable_prefix(index)

    def join(self, sources: list[list[int]], sentences: list[Sentence]) -> None:
        """Encode sources together and take them in."""
        fresh = self.translator.encode(sources, self.search.beam)
        self.slots = fresh if self.slots is None else self.translator.join(self.slots, fresh)
        for source, sentence in zip(sources, sentences, strict=True):
            sentence.may_repeat = repeats(source)
        self.search.join(sentences)

    def step(self) -> list[tuple[Any, list[Scored]]]:
        """One word on; returns who is done, and the best translations of each."""
        assert self.slots is not None, "a bug: a step without sentences"
        words = self.search.last_words(BOS)
        origin = self.search.advance(*self.translator.step(self.slots, words, self.search.candidates))
        finished = self.search.finished()
        done = [(self.search.sentences[i].key, self.search.result(i)) for i in finished]
        if finished:
            gone = set(finished)
            self.keep([i for i in range(len(self)) if i not in gone])
            origin = origin[[i for i in range(len(origin)) if i not in gone]]
        if self.slots is not None and self.search.beam > 1:
            self.translator.reorder(self.slots, origin)
        return done

    def drop(self, key: Any) -> None:
        """Nobody waits for this one any more."""
        kept = [i for i, sentence in enumerate(self.search.sentences) if sentence.key != key]
        if len(kept) < len(self):
            self.keep(kept)

    def keep(self, indices: list[int]) -> None:
        places = np.array(indices, dtype=np.int64)
        self.search.keep(places)
        self.slots = self.translator.keep(self.slots, places) if indices and self.slots is not None else None


class Decodes(Protocol):
    """All that `translate` asks of a translator."""

    def decoding(self, beam: int) -> Any: ...


def translate(
    translator: Decodes,
    sources: list[list[int]],
    *,
    beam: int,
    max_tokens: list[int],
    alternatives: int = 1,
    begin: Sequence[int] = (),
) -> list[list[Scored]]:
    """Token ids of each source (tag first, end of sentence last) -> its best `alternatives` translations, best first,
    each with its length-normalised log probability. `beam` 1 is greedy search. All begin with the ids of `begin`."""
    decoding = translator.decoding(max(beam, alternatives))
    decoding.join(sources, [Sentence(i, limit, alternatives, begin=list(begin)) for i, limit in enumerate(max_tokens)])
    results: dict[Any, list[Scored]] = {}
    while len(decoding):
        results.update(decoding.step())
    return [results[i] for i in range(len(sources))]


def precision_of(name: str, runtime: str, device: torch.device) -> torch.dtype:
    """What torch computes in. Raises ValueError where the runtime has a precision of its own.

    `auto` is float16 on a GPU: weights are stored in it, so none changes; hidden states and what tanh gives are within
    1, so its range suffices; and it is eight times finer than bfloat16. On a processor half precision is slower.
    """
    if runtime == "onnx" and name != "auto":
        raise ValueError(
            f"the precision {name} needs the runtime torch; onnx computes in int8: leave one of both to auto"
        )
    if name == "auto":
        return torch.float16 if device.type == "cuda" else torch.float32
    return PRECISIONS[name]


def runtime_of(model: Model, name: str, precision: torch.dtype = torch.float32) -> Classifier | Translator:
    """What runs a loaded model, which is changed to `precision`. Raises ImportError where the runtime is missing."""
    if name == "onnx":
        from app.runtime.onnx import OnnxClassifier, OnnxTranslator

        return OnnxClassifier(model) if isinstance(model, RecurrentClassifier) else OnnxTranslator(model)
    model = model.to(precision)  # lays the weights of recurrences flat, as cuDNN wants them
    if isinstance(model, RecurrentClassifier):
        return model
    if model.embedding.weight.is_cuda:
        from app.runtime.cuda_graphs import CapturedTranslator

        return CapturedTranslator(model)
    return TorchTranslator(model)
