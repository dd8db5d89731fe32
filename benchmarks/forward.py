"""The bare forward of the shipped models under each runtime, with one thread: a lower bound of the service's time. On a
GPU also decode steps, eager and captured, and whole decodes as a share of the bound that memory bandwidth sets.

python -m benchmarks.forward
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from app.nets.folder import open_folder
from app.nets.modules import load_model
from app.nets.translator import EOS, GruTranslator
from app.runtime.decoding import translate
from app.runtime.factory import RUNTIMES, runtime_of
from app.runtime.torch import CapturedTranslator, TorchTranslator, dtype_of
from app.settings import SHIPPED_MODELS

ROUNDS = 40
TEXTS = ((1, 16), (1, 32), (32, 32), (64, 16))  # texts, tokens each
STEPS = ((1, 1), (1, 4), (16, 1), (16, 4), (32, 4))  # sentences, beam; memory of 15 tokens

GPU_STEPS = ((1, 1), (1, 4), (16, 4), (64, 4), (256, 1), (256, 4))
GPU_WORDS = 15  # tokens of each source and each translation in whole decodes
COPY_BYTES = 1 << 30


def milliseconds(work: Callable[[], object]) -> float:
    """The median over many runs."""
    for _ in range(5):
        work()
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)


def random_tokens(rows: int, width: int) -> list[list[int]]:
    tokens: list[list[int]] = np.random.default_rng(1).integers(20, 7000, (rows, width)).tolist()
    return tokens


def measure(folder: Path, runtime: str) -> dict[str, float]:
    runner: Any = runtime_of(open_folder(folder), runtime)
    if folder.name.startswith("sentiment"):
        batches = {f"{rows} x {width} tokens": random_tokens(rows, width) for rows, width in TEXTS}
        return {name: milliseconds(lambda batch=batch: runner.classify(batch)) for name, batch in batches.items()}  # type: ignore[misc]
    times = {}
    for rows, beam in STEPS:
        slots = runner.encode(random_tokens(rows, 15), beam)
        words = np.array(random_tokens(rows, beam))
        times[f"step, {rows} x beam {beam}"] = milliseconds(lambda: runner.step(slots, words, 2 * beam))  # noqa: B023
    return times


def on_gpu(folder: Path, device: torch.device) -> None:
    """Prints both tables of a translator: steps, and whole decodes of a fixed length."""
    model = load_model(folder, device)
    assert isinstance(model, GruTranslator)
    model = model.to(dtype_of("auto", device))
    with torch.no_grad():
        model.output_bias[EOS] = -1e4  # every translation has its full length
    eager, captured = TorchTranslator(model), CapturedTranslator(model)
    print(f"\n{torch.cuda.get_device_name(device)}, {str(model.embedding.weight.dtype).removeprefix('torch.')}")
    print("\n| step, sentences x beam | eager, ms | captured, ms | ratio |\n| --- | ---: | ---: | ---: |")
    for rows, beam in GPU_STEPS:
        slow, fast = (step_time(runtime, rows, beam) for runtime in (eager, captured))
        print(f"| {rows} x {beam} | {slow:.3f} | {fast:.3f} | {slow / fast:.1f} |")
    bandwidth = bytes_per_second(device)
    print(f"\nmemory: {bandwidth / 1e9:,.0f} GB/s, measured by a copy")
    print("\n| decode, sentences x beam | eager, sentences/s | captured | bandwidth bound | captured is |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for rows, beam in GPU_STEPS:
        slow, fast = (sentences_per_second(runtime, rows, beam) for runtime in (eager, captured))
        bound = rows / (GPU_WORDS * step_bytes(model, rows, beam) / bandwidth)
        print(f"| {rows} x {beam} | {slow:,.0f} | {fast:,.0f} | {bound:,.0f} | {fast / bound:.1%} |")
    assert captured.graphs.usable, "a capture failed: the figures above are all eager"


def step_time(runtime: TorchTranslator, rows: int, beam: int) -> float:
    slots = runtime.encode(random_tokens(rows, GPU_WORDS), beam)
    words = np.array(random_tokens(rows, beam))
    return milliseconds(lambda: runtime.step(slots, words, 2 * beam))  # `step` ends with its results on the CPU


def sentences_per_second(runtime: TorchTranslator, rows: int, beam: int) -> float:
    sources, limits = random_tokens(rows, GPU_WORDS), [GPU_WORDS] * rows
    return 1000 * rows / milliseconds(lambda: translate(runtime, sources, beam=beam, max_tokens=limits))


def bytes_per_second(device: torch.device) -> float:
    """Bandwidth of the device's memory, reads and writes together, measured by a copy."""
    source = torch.empty(COPY_BYTES, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)

    def copy() -> None:
        target.copy_(source)
        torch.cuda.synchronize(device)

    return 2 * COPY_BYTES / (milliseconds(copy) / 1000)


def step_bytes(model: GruTranslator, rows: int, beam: int) -> int:
    """The fewest bytes that a step can move: the decoder's weights and each sentence's memory once, each state in and
    out, and the logits, which are written and read."""
    size, hidden = model.embedding.weight.element_size(), model.sizes.hidden
    parts = (model.embedding, model.query_gru, model.attention.query, model.context_gru, model.combine)
    weights = sum(parameter.numel() for part in parts for parameter in part.parameters())
    memory = rows * GPU_WORDS * 2 * 2 * hidden
    states = rows * beam * 2 * 2 * hidden
    logits = rows * beam * 2 * model.sizes.target_vocabulary
    return size * (weights + memory + states + logits)


def main() -> None:
    torch.set_num_threads(1)
    for folder in sorted(path.parent for path in SHIPPED_MODELS.glob("*/config.json")):
        if folder.name.startswith("language"):
            continue  # language models run in NumPy whatever the runtime: benchmarks.generation
        times = {runtime: measure(folder, runtime) for runtime in RUNTIMES}
        print(f"\n| {folder.name} | torch, ms | onnx int8, ms | ratio |\n| --- | ---: | ---: | ---: |")
        for name, slow in times["torch"].items():
            fast = times["onnx"][name]
            print(f"| {name} | {slow:.2f} | {fast:.2f} | {slow / fast:.1f} |")
        if folder.name.startswith("translation") and torch.cuda.is_available():
            on_gpu(folder, torch.device("cuda"))
    if not torch.cuda.is_available():
        print("\nno GPU: decode steps, eager and captured, and whole decodes against the bandwidth were not measured")


if __name__ == "__main__":
    main()
