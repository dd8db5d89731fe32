"""The labels of the classes of Hugging Face models."""

from __future__ import annotations

import pytest

from app.huggingface.labels import meanings

NEG, NEU, POS = "negative", "neutral", "positive"


@pytest.mark.parametrize(
    ("classes", "labels"),
    [
        (["NEGATIVE", "POSITIVE"], [NEG, POS]),
        (["POSITIVE", "NEGATIVE"], [POS, NEG]),
        (["NEG", "NEU", "POS"], [NEG, NEU, POS]),
        (["positive", "neutral", "negative"], [POS, NEU, NEG]),
        (["LABEL_0", "LABEL_1"], [NEG, POS]),
        (["LABEL_0", "LABEL_1", "LABEL_2"], [NEG, NEU, POS]),
        (["0", "1", "2"], [NEG, NEU, POS]),
        (["-1", "0", "1"], None),
        ([f"LABEL_{n}" for n in range(5)], [NEG, NEG, NEU, POS, POS]),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], [NEG, NEG, NEU, POS, POS]),
        (["1", "2", "3", "4", "5"], [NEG, NEG, NEU, POS, POS]),
        (["Very Negative", "Negative", "Neutral", "Positive", "Very Positive"], [NEG, NEG, NEU, POS, POS]),
        (["very_positive", "somewhat_positive", "neutral", "somewhat_negative", "very_negative"],
         [POS, POS, NEU, NEG, NEG]),
        (["anger", "joy", "sadness"], None),
        (["NEGATIVE", "LABEL_1"], None),
        (["LABEL_1", "LABEL_0"], None),
        ([f"LABEL_{n}" for n in range(4)], None),
        (["neutral", "positive"], None),
        (["LABEL_0"], None),
    ],
)  # fmt: skip
def test_the_rule(classes: list[str], labels: list[str] | None) -> None:
    if labels is None:
        with pytest.raises(ValueError, match="UNDERTONE_SENTIMENT_LABELS"):
            meanings(classes)
    else:
        assert meanings(classes) == labels


def test_labels_that_somebody_names() -> None:
    assert meanings(["anger", "joy"], [NEG, POS]) == [NEG, POS]
    with pytest.raises(ValueError, match="names 2 labels; the model has 3 classes"):
        meanings(["a", "b", "c"], [NEG, POS])
    with pytest.raises(ValueError, match="has angry; labels are negative, neutral, positive"):
        meanings(["a", "b"], ["angry", POS])
