"""How fast work comes back, and so how long a queue takes. Knows not in what work is weighed."""

from __future__ import annotations

import time

RATE_WINDOW_S = 0.5  # of work, to measure the rate over
BUSY_SHARE = 0.25  # of what was done must wait at the end of a window that can lower the rate


class Rate:
    """Weight a second that comes back answered while there is work: a moving average, none until something was
    measured."""

    def __init__(self) -> None:
        self.weight_per_s = 0.0
        self.since = self.done_weight = 0.0

    def begin(self) -> None:
        """Work comes after idleness, which does not count."""
        self.since, self.done_weight = time.monotonic(), 0.0

    def done(self, weight: float, waiting: float) -> None:
        """`waiting` is the weight that is left. What was done can be done, so a window may always raise the rate; only
        one that ends with much waiting shows that no more could be."""
        self.done_weight += weight
        elapsed_s = time.monotonic() - self.since
        if elapsed_s >= RATE_WINDOW_S:
            measured = self.done_weight / elapsed_s
            busy = waiting >= BUSY_SHARE * self.done_weight
            if busy or measured > self.weight_per_s > 0:
                self.weight_per_s = 0.5 * (self.weight_per_s + measured) if self.weight_per_s else measured
            self.begin()

    def wait_s(self, weight: float) -> float:
        """How long that takes; 0 where nothing was measured yet."""
        return weight / self.weight_per_s if self.weight_per_s else 0.0
