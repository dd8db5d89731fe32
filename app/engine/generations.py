"""The requests to language models: the first in the queue run side by side, a step of each in every turn, so that they
hold up no other answers. Each is computed by itself. Knows no sockets."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Generator, Iterator
from itertools import islice
from typing import Any

from app.engine.messages import (
    MOST_GENERATED,
    MOST_PREDICTED,
    Generate,
    Generated,
    Partial,
    Predict,
    Predicted,
    ToFront,
    WordTokens,
    generation_tokens,
)
from app.engine.scheduler import Job, Key
from app.runtime.language_model import LanguageModel, Sampling

AT_A_TIME = 8  # texts; a turn takes a step of each, about a millisecond
MOST_READ = 4_096  # tokens of a text to continue
MOST_TEMPERATURE = 100.0


class Generations:
    def __init__(self) -> None:
        self.models: dict[str, LanguageModel] = {}  # by ModelInfo.key
        self.waiting: OrderedDict[Key, Job] = OrderedDict()  # those in progress come first
        self.steps: dict[Key, Generator[int | None, None, Any]] = {}  # of the requests in progress
        self.written: dict[Key, list[int]] = {}

    def __len__(self) -> int:
        return len(self.waiting)

    @property
    def tokens(self) -> int:
        return sum(generation_tokens(job.request) for job in self.waiting.values())

    def fault(self, request: Generate | Predict, vocabulary: int) -> str | None:
        """The reason why a request is impossible; None if it is possible."""
        if request.model not in self.models:
            return f"{request.model} serves another task"
        if not request.tokens or min(request.tokens) < 0 or max(request.tokens) >= vocabulary:
            return f"token ids must be 0 to {vocabulary - 1}, and at least one"
        if len(request.tokens) > MOST_READ:
            return f"at most {MOST_READ} tokens are read"
        if isinstance(request, Predict):
            return None if 1 <= request.count <= MOST_PREDICTED else f"count must be 1 to {MOST_PREDICTED}"
        if not 1 <= request.max_tokens <= MOST_GENERATED:
            return f"max_tokens must be 1 to {MOST_GENERATED}"
        if not (0 <= request.temperature <= MOST_TEMPERATURE and 0 < request.top_p <= 1 and request.seed >= 0):
            return "temperature must be 0 or more, top_p above 0 and at most 1, seed 0 or more"
        return None

    def add(self, job: Job) -> None:
        self.waiting[job.key] = job

    def cancel(self, key: Key) -> bool:
        """Drop a request; returns whether it was there."""
        self.steps.pop(key, None)
        self.written.pop(key, None)
        return self.waiting.pop(key, None) is not None

    def step(self) -> Iterator[tuple[Job, ToFront | Exception]]:
        """A step of each text in progress; yields the messages to send, and the exceptions of failed requests."""
        for key, job in list(islice(self.waiting.items(), AT_A_TIME)):
            try:
                message = self.advance(key, job)
            except Exception as error:
                self.cancel(key)
                yield job, error
            else:
                if message is not None:
                    yield job, message

    def advance(self, key: Key, job: Job) -> ToFront | None:
        """One step of a text. Raises the exceptions of its model."""
        request = job.request
        if key not in self.steps:
            job.started = time.monotonic()
            self.steps[key], self.written[key] = self.begun(request), []
        try:
            token = next(self.steps[key])
        except StopIteration as done:
            written = self.written[key]
            self.cancel(key)
            if isinstance(request, Generate):
                return Generated(request.id, written, done.value, *job.times())
            words, end = done.value
            return Predicted(request.id, [WordTokens(one.tokens, one.probability) for one in words], end, *job.times())
        if token is None:
            return None
        self.written[key].append(token)
        streams = isinstance(request, Generate) and request.stream
        return Partial(request.id, self.written[key]) if streams else None

    def begun(self, request: Any) -> Generator[int | None, None, Any]:
        model = self.models[request.model]
        if isinstance(request, Predict):
            return model.predict(request.tokens, request.count, request.new_word)
        sampling = Sampling(request.temperature, request.top_p, request.seed)
        return model.generate(request.tokens, sampling, request.max_tokens, request.new_word)
