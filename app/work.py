"""What a request costs, gathered while it is worked on: tokens, waiting, engine time. Knows neither HTTP nor engines.

The front that answers a request opens a `Work` in its context; whoever asks an engine on the way adds to it.
"""

from __future__ import annotations

from contextvars import ContextVar


class Work:
    """Of several sentences of a request, which run side by side, the slowest counts."""

    __slots__ = ("engine_s", "queue_s", "tokens", "trace_id")

    def __init__(self) -> None:
        self.tokens = 0
        self.queue_s = self.engine_s = 0.0
        self.trace_id: str | None = None  # of the trace that it is told to, if any

    def answered(self, model: str, tokens: int, queue_s: float, engine_s: float) -> None:
        """An engine answered: `tokens` were read, after `queue_s` of waiting there, in `engine_s`."""
        self.tokens += tokens
        if queue_s + engine_s > self.queue_s + self.engine_s:
            self.queue_s, self.engine_s = queue_s, engine_s


CURRENT: ContextVar[Work | None] = ContextVar("undertone_work", default=None)
