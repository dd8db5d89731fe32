"""The bare forward of the shipped models under each runtime, one thread: what the service adds its own time to.

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

from app.nets.folder import load_model
from app.nets.runtime import RUNTIMES, runtime_of
from app.settings import SHIPPED_MODELS

ROUNDS = 40
TEXTS = ((1, 16), (1, 32), (32, 32), (64, 16))  # texts, tokens each
STEPS = ((1, 1), (1, 4), (16, 1), (16, 4), (32, 4))  # sentences, beam; memory of 15 tokens


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
    runner: Any = runtime_of(load_model(folder), runtime)
    if folder.name.startswith("sentiment"):
        batches = {f"{rows} x {width} tokens": random_tokens(rows, width) for rows, width in TEXTS}
        return {name: milliseconds(lambda batch=batch: runner.classify(batch)) for name, batch in batches.items()}  # type: ignore[misc]
    times = {}
    for rows, beam in STEPS:
        slots = runner.encode(random_tokens(rows, 15), beam)
        words = np.array(random_tokens(rows, beam))
        times[f"step, {rows} x beam {beam}"] = milliseconds(lambda: runner.step(slots, words, 2 * beam))  # noqa: B023
    return times


def main() -> None:
    torch.set_num_threads(1)
    for folder in sorted(path.parent for path in SHIPPED_MODELS.glob("*/config.json")):
        found = {runtime: measure(folder, runtime) for runtime in RUNTIMES}
        print(f"\n| {folder.name} | torch, ms | onnx int8, ms | ratio |\n| --- | ---: | ---: | ---: |")
        for name, slow in found["torch"].items():
            fast = found["onnx"][name]
            print(f"| {name} | {slow:.2f} | {fast:.2f} | {slow / fast:.1f} |")


if __name__ == "__main__":
    main()
