"""Maps the classes of a Hugging Face sentiment model to labels: negative, neutral or positive.

1. Labels in the settings, one for each class, take precedence.
2. A name with a known meaning: `NEGATIVE`, `neg`, `Very Positive`, `2 stars`. `1 star` and `2 stars` are negative, `3
   stars` neutral, `4` and `5 stars` positive.
3. Names without a meaning (`LABEL_0`, `0`) count by their order, since numbered classes go from bad to good: two are
   negative and positive, three have neutral in between, five are those of five stars.

The probabilities of classes with one label are added up. Negative and positive must be there; neutral may be absent.
Imports no torch.
"""

from __future__ import annotations

import re

LABELS = ("negative", "neutral", "positive")
DEGREE = re.compile(r"(?:very|extremely|strongly|highly|somewhat|slightly|mostly|weakly|mildly) ")
NAMES = {
    "negative": "negative", "neg": "negative", "bad": "negative", "unfavorable": "negative",
    "neutral": "neutral", "neu": "neutral", "mixed": "neutral", "mixed or neutral": "neutral",
    "positive": "positive", "pos": "positive", "good": "positive", "favorable": "positive",
    "1 star": "negative", "2 stars": "negative", "3 stars": "neutral", "4 stars": "positive", "5 stars": "positive",
    "1 stars": "negative", "2 star": "negative", "3 star": "neutral", "4 star": "positive", "5 star": "positive",
    "one star": "negative", "two stars": "negative", "three stars": "neutral", "four stars": "positive",
    "five stars": "positive",
}  # fmt: skip
ORDERS = {
    2: ("negative", "positive"),
    3: LABELS,
    5: ("negative", "negative", "neutral", "positive", "positive"),
}
NUMBERED = re.compile(r"(?:label|class)? ?(\d)")


def meanings(classes: list[str], named: list[str] | None = None) -> list[str]:
    """The label of each class. `classes` are their names in the order of the logits, `named` the labels in the
    settings. Raises ValueError that says what to do."""
    labels = list(named) if named else by_name(classes) or by_order(classes)
    if labels is None:
        raise ValueError(
            f"nothing tells which of its classes ({', '.join(classes)}) are negative, neutral or positive; name one "
            "for each class, in their order, in UNDERTONE_SENTIMENT_LABELS"
        )
    if len(labels) != len(classes):
        raise ValueError(
            f"UNDERTONE_SENTIMENT_LABELS names {len(labels)} labels; the model has {len(classes)} classes "
            f"({', '.join(classes)})"
        )
    if unknown := sorted(set(labels) - set(LABELS)):
        raise ValueError(f"UNDERTONE_SENTIMENT_LABELS has {', '.join(unknown)}; labels are {', '.join(LABELS)}")
    if not {"negative", "positive"} <= set(labels):
        raise ValueError(
            f"its classes ({', '.join(classes)}) would be {', '.join(labels)}; a sentiment model tells negative from "
            "positive. If they mean something else, name it in UNDERTONE_SENTIMENT_LABELS"
        )
    return labels


def by_name(classes: list[str]) -> list[str] | None:
    labels = [NAMES.get(DEGREE.sub("", " ".join(re.split(r"[\s_]+", name.strip().lower())))) for name in classes]
    return [label for label in labels if label] if all(labels) else None


def by_order(classes: list[str]) -> list[str] | None:
    numbers = [NUMBERED.fullmatch(" ".join(re.split(r"[\s_]+", name.strip().lower()))) for name in classes]
    values = [int(match.group(1)) for match in numbers if match]
    if len(values) != len(classes) or values not in (list(range(len(values))), list(range(1, len(values) + 1))):
        return None
    order = ORDERS.get(len(classes))
    return list(order) if order else None
