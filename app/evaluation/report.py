"""The page of `undertone evaluate --all`: Markdown, written to a file or to the region of a page that is marked for it.
`evaluate_all.py` measures the scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.evaluation.tables import behaviour_table, folded, percent, robustness_table, table, with_region
from app.training.metrics import confusion_table
from app.training.recipe import read_yaml

BEGIN, END = "<!-- begin: undertone evaluate --all -->", "<!-- end: undertone evaluate --all -->"
PUBLISHED = "published.yaml"  # scores that others reported, beside the recipes
SENTIMENT_NOTE = (
    "Macro-recall is the mean over the labels that a set has. The baseline is trained on the corpora of "
    "the recipe as it stands, uncleaned, each class weighing the same; `+` is the model's lead over it in macro-recall."
)


def write_report(measured: dict[str, Any], output: Path, configs: Path, plots: dict[str, str]) -> None:
    """Write JSON, or Markdown: between the marks where the file has them, else the whole file. `plots` are paths by
    model, relative to the page. Raises RecipeError."""
    if output.suffix == ".json":
        output.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", "utf-8")
        return
    page = markdown(measured, published(configs), plots)
    if output.is_file():
        text = output.read_text("utf-8")
        if BEGIN in text and END in text:
            page = with_region(text, BEGIN, END, page)
    output.write_text(page, "utf-8")


def published(configs: Path) -> dict[str, list[dict[str, Any]]]:
    """Scores that others reported, by task. Raises RecipeError."""
    path = configs / PUBLISHED
    if not path.is_file():
        return {}
    scores: dict[str, list[dict[str, Any]]] = read_yaml(path)
    return scores


def markdown(measured: dict[str, Any], others: dict[str, list[dict[str, Any]]], plots: dict[str, str]) -> str:
    parts = []
    if measured["sentiment"]:
        note = f"In percent; run by {measured['runtime']}. {SENTIMENT_NOTE}"
        parts += ["## Sentiment", note, *(sentiment_part(entry) for entry in measured["sentiment"])]
        parts += [published_sentiment(others["sentiment"])] if others.get("sentiment") else []
    if measured["translation"]:
        note = (
            f"Beam {measured['beam']}, length penalty 1, cased, detokenised, whole lines; run by {measured['runtime']}."
        )
        parts += ["## Translation", note, *(translation_part(entry) for entry in measured["translation"])]
        parts += [signatures(measured["translation"])]
        if "translation" in others:
            parts += [published_translation(others["translation"], measured["translation"])]
    if plots:
        parts += ["## Training", *(f"![training of {name}]({plot})" for name, plot in plots.items())]
    return "\n\n".join(parts) + "\n"


def sentiment_part(entry: dict[str, Any]) -> str:
    """One model: its scores beside those of the baseline, behaviour, confusion."""
    chinese = any("agreement" in row for row in entry["sets"])
    head = ["set", "texts", "macro-recall", "baseline", "+", "macro-F1", "accuracy", "recall neg / neu / pos"]
    rows = []
    for row in entry["sets"]:
        baseline = row.get("baseline")
        lead = f"{row['macro_recall'] - baseline['macro_recall']:+.1f}" if baseline else "-"
        rows.append(
            [
                row["set"], f"{row['texts']:,}", percent(row["macro_recall"]),
                percent(baseline and baseline["macro_recall"]), lead, percent(row["macro_f1"]),
                percent(row["accuracy"]), " / ".join(map(percent, row["recall"])),
                *([percent(100 * row["agreement"])] if chinese else []),
            ]
        )  # fmt: skip
    parts = [heading(entry)]
    if rows:
        parts.append(table([*head, *(["same in Traditional"] if chinese else [])], rows))
    if entry["baseline"]:
        parts.append(f"Baseline: {entry['baseline']}.")
    if entry["behaviour"]:
        parts += ["Behaviour, in the manner of CheckList (Ribeiro et al. 2020):", behaviour_table(entry["behaviour"])]
    if rows:
        tables = (f"{row['set']}\n{confusion_table(row['labels'], row['confusion'])}" for row in entry["sets"])
        confusions = "\n\n".join(tables)
        parts.append(folded("Confusion for each set", f"```\n{confusions}\n```"))
    return "\n\n".join(parts)


def heading(entry: dict[str, Any]) -> str:
    return f"### {entry['model']} ({entry['parameters']:,} parameters)"


def translation_part(entry: dict[str, Any]) -> str:
    """One model: its scores in each direction, and its robustness."""
    rows = [
        [
            row["set"],
            f"{row['source']} to {row['target']}",
            f"{row['lines']:,}",
            percent(row["BLEU"]),
            percent(row["chrF"]),
        ]
        for row in entry["sets"]
    ]
    parts = [heading(entry)]
    if rows:
        parts.append(table(["set", "direction", "lines", "BLEU", "chrF"], rows))
    for direction, outcomes in entry["robustness"].items():
        parts += [f"What users send, {direction}, through the service's own path:", robustness_table(outcomes)]
    return "\n\n".join(parts)


def signatures(entries: list[dict[str, Any]]) -> str:
    """The distinct sacreBLEU signatures (Post 2018), with the target languages that they are for."""
    targets: dict[str, set[str]] = {}
    for entry in entries:
        for row in entry["sets"]:
            for name in ("BLEU", "chrF"):
                targets.setdefault(f"{name} {row[f'{name} signature']}", set()).add(row["target"])
    lines = "\n".join(f"{line}  ({', '.join(sorted(codes))})" for line, codes in sorted(targets.items()))
    return f"Signatures, with the targets they are for:\n\n```\n{lines}\n```"


def published_sentiment(others: list[dict[str, Any]]) -> str:
    rows = [[one["set"], one["metric"], one["system"], one["score"], one["source"]] for one in others]
    title = "### Published, for orientation: English sentiment\n\nTest sets, which are kept apart here.\n\n"
    return title + table(["set", "metric", "system", "score", "source"], rows)


def published_translation(others: list[dict[str, Any]], entries: list[dict[str, Any]]) -> str:
    """BLEU of others beside ours, where a set and a direction are the same."""
    ours = {
        (row["set"].rpartition("/")[2].partition(".")[0], f"{row['source']}-{row['target']}"): row["BLEU"]
        for entry in entries
        for row in entry["sets"]
    }
    rows = []
    for one in others:
        source = one["source"] + (" (read there)" if one.get("read") else "")
        score = ours.get((one["set"], one["direction"]))
        rows.append([one["set"], one["direction"], one["system"], one["score"], percent(score), source])
    title = (
        "### Published, for orientation: BLEU\n\nData, case and tokenisation differ: compare orders of magnitude.\n\n"
    )
    return title + table(["set", "direction", "system", "BLEU", "ours", "source"], rows)
