"""Drives a `Translator` through a beam search, slot by slot. Plain arrays: knows neither torch nor queues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.runtime.base import DecodingBackend, OnStep, Slots, Translator, no_hook
from app.runtime.beam_search import BeamSearch, Scored, Sentence, repeats
from app.text.tokenizer import BOS, EOS


class SlotDecoding:
    """A `Decoding` whose sentences join and leave between any two steps."""

    def __init__(self, translator: Translator, beam: int) -> None:
        self.translator = translator
        self.search = BeamSearch(beam, EOS, translator.length_penalty)
        self.slots: Slots[Any] | None = None

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
            sentence.may_repeat = repeats(source)
        self.search.join(sentences)

    def step(self, on_step: OnStep = no_hook) -> list[tuple[Any, list[Scored]]]:
        """One token for each hypothesis; a step is short, so `on_step` is not called."""
        assert self.slots is not None, "a bug: a step without sentences"
        tokens = self.search.last_tokens(BOS)
        origin = self.search.advance(*self.translator.step(self.slots, tokens, self.search.candidates))
        finished = self.search.finished()
        done = [(self.search.sentences[i].key, self.search.result(i)) for i in finished]
        if finished:
            gone = set(finished)
            self.keep([i for i in range(len(self)) if i not in gone])
            origin = origin[[i for i in range(len(origin)) if i not in gone]]
        if self.slots is not None and self.search.beam > 1:
            self.translator.reorder(self.slots, origin)
        return done

    def drop(self, key: Any) -> None:
        others = [i for i, sentence in enumerate(self.search.sentences) if sentence.key != key]
        if len(others) < len(self):
            self.keep(others)

    def keep(self, indices: list[int]) -> None:
        places = np.array(indices, dtype=np.int64)
        self.search.keep(places)
        self.slots = self.translator.keep(self.slots, places) if indices and self.slots is not None else None


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
