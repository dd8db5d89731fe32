"""Decides which waiting requests run next: a queue and a rule. Knows neither torch nor sockets.

The oldest request is the seed of a batch, so no request starves. Requests of the same model and near length join it
where that is cheaper than a batch of their own, up to a budget of padded tokens. A batch never waits to be filled.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from app.engine.messages import EngineRequest, Translate

# Fixed cost of a batch, in tokens: joining saves it, and padding costs its tokens. Measured on a CPU, where a token
# costs the same (14 us) in all batches of at least four texts.
BATCH_COST_TOKENS = 8
Key = tuple[bytes, int]


@dataclass(slots=True)
class Job:
    """A request, and the client that waits for its answer."""

    client: bytes
    request: EngineRequest
    arrived: float = field(default_factory=time.monotonic, compare=False)
    started: float = field(default=0.0, compare=False)

    def times(self) -> tuple[float, float]:
        """Seconds from its arrival to its start, and from its start to now."""
        return self.started - self.arrived, time.monotonic() - self.started

    @property
    def key(self) -> Key:
        return self.client, self.request.id

    @property
    def group(self) -> Hashable:
        """Only jobs of one group can share a batch."""
        return self.request.model, self.rows

    @property
    def length(self) -> int:
        return len(self.request.tokens)

    @property
    def rows(self) -> int:
        """Rows of a batch that it takes: a translation takes one for each hypothesis."""
        request = self.request
        return max(request.options.beam, request.alternatives) if isinstance(request, Translate) else 1


class Scheduler:
    """The queue of one task."""

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
        """Seconds that the first in the queue has waited; 0 for an empty queue."""
        return next((time.monotonic() - job.arrived for job in self.waiting.values()), 0.0)

    def add(self, job: Job) -> None:
        self.waiting[job.key] = job

    def add_first(self, jobs: list[Job]) -> None:
        """Put back jobs that were taken, in their order, before all others."""
        for job in reversed(jobs):
            self.waiting[job.key] = job
            self.waiting.move_to_end(job.key, last=False)

    def cancel(self, key: Key) -> bool:
        """Remove a job; whether it was in the queue."""
        return self.waiting.pop(key, None) is not None

    def take(self, max_rows: int | None = None, *, always_one: bool = True) -> list[Job]:
        """Remove the next batch from the queue, within `max_rows` and the token budget. The oldest job is taken even
        where it alone exceeds them; without `always_one` it waits for enough rows, and all others wait with it."""
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
        """The jobs that may join a seed: nearest length first, then the older ones."""
        others = [
            job
            for job in self.waiting.values()
            if job is not seed and not job.request.alone and job.group == seed.group
        ]
        return sorted(others, key=lambda job: abs(job.length - seed.length))
