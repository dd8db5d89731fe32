"""The layers for training on a CPU compute the same outputs and gradients as those of torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from app.nets.cpu_gru import Dropout, attend, gru_packed, gru_padded

BATCH, STEPS, INPUTS, HIDDEN = 4, 6, 7, 5
LENGTHS = torch.tensor([3, 6, 1, 5])


def gradients(layer: nn.GRU, leaves: list[Tensor], found: tuple[Tensor, Tensor]) -> list[Tensor]:
    outputs, last = found
    loss = outputs.sin().sum() + last.cos().sum()
    return [outputs, last, *torch.autograd.grad(loss, [*leaves, *layer.parameters()])]


def same(ours: list[Tensor], theirs: list[Tensor]) -> bool:
    return all(torch.allclose(a, b, atol=1e-12) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(("layers", "bidirectional"), [(1, False), (1, True), (2, True), (3, False)])
def test_a_packed_gru_is_that_of_torch(layers: int, bidirectional: bool) -> None:
    torch.manual_seed(layers)
    gru = nn.GRU(INPUTS, HIDDEN, num_layers=layers, bidirectional=bidirectional, batch_first=True).double()
    inputs = torch.randn(BATCH, STEPS, INPUTS, dtype=torch.double, requires_grad=True)

    def run(call: Callable[[Any], Any]) -> list[Tensor]:
        packed, last = call(pack_padded_sequence(inputs, LENGTHS, batch_first=True, enforce_sorted=False))
        return gradients(gru, [inputs], (packed.data, last))

    assert same(run(lambda packed: gru_packed(gru, packed)), run(gru))


def test_a_padded_gru_is_that_of_torch() -> None:
    torch.manual_seed(1)
    gru = nn.GRU(INPUTS, HIDDEN, batch_first=True).double()
    inputs = torch.randn(BATCH, STEPS, INPUTS, dtype=torch.double, requires_grad=True)
    state = torch.randn(1, BATCH, HIDDEN, dtype=torch.double, requires_grad=True)
    ours = gradients(gru, [inputs, state], gru_padded(gru, inputs, state))
    assert same(ours, gradients(gru, [inputs, state], gru(inputs, state)))


def test_in_bfloat16_the_weights_get_gradients_of_their_own_precision() -> None:
    torch.manual_seed(1)
    gru = nn.GRU(INPUTS, HIDDEN, batch_first=True)
    inputs, state = torch.randn(BATCH, STEPS, INPUTS), torch.zeros(1, BATCH, HIDDEN)
    exact = gradients(gru, [], gru(inputs, state))
    with torch.autocast("cpu", torch.bfloat16):
        outputs, last = gru_padded(gru, inputs, state)
        assert outputs.dtype == torch.bfloat16
        rough = gradients(gru, [], (outputs.float(), last.float()))
    for a, b in zip(rough, exact, strict=True):
        assert a.dtype == torch.float32
        assert (a - b).norm() < 0.05 * b.norm()


@pytest.mark.parametrize("training", [True, False])
def test_attention_is_that_of_torch_and_blind_to_padding(training: bool) -> None:
    torch.manual_seed(1)
    heads, width = 2, 4
    shapes = [(BATCH, heads, time, width) for time in (3, STEPS, STEPS)]
    leaves = [torch.randn(shape, dtype=torch.double, requires_grad=True) for shape in shapes]
    mask = (torch.arange(STEPS) < LENGTHS[:, None])[:, None, None]
    ours = attend(nn.Identity().train(training), *leaves, mask)
    theirs = nn.functional.scaled_dot_product_attention(*leaves, attn_mask=mask)

    def gradients_of(found: Tensor) -> list[Tensor]:
        return [found, *torch.autograd.grad(found.sin().sum(), leaves)]

    found = gradients_of(ours)
    assert same(found, gradients_of(theirs))
    keys = found[2]
    assert (keys[0, :, LENGTHS[0] :] == 0).all()
    assert (keys[0, :, : LENGTHS[0]] != 0).any()


def test_dropout_keeps_the_mean_and_draws_anew() -> None:
    layer, ones = Dropout(0.3), torch.ones(300, 1001)
    torch.manual_seed(1)
    first, second = layer(ones), layer(ones)
    assert first.mean() == pytest.approx(1, abs=0.01)
    assert (first == 0).float().mean() == pytest.approx(0.3, abs=0.005)
    assert not torch.equal(first, second)
    torch.manual_seed(1)
    assert torch.equal(layer(ones), first)  # a run that goes on draws the same
    assert torch.equal(layer.eval()(ones), ones)
    assert (Dropout(1.0)(ones) == 0).all()
    assert torch.equal(Dropout(0.0)(ones), ones)
