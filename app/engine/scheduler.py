"""Decides which waiting requests run next. Knows neither torch nor sockets: a queue and a rule.

The oldest request seeds the batch, so nothing starves; requests to the same model of near length join it, up to
a budget of padded tokens. Nothing waits for a batch to fill.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from app.engine.messages import Translate, Work

SLACK_TOKENS = 8  # lengths this near are taken for alike, however short


@dataclass(slots=True, frozen=True)
class Job:
    """A request and the client that waits for it."""

    client: bytes
    request: Work

    @property
    def key(self) -> tuple[bytes, int]:
        return self.client, self.request.id

    @property
    def group(self) -> Hashable:
        """Only jobs of one group share a batch."""
        request = self.request
        width = (request.beam, request.alternatives) if isinstance(request, Translate) else ()
        return type(request), request.model, width

    @property
    def length(self) -> int:
        return len(self.request.tokens)

    @property
    def rows(self) -> int:
        """Rows of the batch that it takes: a translation takes one per beam."""
        return self.request.beam if isinstance(self.request, Translate) else 1


class Scheduler:
    def __init__(self, max_batch_tokens: int) -> None:
        self.max_batch_tokens = max_batch_tokens
        self.waiting: OrderedDict[tuple[bytes, int], Job] = OrderedDict()

    def __len__(self) -> int:
        return len(self.waiting)

    def add(self, job: Job) -> None:
        self.waiting[job.key] = job

    def cancel(self, client: bytes, request_id: int) -> None:
        self.waiting.pop((client, request_id), None)

    def take(self) -> list[Job]:
        """The next batch, out of the queue; empty if nothing waits. One job always fits, however long it is."""
        if not self.waiting:
            return []
        seed = next(iter(self.waiting.values()))
        batch = [seed]
        if not seed.request.alone:
            longest, rows = seed.length, seed.rows
            for job in self.alike(seed):
                width = max(longest, job.length)
                if (rows + job.rows) * width <= self.max_batch_tokens:
                    longest, rows = width, rows + job.rows
                    batch.append(job)
        for job in batch:
            del self.waiting[job.key]
        return batch

    def alike(self, seed: Job) -> list[Job]:
        """Who may join a seed, nearest length first, the older first among equals."""
        nearest = [
            job
            for job in self.waiting.values()
            if job is not seed
            and not job.request.alone
            and job.group == seed.group
            and max(job.length, seed.length) <= 2 * min(job.length, seed.length) + SLACK_TOKENS
        ]
        return sorted(nearest, key=lambda job: abs(job.length - seed.length))
