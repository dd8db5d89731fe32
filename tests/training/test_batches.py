from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.training.batches import bucketed

LENGTHS = st.lists(st.integers(1, 100), min_size=1, max_size=300)


@given(LENGTHS, st.integers(10, 500))
def test_every_example_once_and_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = bucketed(lengths, budget, seed=1, epoch=0)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget


def test_little_is_padding() -> None:
    lengths = [1 + (7 * i) % 60 for i in range(2000)]
    batches = bucketed(lengths, 600, seed=1, epoch=0)
    padded = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    assert sum(lengths) / padded > 0.9


def test_epochs_differ_and_seeds_repeat() -> None:
    lengths = list(range(1, 100))
    assert bucketed(lengths, 200, seed=1, epoch=0) == bucketed(lengths, 200, seed=1, epoch=0)
    assert bucketed(lengths, 200, seed=1, epoch=0) != bucketed(lengths, 200, seed=1, epoch=1)
    assert bucketed(lengths, 200, seed=1, epoch=0) != bucketed(lengths, 200, seed=2, epoch=0)
