"""Explains a `RecurrentClassifier` with one layer of LSTM: the sentiment after each token, integrated gradients, and
the gates. The backward pass is written out, since processors have no torch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.nets.config import ModelConfig
from app.nets.sizes import ClassifierSizes
from app.nets.weights import Array, Arrays
from app.runtime.explanation import Reading, Steps, rounded, sigmoid, softmax
from app.text.tokenizer import UNKNOWN

NODES = 16  # points of the path from the baseline to the text, at which gradients are taken
MORE_NODES = 64  # used where the contributions with NODES do not add up
TOLERANCE = 0.005  # of the sum of contributions
SLICE_TOKENS, FEWEST_ROWS = 512, 8  # tokens and rows of a batch: fewer rows take as long


@dataclass(slots=True)
class Direction:
    """The weights of one direction of a layer: inputs (4 hidden, embedding), recurrence (4 hidden, hidden), bias (4
    hidden); gates in torch's order: input, forget, cell, output."""

    inputs: Array
    recurrence: Array
    bias: Array


@dataclass(slots=True)
class Trace:
    """The intermediate values of a direction: activated gates (time, rows, 4 hidden), cells and states (time, rows,
    hidden)."""

    gates: Array
    cells: Array
    states: Array


def forward(projected: Array, recurrence: Array) -> Trace:
    """An LSTM over projected inputs (time, rows, 4 hidden), biases in them."""
    time, rows, width = projected.shape
    hidden = width // 4
    gates = np.empty_like(projected)
    cells, states = (np.empty((time, rows, hidden), dtype=np.float32) for _ in range(2))
    cell = state = np.zeros((rows, hidden), dtype=np.float32)
    for t in range(time):
        x = projected[t] + state @ recurrence.T  # (rows, 4 hidden)
        gates[t] = sigmoid(x)
        gates[t, :, 2 * hidden : 3 * hidden] = np.tanh(x[:, 2 * hidden : 3 * hidden])
        input_, forget, new, output = np.split(gates[t], 4, axis=-1)
        cells[t] = cell = forget * cell + input_ * new
        states[t] = state = output * np.tanh(cell)
    return Trace(gates, cells, states)


def backward(trace: Trace, recurrence: Array, gradients: Array) -> Array:
    """Gradients of the states (time, rows, hidden) -> those of the projected inputs (time, rows, 4 hidden), through
    time (Werbos 1990)."""
    time, rows, hidden = gradients.shape
    result = np.empty_like(trace.gates)
    on_state = on_cell = np.zeros((rows, hidden), dtype=np.float32)
    for t in reversed(range(time)):
        input_, forget, new, output = np.split(trace.gates[t], 4, axis=-1)
        squashed = np.tanh(trace.cells[t])
        on_state = on_state + gradients[t]
        on_cell = on_cell + on_state * output * (1 - squashed**2)
        before = trace.cells[t - 1] if t else np.zeros_like(on_cell)
        parts = (
            on_cell * new * input_ * (1 - input_),
            on_cell * before * forget * (1 - forget),
            on_cell * input_ * (1 - new**2),
            on_state * squashed * output * (1 - output),
        )
        result[t] = np.concatenate(parts, axis=-1)
        on_state, on_cell = result[t] @ recurrence, on_cell * forget
    return result


