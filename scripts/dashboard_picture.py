"""Draws the panels of the Grafana dashboard from the data of a Prometheus, without Grafana: for the documents, and to
check that each query returns data.

python scripts/dashboard_picture.py http://localhost:9090 docs/operations/dashboard.png --minutes 5
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.gridspec import GridSpec

DASHBOARD = Path(__file__).parents[1] / "deploy/grafana/dashboards/undertone.json"
COLUMNS, HALVES = 24, 2  # the dashboard's grid has 24 columns; each row is drawn as two
STEP_S = 5
VARIABLES = {"$replica": ".*", "$__rate_interval": "20s"}  # four scrapes, as in Grafana


def query(prometheus: str, route: str, expression: str, **parameters: float) -> list[dict[str, Any]]:
    """The series of an expression."""
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    url = f"{prometheus}/api/v1/{route}?" + urllib.parse.urlencode({"query": expression, **parameters})
    with urllib.request.urlopen(url, timeout=30) as answer:
        series: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    return series


def name_of(legend: str, labels: dict[str, str]) -> str:
    for name, value in labels.items():
        legend = legend.replace("{{" + name + "}}", value)
    return legend


def shown(value: float, unit: str) -> str:
    if unit == "percentunit":
        return f"{100 * value:.1f} %"
    if unit == "s":
        return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.0f} ms"
    return f"{value:,.3g}" + (" /s" if unit == "reqps" else "")


def draw(panel: dict[str, Any], axes: Axes, prometheus: str, now: float, minutes: float) -> bool:
    """Draw a panel. Returns whether its queries returned data."""
    unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit", "short")
    axes.set_title(panel["title"], loc="left", fontsize=9)
    targets = panel["targets"]
    if panel["type"] == "timeseries":
        labels: list[str] = []
        for target in targets:
            span = {"start": now - 60 * minutes, "end": now, "step": STEP_S}
            for series in query(prometheus, "query_range", target["expr"], **span):
                times = [(float(t) - now) / 60 for t, _ in series["values"]]
                labels.append(name_of(target.get("legendFormat", ""), series["metric"]))
                axes.plot(times, [float(v) for _, v in series["values"]], linewidth=1, label=labels[-1])
        axes.set_ylim(bottom=0)
        axes.set_xlim(-minutes, 0)
        axes.tick_params(labelsize=7)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g} min")
        axes.yaxis.set_major_formatter(lambda value, _: shown(value, unit))
        axes.grid(alpha=0.2)
        if labels:
            axes.legend(fontsize=6, loc="upper left", ncols=2)
        return bool(labels)
    axes.axis("off")
    results = [query(prometheus, "query", target["expr"], time=now) for target in targets]
    if panel["type"] == "table":
        rows = [[series["metric"].get("model", ""), series["metric"].get("task", ""), series["value"][1]]
                for series in sorted(results[0], key=lambda series: series["metric"].get("model", ""))]  # fmt: skip
        if rows:
            axes.table(rows, colLabels=["model", "task", "replicas"], loc="upper left", cellLoc="left").set_fontsize(7)
        return bool(rows)
    text = " of ".join(shown(float(series[0]["value"][1]), unit) for series in results if series)
    axes.text(0.02, 0.35, text or "no data", fontsize=18, transform=axes.transAxes)
    return bool(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prometheus", help="address of the Prometheus")
    parser.add_argument("output", type=Path, help="PNG to write")
    parser.add_argument("--minutes", type=float, default=15, help="length of the time shown")
    parser.add_argument("--ago", type=float, default=0, help="minutes between the end of the time shown and now")
    options = parser.parse_args()
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels)
    figure = plt.figure(figsize=(15, rows * 0.36))
    grid = GridSpec(HALVES * rows, COLUMNS, figure=figure, wspace=4, hspace=0, left=0.05, right=0.98, top=1, bottom=0)
    empty, now = [], time.time() - 60 * options.ago
    for panel in panels:
        place = panel["gridPos"]
        top, bottom = HALVES * place["y"], HALVES * (place["y"] + place["h"])
        if panel["type"] != "row":  # space for the title and the time axis
            top, bottom = top + 2, bottom - 2
        cells = grid[top:bottom, place["x"] : place["x"] + place["w"]]
        axes = figure.add_subplot(cells)
        if panel["type"] == "row":
            axes.axis("off")
            axes.text(0, 0.5, panel["title"], fontsize=11, fontweight="bold", transform=axes.transAxes)
        elif not draw(panel, axes, options.prometheus.rstrip("/"), now, options.minutes):
            empty.append(panel["title"])
    options.output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(options.output, dpi=80)
    sys.stdout.write(f"{options.output}; without data: {', '.join(empty) or 'none'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
