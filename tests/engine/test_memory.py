"""Memory that was freed goes back to the kernel."""

from __future__ import annotations

import os
import sys

import pytest

from app.engine.memory import release_memory
from benchmarks.processes import memory_kib

BLOCKS, BLOCK = 4000, 50_000  # bytes: too small for mappings of their own


def resident_mib() -> float:
    return memory_kib(os.getpid())[0] / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone can be asked")
def test_free_memory_between_used_blocks_is_returned() -> None:
    blocks = [bytearray(BLOCK) for _ in range(BLOCKS)]
    kept = blocks[::40]  # nothing is at the end of the heap, where glibc would return it by itself
    before = resident_mib()
    del blocks
    release_memory()
    assert len(kept) == BLOCKS // 40
    assert resident_mib() < before - BLOCKS * BLOCK / 2**20 / 2
