"""The way of a sentence: how often it is prepared, what is sent of it, and which answer wins."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.engine.messages import ModelInfo
from app.pipeline.candidates import MAX_CANDIDATES
from app.pipeline.sentence import Hypothesis, likeliest
from app.settings import SHIPPED_MODELS
from app.text import normalize, sentence
from app.text.tokenizer import Tokenizer
from app.training.data.vocabulary import train_bpe
from tests.conftest import TEXTS
from tests.pipeline.engines import RepliesWith, Scored

PLAIN = [
    ("en", "de", "I love you."),
    ("en", "de", "A man in a blue shirt is standing on a ladder."),
    ("de", "en", "Ein Mann steht auf einer Leiter."),
    ("fr", "en", "Un homme est debout sur une échelle."),
    ("zh", "en", "一个男人站在梯子上。"),
    ("en", "zh", "Where is the train station?"),
]
WITH_FACTS = [  # a number, a date and a name
    ("en", "de", "In 1998 I met Mr. Nguyen in the park."),
    ("en", "fr", "On May 5, 2011 I met Mr. Nguyen for 12 days."),
    ("en", "de", "The 3 men met Mr. Nguyễn on March 12, 2024."),
    ("en", "zh", "Schwarzenegger met 12 people on May 5 at 3 pm."),
    ("de", "en", "Am 3. Mai 1999 traf ich Herrn Nguyen für 12 Tage."),
    ("fr", "en", "Le 3 mai 1970 j'ai rencontré M. Nguyen pour 12 jours."),
    ("zh", "en", "2024年3月12日下午3点我在公园见到了12个Nguyen。"),
]


def shipped(source: str, target: str) -> tuple[ModelInfo, Tokenizer]:
    name = f"translation-{source}-{target}"
    path: Path = SHIPPED_MODELS / name / "tokenizer.json"
    info = ModelInfo(name, "translation", "a", "", 1, [source, target], [], [(source, target)], 48)
    return info, Tokenizer.load(path)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often a text was normalised, tokenised and masked."""
    counted: Counter[str] = Counter()

    def counting(name: str, function: Any) -> Any:
        def wrapper(*arguments: Any, **options: Any) -> Any:
            counted[name] += 1
            return function(*arguments, **options)

        return wrapper

    clean = counting("normalise", normalize.clean)
    for module in (normalize, sentence):
        monkeypatch.setattr(module, "clean", clean)
    monkeypatch.setattr(sentence, "mask", counting("mask", sentence.mask))
    monkeypatch.setattr(Tokenizer, "encode_with_offsets", counting("tokenise", Tokenizer.encode_with_offsets))
    return counted


@pytest.mark.parametrize(("source", "target", "text"), PLAIN + WITH_FACTS)
@pytest.mark.parametrize("given", [True, False])
def test_a_sentence_is_prepared_once(calls: Counter[str], source: str, target: str, text: str, given: bool) -> None:
    info, tokenizer = shipped(source, target)
    engine = RepliesWith(info, tokenizer, lambda tokens: [(tokens[1:-1], -1.0)])
    asyncio.run(engine.pipeline().translate(text, source=source if given else "auto", target=target))
    is_plain = (source, target, text) in PLAIN
    assert calls["normalise"] <= (2 if is_plain else 3)
    # The engine gives the source back, so that titles and dates are not those of the target: it is asked once more.
    assert calls["mask"] <= (2 if is_plain else 4)
    assert calls["tokenise"] <= (2 if is_plain else 4)
    assert len(engine.requests) <= (1 if is_plain else MAX_CANDIDATES + 1)


def translate(vocabulary: Tokenizer, text: str, reply: dict[str, list[tuple[str, float]]]) -> tuple[str, list[str]]:
    """The translation, and the sources that the engine was asked for; it gives back those that it has no reply for."""

    def answer(tokens: list[int]) -> list[Scored]:
        source = vocabulary.decode(tokens)
        hypotheses = reply.get(source, [(source, -1.0)])
        return [(vocabulary.encode(text, placeholders=True), score) for text, score in hypotheses]

    info = ModelInfo("t", "translation", "a", "", 1, ["en", "de"], [], [("en", "de")], 20)
    engine = RepliesWith(info, vocabulary, answer)
    result = asyncio.run(engine.pipeline().translate(text, source="en", target="de"))
    return result.translation, [vocabulary.decode(tokens) for tokens in engine.requests]


