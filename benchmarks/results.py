"""Reads and writes result files, and makes tables of them. Knows no server."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.servers import OURS, ROOT

RESULTS = ROOT / "benchmarks" / "results"


def environment() -> dict[str, Any]:
    """The machine and the versions behind the numbers."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit(),
        "cores": len(os.sched_getaffinity(0)),
        "processor": processor(),
        "python": platform.python_version(),
        "torch": version("torch"),
    }


def commit() -> str:
    """The commit of the checkout, with a plus if files were changed since."""
    try:
        head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
        changed = subprocess.run(["git", "status", "--porcelain", "app"], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return ""
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def save(name: str, document: dict[str, Any], folder: Path = RESULTS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"environment": environment(), **document}, indent=2) + "\n", "utf-8")
    return path


def load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are numbers."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def shown(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def ratio(ours: float | None, theirs: float | None) -> str:
    """Our value divided by theirs, as `2.5x`."""
    return f"{ours / theirs:.2f}x" if ours is not None and theirs else "-"


def median(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The run with the median throughput."""
    return sorted(runs, key=lambda run: float(run["throughput"]))[len(runs) // 2]


def medians(runs: Sequence[dict[str, Any]], *keys: str) -> list[dict[str, Any]]:
    """The median run of each group with equal `keys`, in the order in which the groups first occur."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for run in runs:
        groups.setdefault(tuple(run[key] for key in keys), []).append(run)
    return [median(group) for group in groups.values()]


def sentiment_tables(document: dict[str, Any]) -> str:
    runs = medians(document["runs"], "clients", "server")
    return "\n\n".join(
        [
            closed_loop_table(runs),
            *open_loop_table(document),
            *idle_table(document),
            *lone_client_table(document, runs),
            *offline_table(document, runs),
        ]
    )


def open_loop_table(document: dict[str, Any]) -> list[str]:
    rows = []
    for run in document.get("open", []):
        latencies = [shown(run[f"p{share}_ms"]) for share in (50, 90, 99)]
        unanswered = run["requests"] - run["statuses"].get("200", 0)
        rows.append([run["server"], shown(run["rate"], 0), shown(run["throughput"]), *latencies, str(unanswered)])
    header = ["server", "arrivals/s", "answers/s", "p50 ms", "p90 ms", "p99 ms", "failed"]
    return [table(header, rows)] if rows else []


def idle_table(document: dict[str, Any]) -> list[str]:
    rows = [[name, f"{100 * cores:.1f} %"] for name, cores in document.get("idle", {}).items()]
    return [table(["server", "of a core when idle"], rows)] if rows else []


def closed_loop_table(runs: Sequence[dict[str, Any]]) -> str:
    ours = {run["clients"]: run for run in runs if run["server"] == OURS}
    rows = []
    for run in runs:
        mine = ours.get(run["clients"], {})
        rows.append(
            [
                f"{run['server']} {run['version']}",
                str(run["clients"]),
                shown(run["throughput"]),
                ratio(mine.get("throughput"), run["throughput"]),
                *(shown(run[f"p{share}_ms"]) for share in (50, 90, 99)),
                shown(run["server_cores"], 2),
                shown(run["server_pss_mib"], 0),
                str(run["requests"] - run["statuses"].get("200", 0)),
            ]
        )
    header = ["server", "clients", "requests/s", "ours is", "p50 ms", "p90 ms", "p99 ms", "cores", "MiB", "failed"]
    return table(header, rows)


def lone_client_table(document: dict[str, Any], runs: Sequence[dict[str, Any]]) -> list[str]:
    rows = []
    for run in runs:
        if run["clients"] == 1 and run["p50_ms"] is not None:
            bare = document["bare"][run["runtime"]]["p50_ms"]
            rows.append([run["server"], run["runtime"], shown(run["p50_ms"], 2), shown(bare, 2)])
            rows[-1].append(shown(run["p50_ms"] - bare, 2))
    header = ["server, one client", "runtime", "p50 ms", "bare forward ms", "added ms"]
    return [table(header, rows)] if rows else []


def offline_table(document: dict[str, Any], runs: Sequence[dict[str, Any]]) -> list[str]:
    offline = document["offline"]
    if not offline:
        return []
    best = max(offline, key=lambda entry: float(entry["throughput"]))
    most = max((run["throughput"] for run in runs if run["server"] == OURS), default=None)
    share = "-" if most is None else f"{most / best['throughput']:.2f}"
    rows = [
        [f"offline, batches of {entry['batch_size']}", shown(entry["throughput"]), "best" if entry is best else ""]
        for entry in offline
    ]
    return [table(["the same model", "texts/s", ""], [*rows, [f"{OURS}, its best load", shown(most), share]])]


def overload_tables(document: dict[str, Any]) -> str:
    rows = []
    for run in document["runs"]:
        refused = run.get("refused", {})
        rows.append(
            [
                run["server"],
                f"{run['factor']:g}x",
                shown(run["rate"], 0),
                shown(run["goodput"]),
                shown(run["goodput"] / run["capacity"], 2),
                shown(run["p50_ms"]),
                shown(run["p99_ms"]),
                shown(100 * refused.get("share", 0.0)) + " %",
                shown(refused.get("p50_ms")),
                shown(refused.get("p99_ms")),
                "-" if not refused else f"{100 * refused['with_retry_after']:.0f} %",
                str(run["errors"]),
                shown(run["sent_late"]["p99_ms"]),
            ]
        )
    header = ["server", "offered", "requests/s", "goodput/s", "of capacity", "p50 ms", "p99 ms", "refused"]
    header += ["refusal p50 ms", "refusal p99 ms", "Retry-After", "other errors", "sent late p99 ms"]
    return table(header, rows)


def translate_tables(document: dict[str, Any]) -> str:
    runs = medians(document["runs"], "clients", "server")
    ours = {run["clients"]: run for run in runs if run["server"] == OURS}
    rows = [
        [
            run["server"],
            str(run["clients"]),
            shown(run["throughput"]),
            ratio(ours.get(run["clients"], {}).get("throughput"), run["throughput"]),
            shown(run["tokens_per_second"]),
            *(shown(run[f"p{share}_ms"]) for share in (50, 90, 99)),
            shown(run["server_cores"], 2),
            shown(run["server_pss_mib"], 0),
            str(run["requests"] - run["statuses"].get("200", 0)),
        ]
        for run in runs
    ]
    header = ["server", "clients", "sentences/s", "ours is", "tokens/s", "p50 ms", "p90 ms", "p99 ms", "cores", "MiB"]
    tables = [table([*header, "failed"], rows)]
    if document["interference"]:
        rows = [
            [
                run["server"],
                str(run["short_clients"]),
                shown(run["alone_p50_ms"]),
                shown(run["beside_p50_ms"]),
                ratio(run["beside_p50_ms"], run["alone_p50_ms"]),
            ]
            for run in document["interference"]
        ]
        header = ["server", "clients with 5 words", "p50 ms alone", "p50 ms beside a long sentence", "grows to"]
        tables.append(table(header, rows))
    return "\n\n".join(tables)


TABLES = {"sentiment": sentiment_tables, "overload": overload_tables, "translate": translate_tables}
