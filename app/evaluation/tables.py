"""Pieces of Markdown that cards and reports share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Row = Iterable[object]
LONGEST_CELL = 120  # characters of an example in a table


def table(head: list[str], rows: Iterable[Row], align: str = "---") -> str:
    """`align` is the alignment of every column but the first: `---`, or `---:` for numbers."""
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join(["---", *(align for _ in head[1:])]) + " |"]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def behaviour_table(outcomes: list[dict[str, Any]]) -> str:
    """The pass rate of each test of `checklist.py`, with the first text that failed."""
    rows = [[o["name"], o["kind"], o["cases"], pass_rate(o), example(o["failed"])] for o in outcomes]
    total = total_of(outcomes)
    return table(
        ["test", "kind", "cases", "passed %", "a failure"], [*rows, ["all", "", total["cases"], pass_rate(total), ""]]
    )


def robustness_table(outcomes: list[dict[str, Any]]) -> str:
    """The passed cases of each test of `robustness.py`, with the first text that failed."""
    rows = [[o["name"], f"{o['passed']} of {o['cases']}", example(o["failed"])] for o in outcomes]
    total = total_of(outcomes)
    return table(["test", "passed", "a failure"], [*rows, ["all", f"{total['passed']} of {total['cases']}", ""]])


def total_of(outcomes: list[dict[str, Any]]) -> dict[str, int]:
    return {count: sum(outcome[count] for outcome in outcomes) for count in ("cases", "passed")}


def pass_rate(outcome: dict[str, Any]) -> str:
    return percent(100 * outcome["passed"] / max(outcome["cases"], 1))


def percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def example(texts: list[str]) -> str:
    """The first text, cut to fit a cell and without characters that would break the table."""
    text = texts[0].replace("|", "\\|").replace("<", "&lt;").replace("\n", " ") if texts else ""
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def folded(summary: str, body: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def with_region(page: str, begin: str, end: str, content: str) -> str:
    """A page with `content` between two of its marks."""
    return f"{page.partition(begin)[0]}{begin}\n\n{content}\n{end}{page.partition(end)[2]}"
