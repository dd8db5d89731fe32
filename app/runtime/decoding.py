"""Drives a `Translator` through a beam search, slot by slot. Plain arrays: knows neither torch nor queues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.runtime.base import DecodingBackend, OnStep, Translator, no_hook
from app.runtime.beam_search import BeamSearch, Ints, Scored, Sentence, repeats
from app.text.tokenizer import BOS, EOS


class SlotDecoding:
    """A `Decoding` whose sentences join and leave between any two steps."""

    def __init__(self, translator: Translator, beam: int) -> None:
        self.translator = translator
        self.search = BeamSearch(beam, EOS, translator.length_penalty)
        self.slots: Any = None

    def __len__(self) -> int:
        return len(self.search)

    @property
    def sentences(self) -> list[Sentence]:
        return self.search.sentences

    def stable_prefix(self, index: int) -> list[int]:
        return self.search.stable_prefix(index)

    def join(self, sources: list[list[int]], sentences: list[Sentence]) -> None:
        """Encode the sources in one batch and add them to the sentences in flight."""
        fresh = self.translator.encode(sources, self.search.beam)
        self.slots = fresh if self.slots is None else self.translator.join(self.slots, fresh)
        for source, sentence in zip(sources, sentences, strict=True):
            sentence.may_repeat, sentence.source_length = repeats(source), len(source)
        self.search.join(sentences)

    def step(self, on_step: OnStep = no_hook) -> list[tuple[Any, list[Scored]]]:
        """One token for each hypothesis; a step is short, so `on_step` is not called."""
        assert self.slots is not None, "a bug: a step without sentences"
        tokens = self.search.last_tokens(BOS)
        best, ids = self.translator.step(self.slots, tokens, self.search.candidates)
        asked = any(sentence.attention for sentence in self.search.sentences)
        origin = self.search.advance(best, ids, self.translator.attention(self.slots) if asked else None)
        finished = self.search.finished()
        done = [(self.search.sentences[i].key, self.search.result(i)) for i in finished]
        if finished:
            origin = origin[self.remove(finished)]
        if self.slots is not None and self.search.beam > 1:
            self.translator.reorder(self.slots, origin)
        return done

    def drop(self, key: Any) -> None:
        if gone := [i for i, sentence in enumerate(self.search.sentences) if sentence.key == key]:
            self.remove(gone)

    def remove(self, gone: list[int]) -> Ints:
        """Remove the sentences at these indices, in ascending order, and fill their places with the last ones, so that
        as few as possible move. Returns the indices of those that stay."""
        count = len(self) - len(gone)
        indices = np.arange(count)
        indices[[i for i in gone if i < count]] = [i for i in range(count, len(self)) if i not in gone]
        self.search.keep(indices)
        self.slots = self.translator.keep(self.slots, indices) if count and self.slots is not None else None
        return indices


def translate(
    backend: DecodingBackend,
    sources: list[list[int]],
    *,
    beam: int,
    max_tokens: list[int],
    alternatives: int = 1,
    begin: Sequence[int] = (),
) -> list[list[Scored]]:
    """Decode a whole list at once: token ids of each source -> its best `alternatives` translations, best first, each
    with its length-normalised log probability. `beam` 1 is greedy search; every translation begins with `begin`."""
    decoding = backend.decoding(max(beam, alternatives))
    decoding.join(sources, [Sentence(i, limit, alternatives, begin=list(begin)) for i, limit in enumerate(max_tokens)])
    results: dict[Any, list[Scored]] = {}
    while len(decoding):
        results.update(decoding.step())
    return [results[i] for i in range(len(sources))]