@pytest.fixture
def tokenizer() -> Tokenizer:
    return Tokenizer(train_bpe([*TEXTS * 3, "0123456789 in on"], 140, tags=["<2de>"]))


def test_a_name_that_the_vocabulary_cannot_spell_is_carried_within_the_whole_sentence(tokenizer: Tokenizer) -> None:
    replies = {"a man <ph0> in a shirt": [("<ph0> in a shirt", -1.0)]}
    assert translate(tokenizer, "a man Nguyễn in a shirt", replies) == ("Nguyễn in a shirt", [*replies])


def test_a_sentence_in_parts_never_beats_one_that_was_translated_as_a_whole(tokenizer: Tokenizer) -> None:
    """It has no score, which counted as 0, above any log probability."""
    text = "a man Nguyễn Anderin"
    masked, named = "a man <ph0> Anderin", "a man <ph0> <ph1>"
    answer, asked = translate(tokenizer, text, {masked: [("a shirt", -1.0)], named: [("a ladder <ph0> <ph1>", -9.0)]})
    assert answer == "a ladder Nguyễn Anderin"
    assert sorted(asked) == sorted([masked, named])


def test_what_has_no_score_ranks_last() -> None:
    without, low, high = Hypothesis("a"), Hypothesis("b", -9.0), Hypothesis("c", -1.0)
    assert likeliest([without, low, None, high]) is high
    assert likeliest([without, low]) is low
    assert likeliest([None, without]) is without
    assert likeliest([None]) is None
    assert likeliest([]) is None


def test_a_score_that_is_no_number_is_none(tokenizer: Tokenizer) -> None:
    text = "a man Anderin"
    assert translate(tokenizer, text, {text: [("it", math.nan)], "a man <ph0>": [("a <ph0>", -9.0)]})[0] == "a Anderin"


def test_names_and_numbers_cost_two_requests(tokenizer: Tokenizer) -> None:
    answer, asked = translate(tokenizer, "a man Anderin in 1998 on 12.5", {})
    assert sorted(asked) == ["a man <ph0> in 1998 on <ph1>", "a man Anderin in <ph0> on <ph1>"]
    assert answer == "a man Anderin in 1998 on 12.5"


def test_a_proposal_that_the_model_cannot_read_leaves_the_others() -> None:
    without_digits = Tokenizer(train_bpe(TEXTS * 3, 120, tags=["<2de>"]))
    _, asked = translate(without_digits, "a man Anderin in 1998", {})
    assert sorted(asked) == ["a man <ph0> in <ph1>", "a man Anderin in <ph0>"]


def test_an_invented_placeholder_goes_from_a_plain_sentence(tokenizer: Tokenizer) -> None:
    assert translate(tokenizer, "a man", {"a man": [("it <ph0> in a shirt", -1.0)]})[0] == "it in a shirt"


@pytest.mark.parametrize("argument", ["{n, plural, one {", "{x}", "<b>", "%d %s "])
def test_a_text_of_placeholders_costs_no_more_requests_than_it_has_different_words(
    tokenizer: Tokenizer, argument: str
) -> None:
    assert len(translate(tokenizer, f'{argument}"' * 300, {})[1]) < 5
    assert len(translate(tokenizer, f"{argument}a man {argument}a shirt " * 300, {})[1]) < 50


def test_words_such_as_and_between_spans_cost_no_request(tokenizer: Tokenizer) -> None:
    assert translate(tokenizer, "{a}, {b} and {c}, or 5 km", {}) == ("{a}, {b} und {c}, oder 5 km", [])


def test_marks_of_an_inner_quotation_are_read_only_where_the_outer_ones_are_lost_without_them() -> None:
    vocabulary = Tokenizer(train_bpe([*TEXTS * 3, "\" ' \"'"], 140, tags=["<2de>"]))
    text, cut, wanted = "\"a 'man' in\" a shirt", '"a man in" a shirt', "„a ‚man‘ in“ a shirt"
    assert translate(vocabulary, text, {}) == (wanted, [cut])
    lost = {cut: [("in a man in a shirt", -1.0)]}
    assert translate(vocabulary, text, lost) == (wanted, [cut, text])
    without = {**lost, text: [("a shirt in", -1.0)]}
    assert translate(vocabulary, text, without) == ("in a ‚man‘ in a shirt", [cut, text])
