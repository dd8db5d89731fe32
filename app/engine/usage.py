"""Adds up what an HTTP request costs while it is answered: tokens, waiting time, engine time. Knows neither HTTP nor
engines.

The front side opens a `RequestUsage` in the context of a request; each engine request made in it is added.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar

REQUEST_PART = 1 / 8  # of the tokens that may wait for the engines, for one HTTP request
FILE_PART = 1 / 64  # about forty sentences, enough to fill the batches of two engines
NUMBERS = itertools.count(1)


class RequestUsage:
    """The sentences of a request run side by side, so the slowest determines its times. Their tokens with the engines
    are bounded, and further sentences wait here in their order: so a large request neither fills the queue for all
    other clients nor is refused because of its own sentences. A long file has a smaller `part` of the queue, so that
    short requests get on beside it."""

    __slots__ = ("engine_s", "held", "held_back", "number", "on_answer", "part", "queue_s", "tokens", "trace_id")

    def __init__(self) -> None:
        self.number = next(NUMBERS)  # from 1 on, in its process
        self.tokens = self.held = 0
        self.part = REQUEST_PART
        self.held_back: deque[tuple[int, int, asyncio.Future[None]]] = deque()
        self.queue_s = self.engine_s = 0.0
        self.trace_id: str | None = None  # of its trace, if it is traced
        self.on_answer: Callable[[int], None] | None = None  # gets the tokens of each answer

    def answered(self, model: str, tokens: int, queue_s: float, engine_s: float) -> None:
        """Add an answer: `tokens` were read, after `queue_s` seconds in the queue of an engine, in `engine_s`."""
        self.tokens += tokens
        if self.on_answer is not None:
            self.on_answer(tokens)
        if queue_s + engine_s > self.queue_s + self.engine_s:
            self.queue_s, self.engine_s = queue_s, engine_s

    async def hold(self, tokens: int, most: int) -> None:
        """Wait until the tokens that the request has with the engines, with `tokens` more, are at most `most`, or it
        has none there. `release` returns them."""
        if not self.held_back and (not self.held or self.held + tokens <= most):
            self.held += tokens
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.held_back.append((tokens, most, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it had just been granted
                self.release(tokens)
            raise

    def release(self, tokens: int) -> None:
        self.held -= tokens
        while self.held_back:
            tokens, most, turn = self.held_back[0]
            if turn.cancelled():
                self.held_back.popleft()
                continue
            if self.held and self.held + tokens > most:
                return
            self.held_back.popleft()
            self.held += tokens
            turn.set_result(None)


CURRENT: ContextVar[RequestUsage | None] = ContextVar("undertone_usage", default=None)
