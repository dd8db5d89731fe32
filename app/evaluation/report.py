"""Shows what `undertone evaluate --all` measured: a page of Markdown, or the region of a page that is marked for it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.training.metrics import confusion_table
from app.training.recipe import read_yaml

BEGIN, END = "<!-- begin: undertone evaluate --all -->", "<!-- end: undertone evaluate --all -->"
Row = Iterable[object]


def write_report(found: dict[str, Any], output: Path, configs: Path, plots: list[str]) -> None:
    """Write JSON, or Markdown: between the marks where the file has them, else the whole file."""
    if output.suffix == ".json":
        output.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
        return
    page = markdown(found, published(configs), plots)
    if output.is_file():
        text = output.read_text("utf-8")
        if BEGIN in text and END in text:
            page = filled(text, BEGIN, END, page)
    output.write_text(page, "utf-8")


def filled(text: str, begin: str, end: str, content: str) -> str:
    """A page with `content` between two marks that it has."""
    return f"{text.partition(begin)[0]}{begin}\n\n{content}\n{end}{text.partition(end)[2]}"


def card_head(languages: Iterable[str]) -> str:
    """What stands before the card of a folder in Hugging Face layout, which has no other place for its languages."""
    return "---\nlanguage:\n" + "".join(f"- {code}\n" for code in languages) + "---\n"


def published(configs: Path) -> dict[str, list[dict[str, Any]]]:
    """What others reported, from `published.yaml` beside the recipes. Raises RecipeError."""
    path = configs / "published.yaml"
    if not path.is_file():
        return {}
    found: dict[str, list[dict[str, Any]]] = read_yaml(path)
    return found


def markdown(found: dict[str, Any], others: dict[str, list[dict[str, Any]]], plots: list[str]) -> str:
    parts = []
    if found["sentiment"]:
        note = f"In percent; run by {found['runtime']}. {SENTIMENT_NOTE}"
        parts += ["## Sentiment", note, *(sentiment_part(entry) for entry in found["sentiment"])]
        parts += [published_sentiment(others["sentiment"])] if others.get("sentiment") else []
    if found["translation"]:
        note = f"Beam {found['beam']}, length penalty 1, cased, detokenised, whole lines; run by {found['runtime']}."
        parts += ["## Translation", note, *(translation_part(entry) for entry in found["translation"])]
        parts += [signatures(found["translation"])]
        parts += [published_translation(others["translation"], found["translation"])] if "translation" in others else []
    if plots:
        parts += ["## Training", *(f"![training of {Path(plot).stem}]({plot})" for plot in plots)]
    return "\n\n".join(parts) + "\n"


SENTIMENT_NOTE = (
    "Macro-recall is the mean over the labels that a set has. The floor is trained on the corpora of "
    "the recipe as it stands, uncleaned, each class weighing the same; `+` is what the model has over it in "
    "macro-recall."
)


def sentiment_part(entry: dict[str, Any]) -> str:
    """One model: scores beside the floor, behaviour, confusion."""
    chinese = any("agreement" in row for row in entry["sets"])
    head = ["set", "texts", "macro-recall", "floor", "+", "macro-F1", "accuracy", "recall neg / neu / pos"]
    rows = []
    for row in entry["sets"]:
        floor = row.get("floor")
        over = f"{row['macro_recall'] - floor['macro_recall']:+.1f}" if floor else "-"
        rows.append(
            [
                row["set"], f"{row['texts']:,}", percent(row["macro_recall"]),
                percent(floor and floor["macro_recall"]), over, percent(row["macro_f1"]), percent(row["accuracy"]),
                " / ".join(map(percent, row["recall"])),
                *([percent(100 * row["agreement"])] if chinese else []),
            ]
        )  # fmt: skip
    parts = [f"### {entry['model']} ({entry['parameters']:,} parameters)"]
    if rows:
        parts.append(table([*head, *(["same in Traditional"] if chinese else [])], rows))
    if entry["floor"]:
        parts.append(f"Floor: {entry['floor']}.")
    if entry["behaviour"]:
        parts += ["Behaviour, in the manner of CheckList (Ribeiro et al. 2020):", behaviour_table(entry["behaviour"])]
    confusions = "\n\n".join(
        f"{row['set']}\n{confusion_table(row['labels'], row['confusion'])}" for row in entry["sets"]
    )
    return "\n\n".join([*parts, folded("Confusion for each set", f"```\n{confusions}\n```")] if rows else parts)


def behaviour_table(outcomes: list[dict[str, Any]]) -> str:
    """Pass rates, each with the first text that failed."""
    total = [sum(outcome[count] for outcome in outcomes) for count in ("cases", "passed")]
    rows = [
        [o["name"], o["kind"], o["cases"], percent(100 * o["passed"] / max(o["cases"], 1)), cell(o["failed"][:1])]
        for o in outcomes
    ]
    rows.append(["all", "", total[0], percent(100 * total[1] / max(total[0], 1)), ""])
    return table(["test", "kind", "cases", "passed %", "a failure"], rows)


def robustness_table(outcomes: list[dict[str, Any]]) -> str:
    total = [sum(outcome[count] for outcome in outcomes) for count in ("cases", "passed")]
    rows = [[o["name"], f"{o['passed']} of {o['cases']}", cell(o["failed"][:1])] for o in outcomes]
    rows.append(["all", f"{total[1]} of {total[0]}", ""])
    return table(["test", "passed", "a failure"], rows)


def translation_part(entry: dict[str, Any]) -> str:
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
    parts = [f"### {entry['model']} ({entry['parameters']:,} parameters)"]
    if rows:
        parts.append(table(["set", "direction", "lines", "BLEU", "chrF"], rows))
    for direction, outcomes in entry["robustness"].items():
        parts += [f"What users send, {direction}, through the service's own path:", robustness_table(outcomes)]
    return "\n\n".join(parts)


def signatures(entries: list[dict[str, Any]]) -> str:
    """The distinct sacreBLEU signatures (Post 2018), with the targets that they are for."""
    targets: dict[str, set[str]] = {}
    for entry in entries:
        for row in entry["sets"]:
            for name in ("BLEU", "chrF"):
                targets.setdefault(f"{name} {row[f'{name} signature']}", set()).add(row["target"])
    lines = "\n".join(f"{line}  ({', '.join(sorted(found))})" for line, found in sorted(targets.items()))
    return f"Signatures, with the targets they are for:\n\n```\n{lines}\n```"


def published_sentiment(others: list[dict[str, Any]]) -> str:
    rows = [[one["set"], one["metric"], one["system"], one["score"], one["source"]] for one in others]
    heading = "### Published, for orientation: English sentiment\n\nTest sets, which are kept apart here.\n\n"
    return heading + table(["set", "metric", "system", "score", "source"], rows)


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
    heading = (
        "### Published, for orientation: BLEU\n\nData, case and tokenisation differ: compare orders of magnitude.\n\n"
    )
    return heading + table(["set", "direction", "system", "BLEU", "ours", "source"], rows)


def percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def cell(texts: list[str]) -> str:
    """Of at most 120 characters, without what would break a table."""
    text = texts[0].replace("|", "\\|").replace("<", "&lt;").replace("\n", " ") if texts else ""
    return text if len(text) <= 120 else text[:119] + "…"


def folded(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def table(head: list[str], rows: Iterable[Row], align: str = "---") -> str:
    """`align` is of all columns but the first."""
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join(["---", *(align for _ in head[1:])]) + " |"]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])
