"""Batches of examples of like length, in an order that depends on the seed and the epoch alone."""

from __future__ import annotations

import random
from collections.abc import Sequence

SPREAD = 2  # tokens of random noise on each length, so that the examples of a batch change with the epoch


def bucketed(lengths: Sequence[tuple[int, ...]], budget: int, *, seed: int, epoch: int) -> list[list[int]]:
    """Indices of examples in batches of at most `budget` padded tokens, shuffled.

    An example has one length, or one for each side of a pair; sides are padded separately, and the budget is for the
    average side. Since examples of like lengths share a batch, there is little padding. The batches and their order
    change with the epoch.
    """
    most = max(512, budget // 8)  # examples a batch, so that short ones do not make it too large
    rng = random.Random(f"{seed}/{epoch}")
    order = list(range(len(lengths)))
    rng.shuffle(order)

    def place(i: int) -> tuple[float, ...]:
        *sides, last = (length + rng.random() * SPREAD for length in lengths[i])
        return (*(side // SPREAD for side in sides), last)

    order.sort(key=place)
    batches: list[list[int]] = []
    batch: list[int] = []
    longest: tuple[int, ...] = ()
    for i in order:
        widened = tuple(map(max, longest, lengths[i])) if batch else lengths[i]
        if batch and (sum(widened) * (len(batch) + 1) > budget * len(widened) or len(batch) == most):
            batches.append(batch)
            batch, widened = [], lengths[i]
        batch.append(i)
        longest = widened
    if batch:
        batches.append(batch)
    rng.shuffle(batches)
    return batches
