"""Finds the device of each engine process. Imports no torch: that would take seconds, and memory in each front
process."""

from __future__ import annotations

import os
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app.settings import Settings


def devices(settings: Settings) -> list[str]:
    """The device of each engine process, by the settings and the hardware."""
    if settings.device == "auto" and torch_uses_cuda():
        present = [path for path in Path("/dev").glob("nvidia*") if re.fullmatch(r"nvidia\d+", path.name)]
        if gpus := visible_gpus(len(present), os.environ.get("CUDA_VISIBLE_DEVICES")):
            return [f"cuda:{index}" for index in range(gpus)]
    if settings.device in ("auto", "cpu"):
        return ["cpu"] * settings.cpu_engines
    return [settings.device]


def torch_uses_cuda() -> bool:
    """Whether torch is installed, and in a build for GPUs."""
    try:
        return not version("torch").endswith("+cpu")
    except PackageNotFoundError:
        return False


def visible_gpus(present: int, visible: str | None) -> int:
    """The number of GPUs that CUDA shows to a process. `visible` is CUDA_VISIBLE_DEVICES: a list of indices or UUIDs,
    which counts up to its first invalid entry, such as `-1`; a list with an entry twice shows none."""
    if visible is None:
        return present
    entries: list[str] = []
    for entry in (part.strip() for part in visible.split(",")):
        if not (entry.startswith("GPU-") or (entry.isdigit() and int(entry) < present)):
            # CUDA shows one instance of a partitioned GPU to a process, however many are named.
            return len(entries) or (1 if present and entry.startswith("MIG-") else 0)
        if entry in entries:
            return 0
        entries.append(entry)
    return min(present, len(entries))
