"""The loss that keeps no logits is torch's, and so are its gradients."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from app.nets import output_loss
from app.nets.output_loss import cross_entropy

BATCH, STEPS, WIDTH, WORDS = 3, 9, 5, 17


def leaves(dtype: torch.dtype = torch.double) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(1)
    features, weight, bias = torch.randn(BATCH, STEPS, WIDTH), torch.randn(WORDS, WIDTH), torch.randn(WORDS)
    return features.to(dtype).requires_grad_(), weight.to(dtype).requires_grad_(), bias.to(dtype).requires_grad_()


def wanted_tokens() -> Tensor:
    wanted = torch.arange(BATCH * STEPS).view(BATCH, STEPS) % WORDS  # 0 is padding
    wanted[1, 4:] = 0
    return wanted


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("tokens", [1, 7, 512])
def test_loss_and_gradients_are_those_of_torch(monkeypatch: pytest.MonkeyPatch, tokens: int, smoothing: float) -> None:
    monkeypatch.setattr(output_loss, "TOKENS", tokens)
    features, weight, bias = inputs = leaves()
    wanted = wanted_tokens()
    ours = 3 * cross_entropy(features, weight, bias, wanted, smoothing)
    theirs = 3 * nn.functional.cross_entropy(
        nn.functional.linear(features, weight, bias).flatten(0, 1),
        wanted.flatten(),
        ignore_index=0,
        label_smoothing=smoothing,
    )
    torch.testing.assert_close(ours, theirs)
    for one, other in zip(torch.autograd.grad(ours, inputs), torch.autograd.grad(theirs, inputs), strict=True):
        torch.testing.assert_close(one, other)


def test_a_token_with_probability_zero_has_a_finite_loss() -> None:
    features, bias = torch.ones(1, 1, 1), torch.tensor([0.0, 0.0, -300.0])
    loss = cross_entropy(features, torch.zeros(3, 1), bias, torch.tensor([[2]]))
    assert loss.item() == pytest.approx(300.69, abs=0.01)  # its chance, exp(-300) / 2, is 0 in float32


def test_nothing_but_padding_costs_nothing() -> None:
    features, weight, bias = leaves()
    loss = cross_entropy(features, weight, bias, torch.zeros(BATCH, STEPS, dtype=torch.long))
    assert loss.item() == 0
    assert not torch.autograd.grad(loss, weight)[0].any()


def test_in_bfloat16_the_weights_get_gradients_of_their_own_precision() -> None:
    features, weight, bias = leaves(torch.float32)
    wanted = wanted_tokens()
    exact = torch.autograd.grad(cross_entropy(features, weight, bias, wanted), (weight, bias))
    with torch.autocast("cpu", torch.bfloat16):
        rough = torch.autograd.grad(cross_entropy(features.bfloat16(), weight, bias, wanted), (weight, bias))
    for a, b in zip(rough, exact, strict=True):
        assert a.dtype == torch.float32
        assert (a - b).norm() < 0.05 * b.norm()
