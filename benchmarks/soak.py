"""Mixed load for a long time, to see whether memory grows without bound.

    python -m benchmarks.soak [--minutes 60] [--clients 8]

Starts the service and sends it mixed requests: texts and batches, translations at once and as event streams, bad
bodies, deadlines that cannot be met, and clients that hang up during an answer. Memory is the proportional set size of
the service's processes; growth is the slope of a straight line through the samples of the second half, when caches and
allocators have warmed up. Exits with 1 when that is clearly over --most-growth, when an answer was a 500, or when a
process was replaced.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import statistics
import sys
import time
from collections import Counter
from typing import Any

import httpx

from benchmarks.processes import Family
from benchmarks.servers import OURS, SENTIMENT_SERVERS, running

WORDS = [
    "the",
    "a",
    "man",
    "woman",
    "dog",
    "house",
    "good",
    "bad",
    "train",
    "love",
    "hate",
    "3.5",
    "km",
    "https://example.org",
    "sees",
    "red",
    "{name}",
    ":-)",
]
Samples = list[tuple[float, float]]  # minutes since the start, MiB
ALLOWED = {200, 400, 404, 422, 503, 504}
SAMPLE_S = 5.0
PAUSE_S = 0.02  # pause of a client between requests


def text_of(chance: random.Random, most_words: int) -> str:
    """A random text, hardly ever the same twice, so that no cache hides growth."""
    return " ".join([*chance.choices(WORDS, k=chance.randint(1, most_words)), str(chance.randint(0, 10**6))])


class Client:
    """Sends one request after the other."""

    def __init__(self, http: httpx.AsyncClient, seed: int, statuses: Counter[str]) -> None:
        self.http, self.chance, self.statuses = http, random.Random(seed), statuses
        self.kinds = [self.sentiment] * 6 + [self.translate] * 3 + [
            self.batch, self.stream, self.malformed, self.hopeless, self.hang_up, self.catalogue,
        ]  # fmt: skip

    async def run(self, until: float) -> None:
        while time.monotonic() < until:
            kind = self.chance.choice(self.kinds)
            try:
                response = await kind()
            except httpx.TimeoutException:
                self.statuses["hung up"] += 1  # only `hang_up` has so short a time-out
            else:
                self.statuses[str(response.status_code)] += 1
                await asyncio.sleep(PAUSE_S)

    async def post(self, path: str, body: dict[str, Any], **options: Any) -> httpx.Response:
        return await self.http.post(path, json=body, **options)

    async def sentiment(self) -> httpx.Response:
        return await self.post("/sentiment", {"text": text_of(self.chance, 40), "language": "en"})

    async def translate(self) -> httpx.Response:
        return await self.post("/translate", {"text": text_of(self.chance, 25), "source": "en", "target": "de"})

    async def batch(self) -> httpx.Response:
        texts: list[Any] = [text_of(self.chance, 20) for _ in range(self.chance.randint(1, 20))]
        return await self.post("/sentiment/batch", {"texts": [*texts, "", 5], "language": "en"})

    async def stream(self) -> httpx.Response:
        body = {"text": text_of(self.chance, 25), "source": "en", "target": "de"}
        return await self.post("/translate", body, headers={"Accept": "text/event-stream"})

    async def malformed(self) -> httpx.Response:
        garbage = self.chance.randbytes(self.chance.randint(0, 2000))
        return await self.http.post("/sentiment", content=garbage, headers={"Content-Type": "application/json"})

    async def hopeless(self) -> httpx.Response:
        body = {"text": text_of(self.chance, 200), "source": "en", "target": "de"}
        return await self.post("/translate", body, headers={"X-Request-Timeout": "0.02"})

    async def hang_up(self) -> httpx.Response:
        body = {"texts": [text_of(self.chance, 200) for _ in range(20)], "source": "en", "target": "de"}
        return await self.post("/translate/batch", body, timeout=0.3)

    async def catalogue(self) -> httpx.Response:
        return await self.http.get(self.chance.choice(["/models", "/languages", "/docs", "/nothing", "/healthz/ready"]))


async def sample(family: Family, until: float) -> Samples:
    started, samples = time.monotonic(), []
    while (now := time.monotonic()) < until:
        samples.append(((now - started) / 60, family.memory().pss_mib))
        print(f"{samples[-1][0]:7.1f} min  {samples[-1][1]:8.1f} MiB", flush=True)
        await asyncio.sleep(min(SAMPLE_S * max(1, len(samples) // 24), 60))
    return samples


async def soak(
    url: str, family: Family, minutes: float, clients: int
) -> tuple[list[tuple[float, float]], Counter[str]]:
    statuses: Counter[str] = Counter()
    until = time.monotonic() + 60 * minutes
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=httpx.Limits(max_connections=None)) as http:
        asking = [Client(http, seed, statuses).run(until) for seed in range(clients)]
        samples, *_ = await asyncio.gather(sample(family, until), *asking)
    return samples, statuses


def growth_of(samples: Samples) -> tuple[float, float]:
    """Growth in MiB an hour over the second half, and its standard error."""
    minutes, mib = zip(*samples[len(samples) // 2 :], strict=True)
    slope, intercept = statistics.linear_regression(minutes, mib)
    squares = sum((y - intercept - slope * x) ** 2 for x, y in zip(minutes, mib, strict=True))
    spread = sum((x - statistics.fmean(minutes)) ** 2 for x in minutes)
    return 60 * slope, 60 * math.sqrt(squares / max(1, len(minutes) - 2) / spread)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--most-growth", type=float, default=20, metavar="MIB", help="largest growth of memory an hour")
    options = parser.parse_args()
    with running(SENTIMENT_SERVERS[OURS]) as server:
        url, family = f"http://{server.address.host}:{server.address.port}", server.family
        before = {one.pid for one in family.members()}
        samples, statuses = asyncio.run(soak(url, family, options.minutes, options.clients))
        replaced = before != {one.pid for one in family.members()}
    growth, error = growth_of(samples)
    print(f"\nanswers: {dict(statuses.most_common())}")
    first, last = samples[0][1], samples[-1][1]
    print(f"memory: {first:.1f} MiB at the start, {last:.1f} at the end; {growth:+.1f} ± {2 * error:.1f} MiB an hour")
    if 2 * error > options.most_growth:
        print("the run was too short to say whether memory grows")
    faults = []
    if growth - 2 * error > options.most_growth:
        faults.append(f"memory grows by more than {options.most_growth:g} MiB an hour")
    if wrong := [status for status in statuses if status != "hung up" and int(status) not in ALLOWED]:
        faults.append(f"answers with status {', '.join(wrong)}")
    if replaced:
        faults.append("a process of the service was replaced")
    for fault in faults:
        print(f"FAULT: {fault}")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
