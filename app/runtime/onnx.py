"""The runtime of CPUs: ONNX Runtime with int8 weights, on graphs that are built in memory from a loaded network."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto
from torch import nn

from app.nets.classifier import RecurrentClassifier
from app.nets.translator import GruTranslator
from app.runtime.base import Slots
from app.runtime.beam_search import Floats, Ints
from app.runtime.decoding import SlotDecoding
from app.runtime.onnx_graph import STATE_BOUND, Graph, NumpyArray, Session, recurrence

BLOCK = 64  # tokens of the vocabulary that `likeliest` judges by their highest score


def classifier(model: RecurrentClassifier, precision: str) -> OnnxClassifier:
    check_precision(precision)
    return OnnxClassifier(model)


def translator(model: GruTranslator, precision: str) -> OnnxTranslator:
    check_precision(precision)
    return OnnxTranslator(model)


def check_precision(precision: str) -> None:
    if precision != "auto":
        raise ValueError(
            f"the precision {precision} needs the runtime torch; onnx computes in int8: leave one of both to auto"
        )


def padded(batch: list[list[int]]) -> tuple[Ints, npt.NDArray[np.int32]]:
    """(batch, time) token ids and (batch) lengths."""
    lengths = np.array([len(row) for row in batch], dtype=np.int32)
    tokens = np.zeros((len(batch), int(lengths.max())), dtype=np.int64)
    for row, ids in zip(tokens, batch, strict=True):
        row[: len(ids)] = ids
    return tokens, lengths


def embedded(graph: Graph, model: RecurrentClassifier | GruTranslator, scale: float = 1.0) -> tuple[str, str, float]:
    """Adds the inputs `tokens` (batch, time) and `lengths` (batch); returns the embeddings (time, batch, width), the
    lengths, and the largest magnitude of an embedding."""
    tokens = graph.input("tokens", TensorProto.INT64, "batch", "time")
    lengths = graph.input("lengths", TensorProto.INT32, "batch")
    table = model.embedding.weight.detach() * scale
    vectors = graph("Gather", graph.constant(table), tokens)
    return graph("Transpose", vectors, perm=[1, 0, 2]), lengths, float(table.abs().max())


class OnnxClassifier:
    """A `RecurrentClassifier` in int8."""

    def __init__(self, model: RecurrentClassifier) -> None:
        self.config = model.config
        graph = Graph()
        x, lengths, bound = embedded(graph, model)
        states, last = recurrence(
            graph, model.recurrent, x, lengths, bound
        )  # (time, batch, features), (batch, features)
        absent = graph.input("absent", TensorProto.FLOAT, "time", "batch", 1)  # 1 on padding
        minus = graph("Mul", absent, graph.constant(-1e9))
        pooled = [self.pool(graph, model, name, states, last, minus, lengths) for name in model.poolings]
        features = graph("Concat", *pooled, axis=1) if len(pooled) > 1 else pooled[0]
        graph.output("logits", graph.linear(features, model.output.weight, model.output.bias, STATE_BOUND))
        self.session = graph.session()

    @staticmethod
    def pool(
        graph: Graph, model: RecurrentClassifier, name: str, states: str, last: str, minus: str, lengths: str
    ) -> Any:
        """states (time, batch, features) -> (batch, features)."""
        first_axis = graph.constant([0])
        if name == "last":
            return last
        if name == "mean":
            count = graph("Unsqueeze", graph("Cast", lengths, to=TensorProto.FLOAT), graph.constant([1]))
            return graph("Div", graph("ReduceSum", states, first_axis, keepdims=0), count)
        if name == "max":
            return graph("ReduceMax", graph("Add", states, minus), axes=[0], keepdims=0)
        projected = graph.linear(
            states, model.attention_projection.weight, model.attention_projection.bias, STATE_BOUND
        )
        scores = graph.linear(
            graph("Tanh", projected), model.attention_query.weight, None, STATE_BOUND
        )  # (time, batch, 1)
        weights = graph("Softmax", graph("Add", scores, minus), axis=0)
        return graph("ReduceSum", graph("Mul", weights, states), first_axis, keepdims=0)

    def classify(self, batch: list[list[int]]) -> list[list[float]]:
        tokens, lengths = padded(batch)
        absent = (np.arange(tokens.shape[1])[:, None] >= lengths).astype(np.float32)[:, :, None]
        (logits,) = self.session.run(tokens=tokens, lengths=lengths, absent=absent)
        scaled = logits / self.config.temperature
        exponentials = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        rows: list[list[float]] = (exponentials / exponentials.sum(axis=1, keepdims=True)).tolist()
        return rows


class OnnxTranslator:
    """A `GruTranslator` in int8: one session for the encoder, one for a step of the decoder."""

    def __init__(self, model: GruTranslator) -> None:
        self.length_penalty = model.sizes.length_penalty
        self.target_vocabulary = model.sizes.target_vocabulary
        self.hidden, self.heads = model.sizes.hidden, model.sizes.heads
        query = model.attention.query
        self.query, self.query_bias = (one.detach().numpy() for one in (query.weight.T, query.bias))
        self.encoder = self.encoder_session(model)
        self.stepper = self.step_session(model)

    def decoding(self, beam: int) -> SlotDecoding:
        return SlotDecoding(self, beam)

    def encoder_session(self, model: GruTranslator) -> Session:
        graph = Graph()
        x, lengths, bound = embedded(graph, model, model.sizes.embedding**0.5)
        states, last = recurrence(graph, model.encoder, x, lengths, bound)  # (time, batch, 2 hidden)
        for name, projection in (("keys", model.attention.key), ("values", model.attention.value)):
            graph.output(
                name, self.by_heads(graph, graph.linear(states, projection.weight, None, STATE_BOUND), (1, 2, 0, 3))
            )
        graph.output("state", graph("Tanh", graph.linear(last, model.bridge.weight, model.bridge.bias, STATE_BOUND)))
        return graph.session()

    def by_heads(self, graph: Graph, x: str, perm: tuple[int, ...]) -> str:
        """x (a, b, width) -> (a, b, heads, width / heads), permuted."""
        parts = graph.reshape(x, 0, 0, self.heads, 2 * self.hidden // self.heads)
        return str(graph("Transpose", parts, perm=list(perm)))

    def step_session(self, model: GruTranslator) -> Session:
        graph = Graph()
        tokens = graph.input("tokens", TensorProto.INT64, "batch", "beam")
        keys = graph.input("keys", TensorProto.FLOAT, "batch", self.heads, "time", "width")
        values = graph.input("values", TensorProto.FLOAT, "batch", self.heads, "time", "width")
        minus = graph.input("minus", TensorProto.FLOAT, "batch", 1, 1, "time")
        query_state = graph.input("query_state", TensorProto.FLOAT, "batch", "beam", self.hidden)
        context_state = graph.input("context_state", TensorProto.FLOAT, "batch", "beam", self.hidden)
        candidates = graph.input("candidates", TensorProto.INT64, 1)

        vectors = graph("Gather", graph.constant(model.embedding.weight * model.sizes.embedding**0.5), tokens)
        hidden = self.gru_cell(graph, model.query_gru, vectors, query_state)  # (batch, beam, hidden)
        query = graph.linear(hidden, model.attention.query.weight, model.attention.query.bias, STATE_BOUND)
        scale = graph.constant((2 * self.hidden // self.heads) ** -0.5)
        queries = graph("Mul", self.by_heads(graph, query, (0, 2, 1, 3)), scale)  # (batch, heads, beam, width)
        scores = graph("Add", graph("MatMul", queries, graph("Transpose", keys, perm=[0, 1, 3, 2])), minus)
        read = graph("MatMul", graph("Softmax", scores, axis=-1), values)
        context = graph.reshape(graph("Transpose", read, perm=[0, 2, 1, 3]), 0, 0, 2 * self.hidden)
        output = self.gru_cell(graph, model.context_gru, graph("Concat", hidden, context, axis=2), context_state)
        features = graph("Concat", graph("Add", output, hidden), context, vectors, axis=2)
        combined = graph("Tanh", graph.linear(features, model.combine.weight, model.combine.bias, None))
        missing = -self.target_vocabulary % BLOCK
        weight, bias = (one.detach() for one in model.output())
        weight = nn.functional.pad(weight, (0, 0, 0, missing))
        bias = nn.functional.pad(bias, (0, missing), value=-1e9)
        logits = graph.linear(combined, weight, bias, STATE_BOUND)
        best, ids = self.likeliest(graph, graph("LogSoftmax", logits, axis=-1), candidates)
        graph.output("best", best)
        graph.output("ids", ids, TensorProto.INT64)
        graph.output("next_query_state", hidden)
        graph.output("next_context_state", output)
        return graph.session()

    def likeliest(self, graph: Graph, scores: str, candidates: str) -> tuple[str, str]:
        """scores (batch, beam, tokens) -> the best `candidates` of each row and their ids, best first.

        The best candidates are in the blocks with the highest peaks, so only those are searched: several times faster
        than the operator TopK over the whole vocabulary.
        """
        size, last = graph.constant([BLOCK]), graph.constant([-1])
        blocks = graph.reshape(scores, 0, 0, -1, BLOCK)
        peaks = graph("ReduceMax", blocks, axes=[-1], keepdims=0)  # (batch, beam, blocks)
        count = graph("Min", candidates, graph.constant([-(-self.target_vocabulary // BLOCK)]))
        _, high = graph("TopK", peaks, count, outputs=2, axis=-1)  # (batch, beam, count)
        chosen = graph.reshape(graph("GatherND", blocks, graph("Unsqueeze", high, last), batch_dims=2), 0, 0, -1)
        best, places = graph("TopK", chosen, candidates, outputs=2, axis=-1)  # of count * BLOCK
        nth = graph("Div", places, size)
        starts = graph("Mul", graph("Sub", graph("GatherElements", high, nth, axis=2), nth), size)
        return best, graph("Add", starts, places)

    def gru_cell(self, graph: Graph, gru: nn.GRU, x: str, state: str) -> str:
        """One step of a GRU as matrix products, which can be quantized; x and state (batch, beam, ...)."""

        def gates(one: str, side: str, bound: float | None) -> Any:
            product = graph.linear(one, getattr(gru, f"weight_{side}_l0"), getattr(gru, f"bias_{side}_l0"), bound)
            return graph("Split", product, graph.constant([self.hidden] * 3), outputs=3, axis=-1)

        x_reset, x_update, x_new = gates(x, "ih", None)
        h_reset, h_update, h_new = gates(state, "hh", STATE_BOUND)
        reset = graph("Sigmoid", graph("Add", x_reset, h_reset))
        update = graph("Sigmoid", graph("Add", x_update, h_update))
        new = graph("Tanh", graph("Add", x_new, graph("Mul", reset, h_new)))
        return str(graph("Add", new, graph("Mul", update, graph("Sub", state, new))))

    def encode(self, sources: list[list[int]], beam: int) -> Slots[NumpyArray]:
        tokens, lengths = padded(sources)
        keys, values, state = self.encoder.run(tokens=tokens, lengths=lengths)
        mask = np.arange(tokens.shape[1]) < lengths[:, None]
        return Slots(keys, values, mask, np.repeat(state.reshape(len(sources), 1, 2, self.hidden), beam, axis=1))

    def join(self, slots: Slots[NumpyArray], others: Slots[NumpyArray]) -> Slots[NumpyArray]:
        time = max(slots.mask.shape[1], others.mask.shape[1])

        def joined(one: NumpyArray, other: NumpyArray, axis: int) -> NumpyArray:
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

    def keep(self, slots: Slots[NumpyArray], indices: Ints) -> Slots[NumpyArray]:
        mask = slots.mask[indices]
        time = int(mask.sum(axis=1).max(initial=0))
        return Slots(
            slots.keys[indices][:, :, :time], slots.values[indices][:, :, :time], mask[:, :time], slots.state[indices]
        )

    def step(self, slots: Slots[NumpyArray], tokens: Ints, candidates: int) -> tuple[Floats, Ints]:
        minus = np.where(slots.mask, np.float32(0), np.float32(-1e9))[:, None, None]
        best, ids, query_state, context_state = self.stepper.run(
            tokens=tokens,
            keys=slots.keys,
            values=slots.values,
            minus=minus,
            query_state=np.ascontiguousarray(slots.state[:, :, 0]),
            context_state=np.ascontiguousarray(slots.state[:, :, 1]),
            candidates=np.array([min(candidates, self.target_vocabulary)]),
        )
        slots.state = np.stack([query_state, context_state], axis=2)
        return best, ids

    def attention(self, slots: Slots[NumpyArray]) -> Floats:
        """Outside of the step's graph, which every request pays for: in float, from the states that the step left."""
        count, beam = slots.state.shape[:2]
        hidden = slots.state[:, :, 0].reshape(count * beam, -1)  # NumPy multiplies a stack of matrices one by one
        queries = (hidden @ self.query + self.query_bias).reshape(count, beam, self.heads, -1)
        scores = queries.transpose(0, 2, 1, 3) @ slots.keys.transpose(0, 1, 3, 2) * queries.shape[-1] ** -0.5
        scores = np.where(slots.mask[:, None, None], scores, -np.inf)  # (sentences, heads, beam, time)
        exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights: Floats = (exponentials / exponentials.sum(axis=-1, keepdims=True)).mean(axis=1)
        return weights

    def reorder(self, slots: Slots[NumpyArray], origin: Ints) -> None:
        slots.state = np.take_along_axis(slots.state, origin[:, :, None, None], axis=1)
