"""The command `compare`: train recurrent networks and a Transformer alike, measure them, write the page about it."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from app.cli.training import telling
from app.training.command import UNFINISHED


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("compare", help="train recurrent networks and a Transformer alike, and compare them")
    command.add_argument("--data", type=Path, required=True, help="folder of the corpora (docs/data.md)")
    command.add_argument("--config", type=Path, default=Path("configs/comparison.yaml"), help="the networks")
    command.add_argument("--runs", type=Path, default=Path("runs/comparison"), help="checkpoints and logs")
    command.add_argument("--output", type=Path, default=Path("docs/comparison.md"), help="page with the marked region")
    command.add_argument("--stop-after-s", type=float, metavar="SECONDS", help="stop by then; a later call goes on")
    command.set_defaults(run=compare)


def compare(options: argparse.Namespace) -> int:
    """Returns UNFINISHED where the time ran out before the last network was measured."""
    deadline = time.monotonic() + options.stop_after_s if options.stop_after_s else None
    with telling("the comparison"):
        from app.evaluation.comparison import Comparison, compare
        from app.evaluation.comparison_page import write_comparison

        comparison = compare(Comparison.load(options.config), options.data, options.runs, deadline)
        if comparison is None:
            return UNFINISHED
        write_comparison(comparison, options.output)
    return 0
