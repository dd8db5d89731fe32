from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from app.training.data.mixing import epoch_order, epoch_shares

CORPUS = np.repeat([0, 1], [900, 100])


def test_without_a_temperature_every_example_is_shown_once() -> None:
    assert epoch_order(CORPUS, [1, 1], 0.0, seed=1, epoch=0).tolist() == list(range(1000))


def test_small_corpora_gain_with_the_temperature() -> None:
    shares = []
    for temperature in (1.0, 2.0, 5.0, 1000.0):
        order = epoch_order(CORPUS, [1, 1], temperature, seed=1, epoch=0)
        assert len(order) == 1000
        shares.append(Counter(CORPUS[i] for i in order)[1])
    assert shares == [100, 250, 392, 499]  # 100, then 1000 / (1 + 9 ** (1 / T))


def test_no_example_is_shown_twice_before_all_are_once() -> None:
    counts = Counter(epoch_order(CORPUS, [1, 1], 5.0, seed=1, epoch=0))
    assert {counts[i] for i in range(900, 1000)} == {3, 4}
    assert max(counts[i] for i in range(900)) == 1


def test_repeats_count_and_epochs_differ() -> None:
    order = epoch_order(np.repeat([0, 1], 100), [1, 4], 1000.0, seed=1, epoch=0)
    assert Counter(i >= 100 for i in order)[True] == 160  # 25 different examples that count four times
    orders = [epoch_order(CORPUS, [1, 1], 2.0, seed=1, epoch=epoch).tolist() for epoch in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]


def test_no_corpus_has_more_than_the_largest_share() -> None:
    assert epoch_shares([900, 60, 40], [1, 1, 1], 1.0, 0.5).tolist() == pytest.approx([0.5, 0.3, 0.2])
    assert epoch_shares([600, 399, 1, 0], [1, 1, 1, 1], 1.0, 0.4).tolist() == pytest.approx([0.4, 0.4, 0.2, 0.0])
    assert epoch_shares([600, 400, 0], [1, 1, 1], 1.0, 0.3).tolist() == pytest.approx([0.5, 0.5, 0.0])
    order = epoch_order(CORPUS, [1, 1], 1.0, 0.6, seed=1, epoch=0)
    assert Counter(CORPUS[order].tolist()) == {0: 600, 1: 400}
