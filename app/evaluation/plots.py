"""Plots of training out of `log.jsonl`: loss, gradient norm and dev metric over steps, one SVG a run."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

POINTS = 150  # a curve, so that a plot stays small
CURVES = (
    ("train/loss", "training loss"),
    ("train/gradient_norm", "gradient norm before clipping"),
    ("dev/metric", "dev metric"),
)


def plot_runs(runs: Path, folder: Path, models: list[str]) -> list[Path]:
    """Plot the runs below `runs` whose names begin with that of one of the models to `folder`/NAME.svg; returns all
    plots that are there then, since a run is not kept for ever."""
    for log in sorted(runs.glob("*/log.jsonl")):
        if log.parent.name.startswith(tuple(models)):
            folder.mkdir(parents=True, exist_ok=True)
            plot_run(log, folder / f"{log.parent.name}.svg")
    return sorted(folder.glob("*.svg"), key=lambda plot: plot.stem)


def plot_run(log: Path, output: Path) -> Path:
    """One run as three curves side by side."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "undertone", "path.simplify_threshold": 0.5})
    entries = last_words([json.loads(line) for line in log.read_text("utf-8").splitlines()])
    figure = Figure(figsize=(11, 2.6), layout="constrained")
    for axes, (key, title) in zip(figure.subplots(1, len(CURVES)), CURVES, strict=True):
        points = thinned([(entry["step"], entry[key]) for entry in entries if key in entry])
        axes.plot(
            *zip(*points, strict=True) if points else ([], []), linewidth=1.2, marker="." if key == "dev/metric" else ""
        )
        axes.set_title(title, fontsize=9)
        axes.set_xlabel("step", fontsize=8)
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
    figure.suptitle(log.parent.name, fontsize=10)
    figure.savefig(output, format="svg", metadata={"Date": None})
    return output


def last_words(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what a run said of steps that it made again after an interruption."""
    kept: list[dict[str, Any]] = []
    for entry in entries:
        while kept and kept[-1]["step"] > entry["step"]:
            kept.pop()
        kept.append(entry)
    return kept


def thinned(points: list[tuple[int, float]]) -> list[tuple[float, float]]:
    """At most POINTS points, each the mean of its neighbours."""
    if len(points) <= POINTS:
        return list(points)
    bounds = [round(i * len(points) / POINTS) for i in range(POINTS + 1)]
    groups = [points[start:end] for start, end in pairwise(bounds)]
    return [(sum(x for x, _ in g) / len(g), sum(y for _, y in g) / len(g)) for g in groups]
