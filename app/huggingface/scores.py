"""Reads and writes the scores in the card of a model, in the form of the hub: `model-index` at its head.

A result has a `dataset` (name, type, config, split, revision, args) and `metrics` (type, value, args). All fields of a
dataset together are the set, and all args of a metric the conditions, such as the signature of sacreBLEU. So values of
two cards are comparable only where set and conditions are the same. Cards are untrusted: results of another form are
left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from app.nets.config import ModelConfig
from app.runtime.base import Score
from app.text.languages.codes import canonical, language

INDEX = "model-index"
DATASET = ("name", "type", "config", "split", "revision", "args")
PAIR = re.compile(r"([a-z]{2,3}(?:_[A-Z][a-z]{3})?)(?:[-\s]([a-z]{2,3}(?:_[A-Z][a-z]{3})?)(?:\s.*)?)?", re.ASCII)
MOST_RESULTS, MOST_METRICS, MOST_SCORES = 2_000, 100, 500  # of a card, of a result, of a model
PLAIN = (str, int, float, date)
LONGEST = 300  # characters of a name; a longer one is left out, since a truncated name does not identify a set


@dataclass(slots=True, frozen=True)
class Metric:
    """A metric of a result, as a card writes it; `args` are its conditions."""

    type: str
    name: str
    value: float
    args: Mapping[str, Any] = field(default_factory=dict)


def scores_of(head: Mapping[str, Any], config: ModelConfig) -> list[Score]:
    """The scores at the head of a card, each for a language or a direction of the model. Scores for other languages are
    left out, as are scores without a language where the model has several."""
    spoken: dict[tuple[str, ...], tuple[str, ...]] = {}
    for one in config.speaks:
        spoken.setdefault(tuple(map(language, one)), one)
    only = next(iter(spoken.values())) if len(spoken) == 1 else None
    found: dict[tuple[Any, ...], Score] = {}
    for result in results_in(head):
        task, dataset = mapping(result.get("task")), mapping(result.get("dataset"))
        named = (languages_in(one) for one in (task.get("args"), dataset.get("args"), dataset.get("config")))
        languages = next((spoken[pair] for pair in named if pair in spoken), only)
        name = told(*map(dataset.get, DATASET))
        for metric in map(mapping, items(result.get("metrics"))[:MOST_METRICS]) if name and languages else ():
            kind, value = told(metric.get("type")), number(metric.get("value"))
            conditions = told(metric.get("config"), metric.get("args"))
            if languages and name and kind and value is not None and conditions is not None:
                score = Score(kind.lower(), value, name, languages, conditions)
                found.setdefault((score.metric, name, languages, conditions), score)
    return list(found.values())[:MOST_SCORES]


def index_of(name: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    """The field of a card for these results."""
    return {INDEX: [{"name": name, "results": results}]}


def result_of(task: str, dataset: str, languages: str, metrics: list[Metric]) -> dict[str, Any]:
    """A result on a set in a language or a direction (`en-de`)."""
    return {
        "task": {"type": task},
        "dataset": {"name": dataset, "type": dataset, "config": languages},
        "metrics": [
            {"type": one.type, "name": one.name, "value": one.value, **({"args": dict(one.args)} if one.args else {})}
            for one in metrics
        ],
    }


def results_in(head: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    results = (result for model in items(head.get(INDEX)) for result in items(mapping(model).get("results")))
    return map(mapping, islice(results, MOST_RESULTS))


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def number(value: Any) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def told(*values: Any) -> str | None:
    """Values as one text, each once. None if one of them cannot be part of it: a nested object, a long name, or a name
    with unprintable characters."""
    texts: dict[str, None] = {}
    for value in values:
        named = value if isinstance(value, dict) else {}
        parts = list(named.values()) if named else value if isinstance(value, list) else [value]
        if len(parts) > LONGEST or not all(part is None or isinstance(part, PLAIN) for part in (*named, *parts)):
            return None
        try:
            words = sorted(f"{name}={part}" for name, part in named.items()) if named else map(str, parts)
            text = "" if parts == [None] else ", ".join(words).strip()
        except ValueError:  # a number with thousands of digits
            return None
        texts |= {text: None} if text else {}
    text = " ".join(texts)
    return text if len(text) <= LONGEST and text.isprintable() else None


def languages_in(value: Any) -> tuple[str, ...] | None:
    """The languages that a card names, such as `en`, `eng-deu` or `eng deu devtest`."""
    for text in value.values() if isinstance(value, dict) else [value]:
        if isinstance(text, str) and len(text) <= LONGEST and (match := PAIR.fullmatch(text.strip())):
            try:
                return tuple(language(canonical(code)) for code in match.groups() if code)
            except ValueError:
                continue
    return None
