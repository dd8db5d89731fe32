"""The loss of an output layer over a large vocabulary, computed without storing the logits of a whole batch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

TOKENS = 512  # per chunk, so that its logits stay in the CPU's cache


def cross_entropy(features: Tensor, weight: Tensor, bias: Tensor, wanted: Tensor, smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy, with label smoothing (Szegedy et al. 2016), of the linear layer of `weight` (vocabulary,
    width) and `bias` (vocabulary) over features (batch, steps, width). `wanted` (batch, steps) are the target tokens;
    padding (0) does not count.
    """
    if features.device.type == "cpu":
        real = wanted != 0
        loss: Tensor = OutputLoss.apply(  # type: ignore[no-untyped-call]
            features[real], weight, bias, wanted[real], smoothing
        )
        return loss
    # A GPU computes padding too: selecting the real tokens would make the CPU wait for the mask.
    logits = nn.functional.linear(features.flatten(0, 1), weight, bias).float()
    return nn.functional.cross_entropy(logits, wanted.flatten(), ignore_index=0, label_smoothing=smoothing)


class OutputLoss(torch.autograd.Function):
    """Computes loss and gradients together, chunk by chunk, in the forward pass. The share of a gradient that label
    smoothing adds is the same for every token of the vocabulary, so it is added once, outside the loop."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, wanted: Tensor, smoothing: float) -> Tensor:
        vocabulary, tokens = len(weight), max(len(wanted), 1)
        rows = weight.to(features.dtype)
        mean = weight.mean(dim=0)  # (width): the direction in which smoothing changes every logit
        of_features, of_weight, of_bias = torch.empty_like(features), torch.zeros_like(weight), torch.zeros_like(bias)
        loss = features.new_zeros((), dtype=weight.dtype)
        parts = zip(*(torch.split(of_all, TOKENS) for of_all in (features, wanted, of_features)), strict=True)
        for part, target, of_part in parts:
            logits = torch.addmm(bias.to(rows.dtype), part, rows.t()).to(weight.dtype)  # (part, vocabulary)
            highest = logits.amax(dim=1, keepdim=True)  # `max`, which also finds the index, takes eight times as long
            right = logits.gather(1, target[:, None])
            chances = torch.softmax(logits, dim=1)
            total = highest - chances.amax(dim=1, keepdim=True).log()  # log-sum-exp, safe from underflow
            average = part.to(weight.dtype) @ mean + bias.mean()
            loss += total.sum() - (1 - smoothing) * right.sum() - smoothing * average.sum()
            chances.scatter_add_(1, target[:, None], torch.full_like(right, smoothing - 1))
            of_bias += chances.sum(dim=0)
            chances = chances.to(rows.dtype)
            torch.mm(chances, rows, out=of_part)
            of_weight += chances.t() @ part
        of_features -= (smoothing * mean).to(of_features.dtype)
        of_weight -= features.sum(dim=0, dtype=weight.dtype) * (smoothing / vocabulary)
        of_bias -= smoothing * len(wanted) / vocabulary
        ctx.save_for_backward(of_features / tokens, of_weight / tokens, of_bias / tokens)
        return loss / tokens

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        of_loss = gradients[0]
        of_features, of_weight, of_bias = ctx.saved_tensors
        return of_features * of_loss.to(of_features.dtype), of_weight * of_loss, of_bias * of_loss, None, None
