"""Draws the texts of the requests: real texts of mixed lengths, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from pathlib import Path

from app.text.detect import detect
from app.training.data.corpora import read_pairs, read_sentiment

# Corpora and their shares of the draw: tweets first, as in the model's training, then sentences and whole reviews.
SENTIMENT_TEXTS = {
    "mixed": {"en/tweeteval.dev": 2, "en/sst.dev": 1, "en/yelp10k.dev": 1},
    "short": {"en/tweeteval.dev": 1, "en/sst.dev": 1},
}
TRANSLATION = {"dev/multi30k_val.en-de": 2, "dev/tatoeba_dev.en-de": 1, "dev/wmt_newstest2013.en-de": 1}
MAX_POST_WORDS = 300  # within the 512 tokens that the model reads
MAX_SENTENCE_WORDS = 30  # the service splits longer sentences, a static batch would not


def sentiment_texts(data: Path, count: int, seed: int = 1, kind: str = "mixed") -> list[str]:
    """Posts and reviews of one of `SENTIMENT_TEXTS`."""
    return draw(
        {data / "sentiment" / name: share for name, share in SENTIMENT_TEXTS[kind].items()},
        lambda path: (text for text, _ in read_sentiment(path)),
        lambda text: 1 <= words(text) <= MAX_POST_WORDS,
        count,
        seed,
    )


def sentences(data: Path, count: int, seed: int = 1, *, least: int = 1, most: int = MAX_SENTENCE_WORDS) -> list[str]:
    """English sentences of `least` to `most` words."""
    return draw(
        {data / "translation" / name: share for name, share in TRANSLATION.items()},
        lambda path: (english for english, _ in read_pairs(path)),
        lambda text: least <= words(text) <= most,
        count,
        seed,
    )


def draw(
    shares: dict[Path, int],
    read: Callable[[Path], Iterable[str]],
    fits: Callable[[str], bool],
    count: int,
    seed: int,
) -> list[str]:
    """`count` texts that fit, by the shares of the corpora, shuffled; texts repeat only if there are too few.

    Texts in which language detection finds another language than English are left out: our service would refuse them,
    which is faster than an answer, and peers would not.
    """
    chance = random.Random(seed)
    pools = []
    for path in shares:
        pool = [text for text in read(path) if fits(text) and detect(text).language in (None, "en")]
        chance.shuffle(pool)
        pools.append(pool)
    if not any(pools):
        raise SystemExit(f"no text that fits in {', '.join(map(str, shares))}")
    weights = [share if pool else 0 for share, pool in zip(shares.values(), pools, strict=True)]
    places = [0] * len(pools)
    texts = []
    for index in chance.choices(range(len(pools)), weights, k=count):
        texts.append(pools[index][places[index] % len(pools[index])])
        places[index] += 1
    return texts


def words(text: str) -> int:
    return len(text.split())
