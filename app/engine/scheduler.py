"""Decides which waiting requests run next. Knows neither torch nor sockets: a queue and a rule.

The oldest request seeds the batch, so nothing starves; requests to the same model of near length join it where that is
cheaper than a batch of their own, up to a budget of padded tokens. Nothing waits for a batch to fill.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from app.engine.messages import Translate, Work

# What a batch costs beside its tokens, in tokens. Measured on a processor, where from four texts on a token costs the
# same in any batch (14 us): joining saves this much, and padding costs its tokens.
BATCH_COST_TOKENS = 8
Key = tuple[bytes, int]


@dataclass(slots=True)
class Job:
    """A request and the client that waits for it."""

    client: bytes
    request: Work
    arrived: float = field(default_factory=time.monotonic, compare=False)
    started: float = field(default=0.0, compare=False)

    def times(self) -> tuple[float, float]:
        """Seconds that it waited here, and that it has been worked on since."""
        return self.started - self.arrived, time.monotonic() - self.started

    @property
    def key(self) -> Key:
        return self.client, self.request.id

    @property
    def group(self) -> Hashable:
        """Only jobs of one group share a batch."""
        return self.request.model, self.rows

    @property
    def length(self) -> int:
        return len(self.request.tokens)

    @property
    def rows(self) -> int:
        """Rows of the batch that it takes: a translation takes one a hypothesis."""
        request = self.request
        return max(request.options.beam, request.alternatives) if isinstance(request, Translate) else 1


class Scheduler:
    """The queue of one kind of work."""

    def __init__(self, max_batch_tokens: int) -> None:
        self.max_batch_tokens = max_batch_tokens
        self.waiting: OrderedDict[Key, Job] = OrderedDict()

    def __len__(self) -> int:
        return len(self.waiting)

    @property
    def tokens(self) -> int:
        return sum(job.length for job in self.waiting.values())

    @property
    def oldest_s(self) -> float:
        """How long the first in the queue has waited; 0 where none waits."""
        return next((time.monotonic() - job.arrived for job in self.waiting.values()), 0.0)

    def add(self, job: Job) -> None:
        self.waiting[job.key] = job

    def add_first(self, jobs: list[Job]) -> None:
        """Put jobs back that were taken, before all others and in their order."""
        for job in reversed(jobs):
            self.waiting[job.key] = job
            self.waiting.move_to_end(job.key, last=False)

    def cancel(self, key: Key) -> bool:
        """Whether it was waiting here."""
        return self.waiting.pop(key, None) is not None

    def take(self, max_rows: int | None = None, *, always_one: bool = True) -> list[Job]:
        """The next batch, out of the queue, within `max_rows` and the token budget. The oldest job is taken even if it
        is over them alone; without `always_one` it waits until there are rows for it, and all others with it."""
        seed = next(iter(self.waiting.values()), None)
        if seed is None or (max_rows is not None and seed.rows > max_rows and not always_one):
            return []
        batch = [seed]
        if not seed.request.alone:
            longest, rows = seed.length, seed.rows
            for job in self.nearest(seed):
                width, more = max(longest, job.length), rows + job.rows
                if more * width > self.max_batch_tokens or (max_rows is not None and more > max_rows):
                    continue
                if more * width - rows * longest <= job.rows * job.length + BATCH_COST_TOKENS:
                    longest, rows = width, more
                    batch.append(job)
        now = time.monotonic()
        for job in batch:
            job.started = now
            del self.waiting[job.key]
        return batch

    def nearest(self, seed: Job) -> list[Job]:
        """Who may join a seed, nearest length first, the older first among equals."""
        others = [
            job
            for job in self.waiting.values()
            if job is not seed and not job.request.alone and job.group == seed.group
        ]
        return sorted(others, key=lambda job: abs(job.length - seed.length))
