"""The explanations that an engine computes: they wait in a queue of their own and run one by one, a slice in each turn,
so that they hold up no answers. Knows no sockets."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from app.engine.messages import MOST_EXPLAINED, Explain, Explained, Reading, ToFront, Writing, explained_tokens
from app.engine.scheduler import Job, Key
from app.runtime import explanation
from app.runtime.explanation import Explainer, Steps

MOST_LOADED = 2  # models, used last, whose weights stay in memory as floats: 16 to 48 MB each
MOST_WRITTEN = 4_096  # tokens of a translation


class Explanations:
    def __init__(self) -> None:
        self.sources: dict[str, Callable[[], Explainer]] = {}  # by ModelInfo.key, of the models that explain
        self.loaded: OrderedDict[str, Explainer] = OrderedDict()
        self.waiting: OrderedDict[Key, Job] = OrderedDict()  # the first is in progress
        self.steps: Steps | None = None  # of the explanation in progress

    def __len__(self) -> int:
        return len(self.waiting)

    @property
    def tokens(self) -> int:
        return sum(explained_tokens(job.request) for job in self.waiting.values() if isinstance(job.request, Explain))

    def fault(self, request: Explain, vocabulary: int, *, reads: bool) -> str | None:
        """The reason why a request is impossible, None if it is possible; `reads` says that its model is a
        classifier."""
        if request.model not in self.sources:
            return f"{request.model} gives no explanations"
        ids = request.tokens + request.target
        if not request.tokens or min(ids) < 0 or max(ids) >= vocabulary:
            return f"token ids must be 0 to {vocabulary - 1}, and at least one"
        if reads == bool(request.target):
            return "a translation must have tokens" if not reads else "a classifier writes no tokens"
        if len(request.tokens) > (MOST_EXPLAINED if reads else MOST_WRITTEN) or len(request.target) > MOST_WRITTEN:
            return f"at most {MOST_EXPLAINED} tokens of a text are explained"
        return None

    def add(self, job: Job) -> None:
        self.waiting[job.key] = job

    def cancel(self, key: Key) -> bool:
        """Drop an explanation; returns whether it was there."""
        if key not in self.waiting:
            return False
        if key == next(iter(self.waiting)):
            self.drop_first()
        else:
            del self.waiting[key]
        return True

    def drop_first(self) -> Job:
        self.steps = None
        return self.waiting.popitem(last=False)[1]

    def step(self) -> tuple[bytes, ToFront] | None:
        """Run a slice of the first, and return its answer when it is done. Raises the exceptions of its model."""
        job = next(iter(self.waiting.values()))
        request = job.request
        assert isinstance(request, Explain), "a bug: no explanation"
        if self.steps is None:
            job.started = time.monotonic()
            self.steps = self.explainer(request.model).explain(request.tokens, request.target)
        try:
            next(self.steps)
            return None
        except StopIteration as done:
            found: Any = done.value
        self.drop_first()
        message = Reading(*found) if isinstance(found, explanation.Reading) else Writing(*found)
        return job.client, Explained(request.id, message, *job.times())

    def explainer(self, model: str) -> Explainer:
        if model not in self.loaded:
            self.loaded[model] = self.sources[model]()
            if len(self.loaded) > MOST_LOADED:
                self.loaded.popitem(last=False)
        self.loaded.move_to_end(model)
        return self.loaded[model]
