"""Decides which waiting requests run next: a queue and a rule. Knows neither torch nor sockets.

The oldest request is the seed of a batch, so no request starves; only texts that have rows in flight give way. Requests
of the same model and near length join it where that is cheaper than a batch of their own, up to a budget of padded
tokens. A batch of texts never waits to be filled; sentences wait for others while that is cheaper than to interrupt the
sentences in flight for each one.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from app.engine.messages import EngineRequest, Translate


@dataclass(slots=True, frozen=True)
class BatchCost:
    """The cost of batches, in tokens: `fixed` for each batch, `position` for each position of its longest job, and one
    for each padded token. A job joins a batch where that costs no more than a batch of its own."""

    fixed: float
    position: float

    def joins(self, job: Job, batch: list[Job], longest: int) -> bool:
        """Whether a job joins a batch whose longest job has `longest` tokens."""
        apart = self.of(len(batch), longest) + self.of(1, job.length)
        return self.of(len(batch) + 1, max(longest, job.length)) <= apart

    def of(self, jobs: int, longest: int) -> float:
        """The cost of a batch of `jobs` jobs, the longest of `longest` tokens."""
        return self.fixed + (self.position + jobs) * longest


@dataclass(slots=True, frozen=True)
class NearLength:
    """For batches whose jobs cost nothing once they are done: a job joins where its length and that of the first job
    differ at most by the factor `times`, so that it does not wait for much longer ones."""

    times: int

    def joins(self, job: Job, batch: list[Job], longest: int) -> bool:
        length, first = job.length, batch[0].length
        return length <= self.times * first and first <= self.times * length


# Measured on CPUs. A token of a text costs the same (14 us) in all batches of at least four. Each step of a
# translator's encoder has a fixed cost: 92 us, beside 18 us for each token.
TEXT_COST, SENTENCE_COST = BatchCost(8, 0), BatchCost(0, 5)
# In the same measurement a decoding step took 0.42 ms and 23 us for each row. So, in rows of a step:
STEP_COST_ROWS = 18  # the fixed cost of a step
ENCODE_COST_ROWS = 4  # the cost of an encoding, for each position of its longest sentence
RATE_WEIGHT = 1 / 16  # weight of the latest step in the average rate of arrivals
Key = tuple[bytes, int]
Text = tuple[bytes, int]


@dataclass(slots=True)
class Job:
    """A request, and the client that waits for its answer."""

    client: bytes
    request: EngineRequest
    arrived: float = field(default_factory=time.monotonic, compare=False)
    started: float = field(default=0.0, compare=False)
    text: Text = field(init=False)  # the same for all sentences of a text
    rows: int = field(default=1, init=False)  # of a batch: a translation takes one for each hypothesis

    def __post_init__(self) -> None:
        request = self.request
        self.text = self.client, -request.id  # of its own
        if isinstance(request, Translate):
            self.rows = max(request.options.beam, request.alternatives)
            if request.text:
                self.text = self.client, request.text

    def times(self) -> tuple[float, float]:
        """Seconds from its arrival to its start, and from its start to now."""
        return self.started - self.arrived, time.monotonic() - self.started

    @property
    def key(self) -> Key:
        return self.client, self.request.id

    @property
    def length(self) -> int:
        return len(self.request.tokens)


def model_and_rows(job: Job) -> Hashable:
    return job.request.model, job.rows


class Scheduler:
    """The queue of one task. Only jobs of one `group` share a batch."""

    def __init__(
        self,
        max_batch_tokens: int,
        company: BatchCost | NearLength = TEXT_COST,
        group: Callable[[Job], Hashable] = model_and_rows,
    ) -> None:
        """`company` says which jobs share a batch."""
        self.max_batch_tokens, self.company, self.group = max_batch_tokens, company, group
        self.waiting: OrderedDict[Key, Job] = OrderedDict()
        # For `take_to_join`: how long sentences have waited, in rows of a step; how many have arrived since its last
        # call, and how many arrive between two calls on average.
        self.waited, self.arrived, self.arrival_rate = 0.0, 0, 0.0

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
        self.arrived += 1

    def add_first(self, jobs: list[Job]) -> None:
        """Put back jobs that were taken, in their order, before all others."""
        for job in reversed(jobs):
            self.waiting[job.key] = job
            self.waiting.move_to_end(job.key, last=False)

    def cancel(self, key: Key) -> bool:
        """Remove a job; returns whether it was in the queue."""
        return self.waiting.pop(key, None) is not None

    def take(self, max_rows: int | None = None, longest: int | None = None) -> list[Job]:
        """Remove the next batch from the queue, within `max_rows` and the token budget; the oldest job is taken even
        where it alone exceeds them. With `longest` it takes only jobs of at most so many tokens."""
        return self.remove(self.next_batch(max_rows, always_one=True, longest=longest))

    def take_to_join(self, in_flight: list[Job], max_rows: int) -> list[Job]:
        """Remove the next sentences that are to be encoded and to join those in flight, within the rows of both.

        Encoding delays all sentences in flight by a fixed cost, which sentences that arrive later would share. So the
        next ones wait while a step of waiting costs less than it saves at the present rate of arrivals, but in all no
        longer than that delay: at worst twice the least possible cost (Dooly et al. 1998, for acknowledgements). Where
        no sentence is in flight they never wait.
        """
        self.arrival_rate += (self.arrived - self.arrival_rate) * RATE_WEIGHT
        self.arrived = 0
        held: Counter[Text] = Counter()
        for job in in_flight:
            held[job.text] += job.rows
        rows = held.total()
        batch = self.next_batch(max_rows - rows, always_one=not in_flight, held=held)
        if not batch:
            return []
        delay = len(in_flight) * ENCODE_COST_ROWS * max(job.length for job in batch)
        step = len(batch) * (STEP_COST_ROWS + rows)
        if step < self.arrival_rate * delay and self.waited < delay:
            self.waited += step
            return []
        self.waited = 0.0
        return self.remove(batch)

    def remove(self, batch: list[Job]) -> list[Job]:
        now = time.monotonic()
        for job in batch:
            job.started = now
            del self.waiting[job.key]
        return batch

    def next_batch(
        self,
        max_rows: int | None,
        *,
        always_one: bool,
        held: Counter[Text] | None = None,
        longest: int | None = None,
    ) -> list[Job]:
        """The next batch, within `max_rows` and the token budget. The oldest job is in it even where it alone exceeds
        them; without `always_one` it waits for enough rows, and all others wait with it. Texts that have rows already,
        as `held` says, give way to others. Jobs of more than `longest` tokens stay in the queue."""
        able = [job for job in self.waiting.values() if longest is None or job.length <= longest]
        if not able:
            return []
        held = Counter() if held is None else held.copy()
        # `min` finds the oldest job among the texts with the fewest rows. A text that gives way is first again when its
        # rows are done.
        seed = min(able, key=lambda job: held[job.text])
        if max_rows is not None and seed.rows > max_rows and not always_one:
            return []
        share = self.share(max_rows, held)
        batch = [seed]
        held[seed.text] += seed.rows
        if not seed.request.alone:
            time, rows = seed.length, seed.rows
            for job in self.nearest(seed, able):
                width, more = max(time, job.length), rows + job.rows
                if more * width > self.max_batch_tokens or (max_rows is not None and more > max_rows):
                    continue
                if share is not None and held[job.text] + job.rows > max(share, job.rows):
                    continue
                if self.company.joins(job, batch, time):
                    time, rows = width, more
                    held[job.text] += job.rows
                    batch.append(job)
        return batch

    def share(self, free_rows: int | None, held: Counter[Text]) -> int | None:
        """The rows that a text may hold: an equal share where several texts wait, else None, no limit."""
        waiting = {job.text for job in self.waiting.values()}
        if free_rows is None or len(waiting) < 2:
            return None
        return (free_rows + held.total()) // len(waiting | held.keys())

    def nearest(self, seed: Job, able: list[Job]) -> list[Job]:
        """The jobs that may join a seed: the nearest length first, of equally near ones the oldest."""
        group = self.group(seed)
        others = [job for job in able if job is not seed and not job.request.alone and self.group(job) == group]
        return sorted(others, key=lambda job: abs(job.length - seed.length))
