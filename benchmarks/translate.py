"""Our `POST /translate` against static batching of the same model, and of a Transformer of like size with random
weights in CTranslate2, in a closed loop of mixed lengths.

    python -m benchmarks.translate --data DIR [--clients 32] [--beam 4]

Then interference: how long clients with 5 words wait, with and without a sentence of 60 words always in flight. Prints
tables and writes benchmarks/results/translate.json (or --name).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from app.text.normalize import normalize
from app.text.tokenizer import Tokenizer
from benchmarks import load
from benchmarks.options import parsed
from benchmarks.peers.model import MODELS, TRANSLATION
from benchmarks.results import save, translate_tables
from benchmarks.servers import Running, ServerError, chosen, running, translation_servers
from benchmarks.texts import sentences

TEXTS = 2000
LONG_WORDS = (55, 65)  # around 60, because the corpora have few sentences of any one length
SHORT_WORDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora (docs/data.md)")
    parser.add_argument("--servers", default="undertone,static_batching,static_batching_onnx,ctranslate2")
    parser.add_argument("--clients", default="32")
    parser.add_argument("--beam", type=int, default=4, help="beam of every server")
    parser.add_argument("--seconds", type=float, default=20.0, help="duration of each measurement")
    parser.add_argument("--warmup", type=float, default=4.0, help="seconds of load before each measurement")
    parser.add_argument(
        "--rounds", type=int, default=1, help="how often everything is measured; tables show the medians"
    )
    parser.add_argument("--short-clients", default="1,4", help="clients of the interference test; empty skips it")
    parser.add_argument("--long-clients", type=int, default=1, help="long sentences in flight in that test")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--name", default="translate", help="name of the file in benchmarks/results")
    options = parsed(
        parser,
        servers="undertone,static_batching_onnx,ctranslate2",
        seconds=6.0,
        warmup=2.0,
        short_clients="1",
    )
    servers = chosen(translation_servers(options.beam), options.servers)
    clients = [int(count) for count in options.clients.split(",")]
    short_clients = [int(count) for count in options.short_clients.split(",") if count]
    mixed = sentences(options.data, TEXTS, options.seed)
    short = sentences(options.data, 200, options.seed, least=SHORT_WORDS, most=SHORT_WORDS)
    long = sentences(options.data, 20, options.seed, least=LONG_WORDS[0], most=LONG_WORDS[1])

    settings = {name: getattr(options, name) for name in ("beam", "seconds", "seed", "long_clients")}
    document: dict[str, Any] = {"benchmark": "translate", "settings": settings, "runs": [], "interference": []}
    for turn in range(options.rounds):
        for server in servers:
            try:
                version = server.version
                with running(server) as service:
                    for count in clients:
                        run = closed_loop(service, mixed, count, options.seconds, options.warmup)
                        document["runs"].append({"server": server.name, "version": version, **run})
                    for count in short_clients if turn == 0 else []:
                        run = interference(service, short, long, count, options.long_clients, options.seconds)
                        document["interference"].append({"server": server.name, "version": version, **run})
            except ServerError as error:
                print(error, file=sys.stderr)
    print(translate_tables(document))
    print(f"\nwrote {os.path.relpath(save(options.name, document))}")


def closed_loop(
    service: Running, texts: Sequence[str], clients: int, seconds: float, warmup_s: float
) -> dict[str, Any]:
    requests = [service.server.request(text) for text in texts]
    measured = load.run(
        load.closed_loop(
            service.address,
            requests,
            clients=clients,
            seconds=seconds,
            warmup_s=warmup_s,
            family=service.family,
            keep_bodies=True,
        )
    )
    print(f"{service.server.name}, {clients} clients: {measured.throughput:,.1f} sentences/s", file=sys.stderr)
    return {"clients": clients, "tokens_per_second": tokens_per_second(measured), **measured.summary()}


def tokens_per_second(measured: load.Load) -> float:
    """Output tokens a second of the answers that arrived in the window: as many as an answer says, else as the model's
    tokenizer makes of it."""
    tokenizer = Tokenizer.load(MODELS / TRANSLATION / "tokenizer.json")
    bodies = [json.loads(outcome.body) for outcome in measured.answered]
    encoded = tokenizer.encode_batch(normalize(body["translation"]) for body in bodies)
    tokens = [body.get("tokens", len(ids)) + 1 for body, ids in zip(bodies, encoded, strict=True)]
    return sum(tokens) / measured.seconds  # 1 for the end of the sentence


def interference(
    service: Running, short: Sequence[str], long: Sequence[str], short_clients: int, long_clients: int, seconds: float
) -> dict[str, Any]:
    """The median latency of short requests alone, and beside long ones that follow each other without a gap."""
    short_requests = [service.server.request(text) for text in short]
    long_requests = [service.server.request(text) for text in long]

    def asking(requests: Sequence[bytes], clients: int) -> Coroutine[Any, Any, load.Load]:
        return load.closed_loop(service.address, requests, clients=clients, seconds=seconds, warmup_s=1.0)

    async def both() -> tuple[load.Load, load.Load]:
        return await asyncio.gather(asking(short_requests, short_clients), asking(long_requests, long_clients))

    alone = load.run(asking(short_requests, short_clients))
    shorts, longs = load.run(both())
    numbers = {"alone": alone.summary(), "beside": shorts.summary(), "long": longs.summary()}
    run: dict[str, Any] = {"short_clients": short_clients, "long_clients": long_clients}
    run |= {f"{name}_{key}": value[key] for name, value in numbers.items() for key in ("p50_ms", "p99_ms", "requests")}
    return run


if __name__ == "__main__":
    main()
