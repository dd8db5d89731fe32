"""How fast work comes back, and so how long a queue takes."""

from __future__ import annotations

import time

RATE_WINDOW_S = 0.5  # of work, to measure the rate over


class Rate:
    """Tokens a second that come back answered while there is work: a moving average, none until something was
    measured."""

    def __init__(self) -> None:
        self.tokens_per_s = 0.0
        self.since = self.count = 0.0

    def begin(self) -> None:
        """Work comes after idleness, which does not count."""
        self.since, self.count = time.monotonic(), 0.0

    def done(self, tokens: int, waiting: int) -> None:
        """`waiting` tokens are left. Only a window that ends with as much waiting as was done shows capacity."""
        self.count += tokens
        elapsed_s = time.monotonic() - self.since
        if elapsed_s >= RATE_WINDOW_S:
            if waiting >= self.count:
                measured = self.count / elapsed_s
                self.tokens_per_s = 0.5 * (self.tokens_per_s + measured) if self.tokens_per_s else measured
            self.begin()

    def wait_s(self, tokens: int) -> float:
        """How long that many tokens take; 0 where nothing was measured yet."""
        return tokens / self.tokens_per_s if self.tokens_per_s else 0.0
