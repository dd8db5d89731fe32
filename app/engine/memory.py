"""Returns unused memory to the operating system."""

from __future__ import annotations

import ctypes
import gc
import sys


def release_memory() -> None:
    """Make glibc return freed memory. After the weights of a model have become a graph that is a large part of the
    memory of an engine, and there are many engines."""
    gc.collect()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
