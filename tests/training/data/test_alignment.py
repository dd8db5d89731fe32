from __future__ import annotations

import numpy as np
import pytest

from app.training.data.alignment import UNKNOWN, Lexicon

NOUNS = {"dog": "Hund", "cat": "Katze", "man": "Mann", "bird": "Vogel", "child": "Kind", "woman": "Frau"}
VERBS = {"sleeps": "schläft", "eats": "isst", "sings": "singt", "runs": "rennt", "laughs": "lacht"}
PAIRS = [(f"The {a} {c}.", f"Der {b} {d}.") for a, b in NOUNS.items() for c, d in VERBS.items()]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.learn(PAIRS)


def test_words_find_their_translations(lexicon: Lexicon) -> None:
    for word, translation in {**NOUNS, **VERBS}.items():
        first, second = (int(lexicon.ids_of(text)[1]) for text in (word, translation))
        place = int(np.searchsorted(lexicon.codes, first * lexicon.words + second))
        assert lexicon.codes[place] == first * lexicon.words + second
        assert lexicon.forward[place] > 0.5
        assert lexicon.backward[place] > 0.5


def test_probabilities_sum_to_one(lexicon: Lexicon) -> None:
    first, second = np.divmod(lexicon.codes, lexicon.words)
    assert np.bincount(first, weights=lexicon.forward)[np.unique(first)] == pytest.approx(1)
    assert np.bincount(second, weights=lexicon.backward)[np.unique(second)] == pytest.approx(1)


def test_pairs_that_translate_each_other_score_above_others(lexicon: Lexicon) -> None:
    shifted = [(source, PAIRS[(i + 7) % len(PAIRS)][1]) for i, (source, _) in enumerate(PAIRS)]
    assert lexicon.scores(PAIRS).min() > lexicon.scores(shifted).max()


def test_names_and_numbers_translate_themselves(lexicon: Lexicon) -> None:
    same, other = lexicon.scores([("Zarathustra 1883", "Zarathustra 1883"), ("Zarathustra 1883", "Nietzsche 1900")])
    assert same > other
    assert other > np.log(UNKNOWN), "a few words tell little"
    assert np.isfinite(lexicon.scores([("", ""), ("...", "Hund")])).all()
