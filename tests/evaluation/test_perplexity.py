"""N-grams as the floor of language models, and the perplexity of both."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from app.evaluation.ngrams import NgramModel
from app.evaluation.perplexity import evaluate_language, perplexity_table
from app.training.loading import load

ROWS = [[4, 9, 8, 7, 3], [4, 9, 8, 6, 3], [5, 9, 8, 7, 3], [5, 7, 7, 3], [4, 8, 3]]
VOCABULARY = 12


@pytest.mark.parametrize("order", [2, 3, 4])
def test_probabilities_of_all_tokens_add_up_to_one(order: int) -> None:
    model = NgramModel(ROWS, VOCABULARY, order)
    for before in ([4], [4, 9], [4, 9, 8], [5, 7, 7], [4, 11, 10]):
        chances = [math.exp(-model.losses([*before, token])[-1]) for token in range(VOCABULARY)]
        assert sum(chances) == pytest.approx(1)
        assert min(chances) > 0


def test_bigrams_are_those_of_the_definition() -> None:
    """Interpolated Kneser-Ney, computed by its formula."""
    model = NgramModel(ROWS, VOCABULARY, 2)
    pairs = Counter(pair for row in ROWS for pair in pairwise(row))
    before = Counter(last for _, last in pairs)  # different tokens before each
    discount = {}
    for name, counts in (("pairs", pairs), ("before", before)):
        once, twice = (list(counts.values()).count(n) for n in (1, 2))
        discount[name] = once / (once + 2 * twice)
    total = sum(before.values())

    def unigram(token: int) -> float:
        left = discount["before"] * len(before) / total
        return max(before[token] - discount["before"], 0) / total + left / VOCABULARY

    def bigram(first: int, second: int) -> float:
        behind = {pair: count for pair, count in pairs.items() if pair[0] == first}
        if not behind:
            return unigram(second)
        left = discount["pairs"] * len(behind) / sum(behind.values())
        return max(pairs[first, second] - discount["pairs"], 0) / sum(behind.values()) + left * unigram(second)

    for row in ([4, 9, 8, 7, 3], [5, 8, 9, 11, 10, 4, 3]):
        wanted = [-math.log(bigram(*pair)) for pair in pairwise(row)]
        np.testing.assert_allclose(model.losses(row), wanted)


def test_longer_contexts_tell_more() -> None:
    rows = ROWS * 20
    seen = [4, 9, 8, 6, 3]
    losses = [NgramModel(rows, VOCABULARY, order).losses(seen).sum() for order in (2, 3, 4)]
    assert losses == sorted(losses, reverse=True)


def test_perplexity_of_a_set_in_both_languages(tiny_writers: Path, tmp_path: Path) -> None:
    (tmp_path / "small.en-zh_Hant.tsv").write_text("A man\t蘋果是紅的\nI love it!\t我喜歡\n", "utf-8")
    loaded = load(tiny_writers / "tiny-language")
    floor = NgramModel([[14, 20, 21, 3], [15, 22, 3]], loaded.tokenizer.size)
    english, chinese = evaluate_language(loaded, "small.en-zh_Hant", tmp_path, floor)
    assert (english.language, english.texts, english.units) == ("en", 2, 5)
    assert (chinese.language, chinese.texts, chinese.units) == ("zh", 2, 8)
    size = loaded.tokenizer.size
    assert size / 2 < english.value < 2 * size  # weights are random
    page = perplexity_table({"small": [english, chinese]})
    assert page.count("\n") == 3
    assert "nan" not in page
