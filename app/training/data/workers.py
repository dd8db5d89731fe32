"""Runs a function over many chunks on all cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")


def in_parallel(function: Callable[[Chunk], Result], chunks: Iterable[Chunk]) -> Iterator[Result]:
    """The results of a function for each chunk, in their order. A single chunk is computed in this process; several are
    computed by one process for each core, so that function, chunks and results must be picklable."""
    listed = list(chunks)
    workers = min(cores(), len(listed))
    if workers < 2:
        yield from map(function, listed)
        return
    # Spawned, not forked: a fork of a process that has threads (torch, tokenizers) may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=single_threaded) as pool:
        yield from pool.map(function, listed)


def cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def single_threaded() -> None:
    """Keep the libraries of a worker to one thread, since every core has a worker."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
