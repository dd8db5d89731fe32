"""A capacity plan: the containers that a load takes, and the effect of bursts and failures (`benchmarks/cluster.py`).

    python -m benchmarks.capacity --data DATA --measure   # CPU times of requests here, into results/capacity.json
    python -m benchmarks.capacity                         # the plan from these, else from those of docs/scaling.md

Every field of `Plan` is an option, such as `--busy 0.7` or `--start-s 90`.
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import load
from benchmarks.cluster import Cluster, Costs, Plan, Result
from benchmarks.results import RESULTS, save, table
from benchmarks.results import load as read
from benchmarks.servers import SENTIMENT_SERVERS, Running, Server, running, translation_servers
from benchmarks.texts import sentences, sentiment_texts

NAME = "capacity"
CLIENTS, SECONDS, WARMUP_S, TEXTS = 64, 10.0, 3.0, 2_000
CELL_A_MINUTE = 100_000  # a larger load is split into cells of this size, each with its own gateway
ENGINE = re.compile(rb"app\.engine\.worker")
# From docs/scaling.md.
MEASURED = {"sentiment": Costs(0.00035, 0.00069), "translation": Costs(0.0015, 0.00627)}
COLUMNS = [
    "requests a minute", "containers", "p50 ms", "p99 ms", "p99.9 ms", "refused, %", "sent again", "given up, %",
    "core hours", "price",
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true", help="measure the CPU times of requests on this machine")
    parser.add_argument("--data", type=Path, help="folder of the corpora, with --measure")
    parser.add_argument("--a-minute", type=int, nargs="+", default=[1_000, 100_000, 10_000_000], metavar="REQUESTS")
    parser.add_argument("--price", type=float, default=0.04, help="of a core for an hour")
    for name, value in asdict(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value, metavar="N")
    options = parser.parse_args()
    if options.measure and not options.data:
        parser.error("--measure wants --data DIR, the folder of the corpora")
    plan = Plan(**{name: getattr(options, name) for name in asdict(Plan())})
    for work, costs in (measured(options.data) if options.measure else known()).items():
        print(
            f"\n{work}: {costs.http_s * 1000:.2f} ms of HTTP and {costs.engine_s * 1000:.2f} ms of engines a request\n"
        )
        print(table(COLUMNS, [row(costs, plan, rate, options.price) for rate in options.a_minute]))


def known() -> dict[str, Costs]:
    path = RESULTS / f"{NAME}.json"
    return {work: Costs(**costs) for work, costs in read(path)["costs"].items()} if path.is_file() else MEASURED


def measured(data: Path) -> dict[str, Costs]:
    """CPU times of requests under load, by work."""
    ours = next(iter(translation_servers(beam=4).values()))
    found = {
        "sentiment": costs_of(SENTIMENT_SERVERS["undertone"], sentiment_texts(data, TEXTS)),
        "translation": costs_of(ours, sentences(data, TEXTS)),
    }
    save(NAME, {"costs": {work: asdict(costs) for work, costs in found.items()}})
    return found


def costs_of(server: Server, texts: Sequence[str]) -> Costs:
    with running(server) as service:
        requests = [server.request(text) for text in texts]
        loop = load.closed_loop(service.address, requests, clients=CLIENTS, seconds=WARMUP_S)
        load.run(loop)
        before = cpu_s(service)
        outcomes = load.run(load.closed_loop(service.address, requests, clients=CLIENTS, seconds=SECONDS)).outcomes
        http_s, engine_s = (now - then for now, then in zip(cpu_s(service), before, strict=True))
    answered = sum(outcome.status == 200 for outcome in outcomes)
    return Costs(http_s / answered, engine_s / answered)


def cpu_s(service: Running) -> tuple[float, float]:
    """CPU time so far of the HTTP processes and of the engines."""
    members = service.family.members()
    engines = [one for one in members if ENGINE.search(Path(f"/proc/{one.pid}/cmdline").read_bytes())]
    engine_s = sum(one.cpu_s for one in engines)
    return sum(one.cpu_s for one in members) - engine_s, engine_s


def row(costs: Costs, plan: Plan, a_minute: int, price: float) -> list[str]:
    cells = math.ceil(a_minute / CELL_A_MINUTE)
    result: Result = Cluster(costs, plan, a_minute / cells / 60).run()
    events, requests = result.events, result.events["requests"]
    core_hours = result.container_s * (1 + plan.engines) / 3600 / requests * 1e6
    numbers: list[Any] = [cells * number for number in (result.fewest, result.most)]
    return [
        f"{a_minute:,}",
        " to ".join(f"{number:,}" for number in numbers),
        *(f"{1000 * result.quantile(share):.0f}" for share in (0.5, 0.99, 0.999)),
        f"{100 * events['refusals'] / requests:.2f}",
        f"{cells * events['sent to another container']:,}",
        f"{100 * events['given up'] / requests:.3f}",
        f"{core_hours:.2f}",
        f"{core_hours * price:.2f}",
    ]


if __name__ == "__main__":
    main()
