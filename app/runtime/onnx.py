"""The runtime of CPUs: ONNX Runtime with int8 weights. The graphs come from a cache, or are built from the weights of a
stored model (onnx_networks.py). Imports neither torch nor, where the cache has the graphs, `onnx`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.nets.folder import StoredModel
from app.nets.sizes import ClassifierSizes, TranslatorSizes
from app.runtime.beam_search import Floats, Ints
from app.runtime.decoding import SlotDecoding
from app.runtime.explanation import softmax
from app.runtime.graph_cache import IN_MEMORY, GraphCache
from app.runtime.onnx_slots import OnnxSlots


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
        rows: list[list[float]] = softmax(logits / self.config.temperature).tolist()
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

    def encode(self, sources: list[list[int]], beam: int) -> OnnxSlots:
        tokens, lengths = padded(sources)
        keys, values, state = self.encoder.run(tokens=tokens, lengths=lengths)
        both = state.reshape(len(sources), 1, 2, self.hidden)
        return OnnxSlots(keys, values, lengths, [np.repeat(both[:, :, layer], beam, axis=1) for layer in (0, 1)])

    def join(self, slots: OnnxSlots, others: OnnxSlots) -> OnnxSlots:
        slots.join(others)
        return slots

    def keep(self, slots: OnnxSlots, indices: Ints) -> OnnxSlots:
        slots.keep(indices)
        return slots

    def step(self, slots: OnnxSlots, tokens: Ints, candidates: int) -> tuple[Floats, Ints]:
        query_state, context_state = slots.states
        best, ids, *slots.states = self.stepper.run(
            tokens=tokens,
            query_state=query_state,
            context_state=context_state,
            candidates=np.array([min(candidates, self.target_vocabulary)]),
            **slots.inputs(),
        )
        return best, ids

    def attention(self, slots: OnnxSlots) -> Floats:
        inputs = slots.inputs()
        (weights,) = self.attender.run(keys=inputs["keys"], minus=inputs["minus"], query_state=slots.states[0])
        return weights

    def reorder(self, slots: OnnxSlots, origin: Ints) -> None:
        rows = np.arange(len(slots))[:, None]
        slots.states = [state[rows, origin] for state in slots.states]
