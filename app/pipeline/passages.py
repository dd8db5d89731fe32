"""Parts of a text that a classifier reads one by one: its sentences, and passages of long texts. Answers to the parts
are pooled into one for the text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.text.segment import split

PASSAGE_TOKENS = 64  # the best of 48, 64, 96, 128 and 256 for long reviews (docs/models.md)
LEAST_WEIGHT = 0.01  # of a passage that is surely neutral


@dataclass(slots=True, frozen=True)
class Sentence:
    """A sentence without white space around it, and its tokens."""

    start: int  # first character, as an index of the text
    end: int
    tokens: list[int]


def sentences(
    text: str, language: str, tokens: list[int], most: int, encode: Callable[[str], list[int]]
) -> list[Sentence]:
    """The sentences of a text, without those that have no tokens; `tokens` are those of the whole text. A sentence of
    more than `most` tokens comes in several parts, which all have its start and end. A text without a sentence, such as
    code alone, counts as one sentence."""
    found: list[Sentence] = []
    place = 0
    for segment in split(text, language):
        start = place + len(segment.before)
        place = start + len(segment.text)
        found += readable(start, place, encode(segment.text) if segment.text else [], most)
    return found or readable(0, len(text), tokens, most)


def readable(start: int, end: int, tokens: list[int], most: int) -> list[Sentence]:
    return [Sentence(start, end, tokens[place : place + most]) for place in range(0, len(tokens), most)]


def passages(parts: Sequence[Sentence], most: int) -> list[list[int]]:
    """The tokens of neighbouring sentences together, at most `PASSAGE_TOKENS` unless one sentence has more, and never
    more than `most`, which no part exceeds."""
    room = min(PASSAGE_TOKENS, most)
    joined: list[list[int]] = []
    for part in parts:
        if joined and len(joined[-1]) + len(part.tokens) <= room:
            joined[-1] = joined[-1] + part.tokens
        else:
            joined.append(part.tokens)
    return joined


def pooled(answers: Sequence[dict[str, float]]) -> dict[str, float]:
    """The probabilities of a text from those of its passages: their mean, each passage weighted by its probability of
    not being neutral, since passages without an opinion say nothing about the whole."""
    if len(answers) == 1:
        return answers[0]
    weights = [max(1 - scores.get("neutral", 0.0), LEAST_WEIGHT) for scores in answers]
    return {
        label: sum(weight * scores[label] for weight, scores in zip(weights, answers, strict=True)) / sum(weights)
        for label in answers[0]
    }


def with_mixed(scores: dict[str, float], answers: Sequence[dict[str, float]]) -> dict[str, float]:
    """The scores of a text with a further one, `mixed`, by the probabilities of its sentences. It is the lower of
    `clear` of the most positive and of the most negative sentence, so 0 unless both are more likely than not; the other
    scores share the rest."""
    mixed = min(max(clear(one.get(label, 0.0)) for one in answers) for label in ("positive", "negative"))
    return {**{label: score * (1 - mixed) for label, score in scores.items()}, "mixed": mixed}


def clear(probability: float) -> float:
    """0 up to a probability of one half, 1 at one."""
    return max(0.0, 2 * probability - 1)
