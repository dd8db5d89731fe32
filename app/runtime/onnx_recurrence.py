"""Recurrent layers as ONNX graphs: single operators, or a loop over the steps. torch's exporters would unroll them. The
scales of all states are fixed, so an answer does not depend on the other texts of its batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from onnx import TensorProto

from app.nets.weights import Array, Arrays
from app.runtime.onnx_graph import STATE_BOUND, Graph, float32, quantize

OPEN_GATE = 30.0  # a bias that makes sigmoid and tanh 1
# ONNX's order of gates, as indices into torch's: (input, forget, cell, output) and (reset, update, new).
GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn": (0,)}


@dataclass(slots=True)
class Recurrence:
    """A stack of recurrent layers of torch: the kind of its cells, the width of each direction, and its weights by the
    names of torch, such as `weight_ih_l0_reverse`."""

    cell: str
    hidden: int
    layers: int
    bidirectional: bool
    weights: Arrays

    @property
    def features(self) -> int:
        return self.hidden * (2 if self.bidirectional else 1)

    def gates(self, name: str) -> Array:
        """A weight with its gates in ONNX's order."""
        order = GATES[self.cell]
        parts = np.split(float32(self.weights[name]), len(order))
        return np.concatenate([parts[i] for i in order])

    def layer(self, layer: int) -> tuple[Array, Array, Array]:
        """Input and recurrent weights (directions, gates * hidden, width) and biases (directions, 2 * gates *
        hidden)."""
        suffixes = [f"_l{layer}{direction}" for direction in (("", "_reverse") if self.bidirectional else ("",))]
        inputs, hidden = (
            np.stack([self.gates(kind + suffix) for suffix in suffixes]) for kind in ("weight_ih", "weight_hh")
        )
        biases = [[self.gates(kind + suffix) for kind in ("bias_ih", "bias_hh")] for suffix in suffixes]
        return inputs, hidden, np.stack([np.concatenate(pair) for pair in biases])


def recurrence(graph: Graph, rnn: Recurrence, x: str, lengths: str, bound: float) -> tuple[str, str]:
    """x (time, batch, inputs) within `bound`, lengths (batch) int32 -> outputs (time, batch, features), zero on
    padding, and the last hidden state of the top layer (batch, features)."""
    last = ""
    build = {"lstm": quantized_lstm, "gru": quantized_gru, "rnn": float_rnn}[rnn.cell]
    for layer in range(rnn.layers):
        x, last = build(graph, rnn, layer, x, lengths, bound)
        bound = STATE_BOUND
    return x, last


def joined(graph: Graph, rnn: Recurrence, outputs: str, last: str) -> tuple[str, str]:
    """outputs (time, directions, batch, hidden), last (directions, batch, hidden) -> those of `recurrence`."""
    outputs = graph.reshape(graph("Transpose", outputs, perm=[0, 2, 1, 3]), 0, 0, rnn.features)
    return outputs, graph.reshape(graph("Transpose", last, perm=[1, 0, 2]), 0, rnn.features)


def float_rnn(graph: Graph, rnn: Recurrence, layer: int, x: str, lengths: str, bound: float) -> tuple[str, str]:
    direction = "bidirectional" if rnn.bidirectional else "forward"
    weights = [graph.constant(array) for array in rnn.layer(layer)]
    outputs = graph("RNN", x, *weights, lengths, outputs=2, hidden_size=rnn.hidden, direction=direction)
    return joined(graph, rnn, *outputs)


def quantized_gru(graph: Graph, rnn: Recurrence, layer: int, x: str, lengths: str, bound: float) -> tuple[str, str]:
    """A GRU layer in int8: ONNX Runtime's own GRU computes in float32.

    The products of the inputs are one for all steps. A loop over the steps has the products of the hidden states, of
    all directions at once. The backward direction reads each text in reverse, so padding comes last in both and the
    hidden state that remains is the one at the text's end.
    """
    width, length = rnn.hidden, graph("Cast", lengths, to=TensorProto.INT64)
    inputs, hidden, biases = rnn.layer(layer)

    def backward(one: str) -> str:
        return str(graph("ReverseSequence", one, length, time_axis=0, batch_axis=1))

    body, gates = Graph(graph), []
    directions = range(len(inputs))
    states = [body.input(f"state{i}", TensorProto.FLOAT, "batch", width) for i in directions]
    steps = [body.input(f"gates{i}", TensorProto.FLOAT, "batch", 3 * width) for i in directions]
    after = []
    for i in directions:
        of_inputs, of_states = np.split(biases[i], 2)
        of_inputs[: 2 * width] += of_states[: 2 * width]  # only the last gate needs them apart
        of_states[: 2 * width] = 0
        gates.append(graph.linear(backward(x) if i else x, inputs[i], of_inputs, bound))
        product = body.linear(states[i], hidden[i], of_states, STATE_BOUND)
        after.append(gru_state(body, width, steps[i], product, states[i]))
    for name in ("next", "output"):
        for i in directions:
            body.output(f"{name}{i}", after[i])
    batch = graph("Slice", graph("Shape", x), graph.constant([1]), graph.constant([2]))
    zeros = graph("Expand", graph.constant(0.0), graph("Concat", batch, graph.constant([width]), axis=0))
    count = len(inputs)
    results = graph("Scan", *[zeros] * count, *gates, outputs=2 * count, body=body.body(), num_scan_inputs=count)
    outputs = results[count:]  # of each direction (time, batch, hidden)
    end = graph("Unsqueeze", graph("Sub", length, graph.constant([1])), graph.constant([-1]))
    ends = [graph("GatherND", graph("Transpose", one, perm=[1, 0, 2]), end, batch_dims=1) for one in outputs]
    outputs = [backward(one) if i else one for i, one in enumerate(outputs)]
    both, last = (graph("Concat", *parts, axis=-1) for parts in (outputs, ends))
    return graph("Mul", both, present(graph, x, length)), last


