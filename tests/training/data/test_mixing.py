from __future__ import annotations

from collections import Counter

from app.training.data.mixing import epoch_order

CORPUS = [0] * 900 + [1] * 100


def test_without_a_temperature_every_example_is_shown_once() -> None:
    assert epoch_order(CORPUS, [1, 1], 0.0, seed=1, epoch=0) == list(range(1000))


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
    order = epoch_order([0] * 100 + [1] * 100, [1, 4], 1000.0, seed=1, epoch=0)
    assert Counter(i >= 100 for i in order)[True] == 160  # 25 different examples that count four times
    assert epoch_order(CORPUS, [1, 1], 2.0, seed=1, epoch=0) == epoch_order(CORPUS, [1, 1], 2.0, seed=1, epoch=0)
    assert epoch_order(CORPUS, [1, 1], 2.0, seed=1, epoch=0) != epoch_order(CORPUS, [1, 1], 2.0, seed=1, epoch=1)
