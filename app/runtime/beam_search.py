"""Beam search over sentences that join and leave in flight. Plain arrays: knows no library that computes the steps.

A search has one beam width. Each of its sentences has its own length, so a sentence that has just joined is decoded
beside a nearly finished one, and a finished one leaves at once. Greedy search is the beam of width 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from app.text.decode_options import GREEDY, DecodeOptions

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

REPEATS = 4  # a decoder that writes the same tokens this often in a row is stuck
LONGEST_REPEAT = 8  # tokens


class Scored(NamedTuple):
    """The token ids of a hypothesis, its score, and, where its sentence asked for it, the attention at each token,
    (tokens, source tokens)."""

    tokens: list[int]
    score: float
    attention: Sequence[list[float]] = ()


@dataclass(slots=True)
class Sentence:
    """One sentence in the search: its key, its limits, the options of its request, and its finished hypotheses. With
    `attention` the search remembers, for each step, which hypothesis each new one continues, (beam), and the attention
    over the source, (beam, time)."""

    key: Any  # hashable
    max_tokens: int
    alternatives: int = 1
    options: DecodeOptions = GREEDY
    may_repeat: bool = False  # its source repeats itself
    begin: list[int] = field(default_factory=list)  # token ids to begin the translation with, for Hugging Face models
    attention: bool = False
    source_length: int = 0  # tokens
    steps: list[tuple[Ints, Floats]] = field(default_factory=list)
    ended: list[Scored] = field(default_factory=list)

    def attention_of(self, hypothesis: int, length: int) -> list[list[float]]:
        """The attention of the first `length` tokens of a hypothesis, found by going back from step to step."""
        rows: list[list[float]] = []
        for origin, attention in reversed(self.steps):
            hypothesis = int(origin[hypothesis])
            rows.append(attention[hypothesis, : self.source_length].tolist())
        return rows[::-1][:length]


class BeamSearch:
    """The score of a hypothesis is log P / length ** length_penalty (Wu et al. 2016, where the penalty is called alpha;
    with 1 the score is the mean log probability of a token).

    A sentence is finished when `beam` of its hypotheses have ended, or at its `max_tokens`, where open hypotheses count
    as they are. A hypothesis that writes the same tokens four times in a row is dropped, unless the source repeats
    itself too.
    """

    def __init__(self, beam: int, eos: int, length_penalty: float = 1.0) -> None:
        self.beam, self.eos, self.length_penalty = beam, eos, length_penalty
        self.sentences: list[Sentence] = []
        self.tokens: Ints = np.zeros((0, beam, 16), dtype=np.int64)  # (sentences, beam, capacity)
        self.lengths: Ints = np.zeros(0, dtype=np.int64)  # (sentences), tokens of each so far
        self.scores: Floats = np.zeros((0, beam), dtype=np.float32)  # (sentences, beam), log P; -inf for no hypothesis
        # (sentences, beam, LONGEST_REPEAT): how many of the last tokens in a row equal the one 1, 2, ... places before
        self.runs: Ints = np.zeros((0, beam, LONGEST_REPEAT), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.sentences)

    @property
    def candidates(self) -> int:
        """How many of the likeliest tokens a step must return for each hypothesis: even if the best token of every
        hypothesis is the end of the sentence, `beam` open hypotheses remain. A greedy search is over at the end."""
        return 2 * self.beam if self.beam > 1 else 1

    def join(self, sentences: list[Sentence]) -> None:
        """Add sentences, after those in the search."""
        count = len(sentences)
        self.sentences += sentences
        self.tokens = np.concatenate([self.tokens, np.zeros((count, *self.tokens.shape[1:]), dtype=np.int64)])
        self.lengths = np.concatenate([self.lengths, np.zeros(count, dtype=np.int64)])
        self.runs = np.concatenate([self.runs, np.zeros((count, *self.runs.shape[1:]), dtype=np.int64)])
        scores = np.full((count, self.beam), -np.inf, dtype=np.float32)
        scores[:, 0] = 0.0  # hypotheses start equal, so only one of them may branch at the first step
        self.scores = np.concatenate([self.scores, scores])

    def last_tokens(self, bos: int) -> Ints:
        """The input of the next step: (sentences, beam)."""
        tokens = self.tokens[np.arange(len(self)), :, np.maximum(self.lengths - 1, 0)]
        return np.where(self.lengths[:, None] > 0, tokens, bos)

    def advance(self, log_probabilities: Floats, candidates: Ints, attention: Floats | None = None) -> Ints:
        """Take one step: `candidates` are the likeliest next tokens of each hypothesis, best first, with their log
        probabilities, both (sentences, beam, candidates), and `attention` (sentences, beam, time) that of each
        hypothesis. Returns the hypothesis that each new one continues: (sentences, beam)."""
        self.lengths += 1
        if self.beam == 1:
            origin, chosen = self.extend(log_probabilities[:, :, 0], candidates[:, :, 0])
        else:
            origin, chosen = self.branch(log_probabilities, candidates)
        self.append(chosen)
        if attention is not None:
            for i, sentence in enumerate(self.sentences):
                if sentence.attention:
                    sentence.steps.append((origin[i], attention[i]))
        self.drop_stuck()
        return origin

    def extend(self, log_probabilities: Floats, chosen: Ints) -> tuple[Ints, Ints]:
        """The step of a greedy search, which takes the likeliest token; returns as `branch`: both (sentences, 1)."""
        scores = self.scores + log_probabilities
        ends = chosen == self.eos
        for i in np.flatnonzero(ends & np.isfinite(scores)):
            self.end(int(i), 0, self.lengths[i] - 1, self.normalised(scores[i, 0], self.lengths[i]))
        scores[ends] = -np.inf
        self.scores = scores
        return np.zeros_like(chosen), chosen

    def branch(self, log_probabilities: Floats, candidates: Ints) -> tuple[Ints, Ints]:
        """The step of a wider search. Returns the hypothesis that each new one continues, and its token: (sentences,
        beam)."""
        count, beam, width = candidates.shape
        totals = (self.scores[:, :, None] + log_probabilities).reshape(count, beam * width)
        rows: Ints = np.arange(count)[:, None]
        best: Ints = np.argsort(-totals, axis=1, kind="stable")[:, : 2 * beam]
        scores = totals[rows, best]
        chosen = candidates.reshape(count, beam * width)[rows, best]
        origin: Ints = best // width
        ends = chosen == self.eos
        if ends.any():
            for i, j in zip(*np.nonzero(ends[:, :beam] & np.isfinite(scores[:, :beam])), strict=True):
                self.end(i, origin[i, j], self.lengths[i] - 1, self.normalised(scores[i, j], self.lengths[i]))
            keep = np.argsort(ends, axis=1, kind="stable")[:, :beam]  # the open ones, best first
            scores = np.where(ends, np.float32(-np.inf), scores)[rows, keep]
            origin, chosen = origin[rows, keep], chosen[rows, keep]
        self.scores, origin, chosen = scores[:, :beam], origin[:, :beam], chosen[:, :beam]
        self.tokens, self.runs = self.tokens[rows, origin], self.runs[rows, origin]
        return origin, chosen

    def end(self, i: int, j: int, length: int, score: float) -> None:
        """Finish a hypothesis of the sentence `i` with its first `length` tokens."""
        self.sentences[i].ended.append(self.scored(i, j, length, score))

    def scored(self, i: int, j: int, length: int, score: float) -> Scored:
        return Scored(self.tokens[i, j, :length].tolist(), score, self.sentences[i].attention_of(j, length))

    def append(self, chosen: Ints) -> None:
        """Write the last token of each hypothesis."""
        last = self.lengths - 1
        if (longest := int(last.max())) >= self.tokens.shape[2]:
            self.tokens = np.concatenate([self.tokens, np.zeros_like(self.tokens)], axis=2)
        rows = np.arange(len(self))
        self.tokens[rows, :, last] = chosen
        span = min(longest, LONGEST_REPEAT)
        places = last[:, None] - np.arange(1, span + 1)  # (sentences, span)
        before = self.tokens[rows[:, None], :, places].swapaxes(1, 2)  # (sentences, beam, span)
        same = (before == chosen[:, :, None]) & (places >= 0)[:, None]
        self.runs[:, :, :span] = np.where(same, self.runs[:, :, :span] + 1, 0)

    def drop_stuck(self) -> None:
        """Drop hypotheses that repeat themselves; the last one of a sentence ends instead, without its repeats."""
        if not (self.runs >= REPEATS - 1).any():  # nearly always
            return
        sizes = np.where(np.isfinite(self.scores), self.repeat_sizes(), 0)
        for i, j in zip(*np.nonzero(sizes), strict=True):
            sentence, length = self.sentences[i], int(self.lengths[i])
            if sentence.may_repeat:
                continue
            if np.isfinite(self.scores[i]).sum() == 1 and not sentence.ended:
                without_repeats = length - (REPEATS - 1) * int(sizes[i, j])
                self.end(i, j, without_repeats, self.normalised(self.scores[i, j], length))
            self.scores[i, j] = -np.inf

    def repeat_sizes(self) -> Ints:
        """The length of the tail that each hypothesis writes `REPEATS` times in a row; 0 if there is none."""
        stuck = self.runs >= (REPEATS - 1) * np.arange(1, LONGEST_REPEAT + 1)
        return np.where(stuck.any(axis=2), stuck.argmax(axis=2) + 1, 0)

    def finished(self) -> list[int]:
        """The indices of the finished sentences."""
        hopeless = np.asarray(np.isneginf(self.scores).all(axis=1))
        return [
            i
            for i, sentence in enumerate(self.sentences)
            if hopeless[i] or len(sentence.ended) >= self.beam or self.lengths[i] >= sentence.max_tokens
        ]

    def result(self, index: int) -> list[Scored]:
        """The best translations of a sentence, best first: at least one, at most its `alternatives`."""
        sentence, length = self.sentences[index], int(self.lengths[index])
        hypotheses = list(sentence.ended)
        if len(hypotheses) < sentence.alternatives:
            hypotheses += [
                self.scored(index, j, length, self.normalised(self.scores[index, j], length))
                for j in range(self.beam)
                if np.isfinite(self.scores[index, j])
            ]
        return sorted(hypotheses, key=lambda scored: -scored.score)[: sentence.alternatives]

    def stable_prefix(self, index: int) -> list[int]:
        """The tokens that all hypotheses of a sentence begin with, and therefore its translation. Tokens that repeat
        those just before them are left out, since `drop_stuck` may remove them."""
        length = int(self.lengths[index])
        open_ones = [
            self.tokens[index, j, :length].tolist() for j in range(self.beam) if self.scores[index, j] > -np.inf
        ]
        hypotheses = open_ones + [ended.tokens for ended in self.sentences[index].ended]
        shortest = min(map(len, hypotheses), default=0)
        agreed = next((n for n in range(shortest) if len({tokens[n] for tokens in hypotheses}) > 1), shortest)
        prefix = hypotheses[0][:agreed] if hypotheses else []
        may_lose = open_ones and not self.sentences[index].may_repeat
        return prefix[: len(prefix) - repeated_tail(prefix)] if may_lose else prefix

    def keep(self, indices: Ints) -> None:
        """Remove all other sentences."""
        self.sentences = [self.sentences[i] for i in indices]
        self.tokens, self.lengths, self.scores = self.tokens[indices], self.lengths[indices], self.scores[indices]
        self.runs = self.runs[indices]

    def normalised(self, score: float, length: int) -> float:
        penalty: float = float(length) ** self.length_penalty
        return float(score) / penalty


def repeated_tail(tokens: list[int]) -> int:
    """The length of the tail whose tokens equal those at most `LONGEST_REPEAT` places before them."""
    longest = 0
    for size in range(1, min(LONGEST_REPEAT, len(tokens) - 1) + 1):
        length = 0
        while length + size < len(tokens) and tokens[-1 - length] == tokens[-1 - length - size]:
            length += 1
        longest = max(longest, length)
    return longest


def repeats(tokens: list[int]) -> bool:
    """Whether a source has the same tokens `REPEATS` times in a row."""
    for size in range(1, min(LONGEST_REPEAT, len(tokens) // REPEATS) + 1):
        run = 0
        for one, other in zip(tokens, tokens[size:], strict=False):
            run = run + 1 if one == other else 0
            if run == (REPEATS - 1) * size:
                return True
    return False
