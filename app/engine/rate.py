"""Measures how fast requests are answered, to estimate how long a queue takes. Knows no unit: weights may be tokens or
bytes."""

from __future__ import annotations

import math
import time

RATE_WINDOW_S = 0.5  # seconds of work that one measurement takes
# Time constant of the average. Batches of a large translator end seconds apart: a shorter one would measure only the
# light work that is answered between them, and the service would refuse requests that it can answer.
AVERAGED_S = 3.0
# A window may lower the rate only if this share of the weight that was done in it still waits at its end.
BUSY_SHARE = 0.25


class Rate:
    """A moving average of the weight that is answered in a second while there is work; 0 before the first
    measurement."""

    def __init__(self) -> None:
        self.weight_per_s = 0.0
        self.since = self.done_weight = 0.0

    def begin(self) -> None:
        """Start a window: work has arrived after a time without work, which must not count."""
        self.since, self.done_weight = time.monotonic(), 0.0

    def done(self, weight: float, waiting: float) -> None:
        """Some weight was answered, and `waiting` is left. A window may always raise the rate, since it shows what can
        be done; it may lower the rate only where much is left, since otherwise more could have been done."""
        self.done_weight += weight
        elapsed_s = time.monotonic() - self.since
        if elapsed_s >= RATE_WINDOW_S:
            measured = self.done_weight / elapsed_s
            busy = waiting >= BUSY_SHARE * self.done_weight
            if busy or measured > self.weight_per_s > 0:
                share = 1 - math.exp(-elapsed_s / AVERAGED_S) if self.weight_per_s else 1
                self.weight_per_s += share * (measured - self.weight_per_s)
            self.begin()

    def wait_s(self, weight: float) -> float:
        """Seconds until a weight is answered; 0 before the first measurement."""
        return weight / self.weight_per_s if self.weight_per_s else 0.0
