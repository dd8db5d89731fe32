"""Batches of examples of like length, in an order that depends on the seed and the epoch alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

SPREAD = 2  # tokens of random noise on each length, so that the examples of a batch change with the epoch

Lengths = npt.NDArray[np.integer[Any]]
Indices = npt.NDArray[np.int64]


def bucketed(lengths: Lengths, budget: int, *, seed: int, epoch: int) -> list[Indices]:
    """Indices of examples in batches of at most `budget` padded tokens, shuffled.

    lengths (examples, sides): an example has one length, or one for each side of a pair; sides are padded separately,
    and the budget is for the average side. Since examples of like lengths share a batch, there is little padding. The
    batches and their order change with the epoch.
    """
    most = max(512, budget // 8)  # examples a batch, so that short ones do not make it too large
    rng = np.random.default_rng([seed, epoch])
    noisy = lengths + rng.random(lengths.shape) * SPREAD
    sides = [noisy[:, side] // SPREAD for side in range(lengths.shape[1] - 1)]
    order: Indices = np.lexsort([noisy[:, -1], *reversed(sides)])  # by the last key first
    batches: list[Indices] = []
    start = 0
    while start < len(order):
        candidates = order[start : start + most]
        longest = np.maximum.accumulate(lengths[candidates].astype(np.int64), axis=0)  # (candidates, sides)
        padded = longest.mean(axis=1) * np.arange(1, len(candidates) + 1)  # tokens if the batch ended here
        size = max(1, int(np.searchsorted(padded, budget, side="right")))
        batches.append(candidates[:size])
        start += size
    return [batches[i] for i in rng.permutation(len(batches))]
