"""Beam search over sentences that come and go. Plain arrays: knows neither torch nor how a step is computed.

A search has a beam width. Each sentence in it has its own length so far, so one that joins late runs beside one that
is nearly done, and whatever ends leaves at once. Greedy search is the beam of width 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from app.text.decode_options import GREEDY, DecodeOptions

Scored = tuple[list[int], float]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

REPEATS = 4  # the same words this often in a row: the decoder has got stuck
LONGEST_REPEAT = 8


@dataclass(slots=True)
class Sentence:
    """One sentence in the search: whose it is, how long it may become, what its request asks of the search, and the
    hypotheses that have ended so far."""

    key: Any  # hashable
    max_tokens: int
    alternatives: int = 1
    options: DecodeOptions = GREEDY
    may_repeat: bool = False
    begin: list[int] = field(default_factory=list)  # what it has to begin with; only models made elsewhere want that
    ended: list[Scored] = field(default_factory=list)


class BeamSearch:
    """Hypotheses are scored log P / length ** length_penalty (Wu et al. 2016 with alpha for the penalty; 1 is the mean
    log probability a word).

    A sentence leaves when `beam` of its hypotheses have ended, or at its `max_tokens`; what is open then counts as it
    stands. A hypothesis that says the same words four times in a row is dropped, unless the source does so too.
    """

    def __init__(self, beam: int, eos: int, length_penalty: float = 1.0) -> None:
        self.beam, self.eos, self.length_penalty = beam, eos, length_penalty
        self.sentences: list[Sentence] = []
        self.words: Ints = np.zeros((0, beam, 16), dtype=np.int64)  # (sentences, beam, longest so far)
        self.lengths: Ints = np.zeros(0, dtype=np.int64)  # (sentences), steps each has done
        self.scores: Floats = np.zeros((0, beam), dtype=np.float32)  # log P, -inf for none
        # (sentences, beam, LONGEST_REPEAT): how many words on end are the same as the one 1, 2, ... places before
        self.runs: Ints = np.zeros((0, beam, LONGEST_REPEAT), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.sentences)

    @property
    def candidates(self) -> int:
        """How many of the likeliest words a step must give for each hypothesis: even if the best word of every one is
        the end, `beam` open hypotheses remain."""
        return 2 * self.beam

    def join(self, sentences: list[Sentence]) -> None:
        """Take in sentences, behind those that are there."""
        count = len(sentences)
        self.sentences += sentences
        self.words = np.concatenate([self.words, np.zeros((count, *self.words.shape[1:]), dtype=np.int64)])
        self.lengths = np.concatenate([self.lengths, np.zeros(count, dtype=np.int64)])
        self.runs = np.concatenate([self.runs, np.zeros((count, *self.runs.shape[1:]), dtype=np.int64)])
        scores = np.full((count, self.beam), -np.inf, dtype=np.float32)
        scores[:, 0] = 0.0  # all hypotheses start alike: only the first may branch at the first step
        self.scores = np.concatenate([self.scores, scores])

    def last_words(self, bos: int) -> Ints:
        """What the next step reads: (sentences, beam)."""
        words = self.words[np.arange(len(self)), :, np.maximum(self.lengths - 1, 0)]
        return np.where(self.lengths[:, None] > 0, words, bos)

    def advance(self, log_probabilities: Floats, words: Ints) -> Ints:
        """Go one step on, given the likeliest `words` of each hypothesis and their log probabilities, both (sentences,
        beam, candidates). Returns which hypothesis each new one goes on from: (sentences, beam)."""
        count, beam, width = words.shape
        totals = (self.scores[:, :, None] + log_probabilities).reshape(count, beam * width)
        rows: Ints = np.arange(count)[:, None]
        best: Ints = np.argsort(-totals, axis=1, kind="stable")[:, : self.candidates]
        scores = totals[rows, best]
        chosen = words.reshape(count, beam * width)[rows, best]
        origin: Ints = best // width
        ends = chosen == self.eos
        self.lengths += 1
        for i, j in zip(*np.nonzero(ends[:, :beam] & np.isfinite(scores[:, :beam])), strict=True):
            tokens = self.words[i, origin[i, j], : self.lengths[i] - 1].tolist()
            self.sentences[i].ended.append((tokens, self.normalised(scores[i, j], self.lengths[i])))
        keep = np.argsort(ends, axis=1, kind="stable")[:, :beam]  # the open ones, best first
        origin = origin[rows, keep]
        self.scores = np.where(ends, np.float32(-np.inf), scores)[rows, keep]
        self.append(origin, chosen[rows, keep])
        self.drop_stuck()
        return origin

    def append(self, origin: Ints, chosen: Ints) -> None:
        if int(self.lengths.max()) > self.words.shape[2]:
            self.words = np.concatenate([self.words, np.zeros_like(self.words)], axis=2)
        rows = np.arange(len(self))[:, None]
        self.words, last = self.words[rows, origin], self.lengths - 1
        self.words[rows[:, 0], :, last] = chosen
        places = last[:, None] - np.arange(1, LONGEST_REPEAT + 1)  # (sentences, LONGEST_REPEAT)
        before = self.words[rows[:, :, None], np.arange(self.beam)[:, None], np.maximum(places, 0)[:, None]]
        same = (before == chosen[:, :, None]) & (places >= 0)[:, None]
        self.runs = np.where(same, self.runs[rows, origin] + 1, 0)

    def drop_stuck(self) -> None:
        """Close hypotheses that repeat themselves; one that is the last of its sentence ends without its repeats."""
        sizes = np.where(np.isfinite(self.scores), self.repeat_sizes(), 0)
        for i, j in zip(*np.nonzero(sizes), strict=True):
            sentence, length = self.sentences[i], int(self.lengths[i])
            if sentence.may_repeat:
                continue
            if np.isfinite(self.scores[i]).sum() == 1 and not sentence.ended:
                kept = self.words[i, j, : length - (REPEATS - 1) * int(sizes[i, j])].tolist()
                sentence.ended.append((kept, self.normalised(self.scores[i, j], length)))
            self.scores[i, j] = -np.inf

    def repeat_sizes(self) -> Ints:
        """How many words the tail of each hypothesis says `REPEATS` times in a row; 0 if it does not."""
        stuck = self.runs >= (REPEATS - 1) * np.arange(1, LONGEST_REPEAT + 1)
        return np.where(stuck.any(axis=2), stuck.argmax(axis=2) + 1, 0)

    def finished(self) -> list[int]:
        """Which sentences have nothing more to gain."""
        hopeless = np.asarray(np.isneginf(self.scores).all(axis=1))
        return [
            i
            for i, sentence in enumerate(self.sentences)
            if hopeless[i] or len(sentence.ended) >= self.beam or self.lengths[i] >= sentence.max_tokens
        ]

    def result(self, index: int) -> list[Scored]:
        """The best translations of a sentence, best first: at least one, at most its `alternatives`."""
        sentence, length = self.sentences[index], int(self.lengths[index])
        found = list(sentence.ended)
        if len(found) < sentence.alternatives:
            found += [
                (self.words[index, j, :length].tolist(), self.normalised(self.scores[index, j], length))
                for j in range(self.beam)
                if np.isfinite(self.scores[index, j])
            ]
        return sorted(found, key=lambda scored: -scored[1])[: sentence.alternatives]

    def stable_prefix(self, index: int) -> list[int]:
        """The words that all hypotheses of a sentence agree on: whatever wins begins with them. Words that repeat what
        stands just before them are held back, since `drop_stuck` may take them away."""
        length = int(self.lengths[index])
        open_ones = [
            self.words[index, j, :length].tolist() for j in range(self.beam) if self.scores[index, j] > -np.inf
        ]
        hypotheses = open_ones + [tokens for tokens, _ in self.sentences[index].ended]
        shortest = min(map(len, hypotheses), default=0)
        agreed = next((n for n in range(shortest) if len({tokens[n] for tokens in hypotheses}) > 1), shortest)
        prefix = hypotheses[0][:agreed] if hypotheses else []
        may_lose = open_ones and not self.sentences[index].may_repeat
        return prefix[: len(prefix) - repeated_tail(prefix)] if may_lose else prefix

    def keep(self, indices: Ints) -> None:
        """Let all other sentences go."""
        self.sentences = [self.sentences[i] for i in indices]
        self.words, self.lengths, self.scores = self.words[indices], self.lengths[indices], self.scores[indices]
        self.runs = self.runs[indices]

    def normalised(self, score: float, length: int) -> float:
        penalty: float = float(length) ** self.length_penalty
        return float(score) / penalty


def repeated_tail(tokens: list[int]) -> int:
    """How many words at the end are the same as those up to `LONGEST_REPEAT` places before them."""
    longest = 0
    for size in range(1, min(LONGEST_REPEAT, len(tokens) - 1) + 1):
        length = 0
        while length + size < len(tokens) and tokens[-1 - length] == tokens[-1 - length - size]:
            length += 1
        longest = max(longest, length)
    return longest


def repeats(tokens: list[int]) -> bool:
    """Whether a source says the same `REPEATS` times in a row."""
    for size in range(1, min(LONGEST_REPEAT, len(tokens) // REPEATS) + 1):
        run = 0
        for one, other in zip(tokens, tokens[size:], strict=False):
            run = run + 1 if one == other else 0
            if run == (REPEATS - 1) * size:
                return True
    return False
