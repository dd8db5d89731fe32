"""A batch of any size: cut to the service's limits, asked part by part, put together in order. Sends nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, cast

from undertone_client.answers import ErrorItem, Limits
from undertone_client.calls import A, Call, Route, batch_body, encoded
from undertone_client.errors import BatchError, ProblemError, UndertoneError, problem_error
from undertone_client.retries import wait_before


@dataclass(frozen=True, slots=True)
class Part:
    places: Sequence[int]  # of its texts in the batch
    attempt: int = 0
    wait_s: float = 0.0  # before it is sent


class Batch(Generic[A]):
    """A client takes parts until there are none, and says of each what came of it:

    - A text that the service refuses does not stop the others. One that it could not take for the moment comes again.
    - A part that is too much for the service is halved.
    - After any other failure no part is sent any more. What is done is kept.
    """

    def __init__(
        self, route: Route[A], texts: Iterable[str], options: Mapping[str, Any], limits: Limits, max_retries: int
    ) -> None:
        self.route: Route[A] = route
        self.options, self.max_retries = options, max_retries
        self.texts = [encoded(text) for text in texts]
        self.results: list[A | None] = [None] * len(self.texts)
        self.errors: dict[int, UndertoneError] = {}
        self.failure: UndertoneError | None = None
        self.done = 0
        self.waiting = deque(Part(places) for places in self.cut(limits))

    def cut(self, limits: Limits) -> Iterator[range]:
        room = limits.max_body_bytes - len(batch_body([], self.options))
        start = size = 0
        for place, text in enumerate(self.texts):
            cost = len(text) + 1  # and a comma
            if place > start and (place - start == limits.max_batch_items or size + cost > room):
                yield range(start, place)
                start, size = place, 0
            size += cost
        if start < len(self.texts):
            yield range(start, len(self.texts))

    def take(self) -> Part | None:
        return self.waiting.popleft() if self.waiting else None

    def call(self, part: Part) -> Call[Sequence[A | ErrorItem]]:
        return self.route.many([self.texts[place] for place in part.places], self.options)

    def answered(self, part: Part, results: Sequence[A | ErrorItem]) -> None:
        again, wait_s = list[int](), 0.0
        for place, result in zip(part.places, results, strict=True):
            if not isinstance(result, ErrorItem):
                self.results[place] = result
                self.done += 1
                continue
            error = problem_error(result.error.status, result.error.model_dump())
            if (wait := wait_before(part.attempt, error, self.max_retries)) is None:
                self.fail(place, error)
            else:
                again.append(place)
                wait_s = max(wait_s, wait)
        if again and self.failure is None:
            self.waiting.append(Part(again, part.attempt + 1, wait_s))

    def failed(self, part: Part, error: UndertoneError) -> None:
        if is_too_much(error) and len(part.places) > 1:
            middle = len(part.places) // 2
            halves = (part.places[:middle], part.places[middle:])
            if self.failure is None:
                self.waiting.extendleft(Part(places, part.attempt) for places in reversed(halves))
        elif isinstance(error, ProblemError) and error.status == 413:
            self.fail(part.places[0], error)
        else:
            self.failure = self.failure or error
            self.waiting.clear()

    def fail(self, place: int, error: UndertoneError) -> None:
        self.errors[place] = error
        self.done += 1

    def finish(self) -> list[A]:
        """Raises the error that stopped the batch, or BatchError."""
        if self.failure is not None:
            self.failure.results = self.results
            raise self.failure
        if self.errors:
            raise BatchError(self.results, self.errors)
        return cast("list[A]", self.results)


def is_too_much(error: UndertoneError) -> bool:
    """Whether fewer texts at a time may help: the body is too large, or the work for its deadline."""
    return isinstance(error, ProblemError) and (error.status in (413, 504) or error.kind == "batch-too-large")
