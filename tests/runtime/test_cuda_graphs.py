"""Decode steps in the buffers of a ladder of shapes; without a GPU they run in the same buffers, uncaptured."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
import pytest
import torch

from app.nets.modules import load_model, stored_form
from app.nets.translator import EOS, GruTranslator
from app.runtime import cuda_graphs
from app.runtime.beam_search import Sentence
from app.runtime.cuda_graphs import LENGTHS, RUNGS, run_again, rung
from app.runtime.decoding import SlotDecoding, translate
from app.runtime.device import DeviceLost
from app.runtime.factory import runtime_of
from app.runtime.torch import CapturedTranslator, TorchTranslator, dtype_of
from app.settings import SHIPPED_MODELS
from app.text.tokenizer import Tokenizer, target_tag
from tests.nets.test_classifier import classifier
from tests.nets.test_translator import translator

SENTENCES = ["A man is running.", "Two dogs play in the snow.", "Yes.", "A woman in a red dress is singing on a stage."]
SOURCES = [[5, EOS], [7, 8, 9, 10, 11, 12, 13, EOS], [6, 9, 6, EOS], [*range(4, 28), EOS], [14, EOS], [8, 8, EOS]]
LIMITS = [12, 3, 9, 15, 1, 7]


def found_by(runtime: TorchTranslator, beam: int) -> list[list[list[int]]]:
    """The translations of a decode in which sentences join, leave and are dropped at several steps."""
    decoding = SlotDecoding(runtime, beam)
    arrivals = {0: [0, 1], 2: [2, 3, 4], 5: [5]}
    found: dict[int, list[list[int]]] = {}
    step = 0
    while len(decoding) or step <= max(arrivals):
        if new := arrivals.get(step):
            decoding.join([SOURCES[n] for n in new], [Sentence(n, LIMITS[n], beam) for n in new])
        if step == 6:
            decoding.drop(3)
        found |= {key: [tokens for tokens, *_ in scored] for key, scored in decoding.step()}
        step += 1
    return [found[n] for n in (0, 1, 2, 4, 5)]


@pytest.mark.parametrize("beam", [1, 3, 5])
@pytest.mark.parametrize("sizes", [{}, {"encoder_layers": 2, "heads": 1}])
def test_sentences_that_join_and_leave_get_the_same_result_as_without_a_ladder(
    beam: int, sizes: dict[str, object]
) -> None:
    model = translator(**sizes)
    captured = CapturedTranslator(model)
    assert found_by(captured, beam) == found_by(TorchTranslator(model), beam)
    assert {shape.sentences for shape in captured.graphs.by_shape} >= {2, 6}  # 5 sentences ran in a rung of 6


@pytest.mark.parametrize("beam", [1, 4])
def test_the_shipped_translator_says_the_same_token_for_token(beam: int) -> None:
    sources, model = shipped()
    limits = [40] * len(sources)
    captured = translate(CapturedTranslator(model), sources, beam=beam, max_tokens=limits, alternatives=beam)
    eager = translate(TorchTranslator(model), sources, beam=beam, max_tokens=limits, alternatives=beam)
    for one, other in zip(captured, eager, strict=True):
        assert [tokens for tokens, *_ in one] == [tokens for tokens, *_ in other]
        assert [score for _, score, *_ in one] == pytest.approx([score for _, score, *_ in other], abs=1e-4)


def shipped() -> tuple[list[list[int]], GruTranslator]:
    folder = SHIPPED_MODELS / "translation-en-de"
    model, tokenizer = load_model(folder), Tokenizer.load(folder / "tokenizer.json")
    assert isinstance(model, GruTranslator)
    return [[tokenizer.id_of(target_tag("de")), *tokenizer.encode(text), EOS] for text in SENTENCES], model


def test_two_decodes_in_turn_do_not_see_each_other() -> None:
    """Both use the same buffers, one step each."""
    model = translator()
    captured = CapturedTranslator(model)
    pairs = SOURCES[:2], SOURCES[2:4]
    decodings = [SlotDecoding(captured, 2) for _ in pairs]
    for decoding, sources in zip(decodings, pairs, strict=True):
        decoding.join(sources, [Sentence(n, 9) for n in range(2)])
    results: list[dict[int, list[int]]] = [{}, {}]
    while any(map(len, decodings)):
        for decoding, result in zip(decodings, results, strict=True):
            if len(decoding):
                result |= {key: scored[0][0] for key, scored in decoding.step()}
    for sources, result in zip(pairs, results, strict=True):
        alone = translate(TorchTranslator(model), sources, beam=2, max_tokens=[9, 9])
        assert [result[n] for n in range(2)] == [scored[0][0] for scored in alone]


def test_nan_stays_with_its_own_sentence() -> None:
    """A memory that overflowed leaves nothing in the buffers for the next sentences."""
    captured = CapturedTranslator(translator())
    spoiled = captured.encode([SOURCES[3]], 1)
    spoiled.values = torch.full_like(spoiled.values, torch.nan)
    captured.step(spoiled, np.array([[2]]), 2)
    clean = captured.encode([[*range(4, 20), EOS]], 1)
    best, _ = captured.step(clean, np.array([[2]]), 2)
    assert len(captured.graphs.by_shape) == 1
    assert np.isfinite(best).all()


def test_each_shape_is_captured_once_and_the_oldest_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    captures = []

    def counting(work: Callable[[], None]) -> Callable[[], None]:
        captures.append(work)
        return run_again(work)

    monkeypatch.setattr(cuda_graphs, "MOST_GRAPHS", 2)
    captured = CapturedTranslator(translator(), counting)
    for count, expected in ((1, 1), (1, 1), (2, 2), (1, 2), (4, 3), (1, 3), (2, 4)):
        slots = captured.encode(SOURCES[:count], 1)
        captured.step(slots, np.full((count, 1), 2), 2)
        assert len(captures) == expected
        assert len(captured.graphs.by_shape) <= 2


def test_without_a_capture_it_goes_on_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    def failing(work: Callable[[], None]) -> Callable[[], None]:
        raise RuntimeError("operation not permitted when stream is capturing")

    model = translator()
    with caplog.at_level(logging.WARNING):
        assert found_by(CapturedTranslator(model, failing), 2) == found_by(TorchTranslator(model), 2)
    assert [record.message.count("not permitted") for record in caplog.records] == [1]


def test_too_little_memory_for_a_graph_is_for_the_runner_to_solve() -> None:
    def failing(work: Callable[[], None]) -> Callable[[], None]:
        raise torch.OutOfMemoryError("no memory")

    captured = CapturedTranslator(translator(), failing)
    with pytest.raises(torch.OutOfMemoryError):
        captured.step(captured.encode(SOURCES[:1], 1), np.array([[2]]), 2)
    assert captured.graphs.usable


def test_a_device_that_breaks_during_a_capture_is_not_used_without_graphs() -> None:
    def failing(work: Callable[[], None]) -> Callable[[], None]:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    captured = CapturedTranslator(translator(), failing)
    with pytest.raises(DeviceLost):
        captured.step(captured.encode(SOURCES[:1], 1), np.array([[2]]), 2)


def test_shapes_above_the_ladder_run_without_graphs() -> None:
    model = translator()
    captured = CapturedTranslator(model)
    long = [[5] * (LENGTHS[-1] + 1)]
    assert translate(captured, long, beam=1, max_tokens=[5]) == translate(
        TorchTranslator(model), long, beam=1, max_tokens=[5]
    )
    assert not captured.graphs.by_shape
    assert rung(RUNGS[-1] + 1, RUNGS) is None
    assert [rung(n, RUNGS) for n in (1, 5, 1024)] == [1, 6, 1024]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_agrees_with_float32(dtype: torch.dtype) -> None:
    """bfloat16 has 8 bits: probabilities within 0.02, log probabilities of the likeliest tokens within 0.15. float16 is
    held to a fifth of that."""
    tolerance = 1.0 if dtype == torch.bfloat16 else 0.2
    rows = [[5], [7, 8, 9, 10, 11, 12, 13], [6, 6, 6]]
    expected = classifier().classify(rows)
    half = runtime_of(stored_form(classifier()), "torch", precision=str(dtype).removeprefix("torch."))
    np.testing.assert_allclose(half.classify(rows), expected, atol=0.02 * tolerance)
    sources, model = shipped()
    whole = TorchTranslator(model)
    slots = whole.encode(sources, 1)
    best, ids = whole.step(slots, np.full((len(sources), 1), 2), 4)
    halved = CapturedTranslator(shipped()[1].to(dtype))
    half_best, half_ids = halved.step(halved.encode(sources, 1), np.full((len(sources), 1), 2), 16)
    assert half_best.dtype == np.float32
    for row in range(len(sources)):
        found = dict(zip(half_ids[row, 0].tolist(), half_best[row, 0].tolist(), strict=True))
        for word, value in zip(ids[row, 0].tolist(), best[row, 0].tolist(), strict=True):
            assert found[word] == pytest.approx(value, abs=0.15 * tolerance * max(1.0, abs(value) / 4))


def test_half_precision_translates_alike() -> None:
    sources, model = shipped()
    limits = [40] * len(sources)
    whole = translate(TorchTranslator(model), sources, beam=4, max_tokens=limits)
    half = translate(CapturedTranslator(shipped()[1].to(torch.bfloat16)), sources, beam=4, max_tokens=limits)
    assert sum(one[0][0] == other[0][0] for one, other in zip(whole, half, strict=True)) >= len(sources) - 1


def test_the_precision_is_by_device_unless_it_is_set() -> None:
    assert dtype_of("auto", torch.device("cuda:0")) == torch.float16
    assert dtype_of("auto", torch.device("cpu")) == torch.float32
    assert dtype_of("bfloat16", torch.device("cpu")) == torch.bfloat16
    with pytest.raises(ValueError, match="float16 needs the runtime torch"):
        runtime_of(stored_form(classifier()), "onnx", precision="float16")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("beam", [1, 4])
def test_on_a_gpu_captured_is_eager(beam: int) -> None:
    model = translator().to("cuda")
    captured = runtime_of(stored_form(model), "torch", "cuda")
    assert isinstance(captured, CapturedTranslator)
    assert found_by(captured, beam) == found_by(TorchTranslator(model), beam)
    assert captured.graphs.usable
    assert captured.graphs.by_shape
