"""`POST /sentiment` of the service and of peers that serve the very same weights, in closed loops and in open loops at
fixed rates.

    python -m benchmarks.sentiment --data DIR [--servers undertone,plain_fastapi,litserve] [--clients 1,8,64,256]

Prints a table and writes benchmarks/results/sentiment.json (or --name). Measures the model alone as well: one text at a
time, to show the overhead of a server, and in batches without a server, to show the upper bound for a server.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks import load
from benchmarks.http import ask_once
from benchmarks.options import parsed
from benchmarks.peers.model import MODELS, SENTIMENT, Batch, Classify, Sentiment, load_classifier
from benchmarks.results import save, sentiment_tables
from benchmarks.servers import OURS, SENTIMENT_SERVERS, Running, ServerError, chosen, running
from benchmarks.texts import SENTIMENT_TEXTS, sentiment_texts

RUNTIMES = ("torch", "onnx")
BATCH_SIZES = (8, 16, 32, 64, 128)
TEXTS = 4000  # drawn once; all clients take from them in turn, again and again
COMPARED = 50  # texts whose answers are checked before a server is measured

classify: Classify  # of a pool process


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora (docs/data.md)")
    parser.add_argument("--servers", default="undertone,plain_fastapi,litserve,litserve_onnx,bentoml,ray_serve")
    parser.add_argument("--clients", default="1,8,64,256")
    parser.add_argument("--texts", default="mixed", choices=SENTIMENT_TEXTS, help="of 41 or 19 words in the mean")
    parser.add_argument("--rates", default="", help="arrivals a second of open loops, such as 100,300")
    parser.add_argument(
        "--idle-seconds", type=float, default=5.0, help="duration of the idle measurement before any load; 0 skips it"
    )
    parser.add_argument("--seconds", type=float, default=10.0, help="duration of each measurement")
    parser.add_argument("--warmup", type=float, default=2.0, help="seconds of load before each measurement")
    parser.add_argument(
        "--rounds", type=int, default=1, help="how often everything is measured; tables show the medians"
    )
    parser.add_argument("--offline-seconds", type=float, default=4.0, help="for each batch size; 0 skips them")
    parser.add_argument(
        "--runtime", default="onnx", choices=RUNTIMES, help="runtime of the service, to measure the model alone"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--name", default="sentiment", help="name of the file in benchmarks/results")
    options = parsed(
        parser,
        servers="undertone,plain_fastapi,litserve_onnx",
        clients="1,64",
        seconds=5.0,
        idle_seconds=2.0,
        offline_seconds=1.0,
    )
    servers = chosen(SENTIMENT_SERVERS, options.servers)
    clients = [int(count) for count in options.clients.split(",")]
    texts = sentiment_texts(options.data, TEXTS, options.seed, options.texts)

    model = Sentiment(MODELS / SENTIMENT)  # torch is the reference for all answers
    tokens = [model.tokens(text) for text in texts]
    expected = [model.answer(row) for row in model.classify(tokens[:COMPARED])]
    document: dict[str, Any] = {
        "benchmark": "sentiment",
        "settings": {"seconds": options.seconds, "texts": TEXTS, "seed": options.seed, "runtime": options.runtime},
        "bare": {runtime: bare_forward(runtime, tokens, options.seconds / 2) for runtime in RUNTIMES},
        "offline": offline(options.runtime, tokens, options.offline_seconds),
        "runs": [],
        "open": [],
        "idle": {},
    }
    for _ in range(options.rounds):
        for server in servers:
            try:
                requests = [server.request(text) for text in texts]
                with running(server) as service:
                    same = compare(service, requests, expected)
                    if options.idle_seconds:
                        document["idle"][server.name] = idle_cores(service, options.idle_seconds)
                    runs = closed_loops(service, requests, clients, options.seconds, options.warmup)
                    for rate in [float(rate) for rate in options.rates.split(",") if rate]:
                        measured = open_loop(service, requests, rate, options.seconds)
                        document["open"].append({"server": server.name, "rate": rate, **measured.summary()})
                runtime = options.runtime if server.name == OURS else server.runtime
                document["runs"] += [{**run, **same, "runtime": runtime} for run in runs]
            except ServerError as error:
                print(error, file=sys.stderr)
    print(sentiment_tables(document))
    print(f"\nwrote {os.path.relpath(save(options.name, document))}")


def closed_loops(
    service: Running, requests: Sequence[bytes], clients: Sequence[int], seconds: float, warmup_s: float
) -> list[dict[str, Any]]:
    """Measure one server at each number of clients."""
    runs = []
    server, version = service.server, service.server.version
    for count in clients:
        measured = load.run(
            load.closed_loop(
                service.address, requests, clients=count, seconds=seconds, warmup_s=warmup_s, family=service.family
            )
        )
        runs.append({"server": server.name, "version": version, "clients": count, **measured.summary()})
        print(f"{server.name}, {count} clients: {measured.throughput:,.1f} requests/s", file=sys.stderr)
    return runs


def open_loop(service: Running, requests: Sequence[bytes], rate: float, seconds: float) -> load.Load:
    """Measure at a fixed rate of arrivals, whether or not the server keeps up."""
    return load.run(load.open_loop(service.address, requests, rate=rate, seconds=seconds, family=service.family))


def idle_cores(service: Running, seconds: float) -> float:
    """Cores that all processes of an idle server use together."""
    service.family.members()
    before = service.family.cpu_s()
    time.sleep(seconds)
    return (service.family.cpu_s() - before) / seconds


def compare(service: Running, requests: Sequence[bytes], expected: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The differences between a server's answers and the model's own. Raises ServerError if the differences mean that
    the models differ."""
    agreeing, furthest = 0, 0.0
    for request, wanted in zip(requests, expected, strict=False):
        response = load.run(ask_once(service.address, request))
        if response is None or response.status != 200:
            raise ServerError(f"{service.server.name} failed on a text: {response}")
        answer = json.loads(response.body)
        answer = answer[0] if isinstance(answer, list) else answer
        agreeing += answer["label"] == wanted["label"]
        furthest = max(furthest, *(abs(answer["scores"][label] - score) for label, score in wanted["scores"].items()))
    if furthest > 0.2:
        raise ServerError(f"{service.server.name} serves another model: scores differ by up to {furthest:.3f}")
    return {"label_agreement": agreeing / len(expected), "score_difference": furthest}


