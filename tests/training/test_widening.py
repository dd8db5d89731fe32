from __future__ import annotations

from pathlib import Path

import pytest
import torch

from app.nets.modules import build_model, load_model, save_model
from app.nets.recurrent import pad
from app.nets.translator import BOS, EOS, GruTranslator
from app.training.run import take_weights
from app.training.widening import widen, widened
from tests.conftest import tiny_tokenizer, tiny_translator_config
from tests.nets.test_translator import BATCH, translator

WRITTEN = [[BOS, 4, 5, 6], [BOS, 9, 8, 7], [BOS, 3, 3, 3]]


@pytest.mark.parametrize("hidden", [11, 16, 20])
@pytest.mark.parametrize("sizes", [{}, {"encoder_layers": 2, "heads": 1}])
def test_a_widened_translator_computes_the_same(sizes: dict[str, object], hidden: int) -> None:
    narrow = translator(**sizes)
    wide = build_model(tiny_translator_config(30, **{**sizes, "hidden": hidden}))
    wide.load_state_dict(widened(narrow, hidden))
    source, lengths = pad(BATCH)
    target, _ = pad(WRITTEN)
    torch.testing.assert_close(wide.eval()(source, lengths, target), narrow(source, lengths, target))


def test_copies_part_in_training() -> None:
    narrow = translator()
    wide = build_model(tiny_translator_config(30, hidden=20, dropout=0.0))
    assert isinstance(wide, GruTranslator)
    wide.load_state_dict(widened(narrow, 20))
    source, lengths = pad(BATCH)
    target, _ = pad(WRITTEN)
    wide(source, lengths, target[:, :-1], target[:, 1:]).backward()
    gradient = wide.query_gru.weight_ih_l0.grad
    assert gradient is not None
    weight = wide.query_gru.weight_ih_l0
    copied = [(i, j) for i in range(20) for j in range(i) if torch.equal(weight[i], weight[j])]
    assert len(copied) == 10
    assert not any(torch.allclose(gradient[i], gradient[j], rtol=0.01, atol=0) for i, j in copied)


def test_shares_of_a_unit_make_one() -> None:
    units = widen(6, 9)
    assert torch.zeros(6).index_add(0, units.origin, units.share).tolist() == pytest.approx([1] * 6)
    for wide in (5, 13):
        with pytest.raises(ValueError, match="up to 12"):
            widen(6, wide)


def test_a_run_begins_with_a_narrower_model(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    torch.manual_seed(2)
    narrow, wide = (build_model(tiny_translator_config(tokenizer.size, hidden=hidden)) for hidden in (10, 16))
    save_model(narrow, tokenizer.json, tmp_path, dtype=torch.float32)

    class Wide:
        model = wide

    take_weights(Wide(), tokenizer, tmp_path)  # type: ignore[arg-type]
    source, lengths = pad([[5, 6, EOS]])
    target, _ = pad([[BOS, 7]])
    narrow = load_model(tmp_path)
    torch.testing.assert_close(wide.eval()(source, lengths, target), narrow(source, lengths, target))


def test_a_run_begins_with_a_model_of_fewer_encoder_layers(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    shallow, deep = (build_model(tiny_translator_config(tokenizer.size, encoder_layers=layers)) for layers in (1, 2))
    save_model(shallow, tokenizer.json, tmp_path, dtype=torch.float32)

    class Deep:
        model = deep

    fresh = {name: weight.clone() for name, weight in deep.state_dict().items()}
    take_weights(Deep(), tokenizer, tmp_path)  # type: ignore[arg-type]
    begun, known = deep.state_dict(), shallow.state_dict()
    assert all(torch.equal(begun[name], known.get(name, fresh[name])) for name in begun)
    assert len(begun) == len(known) + 8  # weights and biases of both directions
