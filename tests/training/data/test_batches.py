from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.training.data.batches import bucketed

ONE_SIDE = st.lists(st.tuples(st.integers(1, 100)), min_size=1, max_size=300)
TWO_SIDES = st.lists(st.tuples(st.integers(1, 100), st.integers(1, 100)), min_size=1, max_size=300)


def padded(lengths: list[tuple[int, ...]], batch: list[int]) -> float:
    """Tokens of a batch with its padding, of a side on average."""
    sides = list(zip(*(lengths[i] for i in batch), strict=True))
    return len(batch) * sum(map(max, sides)) / len(sides)


@given(ONE_SIDE | TWO_SIDES, st.integers(10, 500))
def test_every_example_once_and_within_the_budget(lengths: list[tuple[int, ...]], budget: int) -> None:
    batches = [batch.tolist() for batch in bucketed(np.array(lengths), budget, seed=1, epoch=0)]
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or padded(lengths, batch) <= budget


@pytest.mark.parametrize("sides", [1, 2])
def test_little_is_padding(sides: int) -> None:
    rng = random.Random(1)
    lengths = [tuple(rng.randint(1, 30) for _ in range(sides)) for _ in range(10_000)]
    batches = [batch.tolist() for batch in bucketed(np.array(lengths), 600, seed=1, epoch=0)]
    real = sum(sum(example) for example in lengths) / sides
    assert real / sum(padded(lengths, batch) for batch in batches) > 0.9


def test_epochs_differ_and_seeds_repeat() -> None:
    lengths = np.arange(1, 100)[:, None]

    def order(seed: int, epoch: int) -> list[list[int]]:
        return [batch.tolist() for batch in bucketed(lengths, 200, seed=seed, epoch=epoch)]

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1)
    assert order(1, 0) != order(2, 0)
