"""Returns unused memory to the operating system."""

from __future__ import annotations

import ctypes
import gc
import sys


def release_memory() -> None:
    """Make glibc return freed memory. After a graph was built from a model's weights, freed memory is a large part of
    an engine's, and there are many engines."""
    gc.collect()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
