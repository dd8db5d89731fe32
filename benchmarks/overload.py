"""`POST /sentiment` under more load than it can take, in an open loop: 1, 2 and 5 times its measured capacity.

    python -m benchmarks.overload --data DIR [--servers undertone] [--deadline 1.0]

Goodput counts the answers that arrived within the deadline. Prints a table and writes benchmarks/results/overload.json
(or --name).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import load
from benchmarks.http import Address, post
from benchmarks.options import parsed
from benchmarks.results import overload_tables, save
from benchmarks.servers import OURS, SENTIMENT_SERVERS, ServerError, chosen, running
from benchmarks.texts import sentiment_texts

TEXTS = 4000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora (docs/data.md)")
    parser.add_argument("--servers", default=OURS)
    parser.add_argument("--factors", default="1,2,5", help="offered load, as multiples of the capacity")
    parser.add_argument("--deadline", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument(
        "--header",
        action="append",
        default=[],
        metavar="NAME:VALUE",
        help="header of every request of the open loop, such as one that names the deadline; repeatable",
    )
    parser.add_argument("--clients", type=int, default=64, help="clients of the closed loop that measures the capacity")
    parser.add_argument("--seconds", type=float, default=10.0, help="duration of each measurement")
    parser.add_argument(
        "--generator-core",
        type=int,
        metavar="N",
        help="core of the load generator; the server runs on the others, so that excess load takes no time from it",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--name", default="overload", help="name of the file in benchmarks/results")
    options = parsed(parser, servers="undertone,plain_fastapi,litserve_onnx", factors="1,5", seconds=5.0)
    cores = os.sched_getaffinity(0)
    if options.generator_core is not None:
        if options.generator_core not in cores or len(cores) < 2:
            parser.error(f"the generator needs a core of its own, one of {', '.join(map(str, sorted(cores)))}")
        os.sched_setaffinity(0, cores - {options.generator_core})
    texts = sentiment_texts(options.data, TEXTS, options.seed)
    headers = dict(header.split(":", 1) for header in options.header)
    factors = [float(factor) for factor in options.factors.split(",")]

    settings = {
        name: getattr(options, name) for name in ("deadline", "header", "clients", "seconds", "generator_core", "seed")
    }
    document: dict[str, Any] = {"benchmark": "overload", "settings": settings, "runs": []}
    for server in chosen(SENTIMENT_SERVERS, options.servers):
        try:
            with running(server) as service:
                if options.generator_core is not None:
                    os.sched_setaffinity(0, {options.generator_core})
                capacity = measured_capacity(service.address, [server.request(text) for text in texts], options)
                bodies = [post(server.path, server.body(text), headers) for text in texts]
                for factor in factors:
                    offered = load.run(
                        load.open_loop(
                            service.address,
                            bodies,
                            rate=factor * capacity,
                            seconds=options.seconds,
                            seed=options.seed,
                            family=service.family,
                            spin=options.generator_core is not None,
                        )
                    )
                    run = {"server": server.name, "factor": factor, "rate": factor * capacity, "capacity": capacity}
                    document["runs"].append({**run, **offered.summary(options.deadline)})
        except ServerError as error:
            print(error, file=sys.stderr)
        if options.generator_core is not None:
            os.sched_setaffinity(0, cores - {options.generator_core})
    print(overload_tables(document))
    print(f"\nwrote {os.path.relpath(save(options.name, document))}")


def measured_capacity(address: Address, requests: Sequence[bytes], options: argparse.Namespace) -> float:
    """Answers a second in a closed loop."""
    closed = load.run(
        load.closed_loop(address, requests, clients=options.clients, seconds=options.seconds, warmup_s=2.0)
    )
    print(f"capacity {closed.throughput:,.1f} requests/s", file=sys.stderr)
    return closed.throughput


if __name__ == "__main__":
    main()
