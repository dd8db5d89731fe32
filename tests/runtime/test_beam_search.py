"""The search alone, over a language model given as a table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.runtime.beam_search import BeamSearch, Floats, Ints, Scored, Sentence, repeats

EOS, BOS, VOCABULARY = 0, 9, 6


def table_step(search: BeamSearch, seed: int) -> tuple[Floats, Ints]:
    """Log probabilities that depend on the hypothesis alone, as a decoder's do."""
    count = min(search.candidates, VOCABULARY)
    best = np.zeros((len(search), search.beam, count), dtype=np.float32)
    words = np.zeros((len(search), search.beam, count), dtype=np.int64)
    for i, sentence in enumerate(search.sentences):
        for j in range(search.beam):
            history = tuple(search.tokens[i, j, : search.lengths[i]].tolist())
            rng = np.random.default_rng([seed, hash((sentence.key, history)) % 2**32])
            row = np.log(rng.dirichlet(np.ones(VOCABULARY))).astype(np.float32)
            words[i, j] = np.argsort(-row, kind="stable")[:count]
            best[i, j] = row[words[i, j]]
    return best, words


def run(search: BeamSearch, arrivals: dict[int, list[Sentence]], seed: int) -> dict[object, list[Scored]]:
    """Sentences join at the step that `arrivals` says."""
    results: dict[object, list[Scored]] = {}
    step = 0
    while len(search) or any(at >= step for at in arrivals):
        if step in arrivals:
            search.join(arrivals[step])
        if len(search):
            search.advance(*table_step(search, seed))
            finished = search.finished()
            for i in finished:
                results[search.sentences[i].key] = search.result(i)
            search.keep(np.array([i for i in range(len(search)) if i not in finished], dtype=np.int64))
        step += 1
    return results


@settings(max_examples=40)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=6), st.integers(1, 3), st.integers(0, 1000))
def test_a_sentence_that_joins_late_gets_the_same_result_as_alone(starts: list[int], beam: int, seed: int) -> None:
    def sentence(key: int) -> Sentence:
        return Sentence(key, max_tokens=7, alternatives=beam)

    arrivals: dict[int, list[Sentence]] = {}
    for key, start in enumerate(starts):
        arrivals.setdefault(start, []).append(sentence(key))
    together = run(BeamSearch(beam, EOS), arrivals, seed)
    for key in range(len(starts)):
        alone = run(BeamSearch(beam, EOS), {0: [sentence(key)]}, seed)
        assert together[key] == alone[key]


@settings(max_examples=40)
@given(st.integers(1, 4), st.integers(0, 1000))
def test_results_are_sorted_bounded_and_at_least_one(beam: int, seed: int) -> None:
    results = run(BeamSearch(beam, EOS), {0: [Sentence(n, n + 1, alternatives=beam) for n in range(5)]}, seed)
    for key, found in results.items():
        assert 1 <= len(found) <= beam
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
        assert all(len(tokens) <= int(str(key)) + 1 and EOS not in tokens for tokens, *_ in found)


@settings(max_examples=150)
@given(st.integers(1, 4), st.integers(0, 1000))
@example(1, 109)  # a decoder that got stuck loses its repeats
def test_the_stable_prefix_only_grows_and_the_winner_begins_with_it(beam: int, seed: int) -> None:
    search = BeamSearch(beam, EOS)
    search.join([Sentence("s", 9)])
    before: list[int] = []
    while not search.finished():
        search.advance(*table_step(search, seed))
        prefix = search.stable_prefix(0)
        assert prefix[: len(before)] == before
        before = prefix
    assert search.result(0)[0][0][: len(before)] == before


def stuck_step(search: BeamSearch, period: int) -> tuple[Floats, Ints]:
    """Says 1, 2, ... `period` over and over, and never wants to end."""
    words = np.zeros((len(search), search.beam, 2), dtype=np.int64)
    words[:, :, 0] = (search.lengths % period + 1)[:, None]
    words[:, :, 1] = 5
    scores = np.broadcast_to(np.array([-0.01, -9.0], dtype=np.float32), words.shape)
    return np.ascontiguousarray(scores), words


@pytest.mark.parametrize("period", [1, 2, 3])
def test_a_decoder_that_got_stuck_is_ended_without_its_repeats(period: int) -> None:
    search = BeamSearch(1, EOS)
    search.join([Sentence("s", max_tokens=100)])
    while not search.finished():
        search.advance(*stuck_step(search, period))
    assert search.result(0)[0][0] == list(range(1, period + 1))


def test_a_translation_may_repeat_itself_where_its_source_does() -> None:
    search = BeamSearch(1, EOS)
    search.join([Sentence("s", max_tokens=12, may_repeat=True)])
    while not search.finished():
        search.advance(*stuck_step(search, 2))
    assert search.result(0)[0][0] == [1, 2] * 6


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ([1, 1, 1, 1], True),
        ([5, 1, 2, 1, 2, 1, 2, 1, 2, 5], True),
        ([1, 1, 1], False),
        ([1, 2, 1, 2, 1, 2, 1], False),
        ([], False),
    ],
)
def test_repeats(tokens: list[int], expected: bool) -> None:
    assert repeats(tokens) is expected


def test_length_normalisation_is_per_word() -> None:
    search = BeamSearch(1, EOS, length_penalty=1.0)
    search.join([Sentence("s", 5)])
    search.advance(np.array([[[-1.0, -2.0]]], dtype=np.float32), np.array([[[3, 4]]]))
    search.advance(np.array([[[-2.0, -3.0]]], dtype=np.float32), np.array([[[EOS, 4]]]))
    assert search.result(0) == [Scored([3], pytest.approx(-1.5), [])]
