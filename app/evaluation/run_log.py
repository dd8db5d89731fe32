"""Reads the log of a training run, for cards, plots and comparisons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.training.errors import CorpusError
from app.training.loop import LOG

Entry = dict[str, Any]  # a line of the log: `step`, `seconds`, and losses or metrics


def read_log(run: Path) -> list[Entry]:
    """The entries of a run by ascending steps. Raises CorpusError where the folder has no log."""
    file = run / LOG
    if not file.is_file():
        raise CorpusError(f"{run}: no log of a training run in it")
    return without_repeats([json.loads(line) for line in file.read_text("utf-8").splitlines()])


def without_repeats(entries: list[Entry]) -> list[Entry]:
    """An interrupted run repeats the steps since its last checkpoint: keep the later entry of each step."""
    kept: list[Entry] = []
    for entry in entries:
        while kept and kept[-1]["step"] > entry["step"]:
            kept.pop()
        kept.append(entry)
    return kept


def evaluations(entries: list[Entry]) -> list[Entry]:
    """The entries that have dev metrics."""
    return [entry for entry in entries if "dev/metric" in entry]
