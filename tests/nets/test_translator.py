from __future__ import annotations

import itertools

import pytest
import torch

from app.nets.modules import build_model
from app.nets.recurrent import pad
from app.nets.translator import BOS, EOS, GruTranslator
from app.runtime.decoding import translate
from app.runtime.torch import TorchTranslator
from tests.conftest import tiny_translator_config

BATCH = [[5, EOS], [7, 8, 9, 10, 11, 12, 13, EOS], [6, 6, 6, EOS]]


def translator(vocabulary: int = 30, **sizes: object) -> GruTranslator:
    torch.manual_seed(5)
    model = build_model(tiny_translator_config(vocabulary, **sizes))
    assert isinstance(model, GruTranslator)
    with torch.no_grad():
        model.output_bias.normal_(std=1.5)  # random weights alone would give near ties
    return model.eval()


@pytest.mark.parametrize("beam", [1, 3])
@pytest.mark.parametrize("sizes", [{}, {"encoder_layers": 2, "heads": 1}])
def test_company_never_changes_a_translation(beam: int, sizes: dict[str, object]) -> None:
    model = translator(**sizes)
    together = translate(TorchTranslator(model), BATCH, beam=beam, max_tokens=[12] * 3, alternatives=beam)
    for found, source in zip(together, BATCH, strict=True):
        alone = translate(TorchTranslator(model), [source], beam=beam, max_tokens=[12], alternatives=beam)[0]
        assert [tokens for tokens, *_ in found] == [tokens for tokens, *_ in alone]
        assert [score for _, score, *_ in found] == pytest.approx([score for _, score, *_ in alone], abs=1e-5)


def test_step_by_step_is_all_at_once() -> None:
    """Decoding token by token computes the same as training over all steps at once."""
    model = translator()
    source, lengths = pad(BATCH)
    target, _ = pad([[BOS, 4, 5, 6], [BOS, 9, 8, 7], [BOS, 3, 3, 3]])
    whole = model(source, lengths, target)
    memory, state = model.encode(source, lengths)
    for step in range(target.shape[1]):
        features, state = model.decode(target[:, step : step + 1], state, memory)
        logits = model.logits(features)
        torch.testing.assert_close(logits[:, 0], whole[:, step], atol=1e-5, rtol=1e-5)


@torch.no_grad()
def log_probability(model: GruTranslator, source: list[int], target: list[int]) -> float:
    tokens, lengths = pad([source])
    logits = model(tokens, lengths, torch.tensor([[BOS, *target[:-1]]]))[0].log_softmax(-1)
    return float(sum(logits[step, word] for step, word in enumerate(target)))


def test_a_beam_as_wide_as_the_space_finds_the_best() -> None:
    """Against every translation of up to three tokens of a tiny vocabulary, scored one by one."""
    model = translator(vocabulary=7)
    source = [5, 6, EOS]
    tokens = [token for token in range(7) if token != EOS]
    candidates = [
        [*middle, EOS] for length in range(3) for middle in itertools.product(tokens, repeat=length)
    ]  # ended within three steps
    best = max(candidates, key=lambda target: log_probability(model, source, target) / len(target))
    found = translate(TorchTranslator(model), [source], beam=49, max_tokens=[3], alternatives=1)[0][0]
    assert [*found[0], EOS] == best
    assert found[1] == pytest.approx(log_probability(model, source, best) / len(best), abs=1e-5)


@torch.no_grad()
def test_only_tokens_of_the_target_vocabulary_are_written() -> None:
    """As if all others were impossible."""
    model, whole = translator(target_vocabulary=11), translator()
    whole.load_state_dict(model.state_dict())
    source, lengths = pad(BATCH)
    target, _ = pad([[BOS, 4, 5], [BOS, 9, 8], [BOS, 3, 3]])
    logits = model(source, lengths, target)
    torch.testing.assert_close(logits, whole(source, lengths, target)[..., :11])
    whole.output_bias[11:] = -1e9
    found, expected = (
        translate(TorchTranslator(one), BATCH, beam=3, max_tokens=[12] * 3, alternatives=3) for one in (model, whole)
    )
    for one, other in zip(found, expected, strict=True):
        assert [tokens for tokens, *_ in one] == [tokens for tokens, *_ in other]
    with pytest.raises(ValueError, match="target_vocabulary 31 is more than vocabulary 30"):
        translator(target_vocabulary=31)


def test_greedy_takes_the_likeliest_token_each_time() -> None:
    model = translator()
    repeating = [6, 6, 6, 6, EOS]  # so that the translation may repeat itself too
    tokens, *_ = translate(TorchTranslator(model), [repeating], beam=1, max_tokens=[9])[0][0]
    source, lengths = pad([repeating])
    logits = model(source, lengths, torch.tensor([[BOS, *tokens]]))[0]
    expected = [*tokens, EOS] if len(tokens) < 9 else tokens
    assert logits.argmax(-1).tolist()[: len(expected)] == expected


def test_each_sentence_has_its_own_limit() -> None:
    model = translator()
    with torch.no_grad():
        model.output_bias[EOS] = -1e9  # never ends by itself
    repeating = [[*source[:1] * 4, EOS] for source in BATCH]
    found = translate(TorchTranslator(model), repeating, beam=2, max_tokens=[1, 7, 3])
    assert [len(hypotheses[0].tokens) for hypotheses in found] == [1, 7, 3]


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ValueError, match="heads 3"):
        translator(heads=3)
