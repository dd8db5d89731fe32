"""Builds ONNX graphs in int8 from the weights of torch layers, which it gets as arrays: imports no torch.

The weights of matrix products become int8, with one scale for each column. Activations become 8-bit with a scale for
each row or with a fixed one; dynamic quantization usually takes one scale for the whole batch, but an answer must not
depend on the other texts of its batch. Recurrences with lengths, which torch's exporters unroll, stay single operators.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from app.nets.weights import Array, Arrays

OPSET, IR_VERSION = 17, 9
# CPUs without 8-bit dot products (VNNI) add pairs of products in 16 bits. That overflows with 8-bit weights, not with
# 7-bit ones.
WEIGHT_LIMIT = 63
STATE_BOUND = 1.0  # largest magnitude of the hidden states of gated cells, and of tanh
OPEN_GATE = 30.0  # a bias that makes sigmoid and tanh 1
# ONNX's order of gates, as indices into torch's: (input, forget, cell, output) and (reset, update, new).
GATES = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2), "rnn": (0,)}


class Graph:
    """Collects nodes and names them. Inputs and outputs are named by the caller."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, kind: int, *shape: int | str) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def constant(self, value: Array | list[int] | float) -> str:
        array = np.asarray(value)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def __call__(self, op: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        names = [f"{op}{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, name=names[0], **attributes))
        return names[0] if outputs == 1 else names

    def embedding(self, tokens: str, table: Array, scale: float = 1.0) -> str:
        """The rows of a table, in the type in which it is stored, as float32 times `scale`."""
        rows: str = self("Gather", self.constant(table), tokens)
        if table.dtype != np.float32:
            rows = self("Cast", rows, to=TensorProto.FLOAT)
        return rows if scale == 1 else str(self("Mul", rows, self.constant(scale)))

    def linear(self, x: str, weight: Array, bias: Array | None, bound: float | None) -> str:
        """The product of x (..., inputs) and the weight (outputs, inputs) of a torch layer, in int8.

        `bound` is the largest magnitude that x can have; without it each row is scaled by its own maximum.
        """
        largest = ""
        if bound is None:
            floor = self.constant(1e-12)
            largest = self("Max", self("ReduceMax", self("Abs", x), axes=[-1], keepdims=1), floor)
            x, bound = self("Div", x, largest), 1.0
        weights, weight_scales = quantize(float32(weight).T)
        scale, zero = self.constant(bound / 127), self.constant(np.array(128, dtype=np.uint8))
        inputs = [self("QuantizeLinear", x, scale, zero), self.constant(weights), scale]
        inputs += [self.constant(weight_scales), zero, self.constant(np.array(0, dtype=np.int8))]
        if bias is not None and not largest:
            inputs.append(self.constant(float32(bias)))
        product: str = self("MatMulIntegerToFloat", *inputs, domain="com.microsoft")
        if largest:
            product = self("Mul", product, largest)
            product = self("Add", product, self.constant(float32(bias))) if bias is not None else product
        return product

    def reshape(self, x: str, *shape: int) -> str:
        """In `shape`, 0 keeps the size of a dimension and -1 stands for the remaining size."""
        return str(self("Reshape", x, self.constant(list(shape))))

    def output(self, name: str, x: str, kind: int = TensorProto.FLOAT) -> None:
        self.nodes.append(helper.make_node("Identity", [x], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, kind, None))

    def model(self) -> bytes:
        """The graph as a serialized ONNX model."""
        graph = helper.make_graph(self.nodes, "undertone", self.inputs, self.outputs, self.constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
        model: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION).SerializeToString()
        return model


def float32(array: Array) -> Array:
    return array.astype(np.float32)


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
    for layer in range(rnn.layers):
        build = quantized_lstm if rnn.cell == "lstm" else float_recurrence
        outputs, last = build(graph, rnn, layer, x, lengths, bound)  # (time, directions, batch, hidden), last likewise
        x = graph.reshape(graph("Transpose", outputs, perm=[0, 2, 1, 3]), 0, 0, rnn.features)
        bound = STATE_BOUND
    top = graph("Transpose", last, perm=[1, 0, 2])  # (batch, directions, hidden)
    return x, graph.reshape(top, 0, rnn.features)


def float_recurrence(graph: Graph, rnn: Recurrence, layer: int, x: str, lengths: str, bound: float) -> list[str]:
    attributes: dict[str, Any] = {"hidden_size": rnn.hidden}
    if rnn.bidirectional:
        attributes["direction"] = "bidirectional"
    if rnn.cell == "gru":
        attributes["linear_before_reset"] = 1
    weights = [graph.constant(array) for array in rnn.layer(layer)]
    outputs: list[str] = graph(rnn.cell.upper(), x, *weights, lengths, outputs=2, **attributes)
    return outputs


def quantized_lstm(graph: Graph, rnn: Recurrence, layer: int, x: str, lengths: str, bound: float) -> list[str]:
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
    return [
        graph("Slice", one, graph.constant([0]), graph.constant([width]), graph.constant([axis]))
        for one, axis in zip(outputs, (3, 2), strict=True)
    ]


def quantize(weights: Array) -> tuple[Array, Array]:
    """Weights (..., rows, columns) -> int8 weights and the scale of each column."""
    scales = (np.abs(weights).max(axis=-2) / WEIGHT_LIMIT + 1e-12).astype(np.float32)
    limited = np.clip(np.rint(weights / scales[..., None, :]), -WEIGHT_LIMIT, WEIGHT_LIMIT)
    return limited.astype(np.int8), scales
