"""Pieces of explanations through the assembly of a translation, and through two models."""

from __future__ import annotations

import asyncio

import pytest

from app.engine.messages import ModelInfo
from app.pipeline.errors import PipelineError
from app.pipeline.explanation import Written, piece_of, through
from app.pipeline.marked import Assembly, Marked
from app.text.projection import Stretch
from tests.conftest import tiny_tokenizer
from tests.pipeline.engines import RepliesWith


def written(source: str, target: str, attention: list[list[float]]) -> Written:
    """With a token for each word."""
    tokens = words(target)
    return Written(words(source), tokens, attention, [-0.5] * len(tokens), [[0.25, 0.75]] * len(tokens))


def words(text: str) -> tuple[Stretch, ...]:
    found, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        found.append(Stretch(at, at + len(word)))
        at += len(word)
    return tuple(found)


def test_tokens_stay_at_their_words_in_an_assembly() -> None:
    source, translation = "  der Hund, die Katze", Assembly(0)
    for piece, target in (("der Hund", "the dog"), ("die Katze", "the cat")):
        one = written(piece, target, [[1.0, 0.0], [0.0, 1.0]])
        start = source.index(piece)
        translation.add(Marked(target + "!", written=(one,)).rewritten(target + ",").read_from(start))
        translation.add(Marked(" "))
    whole = translation.marked()
    pieces = [piece_of(source, whole.text, one) for one in whole.written]
    assert [[token.text for token in piece.source] for piece in pieces] == [["der", "Hund"], ["die", "Katze"]]
    assert [[token.text for token in piece.target] for piece in pieces] == [["the", "dog"], ["the", "cat"]]
    assert pieces[1].target[1].start == whole.text.index("cat")
    assert (pieces[0].target[0].update, pieces[0].target[0].reset) == (0.25, 0.75)


def test_a_way_through_two_models_ends_at_the_text() -> None:
    first = written("Katze die", "the cat", [[0.2, 0.8], [1.0, 0.0]])
    second = written("the cat", "le chat", [[0.75, 0.25], [0.0, 1.0]])
    (both,) = through([first], [second])
    assert both.source == first.source
    assert both.target == second.target
    assert both.attention[0] == pytest.approx([0.75 * 0.2 + 0.25, 0.75 * 0.8])
    assert both.attention[1] == pytest.approx([1.0, 0.0])


def test_tokens_between_that_are_cut_in_another_way_share_characters() -> None:
    first = written("a b", "x y", [[1.0, 0.0], [0.0, 1.0]])
    between = Written((Stretch(0, 3),), (Stretch(0, 1),), [[1.0]], [-1.0], [[0.5, 0.5]])  # one token for "x y"
    assert through([first], [between])[0].attention == [pytest.approx([0.5, 0.5])]


def test_a_piece_looks_through_the_pieces_that_it_overlaps() -> None:
    first = [written("a", "x", [[1.0]]), written("b", "y", [[1.0]]).moved(source=2, target=2)]
    one = written("y", "z", [[1.0]]).moved(source=2)
    assert through(first, [one])[0].source == (Stretch(2, 3),)
    lost = Written((), (Stretch(0, 1),), [[]], [-1.0], [[0.5, 0.5]])
    assert through(first, [lost])[0].attention == [[]]


@pytest.mark.parametrize("task", ["translation", "sentiment"])
def test_a_model_that_gives_none_is_named(task: str) -> None:
    info = ModelInfo("plain", task, "transformer", "", 1, ["en", "de"], ["good"], [("en", "de")], 40)
    pipeline = RepliesWith(info, tiny_tokenizer(), lambda tokens: []).pipeline()
    asked = (
        pipeline.translate("A man", source="en", target="de", explain=True)
        if task == "translation"
        else pipeline.sentiment("A man", language="en", explain=True)
    )
    with pytest.raises(PipelineError, match="model plain gives no explanations") as caught:
        asyncio.run(asked)  # type: ignore[arg-type]
    assert caught.value.kind == "not-explained"


def test_a_text_that_is_read_by_passages_is_not_explained() -> None:
    info = ModelInfo("small", "sentiment", "lstm", "", 1, ["en"], ["good"], [], 4, explains=True)
    asked = RepliesWith(info, tiny_tokenizer(), lambda tokens: []).pipeline().sentiment
    with pytest.raises(PipelineError, match="texts of at most 4 are explained") as caught:
        asyncio.run(asked("A man walks. A man runs. A man sleeps.", language="en", explain=True))
    assert caught.value.kind == "not-explained"