def bare_forward(runtime: str, tokens: Batch, seconds: float) -> dict[str, Any]:
    """The model alone: one text at a time, one thread, no server, tokenized in advance."""
    judge = load_classifier(MODELS / SENTIMENT, runtime)
    times: list[float] = []
    started = time.perf_counter()
    for count, one in enumerate(tokens):
        before = time.perf_counter()
        judge([one])
        now = time.perf_counter()
        if count >= 20:  # the first ones are a warm-up
            times.append(1000 * (now - before))
        if now - started > seconds and times:
            break
    return {"texts": len(times), **load.quantiles(times)}


def offline(runtime: str, tokens: Batch, seconds: float) -> list[dict[str, Any]]:
    """Texts a second without a server. Batches are sorted by length, so they have little padding; as many
    processes as the service has engines, with one thread each."""
    if not seconds:
        return []
    processes = len(os.sched_getaffinity(0))
    context = multiprocessing.get_context("spawn")
    ordered = sorted(tokens, key=len)
    runs = []
    with ProcessPoolExecutor(processes, context, initializer=prepare, initargs=(runtime,)) as pool:
        for size in BATCH_SIZES:
            batches = [ordered[start : start + size] for start in range(0, len(ordered), size)]
            # Every process gets short and long batches.
            parts = [batches[index::processes] for index in range(processes)]
            rates = [pool.submit(classify_for, part, seconds) for part in parts]
            throughput = sum(rate.result() for rate in rates)
            runs.append({"batch_size": size, "processes": processes, "throughput": throughput})
    return runs


def prepare(runtime: str) -> None:
    global classify
    classify = load_classifier(MODELS / SENTIMENT, runtime)


def classify_for(batches: Sequence[Batch], seconds: float) -> float:
    """Texts a second over complete rounds of the batches, after a first batch that is not counted."""
    classify(batches[0])
    done, started = 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < seconds:
        for batch in batches:
            classify(batch)
            done += len(batch)
    return done / passed


if __name__ == "__main__":
    main()
