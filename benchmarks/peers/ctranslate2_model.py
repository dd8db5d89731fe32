"""A Transformer with random weights in CTranslate2, int8, and its speed when it decodes to a given length.
`benchmarks.offline` runs it with the peers' Python; it knows nothing of the project.

    python -m benchmarks.peers.ctranslate2_model < QUESTION > ANSWER     (JSON)
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from typing import Any

import ctranslate2
import numpy as np
from ctranslate2.specs import TransformerSpec, common_spec

LIKE_OURS = {"width": 256, "layers": (6, 2), "heads": 8, "inner": 1024}  # of like size as our translators
CONTROL = ["<blank>", "<s>", "</s>", "<unk>"]


def build(folder: str, *, vocabulary: int, width: int, layers: tuple[int, int], heads: int, inner: int) -> None:
    """Write the model's folder: pre-norm, with weights as large as before training."""
    spec = TransformerSpec.from_config(layers, heads)
    chance = np.random.default_rng(1)

    def matrix(rows: int, columns: int) -> np.ndarray:
        return (chance.standard_normal((rows, columns)) * columns**-0.5).astype(np.float32)

    def linear(one: common_spec.LinearSpec, outputs: int, inputs: int) -> None:
        one.weight, one.bias = matrix(outputs, inputs), np.zeros(outputs, dtype=np.float32)

    def norm(one: common_spec.LayerNormSpec) -> None:
        one.gamma, one.beta = np.ones(width, dtype=np.float32), np.zeros(width, dtype=np.float32)

    for stack in (spec.encoder, spec.decoder):
        norm(stack.layer_norm)
        for layer in stack.layer:
            norm(layer.self_attention.layer_norm)
            linear(layer.self_attention.linear[0], 3 * width, width)
            linear(layer.self_attention.linear[1], width, width)
            if stack is spec.decoder:
                norm(layer.attention.layer_norm)
                linear(layer.attention.linear[0], width, width)
                linear(layer.attention.linear[1], 2 * width, width)
                linear(layer.attention.linear[2], width, width)
            norm(layer.ffn.layer_norm)
            linear(layer.ffn.linear_0, inner, width)
            linear(layer.ffn.linear_1, width, inner)
    spec.encoder.embeddings[0].weight = matrix(vocabulary, width)
    spec.decoder.embeddings.weight = matrix(vocabulary, width)
    linear(spec.decoder.projection, vocabulary, width)
    words = CONTROL + [f"w{n}" for n in range(vocabulary - len(CONTROL))]
    spec.register_source_vocabulary(words)
    spec.register_target_vocabulary(words)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(folder)


def translator_of(model: dict[str, Any], threads: int) -> ctranslate2.Translator:
    """The translator of a model like those that `build` writes, with workers of one thread each."""
    with tempfile.TemporaryDirectory() as folder:
        build(folder, **model)
        return ctranslate2.Translator(folder, device="cpu", compute_type="int8", inter_threads=threads, intra_threads=1)


def answer(question: dict[str, Any]) -> dict[str, Any]:
    model = LIKE_OURS | {"vocabulary": question["vocabulary"]}
    translator = translator_of(model, question["threads"])
    sources = [[f"w{n}" for n in source] for source in question["sources"]]
    length, runs = question["length"], []
    for beam in question["beams"]:
        for batch in question["batches"]:
            times = []
            for _ in range(1 + question["rounds"]):  # the first warms up
                started = time.perf_counter()
                results = translator.translate_batch(
                    sources,
                    beam_size=beam,
                    max_batch_size=batch,
                    min_decoding_length=length,
                    max_decoding_length=length,
                )
                times.append(time.perf_counter() - started)
            assert all(len(one.hypotheses[0]) == length for one in results), "lengths are not as forced"
            rate = len(sources) * length / min(times[1:])
            runs.append({"beam": beam, "batch": batch, "tokens_per_second": rate})
    return {"version": ctranslate2.__version__, "runs": runs}


if __name__ == "__main__":
    json.dump(answer(json.load(sys.stdin)), sys.stdout)
