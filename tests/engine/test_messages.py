from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine import messages
from app.engine.messages import (
    Cancel,
    Classified,
    Classify,
    Failed,
    Hello,
    ModelInfo,
    Partial,
    Ready,
    Score,
    ScoredTokens,
    Translate,
    Translated,
    request_tokens,
    unscored,
)
from app.text.decode_options import DecodeOptions

SCORES = [Score("bleu", 30.0, "news", ("en", "de")), Score("bleu", 31.0, "talks", ("en", "de"), "beam=4")]
INFO = ModelInfo("m", "translation", "a", "d", 5, ["en"], [], [("en", "de")], 9, "/folder")


@pytest.mark.parametrize(
    "message", [Hello(), Classify(1, "m", [1, 2]), Translate(2, "m", [3], 9, DecodeOptions(4), 2), Cancel(3)]
)
def test_to_engine_and_back(message: messages.ToEngine) -> None:
    assert messages.decode_to_engine(messages.encode([message])) == [message]


@pytest.mark.parametrize(
    "message",
    [
        Ready([INFO]),
        Ready([msgspec.structs.replace(INFO, scores=SCORES)]),
        Classified(1, [0.5, 0.5]),
        Translated(2, [ScoredTokens([1, 2], -0.5, [[0.5], [0.25]])]),
        Failed(3, "why"),
        Partial(4, [1]),
    ],
)
def test_to_front_and_back(message: messages.ToFront) -> None:
    assert messages.decode_to_front(messages.encode([message])) == [message]


@given(st.binary(max_size=200))
def test_garbage_is_refused_as_such(frame: bytes) -> None:
    for decode in (messages.decode_to_engine, messages.decode_to_front):
        with contextlib.suppress(msgspec.MsgspecError):
            decode(frame)


def test_a_request_costs_its_tokens_and_those_of_its_hypotheses() -> None:
    assert request_tokens(7) == 7
    assert request_tokens(7, DecodeOptions(1)) == 14
    assert request_tokens(7, DecodeOptions(4)) == 35


def test_the_values_of_a_model_by_metric_and_direction() -> None:
    info = msgspec.structs.replace(INFO, scores=SCORES)
    assert info.measured == {("bleu", ("en", "de")): {("news", ""): 30.0, ("talks", "beam=4"): 31.0}}
    assert INFO.measured == {}


def test_scores_tell_no_models_apart_for_a_restart_but_all_else_does() -> None:
    measured, other = (msgspec.structs.replace(INFO, **fields) for fields in ({"scores": SCORES}, {"digest": "x"}))
    assert unscored([measured]) == unscored([INFO]) != unscored([other])
