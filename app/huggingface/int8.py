"""Runs classifiers of the library `transformers` in int8 under ONNX Runtime.

torch exports the network as a graph. In it each product with weights becomes one in int8, built as in the graphs of our
own models: a scale for each column of the weights, and one for each row of activations, so that no answer depends on
the other texts of its batch. Products within attention, normalisation and the rest stay in float32. The answers of
graph and network are compared; where they differ, or the export fails, the network runs in torch as before.
"""

from __future__ import annotations

import io
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from app.huggingface.runtime import TransformerClassifier
from app.nets.config import ModelConfig
from app.nets.weights import Array
from app.runtime.base import Classifier, LoadedModel
from app.runtime.explanation import softmax
from app.runtime.graph_cache import GraphCache, Session
from app.runtime.onnx_graph import OPSET, Graph
from app.text.tokenizer import Tokenizer

log = logging.getLogger("undertone.int8")

CLASSIFY = "classify"
# Largest difference of a probability: from torch's, and between a text alone and in a batch. The second is the error of
# float32, which sums in another order in a wider batch.
FAR, NOISE = 0.05, 1e-3
SAMPLES = (
    "I love this phone.",
    "Terrible service, never again!",
    "The train leaves at nine.",
    "It is not bad at all.",
    "ok",
    "The film was long, and after the first hour I no longer cared who had done it.",
    "Great location and a friendly host, but the room was cold and the street loud all night.",
    "My order arrived two weeks late, one of the cups was broken, and nobody has answered my letters since.",
    "Nobody expected the small team to win, and yet they did, in the rain and with ten players.",
    "Das Essen war kalt und der Kellner unfreundlich.",
    "Une très belle soirée, merci à tous !",
    "Non funziona, voglio un rimborso.",
    "这家酒店很干净，我们还会再来。",
    "Der Zug fährt um neun Uhr ab.",
    "12 items @ 3.99 = 47.88 :)",
    "The committee will publish its report on Thursday, and a second one in spring.",
)


def in_int8(model: LoadedModel, cache: GraphCache) -> LoadedModel:
    """A classifier in int8 where that answers as torch does; else the model as it is, with a warning. Its description
    says which."""
    network = model.classifier
    if not isinstance(network, TransformerClassifier):
        return model
    try:
        graph = graph_of(network, model.digest, cache)
        tokenizer, reading = Tokenizer(model.tokenizer, model.unknown), model.prompt_formats[0]
        longest = model.config.max_tokens - len(reading.frame([]))
        texts = [reading.frame(tokenizer.encode(reading.prompt + text)[:longest]) for text in SAMPLES]
        check(network, graph, texts)
    except Exception as error:  # torch's exporter and ONNX Runtime raise many kinds, none documented
        reason = str(error).partition("\n")[0][:200] or type(error).__name__
        log.warning("%s runs in torch, not in int8: %s", model.config.name, reason)
        model.config.description += "; in torch"
        return model
    model.classifier = graph
    model.config.description += "; in int8 under ONNX Runtime"
    return model


def check(network: Classifier, graph: Classifier, texts: list[list[int]]) -> None:
    """Raises ValueError where the graph's answers differ from the network's, or in a batch from those alone."""
    expected, found = np.array(network.classify(texts)), np.array(graph.classify(texts))
    if not np.isfinite(found).all() or (worst := float(np.abs(expected - found).max())) > FAR:
        raise ValueError(f"a probability differs by {worst:.3f} from that of torch")
    ordered = np.sort(expected, axis=1)
    sure = ordered[:, -1] - ordered[:, -2] > FAR
    changed = int((expected.argmax(axis=1) != found.argmax(axis=1))[sure].sum())
    if changed:
        raise ValueError(f"{changed} of {len(texts)} sample texts get another label than from torch")
    alone = np.array([graph.classify([text])[0] for text in texts])
    if (worst := float(np.abs(alone - found).max())) > NOISE:
        raise ValueError(f"a probability differs by {worst:.4f} between a text alone and in a batch")


