"""The runtime of CPUs: ONNX Runtime with int8 weights. The graphs come from a cache, or are built from the weights of a
stored model (onnx_networks.py). Imports neither torch nor, where the cache has the graphs, `onnx`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.nets.folder import StoredModel
from app.nets.sizes import ClassifierSizes, TranslatorSizes
from app.nets.weights import Array
from app.runtime.base import Slots
from app.runtime.beam_search import Floats, Ints
from app.runtime.decoding import SlotDecoding
from app.runtime.graph_cache import IN_MEMORY, GraphCache


def classifier(model: StoredModel, device: str, precision: str, cache: GraphCache) -> OnnxClassifier:
    check(device, precision)
    return OnnxClassifier(model, cache)


def translator(model: StoredModel, device: str, precision: str, cache: GraphCache) -> OnnxTranslator:
    check(device, precision)
    return OnnxTranslator(model, cache)


def check(device: str, precision: str) -> None:
    if precision != "auto":
        raise ValueError(
            f"the precision {precision} needs the runtime torch; onnx computes in int8: leave one of both to auto"
        )
    if device != "cpu":
        raise ValueError(f"the device {device} needs the runtime torch; onnx computes on a CPU")


def padded(batch: list[list[int]]) -> tuple[Ints, npt.NDArray[np.int32]]:
    """(batch, time) token ids and (batch) lengths."""
    lengths = np.array([len(row) for row in batch], dtype=np.int32)
    tokens = np.zeros((len(batch), int(lengths.max())), dtype=np.int64)
    for row, ids in zip(tokens, batch, strict=True):
        row[: len(ids)] = ids
    return tokens, lengths


def minus_on_padding(mask: Array) -> Array:
    """mask (batch, time) -> (batch, 1, 1, time), which takes padding out of a softmax."""
    return np.where(mask, np.float32(0), np.float32(-1e9))[:, None, None]


class OnnxClassifier:
    """A `RecurrentClassifier` in int8."""

    def __init__(self, model: StoredModel, cache: GraphCache = IN_MEMORY) -> None:
        self.config = model.config

        def build() -> dict[str, bytes]:
            from app.runtime.onnx_networks import classifier_graphs

            assert isinstance(model.sizes, ClassifierSizes), "a bug: no classifier"
            return classifier_graphs(model.sizes, model.read())

        self.session = cache.sessions(model.digest, model.sizes, build)["classify"]

    def classify(self, batch: list[list[int]]) -> list[list[float]]:
        tokens, lengths = padded(batch)
        absent = (np.arange(tokens.shape[1])[:, None] >= lengths).astype(np.float32)[:, :, None]
        (logits,) = self.session.run(tokens=tokens, lengths=lengths, absent=absent)
        scaled = logits / self.config.temperature
        exponentials = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        rows: list[list[float]] = (exponentials / exponentials.sum(axis=1, keepdims=True)).tolist()
        return rows


class OnnxTranslator:
    """A `GruTranslator` in int8: one session for the encoder, one for a step of the decoder, one for its attention."""

    def __init__(self, model: StoredModel, cache: GraphCache = IN_MEMORY) -> None:
        sizes = model.sizes
        assert isinstance(sizes, TranslatorSizes), "a bug: no translator"
        self.length_penalty = sizes.length_penalty
        self.target_vocabulary, self.hidden = sizes.target_vocabulary, sizes.hidden

        def build() -> dict[str, bytes]:
            from app.runtime.onnx_networks import translator_graphs

            return translator_graphs(sizes, model.read())

        sessions = cache.sessions(model.digest, sizes, build)
        self.encoder, self.stepper, self.attender = (sessions[name] for name in ("encode", "step", "attend"))

    def decoding(self, beam: int) -> SlotDecoding:
        return SlotDecoding(self, beam)

    def encode(self, sources: list[list[int]], beam: int) -> Slots[Array]:
        tokens, lengths = padded(sources)
        keys, values, state = self.encoder.run(tokens=tokens, lengths=lengths)
        mask = np.arange(tokens.shape[1]) < lengths[:, None]
        return Slots(keys, values, mask, np.repeat(state.reshape(len(sources), 1, 2, self.hidden), beam, axis=1))

    def join(self, slots: Slots[Array], others: Slots[Array]) -> Slots[Array]:
        time = max(slots.mask.shape[1], others.mask.shape[1])

        def joined(one: Array, other: Array, axis: int) -> Array:
            result = np.zeros((len(one) + len(other), *one.shape[1:axis], time, *one.shape[axis + 1 :]), one.dtype)
            for start, part in ((0, one), (len(one), other)):
                place = (slice(start, start + len(part)), *[slice(None)] * (axis - 1), slice(part.shape[axis]))
                result[place] = part
            return result

        return Slots(
            joined(slots.keys, others.keys, 2),
            joined(slots.values, others.values, 2),
            joined(slots.mask, others.mask, 1),
            np.concatenate([slots.state, others.state]),
        )

    def keep(self, slots: Slots[Array], indices: Ints) -> Slots[Array]:
        mask = slots.mask[indices]
        time = int(mask.sum(axis=1).max(initial=0))
        return Slots(
            slots.keys[indices][:, :, :time], slots.values[indices][:, :, :time], mask[:, :time], slots.state[indices]
        )

    def step(self, slots: Slots[Array], tokens: Ints, candidates: int) -> tuple[Floats, Ints]:
        best, ids, query_state, context_state = self.stepper.run(
            tokens=tokens,
            keys=slots.keys,
            values=slots.values,
            minus=minus_on_padding(slots.mask),
            query_state=np.ascontiguousarray(slots.state[:, :, 0]),
            context_state=np.ascontiguousarray(slots.state[:, :, 1]),
            candidates=np.array([min(candidates, self.target_vocabulary)]),
        )
        slots.state = np.stack([query_state, context_state], axis=2)
        return best, ids

    def attention(self, slots: Slots[Array]) -> Floats:
        (weights,) = self.attender.run(
            keys=slots.keys,
            minus=minus_on_padding(slots.mask),
            query_state=np.ascontiguousarray(slots.state[:, :, 0]),
        )
        return weights

    def reorder(self, slots: Slots[Array], origin: Ints) -> None:
        slots.state = np.take_along_axis(slots.state, origin[:, :, None, None], axis=1)