class ClassifierExplainer:
    def __init__(self, config: ModelConfig, sizes: ClassifierSizes, weights: Arrays) -> None:
        self.sizes, self.temperature = sizes, config.temperature
        self.embedding = weights["embedding.weight"]  # as it is stored: few of its rows are read

        def floats(name: str) -> Array:
            return weights[name].astype(np.float32)

        def direction(suffix: str) -> Direction:
            inputs, recurrence, *biases = (
                floats(f"recurrent.rnn.{name}_l0{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            return Direction(inputs, recurrence, biases[0] + biases[1])

        self.directions = [direction(suffix) for suffix in (("", "_reverse") if sizes.bidirectional else ("",))]
        self.output, self.output_bias = floats("output.weight"), floats("output.bias")
        if "attention" in sizes.poolings:
            self.projection, self.projection_bias = (
                floats("attention_projection.weight"),
                floats("attention_projection.bias"),
            )
            self.query = floats("attention_query.weight")[0]  # (features)
        self.signs = np.zeros(len(config.labels), dtype=np.float32)  # of the objective
        self.signs[config.labels.index("positive")], self.signs[config.labels.index("negative")] = 1, -1

    def explain(self, tokens: list[int], target: list[int]) -> Steps:
        """Integrated gradients (Sundararajan et al. 2017) of P(positive) - P(negative), along the straight line from a
        text of unknown tokens, by Gauss-Legendre quadrature."""
        # Each (directions, time, 4 hidden).
        baseline, text = (self.project(self.embedding[ids]) for ids in ([UNKNOWN] * len(tokens), tokens))
        running: list[Array] = []
        for scores in self.prefixes(text):
            running.append(scores)
            yield
        scores, _, traces = self.read(np.stack([baseline, text], axis=2))
        wanted = float((scores[1] - scores[0]) @ self.signs)
        contributions = np.zeros(len(tokens))
        for nodes in (NODES, MORE_NODES):
            contributions = np.zeros(len(tokens))
            for part in self.gradients(baseline, text, nodes):
                contributions += part
                yield
            if abs(contributions.sum() - wanted) <= TOLERANCE:
                break
        gates = np.mean([in_order(gates_of(one, row=1), n) for n, one in enumerate(traces)], axis=0)  # (time, 3)
        return Reading(rounded(contributions), rounded(np.concatenate(running)), rounded(gates), rounded(scores[0]))

    def project(self, embedded: Array) -> Array:
        """embedded (time, embedding) -> the input side of the gates in each direction (directions, time, 4 hidden), in
        the order in which the direction reads."""
        x = embedded.astype(np.float32)
        return np.stack([
            in_order(x @ one.inputs.T + one.bias, number) for number, one in enumerate(self.directions)
        ])  # fmt: skip

    def read(self, projected: Array) -> tuple[Array, Array, list[Trace]]:
        """projected (directions, time, rows, 4 hidden), all rows of full length -> scores (rows, labels), states (rows,
        time, features), and the trace of each direction."""
        traces = [forward(x, one.recurrence) for x, one in zip(projected, self.directions, strict=True)]
        states = np.concatenate([in_order(one.states, number) for number, one in enumerate(traces)], axis=-1)
        states = states.transpose(1, 0, 2)  # (rows, time, features)
        return self.scores(states, np.full(len(states), states.shape[1])), states, traces

    def prefixes(self, text: Array) -> Iterator[Array]:
        """The scores of the text up to each token, some prefixes at a time: (prefixes, labels). Prefixes share the
        forward states of the whole text; backward states begin anew at the end of each prefix."""
        length = text.shape[1]
        before = forward(text[0][:, None], self.directions[0].recurrence).states[:, 0]  # (time, hidden)
        start = 0
        while start < length:
            rows = (math.isqrt(start**2 + 4 * SLICE_TOKENS) - start) // 2  # times its longest prefix: SLICE_TOKENS
            stop = min(length, start + max(FEWEST_ROWS, rows))
            lengths = np.arange(start + 1, stop + 1)
            parts = [np.broadcast_to(before[:stop], (len(lengths), stop, before.shape[1]))]
            if self.sizes.bidirectional:
                # At its step k, a prefix of length n reads the token n - 1 - k: the place length - n + k of the text
                # in the order of this direction.
                steps = np.arange(stop)
                places = np.minimum(length - lengths[:, None] + steps, length - 1)  # (prefixes, steps)
                states = forward(text[1][places.T], self.directions[1].recurrence).states
                back = np.maximum(lengths[:, None] - 1 - steps, 0)  # the step at which it reads each token
                parts.append(states[back, np.arange(len(lengths))[:, None]])  # (prefixes, time, hidden)
            yield self.scores(np.concatenate(parts, axis=-1), lengths)
            start = stop

    def gradients(self, baseline: Array, text: Array, nodes: int) -> Iterator[Array]:
        """The parts of each token's contribution, (time), from some nodes of the path at a time. The gates' inputs are
        linear in the embeddings, so gradients are taken with respect to these inputs."""
        places, weights = np.polynomial.legendre.leggauss(nodes)  # on -1 .. 1
        difference = text - baseline  # (directions, time, 4 hidden)
        rows = max(FEWEST_ROWS, SLICE_TOKENS // text.shape[1])
        for start in range(0, nodes, rows):
            share = ((places[start : start + rows] + 1) / 2).astype(np.float32)[:, None]
            weight = weights[start : start + rows] / 2
            projected = baseline[:, :, None] + share * difference[:, :, None]  # (directions, time, rows, 4 hidden)
            scores, states, traces = self.read(projected)
            gradients = self.back(scores, states).transpose(1, 0, 2)  # (time, rows, features)
            total = np.zeros(text.shape[1])
            for number, (trace, one) in enumerate(zip(traces, self.directions, strict=True)):
                own = np.split(gradients, len(self.directions), axis=-1)[number]
                changes = backward(trace, one.recurrence, in_order(own, number))  # (time, rows, 4 hidden)
                parts = np.einsum("trg,tg,r->t", changes, difference[number], weight, optimize=True)
                total += in_order(parts, number)
            yield total

    def scores(self, states: Array, lengths: Array) -> Array:
        """states (rows, time, features), read up to `lengths` (rows) -> calibrated scores (rows, labels)."""
        absent = np.arange(states.shape[1]) >= lengths[:, None]  # (rows, time)
        pooled = np.concatenate([self.pool(name, states, absent, lengths) for name in self.sizes.poolings], axis=-1)
        return softmax((pooled @ self.output.T + self.output_bias) / self.temperature)

    def attention(self, states: Array, absent: Array | None = None) -> tuple[Array, Array]:
        """The projected states (rows, time, features), and the share of each token (rows, time)."""
        projected = np.tanh(states @ self.projection.T + self.projection_bias)
        scores = projected @ self.query
        return projected, softmax(scores if absent is None else np.where(absent, np.float32(-1e9), scores))

    def pool(self, name: str, states: Array, absent: Array, lengths: Array) -> Array:
        """states (rows, time, features) -> (rows, features)."""
        pooled: Array
        if name == "attention":
            pooled = np.einsum("rt,rtf->rf", self.attention(states, absent)[1], states)
        elif name == "max":
            pooled = np.where(absent[:, :, None], np.float32(-np.inf), states).max(axis=1)
        elif name == "mean":
            present = np.where(absent[:, :, None], np.float32(0), states)
            pooled = present.sum(axis=1) / lengths[:, None].astype(np.float32)
        else:
            last = states[np.arange(len(states)), lengths - 1, : self.sizes.hidden]
            pooled = np.concatenate([last, states[:, 0, self.sizes.hidden :]], axis=-1)
        return pooled

    def back(self, scores: Array, states: Array) -> Array:
        """The gradient of P(positive) - P(negative) with respect to the states, (rows, time, features)."""
        objective = scores @ self.signs
        on_logits = scores * (self.signs - objective[:, None]) / self.temperature  # (rows, labels)
        on_pooled = np.split(on_logits @ self.output, len(self.sizes.poolings), axis=-1)
        time = states.shape[1]
        result = np.zeros_like(states)
        for name, gradient in zip(self.sizes.poolings, on_pooled, strict=True):
            if name == "attention":
                projected, shares = self.attention(states)
                result += shares[:, :, None] * gradient[:, None]
                on_shares = np.einsum("rf,rtf->rt", gradient, states)
                on_scores = shares * (on_shares - (shares * on_shares).sum(axis=1, keepdims=True))
                result += (on_scores[:, :, None] * self.query * (1 - projected**2)) @ self.projection
            elif name == "max":
                highest = states.argmax(axis=1)[:, None]  # (rows, 1, features)
                chosen = np.take_along_axis(result, highest, axis=1)
                np.put_along_axis(result, highest, chosen + gradient[:, None], axis=1)
            elif name == "mean":
                result += gradient[:, None] / np.float32(time)
            else:
                result[:, -1, : self.sizes.hidden] += gradient[:, : self.sizes.hidden]
                result[:, 0, self.sizes.hidden :] += gradient[:, self.sizes.hidden :]
        return result


def in_order(array: Array, direction: int) -> Array:
    """An array over time in the order in which a direction reads; applied twice, in the order of the text."""
    return array[::-1] if direction else array


def gates_of(trace: Trace, row: int) -> Array:
    """The mean over the units of the gates input, forget and output: (time, 3)."""
    parts = np.split(trace.gates[:, row], 4, axis=-1)
    return np.stack([parts[0].mean(axis=-1), parts[1].mean(axis=-1), parts[3].mean(axis=-1)], axis=-1)
