"""The int8 graphs of our networks, which `onnx.py` runs. Imports `onnx`, which only building graphs needs."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto

from app.nets.sizes import ClassifierSizes, TranslatorSizes
from app.nets.weights import Array, Arrays, under
from app.runtime.onnx_graph import STATE_BOUND, Graph, float32
from app.runtime.onnx_recurrence import Recurrence, recurrence

BLOCK = 64  # tokens of a block of the vocabulary; `likeliest` first compares the highest scores of blocks


def embedded(graph: Graph, table: Array, scale: float = 1.0) -> tuple[str, str, float]:
    """Adds the inputs `tokens` (batch, time) and `lengths` (batch); returns the embeddings (time, batch, width), the
    lengths, and the largest magnitude of an embedding."""
    tokens = graph.input("tokens", TensorProto.INT64, "batch", "time")
    lengths = graph.input("lengths", TensorProto.INT32, "batch")
    vectors = graph.embedding(tokens, table, scale)
    return graph("Transpose", vectors, perm=[1, 0, 2]), lengths, float(np.abs(float32(table)).max()) * scale


def classifier_graphs(sizes: ClassifierSizes, weights: Arrays) -> dict[str, bytes]:
    """The graph `classify` of a `RecurrentClassifier`."""
    graph = Graph()
    x, lengths, bound = embedded(graph, weights["embedding.weight"])
    rnn = Recurrence(sizes.cell, sizes.hidden, sizes.layers, sizes.bidirectional, under("recurrent.rnn.", weights))
    states, last = recurrence(graph, rnn, x, lengths, bound)  # (time, batch, features), (batch, features)
    absent = graph.input("absent", TensorProto.FLOAT, "time", "batch", 1)  # 1 on padding
    minus = graph("Mul", absent, graph.constant(-1e9))
    pooled = [pool(graph, weights, name, states, last, minus, lengths) for name in sizes.poolings]
    features = graph("Concat", *pooled, axis=1) if len(pooled) > 1 else pooled[0]
    graph.output("logits", graph.linear(features, weights["output.weight"], weights["output.bias"], STATE_BOUND))
    return {"classify": graph.model()}


def pool(graph: Graph, weights: Arrays, name: str, states: str, last: str, minus: str, lengths: str) -> Any:
    """states (time, batch, features) -> (batch, features)."""
    first_axis = graph.constant([0])
    if name == "last":
        return last
    if name == "mean":
        count = graph("Unsqueeze", graph("Cast", lengths, to=TensorProto.FLOAT), graph.constant([1]))
        return graph("Div", graph("ReduceSum", states, first_axis, keepdims=0), count)
    if name == "max":
        return graph("ReduceMax", graph("Add", states, minus), axes=[0], keepdims=0)
    weight, bias = weights["attention_projection.weight"], weights["attention_projection.bias"]
    projected = graph("Tanh", graph.linear(states, weight, bias, STATE_BOUND))
    scores = graph.linear(projected, weights["attention_query.weight"], None, STATE_BOUND)  # (time, batch, 1)
    shares = graph("Softmax", graph("Add", scores, minus), axis=0)
    return graph("ReduceSum", graph("Mul", shares, states), first_axis, keepdims=0)


def translator_graphs(sizes: TranslatorSizes, weights: Arrays) -> dict[str, bytes]:
    """The graphs of a `GruTranslator`: `encode`, a `step` of the decoder, and the attention of a step's queries,
    `attend`."""
    graphs = TranslatorGraphs(sizes, weights)
    return {"encode": graphs.encode().model(), "step": graphs.step().model(), "attend": graphs.attend().model()}


class TranslatorGraphs:
    def __init__(self, sizes: TranslatorSizes, weights: Arrays) -> None:
        self.sizes, self.weights = sizes, weights
        self.width = 2 * sizes.hidden // sizes.heads  # of a head
        self.scale = sizes.embedding**0.5

    def linear(self, graph: Graph, name: str, x: str, bound: float | None, bias: bool = True) -> str:
        return graph.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"] if bias else None, bound)

    def by_heads(self, graph: Graph, x: str, perm: tuple[int, ...]) -> str:
        """x (a, b, width) -> (a, b, heads, width / heads), permuted."""
        parts = graph.reshape(x, 0, 0, self.sizes.heads, self.width)
        return str(graph("Transpose", parts, perm=list(perm)))

    def encode(self) -> Graph:
        graph, sizes = Graph(), self.sizes
        x, lengths, bound = embedded(graph, self.weights["embedding.weight"], self.scale)
        rnn = Recurrence("gru", sizes.hidden, sizes.encoder_layers, True, under("encoder.rnn.", self.weights))
        states, last = recurrence(graph, rnn, x, lengths, bound)  # (time, batch, 2 hidden)
        for name, projection in (("keys", "attention.key"), ("values", "attention.value")):
            projected = self.linear(graph, projection, states, STATE_BOUND, bias=False)
            graph.output(name, self.by_heads(graph, projected, (1, 2, 0, 3)))
        graph.output("state", graph("Tanh", self.linear(graph, "bridge", last, STATE_BOUND)))
        return graph

    def step(self) -> Graph:
        graph, sizes = Graph(), self.sizes
        tokens = graph.input("tokens", TensorProto.INT64, "batch", "beam")
        keys, values, minus = self.memory(graph, "keys", "values")
        query_state = graph.input("query_state", TensorProto.FLOAT, "batch", "beam", sizes.hidden)
        context_state = graph.input("context_state", TensorProto.FLOAT, "batch", "beam", sizes.hidden)
        candidates = graph.input("candidates", TensorProto.INT64, 1)

        vectors = graph.embedding(tokens, self.weights["embedding.weight"], self.scale)
        hidden = self.gru_cell(graph, "query_gru", vectors, query_state)  # (batch, beam, hidden)
        query = self.linear(graph, "attention.query", hidden, STATE_BOUND)
        read = graph("MatMul", self.shares(graph, query, keys, minus), values)
        context = graph.reshape(graph("Transpose", read, perm=[0, 2, 1, 3]), 0, 0, 2 * sizes.hidden)
        output = self.gru_cell(graph, "context_gru", graph("Concat", hidden, context, axis=2), context_state)
        features = graph("Concat", graph("Add", output, hidden), context, vectors, axis=2)
        combined = graph("Tanh", self.linear(graph, "combine", features, None))
        best, ids = self.likeliest(graph, graph("LogSoftmax", self.logits(graph, combined), axis=-1), candidates)
        graph.output("best", best)
        graph.output("ids", ids, TensorProto.INT64)
        graph.output("next_query_state", hidden)
        graph.output("next_context_state", output)
        return graph

    def attend(self) -> Graph:
        """The attention of a step, in float; a graph of its own, since only some requests need it."""
        graph = Graph()
        keys, minus = self.memory(graph, "keys")
        hidden = graph.input("query_state", TensorProto.FLOAT, "batch", "beam", self.sizes.hidden)
        weight, bias = self.weights["attention.query.weight"], self.weights["attention.query.bias"]
        product = graph("MatMul", hidden, graph.constant(float32(weight).T))
        query = graph("Add", product, graph.constant(float32(bias)))
        shares = self.shares(graph, query, keys, minus)  # (batch, heads, beam, time)
        graph.output("weights", graph("ReduceMean", shares, axes=[1], keepdims=0))
        return graph

    def memory(self, graph: Graph, *names: str) -> list[str]:
        """Adds the inputs with these names (batch, heads, time, width / heads), and `minus`, -1e9 on padding."""
        parts = [graph.input(name, TensorProto.FLOAT, "batch", self.sizes.heads, "time", self.width) for name in names]
        return [*parts, graph.input("minus", TensorProto.FLOAT, "batch", 1, 1, "time")]

    def shares(self, graph: Graph, query: str, keys: str, minus: str) -> str:
        """query (batch, beam, 2 hidden) -> the attention of each head (batch, heads, beam, time)."""
        queries = graph("Mul", self.by_heads(graph, query, (0, 2, 1, 3)), graph.constant(self.width**-0.5))
        scores = graph("Add", graph("MatMul", queries, graph("Transpose", keys, perm=[0, 1, 3, 2])), minus)
        return str(graph("Softmax", scores, axis=-1))

    def logits(self, graph: Graph, combined: str) -> str:
        """combined (batch, beam, embedding) -> (batch, beam, target vocabulary in whole blocks)."""
        tokens = self.sizes.target_vocabulary
        missing = -tokens % BLOCK
        weight = np.pad(self.weights["embedding.weight"][:tokens], ((0, missing), (0, 0)))
        bias = np.pad(float32(self.weights["output_bias"][:tokens]), (0, missing), constant_values=-1e9)
        return graph.linear(combined, weight, bias, STATE_BOUND)

    def likeliest(self, graph: Graph, scores: str, candidates: str) -> tuple[str, str]:
        """scores (batch, beam, tokens) -> the best `candidates` of each row and their ids, best first.

        The best candidates are in the blocks with the highest peaks, so only those are searched: several times faster
        than the operator TopK over the whole vocabulary.
        """
        size, last = graph.constant([BLOCK]), graph.constant([-1])
        blocks = graph.reshape(scores, 0, 0, -1, BLOCK)
        peaks = graph("ReduceMax", blocks, axes=[-1], keepdims=0)  # (batch, beam, blocks)
        count = graph("Min", candidates, graph.constant([-(-self.sizes.target_vocabulary // BLOCK)]))
        _, high = graph("TopK", peaks, count, outputs=2, axis=-1)  # (batch, beam, count)
        chosen = graph.reshape(graph("GatherND", blocks, graph("Unsqueeze", high, last), batch_dims=2), 0, 0, -1)
        best, places = graph("TopK", chosen, candidates, outputs=2, axis=-1)  # of count * BLOCK
        nth = graph("Div", places, size)
        starts = graph("Mul", graph("Sub", graph("GatherElements", high, nth, axis=2), nth), size)
        return best, graph("Add", starts, places)

    def gru_cell(self, graph: Graph, name: str, x: str, state: str) -> str:
        """One step of a GRU as matrix products, which can be quantized; x and state (batch, beam, ...)."""

        def gates(one: str, side: str, bound: float | None) -> Any:
            weight, bias = (self.weights[f"{name}.{kind}_{side}_l0"] for kind in ("weight", "bias"))
            product = graph.linear(one, weight, bias, bound)
            return graph("Split", product, graph.constant([self.sizes.hidden] * 3), outputs=3, axis=-1)

        x_reset, x_update, x_new = gates(x, "ih", None)
        h_reset, h_update, h_new = gates(state, "hh", STATE_BOUND)
        reset = graph("Sigmoid", graph("Add", x_reset, h_reset))
        update = graph("Sigmoid", graph("Add", x_update, h_update))
        new = graph("Tanh", graph("Add", x_new, graph("Mul", reset, h_new)))
        return str(graph("Add", new, graph("Mul", update, graph("Sub", state, new))))
