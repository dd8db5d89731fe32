"""Gives memory that is no longer used back to the kernel."""

from __future__ import annotations

import ctypes
import gc
import sys


def release_memory() -> None:
    """Let glibc return what it holds of freed objects: after a model's weights became a graph that is most of them, and
    engines are many."""
    gc.collect()
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