def gru_state(graph: Graph, width: int, gates: str, product: str, state: str) -> str:
    """The next state of a GRU (batch, hidden), of the products of its input and of its state (batch, 3 hidden), whose
    gates are in ONNX's order."""
    sizes = graph.constant([2 * width, width])
    of_input, new_of_input = graph("Split", gates, sizes, outputs=2, axis=-1)
    of_state, new_of_state = graph("Split", product, sizes, outputs=2, axis=-1)
    opened = graph("Sigmoid", graph("Add", of_input, of_state))
    update, reset = graph("Split", opened, graph.constant([width] * 2), outputs=2, axis=-1)
    new = graph("Tanh", graph("Add", new_of_input, graph("Mul", reset, new_of_state)))
    return str(graph("Add", new, graph("Mul", update, graph("Sub", state, new))))


def present(graph: Graph, x: str, length: str) -> str:
    """x (time, batch, inputs), length (batch) -> 1 on the tokens of a text, 0 on padding: (time, batch, 1)."""
    time = graph("Squeeze", graph("Slice", graph("Shape", x), graph.constant([0]), graph.constant([1])))
    places = graph("Range", graph.constant(np.array(0)), time, graph.constant(np.array(1)))
    mask = graph("Less", graph("Unsqueeze", places, graph.constant([1])), length)
    return str(graph("Unsqueeze", graph("Cast", mask, to=TensorProto.FLOAT), graph.constant([2])))


def quantized_lstm(graph: Graph, rnn: Recurrence, layer: int, x: str, lengths: str, bound: float) -> tuple[str, str]:
    """An LSTM layer in int8.

    The operator scales its inputs, and at each step its hidden states, by the extremes of the whole batch, so texts
    would change each other's answers. Therefore the layer gets two further inputs, always plus and minus `bound`, and
    two further units whose gates are always open: at step t their states are plus and minus tanh(t), the largest that
    any unit can reach. With these extremes in every batch, the scale is always the same.
    """
    inputs, hidden, biases = rnn.layer(layer)
    directions, width = len(inputs), rnn.hidden
    units = (width + 2 + 7) // 8 * 8
    weights = []
    for array, rows in ((inputs, inputs.shape[2] + 2), (hidden, units)):
        wide = np.zeros((directions, 4, units, rows), dtype=np.float32)
        wide[:, :, :width, : array.shape[2]] = array.reshape(directions, 4, width, -1)
        weights.append(wide.reshape(directions, 4 * units, rows).transpose(0, 2, 1))  # (directions, rows, gates)
    bias = np.zeros((directions, 2, 4, units), dtype=np.float32)
    bias[:, :, :, :width] = biases.reshape(directions, 2, 4, width)
    bias[:, 0, :, width : width + 2] = OPEN_GATE  # input, output, forget
    bias[:, 0, 3, width + 1] = -OPEN_GATE  # the cell of the second unit counts down
    extremes = graph.constant(np.array([bound, -bound], dtype=np.float32))
    shape = graph("Concat", graph("Slice", graph("Shape", x), graph.constant([0]), graph.constant([2])),
                  graph.constant([2]), axis=0)  # fmt: skip
    x = graph("Concat", x, graph("Expand", extremes, shape), axis=2)
    quantized = [quantize(weight) for weight in weights]
    zero = graph.constant(np.zeros((directions, 4 * units), dtype=np.int8))
    names = [x, *(graph.constant(weight) for weight, _ in quantized), graph.constant(bias.reshape(directions, -1))]
    names += [lengths, "", "", "", graph.constant(quantized[0][1]), zero, graph.constant(quantized[1][1]), zero]
    direction = "bidirectional" if rnn.bidirectional else "forward"
    outputs = graph(
        "DynamicQuantizeLSTM", *names, outputs=2, domain="com.microsoft", hidden_size=units, direction=direction
    )
    outputs = [
        graph("Slice", one, graph.constant([0]), graph.constant([width]), graph.constant([axis]))
        for one, axis in zip(outputs, (3, 2), strict=True)
    ]
    return joined(graph, rnn, *outputs)
