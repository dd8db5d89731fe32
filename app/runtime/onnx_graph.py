"""Builds ONNX graphs in int8 from the weights of torch layers, given as arrays: imports no torch.

The weights of matrix products become int8, with one scale for each column. Activations become 8-bit with a scale for
each row or with a fixed one; dynamic quantization usually takes one scale for the whole batch, but an answer must not
depend on the other texts of its batch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from app.nets.weights import Array

OPSET, IR_VERSION = 17, 9
# CPUs without 8-bit dot products (VNNI) add pairs of products in 16 bits, which overflows with 8-bit weights, but not
# with 7-bit ones.
WEIGHT_LIMIT = 63
STATE_BOUND = 1.0  # largest magnitude of the hidden states of gated cells, and of tanh


class Graph:
    """Collects nodes and names them. Inputs and outputs are named by the caller. A body, the graph in an operator
    such as Scan, keeps its constants in the `outer` graph."""

    def __init__(self, outer: Graph | None = None) -> None:
        self.prefix = "" if outer is None else f"body{len(outer.nodes)}_"
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = [] if outer is None else outer.constants
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, kind: int, *shape: int | str) -> str:
        name = self.prefix + name
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
        names = [f"{self.prefix}{op}{len(self.nodes)}_{i}" for i in range(outputs)]
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
        name = self.prefix + name
        self.nodes.append(helper.make_node("Identity", [x], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, kind, None))

    def body(self) -> onnx.GraphProto:
        """The graph as an attribute of an operator of the outer graph."""
        return helper.make_graph(self.nodes, "body", self.inputs, self.outputs)

    def model(self) -> bytes:
        """The graph as a serialized ONNX model."""
        graph = helper.make_graph(self.nodes, "undertone", self.inputs, self.outputs, self.constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
        model: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION).SerializeToString()
        return model


def float32(array: Array) -> Array:
    return array.astype(np.float32)


def quantize(weights: Array) -> tuple[Array, Array]:
    """Weights (..., rows, columns) -> int8 weights and the scale of each column."""
    scales = (np.abs(weights).max(axis=-2) / WEIGHT_LIMIT + 1e-12).astype(np.float32)
    limited = np.clip(np.rint(weights / scales[..., None, :]), -WEIGHT_LIMIT, WEIGHT_LIMIT)
    return limited.astype(np.int8), scales
