"""Length-bucketed batches, in an order that depends on seed and epoch alone."""

from __future__ import annotations

import random
from collections.abc import Sequence


def bucketed(lengths: Sequence[int], budget: int, *, seed: int, epoch: int) -> list[list[int]]:
    """Indices of examples in batches of at most `budget` padded tokens, shuffled.

    Examples of like length go together, so little is padding; which of them share a batch, and the order of the
    batches, change with the epoch.
    """
    most = max(512, budget // 8)  # examples a batch: short ones fill a large batch too
    rng = random.Random(f"{seed}/{epoch}")
    order = list(range(len(lengths)))
    rng.shuffle(order)
    order.sort(key=lambda i: lengths[i] + rng.random() * 2)  # the noise mixes neighbouring lengths
    batches: list[list[int]] = []
    batch: list[int] = []
    longest = 0  # not always the last, by the noise
    for i in order:
        longest = max(longest, lengths[i])
        if batch and (longest * (len(batch) + 1) > budget or len(batch) == most):
            batches.append(batch)
            batch, longest = [], lengths[i]
        batch.append(i)
    if batch:
        batches.append(batch)
    rng.shuffle(batches)
    return batches
