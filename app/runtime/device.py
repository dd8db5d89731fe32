"""Distinguishes errors that make a device unusable for the process from those of a single batch."""

from __future__ import annotations

import sys

# After errors with these words in their message a device still works: memory may suffice for a smaller batch, and steps
# that cannot be captured run without a graph.
RECOVERABLE = ("out of memory", "alloc_failed", "captur")
# Of torch, of CTranslate2, and of cuDNN.
LOST = ("cuda error", "cuda failed with error", "cudnn_status_execution")


class DeviceLost(Exception):
    """Nothing can be computed on the device any more: only a new process can use it again."""


def raise_if_lost(error: Exception) -> None:
    """Raises DeviceLost where `error` means that the context of the device is broken, as by an illegal memory access or
    a failed assertion in a kernel: from then on every call on the device fails with the same error."""
    if is_lost(error):
        raise DeviceLost(str(error).partition("\n")[0]) from error


def is_lost(error: Exception) -> bool:
    if isinstance(error, DeviceLost):
        return True
    message = str(error).lower()
    torch = sys.modules.get("torch")  # processes without torch have none of its errors
    if torch is not None and isinstance(error, torch.OutOfMemoryError):
        return False
    if any(words in message for words in RECOVERABLE):
        return False
    if torch is not None and isinstance(error, torch.AcceleratorError):
        return True
    return any(words in message for words in LOST)
