"""The page of `undertone compare`: fills the region of a page that is marked for it, and draws plots beside it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from app.evaluation.tables import table, with_region
from app.training.errors import RecipeError

BEGIN, END = "<!-- begin: undertone compare -->", "<!-- end: undertone compare -->"


def write_comparison(measured: dict[str, Any], page: Path) -> None:
    """Fill the marked region of a page and draw its plots. Raises RecipeError where the page lacks the marks."""
    folder = page.parent / "comparison"
    folder.mkdir(parents=True, exist_ok=True)
    plot(measured, folder)
    text = page.read_text("utf-8") if page.is_file() else f"# Comparison\n\n{BEGIN}\n{END}\n"
    if BEGIN not in text or END not in text:
        raise RecipeError(f"{page}: lacks the marks {BEGIN} and {END}")
    page.write_text(with_region(text, BEGIN, END, markdown(measured) + "\n"), "utf-8")


def markdown(measured: dict[str, Any]) -> str:
    settings = measured["settings"]
    networks = [network for network in measured["networks"] if "scores" in network]
    sets = settings["sets"]
    head = ["network", *(f"{name}, macro-recall" for name in sets), "parameters", "without embeddings"]
    head += ["training, processor s", "a text alone, ms", "texts/s in batches"]
    rows = [
        [
            network["name"],
            *(f"{network['scores']['sets'][name]:.1f}" for name in sets),
            f"{network['parameters']['all']:,}",
            f"{network['parameters']['without_embeddings']:,}",
            f"{network['seconds']:.0f}",
            f"{network['alone_ms']:.2f}",
            f"{network['texts_per_second']:,.0f}",
        ]
        for network in networks
    ]
    groups = groups_of(settings["lengths"], " to ", " and more")
    counts = [count for count, _ in networks[0]["scores"]["by_length"]]
    by_length = [
        [network["name"], *(f"{share:.1f}" for _, share in network["scores"]["by_length"])] for network in networks
    ]
    loss = [
        [network["name"], f"{network['train_loss'][-1][1]:.3f}", f"{min(v for _, v in network['dev_loss']):.3f}",
         f"{min(network['dev_loss'], key=lambda p: p[1])[0]:,}", f"{network['dev_loss'][-1][1]:.3f}"]
        for network in networks
    ]  # fmt: skip
    norms = [
        [network["name"], *(f"{value:.2f}" for value in np.quantile([n for _, n in network["norm"]], [0.5, 0.9, 1.0]))]
        for network in measured["networks"]
    ]
    reach = [
        [network["name"], *(reached(network["gradients"].get(when)) for when in ("initial", "trained"))]
        for network in measured["networks"]
    ]
    parts = [
        f"{settings['steps']:,} steps of {settings['batch_tokens']:,} padded tokens on {', '.join(settings['data'])}; "
        "one thread.",
        numbers(head, rows),
        "Accuracy in percent by the number of words, on both sets together:",
        numbers(["network", *(f"{group} ({count:,})" for group, count in zip(groups, counts, strict=True))], by_length),
        "![accuracy by length](comparison/lengths.svg)",
        "Loss at the last step of training and on the dev sets:",
        numbers(["network", "training, last", "dev, least", "at step", "dev, last"], loss),
        "![training and dev loss](comparison/loss.svg)",
        "Norm of the gradient before clipping, of every 50th step:",
        numbers(["network", "median", "90 %", "largest"], norms),
        "![gradient norms of training, with and without clipping](comparison/norms.svg)",
        "Norm of the loss's gradient at the 10th, 20th and 40th token from the end, as a share of the largest:",
        numbers(["network", "initial weights", "trained"], reach),
        "![gradient by distance from the end](comparison/gradients.svg)",
    ]
    return "\n\n".join(parts)


def reached(gradients: list[float] | None) -> str:
    return " / ".join(f"{gradients[distance - 1]:.1e}" for distance in (10, 20, 40)) if gradients else ""


def plot(measured: dict[str, Any], folder: Path) -> None:
    """Draw all plots of the page. Needs matplotlib."""
    import matplotlib as mpl

    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "undertone"})
    compared = [network for network in measured["networks"] if "scores" in network]
    figures = {
        "loss": loss_figure(compared),
        "gradients": gradient_figure(measured["networks"]),
        "norms": norm_figure(measured["networks"]),
        "lengths": length_figure(compared, measured["settings"]["lengths"]),
    }
    for name, figure in figures.items():
        figure.savefig(folder / f"{name}.svg", format="svg", metadata={"Date": None})


def new_figure(width: float, height: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def loss_figure(networks: list[dict[str, Any]]) -> Any:
    """Training and dev loss over steps, a panel for each network."""
    figure = new_figure(11, 4.8)
    panels = list(figure.subplots(2, -(-len(networks) // 2)).flat)
    for axes in panels:
        axes.set_axis_off()
    for axes, network in zip(panels, networks, strict=False):
        axes.set_axis_on()
        axes.plot(*zip(*network["train_loss"], strict=True), linewidth=0.8, label="training")
        axes.plot(*zip(*network["dev_loss"], strict=True), linewidth=1.4, label="dev")
        axes.set(title=network["name"], xlabel="step", ylim=(0.2, 1.2))
        finish(axes)
    return figure


def gradient_figure(networks: list[dict[str, Any]]) -> Any:
    """Norm of the gradient by the distance from the end of a text, before and after training."""
    figure = new_figure(11, 3.4)
    for axes, when in zip(figure.subplots(1, 2), ("initial", "trained"), strict=True):
        for network in networks:
            if (values := network["gradients"].get(when)) is None:
                continue
            axes.semilogy(range(1, len(values) + 1), values, label=network["name"], linewidth=1.2)
        axes.set(title=f"{when} weights", xlabel="tokens from the end", ylabel="gradient norm, of the largest")
        finish(axes, size=6)
    return figure


def norm_figure(networks: list[dict[str, Any]]) -> Any:
    """Norm of the gradient over steps, before clipping."""
    figure = new_figure(11, 3.2)
    axes = figure.subplots()
    for network in networks:
        axes.semilogy(*zip(*network["norm"], strict=True), label=network["name"], linewidth=0.9)
    axes.set(xlabel="step", ylabel="gradient norm before clipping")
    finish(axes, columns=2)
    return figure


def length_figure(networks: list[dict[str, Any]], lengths: list[int]) -> Any:
    """Accuracy by the length of the text."""
    figure = new_figure(8, 3.2)
    axes = figure.subplots()
    labels = groups_of(lengths, "-", "+")
    places = np.arange(len(labels))
    for network in networks:
        shares = [share for _, share in network["scores"]["by_length"]]
        axes.plot(places, shares, marker="o", markersize=3, linewidth=1, label=network["name"])
    axes.set(xlabel="words", ylabel="accuracy, %")
    axes.set_xticks(places, labels)
    finish(axes, columns=2)
    return figure


def finish(axes: Any, size: int = 7, columns: int = 1) -> None:
    axes.grid(alpha=0.3)
    axes.legend(fontsize=size, ncols=columns)


def numbers(head: list[str], rows: list[list[str]]) -> str:
    return table(head, rows, "---:")


def groups_of(lengths: list[int], dash: str, more: str) -> list[str]:
    """Names of the groups of texts by their number of words; the last group has no upper bound."""
    return [f"{low}{dash}{high - 1}" if high < lengths[-1] else f"{low}{more}" for low, high in pairwise(lengths)]
