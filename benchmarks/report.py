"""Turns result files into the tables and plots of docs/performance.md.

    benchmarks/.venv/bin/python -m benchmarks.report --output DIR [RESULT.json ...]

Without files, all of benchmarks/results. Needs matplotlib, which setup.sh installs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from benchmarks.results import RESULTS, TABLES, load, medians
from benchmarks.servers import OURS

COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9"]  # distinguishable for colour-blind readers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="*", help="result files; default all in benchmarks/results")
    parser.add_argument("--output", type=Path, required=True, help="folder to write to")
    parser.add_argument("--format", default="svg", choices=("svg", "png"))
    options = parser.parse_args()
    files = options.files or sorted(RESULTS.glob("*.json"))
    if not files:
        raise SystemExit("no result files; run benchmarks.sentiment first")
    options.output.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"svg.hashsalt": "undertone", "axes.spines.top": False, "axes.spines.right": False})
    parts = []
    for path in files:
        document = load(path)
        if document["benchmark"] not in TABLES:  # `offline` prints its own table
            continue
        parts.append(section(path.stem, document))
        figure = options.output / f"{path.stem}.{options.format}"
        if document["runs"]:
            PLOTS[document["benchmark"]](document, figure)
            parts.append(f"![{path.stem}]({figure.name})")
    page = options.output / "tables.md"
    page.write_text("\n\n".join(parts) + "\n", "utf-8")
    print(f"wrote {page}")


def section(name: str, document: dict[str, Any]) -> str:
    """A heading, the machine and the settings of the measurement, and the tables."""
    where = document["environment"]
    measured = f"{where['date']}, commit {where['commit']}, {where['cores']} cores of {where['processor']}, "
    measured += f"Python {where['python']}, torch {where['torch']}"
    settings = ", ".join(f"{key} {value}" for key, value in document["settings"].items())
    command = f"python -m benchmarks.{document['benchmark']}"
    return f"## {name}\n\n`{command}`: {measured} ({settings}).\n\n{TABLES[document['benchmark']](document)}"


def colours(names: Sequence[str]) -> dict[str, str]:
    """A colour for each name. Ours comes first, so that it has the same colour in every plot."""
    ordered = sorted(dict.fromkeys(names), key=lambda name: name != OURS)
    return {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(ordered)}


def lines(axes: Axes, runs: Sequence[dict[str, Any]], x: str, y: str) -> None:
    """One line for each server."""
    for name, colour in colours([run["server"] for run in runs]).items():
        points = sorted((run[x], run[y]) for run in runs if run["server"] == name and run[y] is not None)
        axes.plot(*zip(*points, strict=True), marker="o", color=colour, label=name) if points else None


def plot_sentiment(document: dict[str, Any], path: Path) -> None:
    """Throughput and p99 over the number of clients."""
    runs = medians(document["runs"], "clients", "server")
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    lines(left, runs, "clients", "throughput")
    lines(right, runs, "clients", "p99_ms")
    for axes in (left, right):
        axes.set(xlabel="clients")
        axes.set_xscale("log", base=2)
        ticks = sorted({run["clients"] for run in runs})
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
    left.set(ylabel="requests a second", ylim=(0, None))
    right.set(ylabel="p99 in ms", yscale="log")
    right.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    right.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    right.yaxis.set_minor_locator(NullLocator())
    left.legend(frameon=False)
    finish(figure, path)


def plot_overload(document: dict[str, Any], path: Path) -> None:
    """Goodput over offered load, both as multiples of the capacity."""
    runs = [{**run, "share": run["goodput"] / run["capacity"]} for run in document["runs"]]
    figure, axes = plt.subplots(figsize=(5.5, 4), layout="constrained")
    lines(axes, runs, "factor", "share")
    axes.axhline(1, color="#999999", linewidth=0.8, linestyle="--")
    axes.set(xlabel="offered, times the capacity", ylabel="goodput, times the capacity", ylim=(0, None))
    axes.legend(frameon=False)
    finish(figure, path)


def plot_translate(document: dict[str, Any], path: Path) -> None:
    """Sentences a second, and the latency of short requests beside a long one."""
    runs = medians(document["runs"], "clients", "server")
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4), layout="constrained")
    bars(left, [(f"{run['server']}, {run['clients']} clients", run["throughput"], run["server"]) for run in runs])
    left.set(xlabel="sentences a second")
    waits = []
    for run in document["interference"]:
        label = f"{run['server']}, {run['short_clients']} with 5 words"
        waits += [(f"{label}, alone", run["alone_p50_ms"], run["server"])]
        waits += [(f"{label}, beside a long one", run["beside_p50_ms"], run["server"])]
    bars(right, waits)
    right.set(xlabel="p50 in ms")
    finish(figure, path)


def bars(axes: Axes, entries: Sequence[tuple[str, float, str]]) -> None:
    """Horizontal bars; an entry has a label, a value and the name of a server."""
    colour = colours([server for _, _, server in entries])
    places = range(len(entries), 0, -1)  # the first on top
    axes.barh(places, [value or 0 for _, value, _ in entries], color=[colour[name] for *_, name in entries])
    axes.set_yticks(places, [label for label, _, _ in entries], fontsize=8)


def finish(figure: Any, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=150)
    plt.close(figure)


PLOTS = {"sentiment": plot_sentiment, "overload": plot_overload, "translate": plot_translate}


if __name__ == "__main__":
    main()
