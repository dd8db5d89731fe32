"""Training on a CPU: whether it multiplies in bfloat16, and how much memory it keeps."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from typing import Any

import torch


def multiplies_bfloat16() -> bool:
    """Whether this CPU has instructions for bfloat16; emulated, it would be slower than float32."""
    # Older releases of torch lack the function; with them the answer is no.
    capabilities: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def keep_memory() -> None:
    """Stop glibc from returning the memory of each large tensor to the kernel, which would have to clear it for the
    next one. That makes training on a CPU a third faster."""
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        trim_threshold, mmap_max = -1, -4  # M_TRIM_THRESHOLD, M_MMAP_MAX of malloc.h
        libc.mallopt(trim_threshold, 2**31 - 1)
        libc.mallopt(mmap_max, 0)


def bound_primitives() -> None:
    """Bound the cache of oneDNN, which keeps code and memory for each shape of a product: batches have thousands of
    shapes. The library reads the variable at its first product."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")


def return_memory() -> None:
    """Return unused memory to the kernel. With `keep_memory` alone the heap of a process fragments, since batches
    differ in shape, and grows to several times the memory in use."""
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