class Int8Classifier:
    """A `TransformerClassifier` (app/huggingface/runtime.py) whose network is a graph of ONNX Runtime."""

    def __init__(self, session: Session, config: ModelConfig, pad: int, table: Array) -> None:
        self.session, self.config, self.pad, self.table = session, config, pad, table

    def classify(self, batch: list[list[int]]) -> list[list[float]]:
        """Token ids of each text, special tokens included -> probabilities in the order of the labels."""
        ids = np.full((len(batch), max(map(len, batch))), self.pad, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(batch):
            ids[row, : len(text)], mask[row, : len(text)] = text, 1
        (logits,) = self.session.run(ids=ids, mask=mask)  # (batch, classes)
        rows: list[list[float]] = (softmax(logits) @ self.table).tolist()
        return rows


def graph_of(network: TransformerClassifier, digest: str, cache: GraphCache) -> Int8Classifier:
    """Raises the errors of torch's exporter and ONNX Runtime."""
    versions = (torch.__version__, type(network.model).__name__, Path(__file__).read_text("utf-8"))
    sessions = cache.sessions(digest, versions, lambda: {CLASSIFY: quantized(exported(network.model))})
    return Int8Classifier(sessions[CLASSIFY], network.config, network.pad, network.table.cpu().numpy())


class Logits(torch.nn.Module):
    """The network with positional inputs, as the exporter wants them."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> Any:
        return self.network(input_ids=ids, attention_mask=mask).logits


def exported(network: Any) -> bytes:
    """A network of `transformers` as a serialized ONNX model. torch's other exporter would need another library, and
    fused attention cannot be exported."""
    attention = network.config._attn_implementation
    ids = torch.full((2, 7), 1, dtype=torch.long)
    mask = torch.ones_like(ids)
    mask[0, 4:] = 0
    axes = {0: "batch", 1: "time"}
    file: Any = io.BytesIO()  # a type that the exporter's annotations lack
    network.set_attn_implementation("eager")
    try:
        with warnings.catch_warnings(), torch.inference_mode(False), torch.no_grad():
            warnings.simplefilter("ignore")  # warnings of traced constants; `check` finds those that matter
            torch.onnx.export(
                Logits(network).eval(),  # the exporter leaves the network in this module's mode
                (ids, mask),
                file,
                dynamo=False,
                opset_version=OPSET,
                input_names=["ids", "mask"],
                output_names=["logits"],
                dynamic_axes={"ids": axes, "mask": axes, "logits": {0: "batch"}},
            )
    finally:
        network.set_attn_implementation(attention)
    return bytes(file.getvalue())


def quantized(serialized: bytes) -> bytes:
    """A model whose products with constant weights are in int8."""
    model = onnx.load_model_from_string(serialized)
    weights = {one.name: one for one in model.graph.initializer}
    int8 = Graph()
    for node in model.graph.node:
        attributes = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        weight = weights.get(node.input[1]) if node.op_type in ("MatMul", "Gemm") else None
        plain = all(attributes.get(name, default) == default for name, default in PLAIN.items())
        if weight is None or len(weight.dims) != 2 or not plain:
            int8.nodes.append(node)
            continue
        matrix = numpy_helper.to_array(weight)
        bias = weights.get(node.input[2]) if len(node.input) > 2 else None
        linear = int8.linear(
            node.input[0],
            matrix if attributes.get("transB") else matrix.T,  # (outputs, inputs)
            None if bias is None else numpy_helper.to_array(bias),
            None,
        )
        int8.nodes.append(onnx.helper.make_node("Identity", [linear], list(node.output)))
    used = {name for node in int8.nodes for name in node.input}
    kept = [one for one in model.graph.initializer if one.name in used]
    del model.graph.node[:], model.graph.initializer[:]
    model.graph.node.extend(int8.nodes)
    model.graph.initializer.extend([*kept, *int8.constants])
    model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    return bytes(model.SerializeToString())


PLAIN = {"alpha": 1.0, "beta": 1.0, "transA": 0}  # attributes of a Gemm that is a product and a sum
