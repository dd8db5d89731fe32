"""Plots a training run: loss, gradient norm and dev metric over steps, side by side in one SVG."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from app.evaluation.run_log import Entry

PLOT = "training.svg"  # in the model folder
POINTS = 150  # of a curve, so that a plot stays small
CURVES = (
    ("train/loss", "training loss"),
    ("train/gradient_norm", "gradient norm before clipping"),
    ("dev/metric", "dev metric"),
)


def plot_run(entries: list[Entry], title: str, output: Path) -> None:
    """Plot the log of a run. Needs matplotlib."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "undertone", "path.simplify_threshold": 0.5})
    figure = Figure(figsize=(11, 2.6), layout="constrained")
    for axes, (key, heading) in zip(figure.subplots(1, len(CURVES)), CURVES, strict=True):
        points = thinned([(entry["step"], entry[key]) for entry in entries if key in entry])
        axes.plot(
            *zip(*points, strict=True) if points else ([], []), linewidth=1.2, marker="." if key == "dev/metric" else ""
        )
        axes.set_title(heading, fontsize=9)
        axes.set_xlabel("step", fontsize=8)
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
    figure.suptitle(title, fontsize=10)
    figure.savefig(output, format="svg", metadata={"Date": None})


def thinned(points: list[tuple[int, float]]) -> list[tuple[float, float]]:
    """At most POINTS points, each the mean of its neighbours."""
    if len(points) <= POINTS:
        return list(points)
    bounds = [round(i * len(points) / POINTS) for i in range(POINTS + 1)]
    groups = [points[start:end] for start, end in pairwise(bounds)]
    return [(sum(x for x, _ in g) / len(g), sum(y for _, y in g) / len(g)) for g in groups]
