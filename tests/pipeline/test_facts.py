"""Among the hypotheses of a sentence, one that changes a fact loses to one that does not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.engine.messages import ModelInfo
from app.text.tokenizer import Tokenizer
from app.training.data.vocabulary import train_bpe
from tests.conftest import TEXTS
from tests.pipeline.engines import RepliesWith, Scored

GERMAN = [
    "Herr Frau Young Mr. Wolf Mrs. Ich sah ihn nicht schläft Er does sleep not never Leute Häuser people houses People"
]
ALPHABET = ["abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ äöüß 0123456789 ., -€$"]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(train_bpe([*TEXTS * 3, *GERMAN * 9, *ALPHABET], 260, tags=["<2de>"]))


def translate(
    tokenizer: Tokenizer,
    text: str,
    replies: dict[str, list[tuple[str, float]]],
    on_text: Any = None,
    direction: tuple[str, str] = ("en", "de"),
) -> tuple[str, list[str]]:
    """The translation, and the sources that the engine was asked for, of which it knows `replies`."""
    asked: list[str] = []

    def answer(tokens: list[int]) -> list[Scored]:
        asked.append(tokenizer.decode(tokens))
        hypotheses = replies.get(asked[-1], [("Leute", -9.0)])
        return [(tokenizer.encode(reply, placeholders=True), score) for reply, score in hypotheses]

    info = ModelInfo("t", "translation", "a", "", 1, list(direction), [], [direction], 60)
    engine = RepliesWith(info, tokenizer, answer, *([tokenizer.encode("Er")] if on_text else []))
    source, target = direction
    result = asyncio.run(engine.pipeline().translate(text, source=source, target=target, on_text=on_text))
    return result.translation, asked


def test_a_likelier_hypothesis_that_changes_a_fact_loses(tokenizer: Tokenizer) -> None:
    replies = {"He does not sleep.": [("Er schläft.", -0.1), ("Er schläft nicht.", -0.9)]}
    assert translate(tokenizer, "He does not sleep.", replies) == ("Er schläft nicht.", ["He does not sleep."])


def test_where_all_change_it_the_likeliest_is_taken(tokenizer: Tokenizer) -> None:
    replies = {"He does not sleep.": [("Er schläft.", -0.1), ("Ich sah.", -0.9)]}
    assert translate(tokenizer, "He does not sleep.", replies)[0] == "Er schläft."


def test_a_candidate_that_keeps_the_number_wins_however_likely_the_other(tokenizer: Tokenizer) -> None:
    masked, read = "<ph0> people", "twenty-five people"
    replies = {masked: [("<ph0> Leute", -5.0)], read: [("zwanzig Leute", -0.1)]}
    answer, asked = translate(tokenizer, "twenty-five people", replies)
    assert answer == "25 Leute"
    assert sorted(asked) == sorted([masked, read])
    replies[read] = [("fünfundzwanzig Leute", -0.1)]
    assert translate(tokenizer, "twenty-five people", replies)[0] == "fünfundzwanzig Leute"


def test_where_none_keeps_a_name_one_more_request_goes_around_it(tokenizer: Tokenizer) -> None:
    text = "Mrs. Young does sleep"
    replies = {
        text: [("Frau schläft", -0.1), ("Herr Young schläft", -0.2)],
        "<ph0> does sleep": [("<ph0> schläft", -8.0)],
    }
    assert translate(tokenizer, text, replies) == ("Frau Young schläft", [text, "<ph0> does sleep"])
    replies[text].append(("Frau Young schläft nicht", -3.0))  # changes a fact, too
    assert translate(tokenizer, text, replies)[0] == "Frau Young schläft"
    replies[text].append(("Frau Young schläft", -4.0))
    assert translate(tokenizer, text, replies) == ("Frau Young schläft", [text])


def test_an_enumeration_that_lost_an_item_is_translated_item_by_item(tokenizer: Tokenizer) -> None:
    text = "people, houses, it, sleep and people"
    translations = {"people": "Leute", "houses": "Häuser", "it": "Er.", "sleep": "schläft"}
    words = {word: [(translation, -1.0)] for word, translation in translations.items()}
    answer, asked = translate(tokenizer, text, {text: [("Leute, Häuser und Leute", -0.1)], **words})
    assert answer == "Leute, Häuser, Er, schläft und Leute"
    assert asked == [text, "people", "houses", "it", "sleep"]  # the same word is asked once
    whole = "Leute, Häuser, Er, schläft und Leute"
    assert translate(tokenizer, text, {text: [(whole, -0.1)], **words}) == (whole, [text])


def test_the_final_mark_of_an_enumeration_is_that_of_its_target() -> None:
    texts = ["people, houses, sleep, dogs and it. 人、房子、睡觉、狗和它。"] * 3
    tokenizer = Tokenizer(train_bpe(texts, 80, tags=["<2en>"]))
    items = {"人": "people", "房子": "houses", "睡觉": "sleep", "狗": "dogs", "它": "it"}
    words = {word: [(translation, -1.0)] for word, translation in items.items()}
    replies = {"人、房子、睡觉、狗和它。": [("people and people.", -0.1)], **words}
    answer, _ = translate(tokenizer, "人、房子、睡觉、狗和它。", replies, direction=("zh", "en"))
    assert answer == "people, houses, sleep, dogs and it."


def test_a_sentence_streams_unless_another_candidate_may_win(tokenizer: Tokenizer) -> None:
    streamed: list[str] = []
    replies = {"He does not sleep.": [("Er schläft.", -0.1), ("Er schläft nicht.", -0.9)]}
    assert translate(tokenizer, "He does not sleep.", replies, streamed.append)[0] == "".join(streamed)
    assert streamed[0] == "Er"
    streamed.clear()
    replies = {"Mrs. Young does sleep": [("Er schläft", -0.1)], "<ph0> does sleep": [("<ph0> schläft", -1.0)]}
    assert translate(tokenizer, "Mrs. Young does sleep", replies, streamed.append)[0] == "Frau Young schläft"
    assert streamed == ["Frau Young schläft"]


def test_a_word_in_capitals_that_the_model_knows_is_read_in_small_letters(tokenizer: Tokenizer) -> None:
    replies = {"People": [("Leute", -1.0)]}
    assert translate(tokenizer, "PEOPLE", replies) == ("LEUTE", ["People"])
    assert translate(tokenizer, "QXZV", {})[1] == ["QXZV"]
