from __future__ import annotations

import numpy as np
import pytest

from app.training.metrics import calibration, classification_report, fit_offsets, fit_temperature

LABELS = ["negative", "neutral", "positive"]


def test_against_numbers_computed_by_hand() -> None:
    references = [0, 0, 0, 0, 1, 1, 2, 2, 2, 2]
    predicted_ = [0, 0, 1, 2, 1, 0, 2, 2, 2, 1]
    report = classification_report(predicted_, references, LABELS)
    assert report.confusion.tolist() == [[2, 1, 1], [1, 1, 0], [0, 1, 3]]
    assert report.accuracy == pytest.approx(0.6)
    assert report.macro_recall == pytest.approx((2 / 4 + 1 / 2 + 3 / 4) / 3)
    f1 = [2 * 2 / (3 + 4), 2 * 1 / (3 + 2), 2 * 3 / (4 + 4)]
    assert report.macro_f1 == pytest.approx(sum(f1) / 3)


def test_a_label_that_a_set_lacks_does_not_count() -> None:
    report = classification_report([0, 2, 1], [0, 2, 2], LABELS)
    assert report.macro_recall == pytest.approx((1 + 0.5) / 2)


def test_the_report_shows_the_confusion() -> None:
    text = str(classification_report([0, 1, 2], [0, 1, 1], LABELS))
    assert "macro-recall 0.7500" in text
    assert text.splitlines()[3].split() == ["neutral", "0", "1", "1"]


def test_calibration_error_of_numbers_computed_by_hand() -> None:
    found = calibration([0.95, 0.95, 0.95, 0.95, 0.55, 1.0], [True, True, False, False, True, True], bins=10)
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0, 5]  # 1.0 is in the last bin
    assert found.error == pytest.approx((abs(0.55 - 1) + abs(4 * 0.95 + 1 - 3)) / 6)
    assert calibration([1.0, 1.0], [True, True]).error == 0
    assert (found + found).error == pytest.approx(found.error)


def test_temperature_undoes_overconfidence() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 3))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    references = [int(rng.choice(3, p=row)) for row in probabilities]
    assert fit_temperature(2.5 * logits, references) == pytest.approx(2.5, rel=0.1)


def test_offsets_move_a_label_that_is_hardly_ever_given() -> None:
    rng = np.random.default_rng(0)
    references = rng.integers(3, size=900).tolist()
    logits = rng.normal(scale=0.3, size=(900, 3))
    logits[np.arange(900), references] += 0.5
    shy = logits - np.array([0.0, 0.25, 0.0])
    before = classification_report(shy.argmax(axis=1).tolist(), references, LABELS).macro_recall
    offsets = fit_offsets([(shy, references)], LABELS, 0.3)
    after = classification_report((shy + offsets).argmax(axis=1).tolist(), references, LABELS).macro_recall
    assert offsets[0] == 0
    assert 0.1 < offsets[1] <= 0.3
    assert after > before + 0.01


def test_offsets_that_gain_nothing_stay_away() -> None:
    logits = 5 * np.eye(3)
    assert fit_offsets([(logits, [0, 1, 2])], LABELS, 0.3).tolist() == [0, 0, 0]
