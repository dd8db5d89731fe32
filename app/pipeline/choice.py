"""Chooses among the models that can answer a request: the first in their order, or the best or fastest by measured
scores. Values of different sets, metrics or conditions are never compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from app.engine.messages import ModelInfo

ORDER, QUALITY, SPEED = "order", "quality", "speed"

# Two models are compared by the first of these metrics that both have on a set. Metrics of translation come in the
# order in which they agree with people (Kocmi et al. 2021); those of classifiers begin with the least affected by a
# frequent label.
METRICS = {QUALITY: ("comet", "chrf", "bleu", "recall", "f1", "accuracy"), SPEED: ("milliseconds",)}


@dataclass(slots=True, frozen=True)
class Candidate:
    """A model that can answer a request, and the language that it would read, or the direction, in its own codes."""

    info: ModelInfo
    languages: tuple[str, ...]

    def measured(self, metric: str) -> dict[tuple[str, str], float]:
        """The values of a metric for these languages, by set and conditions."""
        return self.info.measured.get((metric, self.languages), {})


def choose(candidates: Iterable[Candidate], prefer: str) -> Candidate | None:
    """The first candidate in their order; for quality or speed the one that was measured no worse than any other. Among
    several (no set measured both, or they are equal) quality takes the most parameters and speed the fewest; among
    equal ones the first wins. None without candidates."""
    if prefer == ORDER:
        return next(iter(candidates), None)
    found = list(candidates)
    best = [one for one in found if all(lead(one, other, prefer) >= 0 for other in found)]
    sign = 1 if prefer == QUALITY else -1
    return max(best or found, key=lambda one: sign * one.info.parameters, default=None)


def lead(one: Candidate, other: Candidate, prefer: str) -> float:
    """By how much a candidate is better than another: the mean over the sets that both were measured on alike, by the
    first metric with such sets. 0 where there is none."""
    for metric in METRICS[prefer]:
        ours, theirs = one.measured(metric), other.measured(metric)
        if shared := ours.keys() & theirs.keys():
            difference = fmean(ours[key] - theirs[key] for key in shared)
            return -difference if prefer == SPEED else difference
    return 0.0
