"""Sentences for models that translate a whole batch at a time: they wait in a queue of their own, and a batch runs in a
thread beside the engine's, so that its other work goes on. Knows no sockets.

At most two batches run at a time, the second only if its sentences are at most half as long: so a short sentence does
not wait for a long batch, and batches of like length, which would only delay each other, run one after the other.

The clients that a batch has answered soon send their next sentences, one after the other. So the next batch waits a
moment for these; without that it would hold the first one alone. A lone sentence never waits.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections import deque
from collections.abc import Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from app.engine.messages import Partial, ScoredTokens, ToFront, Translate, Translated
from app.engine.runner import sentence_of
from app.engine.scheduler import Job, Key, NearLength, Scheduler
from app.runtime.base import BatchTranslator
from app.runtime.beam_search import Scored
from app.runtime.device import raise_if_lost

log = logging.getLogger(__name__)

AT_A_TIME = 2  # batches
GATHERED = 0.03  # longest wait for further sentences, as a share of the running time of the batch before
SHORTER = 2  # factor by which a batch that runs beside another is shorter
# CTranslate2 drops finished sentences from a batch, and the fixed cost of a step is that of a few rows (measured: 0.5 s
# for each batch, and 0.1 s for each sentence). So lengths are kept apart only because short sentences would wait for
# long ones.
COMPANY = NearLength(SHORTER)


@dataclass(slots=True, eq=False)
class Batch:
    jobs: list[Job]
    awaited: dict[Key, Job] = field(init=False)  # sentences that are not cancelled
    written: dict[int, list[int]] = field(default_factory=dict)  # token ids of streamed translations, by index
    sent: dict[int, int] = field(default_factory=dict)  # number of tokens sent to the client, by index
    begun: float = field(init=False)
    future: Future[list[list[Scored]]] = field(init=False)

    def __post_init__(self) -> None:
        self.awaited = {job.key: job for job in self.jobs}
        self.begun = time.monotonic()

    @property
    def longest(self) -> int:
        return max(job.length for job in self.jobs)

    def on_token(self, index: int, token: int) -> bool:
        """Called from the computing thread; returns whether to stop, since all sentences are cancelled."""
        self.written.setdefault(index, []).append(token)
        return not self.awaited


class Batches:
    def __init__(self, models: dict[str, BatchTranslator], max_batch_tokens: int, max_rows: int) -> None:
        self.models, self.max_rows = models, max_rows
        self.queue = Scheduler(max_batch_tokens, COMPANY, self.group)
        self.again: deque[list[Job]] = deque()  # halves of batches that failed
        self.running: list[Batch] = []
        self.answered, self.gathered_until = 0, 0.0  # sentences of the last batch; latest start of the next
        self.threads = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="translate")
        self.wake, self.waker = os.pipe()  # a byte in it says that a batch has an answer, or a part of one
        for end in (self.wake, self.waker):
            os.set_blocking(end, False)

    def __len__(self) -> int:
        return len(self.queue) + sum(map(len, self.again)) + sum(len(batch.awaited) for batch in self.running)

    def group(self, job: Job) -> Hashable:
        """Sentences of one batch share a limit of length, and no answer may depend on the other sentences of its
        batch."""
        return job.request.model, job.rows, self.models[job.request.model].limit(sentence_of(job))

    def __contains__(self, key: Key) -> bool:
        return (
            key in self.queue.waiting
            or any(key in batch.awaited for batch in self.running)
            or any(job.key == key for jobs in self.again for job in jobs)
        )

    def keys(self, client: bytes) -> list[Key]:
        jobs = [*self.queue.waiting.values(), *(job for jobs in self.again for job in jobs)]
        keys = [job.key for job in jobs] + [key for batch in self.running for key in batch.awaited]
        return [key for key in keys if key[0] == client]

    @property
    def inflight_tokens(self) -> int:
        return sum(job.length for batch in self.running for job in batch.awaited.values())

    def add(self, job: Job) -> None:
        self.queue.add(job)

    def cancel(self, key: Key) -> bool:
        """Drop a sentence; returns whether it was there. If its batch is running, its answer is dropped."""
        there = key in self
        self.queue.cancel(key)
        self.again = deque(kept for jobs in self.again if (kept := [job for job in jobs if job.key != key]))
        for batch in self.running:
            batch.awaited.pop(key, None)
        return there

    def step(self) -> Iterator[tuple[Job, ToFront | Exception]]:
        """The answers of finished batches, and new parts of streamed translations. Raises DeviceLost."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self.wake, 4096):
                pass
        for batch in list(self.running):
            yield from self.partials(batch)
            if batch.future.done():
                self.running.remove(batch)
                now, self.answered = time.monotonic(), len(batch.awaited)
                self.gathered_until = now + (GATHERED * (now - batch.begun) if self.answered > 1 else 0)
                yield from self.finish(batch)

    def start(self) -> list[Job]:
        """Start the next batch, if one can run now; returns its sentences."""
        jobs = self.next_jobs()
        if jobs:
            batch = Batch(jobs)
            batch.future = self.threads.submit(self.translate, batch)
            batch.future.add_done_callback(lambda _: self.notify())
            self.running.append(batch)
        return jobs

    @property
    def wait_s(self) -> float:
        """Seconds that the sentences in the queue still wait for others; fewer if enough arrive."""
        if self.running or not 0 < len(self.queue) < self.answered:
            return 0.0
        return max(0.0, self.gathered_until - time.monotonic())

    def next_jobs(self) -> list[Job]:
        if len(self.running) == AT_A_TIME or self.wait_s:
            return []
        if self.again and not self.running:
            return self.again.popleft()
        longest = self.running[0].longest // SHORTER if self.running else None
        return self.queue.take(self.max_rows, longest)

    def translate(self, batch: Batch) -> list[list[Scored]]:
        """Runs in a thread."""
        model = self.models[batch.jobs[0].request.model]
        sources = [job.request.tokens for job in batch.jobs]
        streams = any(isinstance(job.request, Translate) and job.request.stream for job in batch.jobs)

        def on_token(index: int, token: int) -> bool:
            stop = batch.on_token(index, token)
            self.notify()
            return stop

        sentences = [sentence_of(job) for job in batch.jobs]
        return model.translate(sources, sentences, batch.jobs[0].rows, on_token if streams else None)

    def notify(self) -> None:
        with contextlib.suppress(BlockingIOError):  # the pipe is full, so the engine wakes anyway
            os.write(self.waker, b"\0")

    def partials(self, batch: Batch) -> Iterator[tuple[Job, ToFront]]:
        """The beginnings of streamed translations, where they have grown."""
        for index, job in enumerate(batch.jobs):
            request = job.request
            if isinstance(request, Translate) and request.stream and job.key in batch.awaited:
                tokens = batch.written.get(index, [])[len(request.begin) :]
                if len(tokens) > batch.sent.get(index, 0):
                    batch.sent[index] = len(tokens)
                    yield job, Partial(request.id, tokens)

    def finish(self, batch: Batch) -> Iterator[tuple[Job, ToFront | Exception]]:
        """The answers of a batch. The sentences of a failed batch run again, half as many at a time, since memory may
        have run out or one of them may be the cause. A sentence that was alone fails."""
        error = batch.future.exception()
        if isinstance(error, Exception):
            raise_if_lost(error)
            jobs = list(batch.awaited.values())
            if len(jobs) == 1:
                yield jobs[0], error
            elif jobs:
                log.warning("a batch of %d sentences failed: %s", len(jobs), error)
                self.again += [jobs[: len(jobs) // 2], jobs[len(jobs) // 2 :]]
            return
        for job, hypotheses in zip(batch.jobs, batch.future.result(), strict=True):
            if job.key in batch.awaited:
                found = [ScoredTokens(one.tokens, one.score, list(one.attention)) for one in hypotheses]
                yield job, Translated(job.request.id, found, *job.times())
