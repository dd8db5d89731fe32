"""What a request costs, gathered while it is worked on: tokens, waiting, engine time. Knows neither HTTP nor engines.

The front that answers a request opens a `Work` in its context; whoever asks an engine on the way adds to it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import ContextVar


class Work:
    """Of several sentences of a request, which run side by side, the slowest counts. What they have with the engines at
    a time is bounded: more waits here, in its order, so that a large request neither fills the queue for all others
    nor is refused for what it has put there itself."""

    __slots__ = ("engine_s", "held", "held_back", "queue_s", "tokens", "trace_id")

    def __init__(self) -> None:
        self.tokens = self.held = 0
        self.held_back: deque[tuple[int, int, asyncio.Future[None]]] = deque()
        self.queue_s = self.engine_s = 0.0
        self.trace_id: str | None = None  # of the trace that it is told to, if any

    def answered(self, model: str, tokens: int, queue_s: float, engine_s: float) -> None:
        """An engine answered: `tokens` were read, after `queue_s` of waiting there, in `engine_s`."""
        self.tokens += tokens
        if queue_s + engine_s > self.queue_s + self.engine_s:
            self.queue_s, self.engine_s = queue_s, engine_s

    async def hold(self, tokens: int, most: int) -> None:
        """Wait until the request may have so many tokens more with the engines, of `most` at a time, or has none there.
        `release` gives them back."""
        if not self.held_back and (not self.held or self.held + tokens <= most):
            self.held += tokens
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.held_back.append((tokens, most, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # its turn had just come
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


CURRENT: ContextVar[Work | None] = ContextVar("undertone_work", default=None)
