"""Beam search over a batch of sentences. Knows the decoder only as a function of one step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(slots=True)
class Memory:
    """The encoder's memory as attention reads it: keys and values (batch, heads, time, width), mask of the tokens
    (batch, 1, 1, time)."""

    keys: Tensor
    values: Tensor
    mask: Tensor

    def select(self, rows: Tensor) -> Memory:
        return Memory(self.keys[rows], self.values[rows], self.mask[rows])


Step = Callable[[Tensor, Tensor, Memory], tuple[Tensor, Tensor]]
Scored = tuple[list[int], float]


@dataclass(slots=True)
class Sentence:
    """One sentence in the search: where its answer goes and what has ended so far."""

    index: int
    max_tokens: int
    ended: list[Scored] = field(default_factory=list)


def beam_search(
    step: Step,
    memory: Memory,
    state: Tensor,
    *,
    beam: int,
    max_tokens: list[int],
    alternatives: int,
    length_penalty: float,
    bos: int,
    eos: int,
) -> list[list[Scored]]:
    """The best translations of each sentence, best first, scored log P / length ** length_penalty.

    A sentence leaves as soon as `beam` hypotheses of it have ended or it reaches its `max_tokens`; what is still
    open then counts as it stands. Every beam keeps its own row: nothing here depends on the neighbours.
    """
    beam = max(beam, alternatives)
    device = state.device
    sentences = [Sentence(index, limit) for index, limit in enumerate(max_tokens)]
    results: list[list[Scored]] = [[] for _ in sentences]
    rows = torch.arange(len(sentences), device=device).repeat_interleave(beam)
    memory, state = memory.select(rows), state[rows]
    scores = torch.full((len(sentences), beam), -torch.inf, device=device)
    scores[:, 0] = 0.0  # all beams start alike: only the first may branch at the first step
    words = torch.full((len(rows), 1), bos, device=device)  # (sentences * beam, steps so far)
    while sentences:
        logits, state = step(words[:, -1:], state, memory)
        log_probabilities = logits[:, 0].float().log_softmax(dim=-1)  # (sentences * beam, vocabulary)
        vocabulary = log_probabilities.shape[-1]
        totals = (scores.view(-1, 1) + log_probabilities).view(len(sentences), beam * vocabulary)
        # Twice the beam: even if every beam's best word is the end, `beam` open hypotheses remain.
        best, flat = totals.topk(2 * beam, dim=-1)
        origin = flat // vocabulary + torch.arange(len(sentences), device=device)[:, None] * beam
        word = flat % vocabulary
        length = words.shape[1]  # with the word of this step, without the start symbol
        ends = word == eos
        for i, j in (ends & best.isfinite())[:, :beam].nonzero().tolist():
            tokens = words[origin[i, j], 1:].tolist()
            sentences[i].ended.append((tokens, best[i, j].item() / length**length_penalty))
        keep = ends.int().argsort(dim=-1, stable=True)[:, :beam]  # the open ones, best first
        scores, origin, word = best.gather(1, keep), origin.gather(1, keep), word.gather(1, keep)
        order = origin.flatten()
        words = torch.cat([words[order], word.view(-1, 1)], dim=1)
        state = state[order]
        staying = []
        for i, sentence in enumerate(sentences):
            if len(sentence.ended) < beam and length < sentence.max_tokens:
                staying.append(i)
                continue
            if len(sentence.ended) < alternatives:
                sentence.ended += [
                    (words[i * beam + j, 1:].tolist(), scores[i, j].item() / length**length_penalty)
                    for j in range(beam)
                ]
            sentence.ended.sort(key=lambda scored: -scored[1])
            results[sentence.index] = sentence.ended[:alternatives]
        if len(staying) < len(sentences):
            kept = torch.tensor(staying, dtype=torch.long, device=device)
            beams = (kept[:, None] * beam + torch.arange(beam, device=device)).flatten()
            memory, state, words, scores = memory.select(beams), state[beams], words[beams], scores[kept]
            sentences = [sentences[i] for i in staying]
    return results
