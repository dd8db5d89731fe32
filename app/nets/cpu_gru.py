"""Layers that make training on a CPU fast: a GRU that computes the gradient of its weights in one product instead of
one for each step, attention as two products, and dropout that draws eight random bits for each number. In evaluation
and on other devices torch's own layers run, with the same results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

LEVELS = 256  # probabilities that a random byte can represent


class Recurrence(torch.autograd.Function):
    """One direction of a GRU layer over packed tokens (Cho et al. 2014, in the form of torch and cuDNN)."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, first: Tensor, weight: Tensor, bias: Tensor, sizes: list[int], backwards: bool
    ) -> tuple[Tensor, Tensor]:
        """`inputs` (tokens, 3 hidden) is the contribution of the input to the gates, `first` (batch, hidden) the
        initial state, `weight` and `bias` are those of the recurrence, `sizes` is the number of sequences at each step.
        Returns the outputs (tokens, hidden) and the last state (batch, hidden)."""
        hidden = first.shape[1]
        weight_dtype = weight.dtype  # float32, where `inputs` may be bfloat16
        weight, bias = weight.to(inputs.dtype), bias.to(inputs.dtype)
        state = first.to(inputs.dtype, copy=True)
        before, gates, recurrent, candidates, outputs = (
            inputs.new_empty(len(inputs), width) for width in (hidden, 2 * hidden, hidden, hidden, hidden)
        )
        for start, size in spans(sizes, backwards):
            tokens = slice(start, start + size)
            before[tokens] = state[:size]
            projected = torch.addmm(bias, before[tokens], weight.t())
            gate = torch.add(inputs[tokens, : 2 * hidden], projected[:, : 2 * hidden], out=gates[tokens]).sigmoid_()
            recurrent[tokens] = projected[:, 2 * hidden :]
            candidate = torch.addcmul(
                inputs[tokens, 2 * hidden :], gate[:, :hidden], recurrent[tokens], out=candidates[tokens]
            ).tanh_()
            state[:size] = torch.lerp(candidate, before[tokens], gate[:, hidden:], out=outputs[tokens])
        ctx.save_for_backward(before, gates, recurrent, candidates, weight)
        ctx.sizes, ctx.backwards, ctx.first, ctx.weights = sizes, backwards, first.dtype, weight_dtype
        return outputs, state

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        of_outputs, of_last = gradients
        before, gates, recurrent, candidates, weight = ctx.saved_tensors
        reset, update = gates.chunk(2, dim=1)
        # The factors from the gradient of a state to those of its gates depend on the forward pass alone.
        to_candidate = (1 - update) * (1 - candidates * candidates)
        to_projected = torch.stack(
            [
                to_candidate * recurrent * reset * (1 - reset),
                (before - candidates) * update * (1 - update),
                to_candidate * reset,
            ],
            dim=1,
        )  # (tokens, 3, hidden)
        of_states, of_projected = torch.empty_like(before), torch.empty_like(to_projected)
        of_state = of_last.to(before.dtype, copy=True)
        for start, size in spans(ctx.sizes, not ctx.backwards):
            tokens = slice(start, start + size)
            of_new = torch.add(of_state[:size], of_outputs[tokens], out=of_states[tokens])
            projected = torch.mul(of_new[:, None], to_projected[tokens], out=of_projected[tokens]).flatten(1)
            of_state[:size] = torch.addmm(of_new * update[tokens], projected, weight)
        of_projected = of_projected.flatten(1)
        of_inputs = torch.cat([of_projected[:, : -before.shape[1]], of_states * to_candidate], dim=1)
        of_weight = (of_projected.t() @ before).to(ctx.weights)
        of_bias = of_projected.sum(dim=0, dtype=ctx.weights)
        return of_inputs, of_state.to(ctx.first), of_weight, of_bias, None, None


def spans(sizes: list[int], backwards: bool) -> Iterator[tuple[int, int]]:
    """The first token of each step and the number of its tokens, in the order of the recurrence."""
    starts = [0]
    for size in sizes[:-1]:
        starts.append(starts[-1] + size)
    steps = list(zip(starts, sizes, strict=True))
    return reversed(steps) if backwards else iter(steps)


def gru_packed(gru: nn.GRU, packed: PackedSequence) -> tuple[PackedSequence, Tensor]:
    """The same result as `gru(packed)`."""
    if not in_training(gru, packed.data):
        result: tuple[PackedSequence, Tensor] = gru(packed)
        return result
    data, sizes = packed.data, packed.batch_sizes.tolist()
    directions = 2 if gru.bidirectional else 1
    last = []
    for layer in range(gru.num_layers):
        if layer:
            data = dropout(data, gru.dropout)
        sides = []
        for direction in range(directions):
            first = data.new_zeros(sizes[0], gru.hidden_size)
            outputs, state = recur(gru, data, first, sizes, layer, direction)
            sides.append(outputs)
            last.append(state if packed.unsorted_indices is None else state[packed.unsorted_indices])
        data = torch.cat(sides, dim=1)
    return packed._replace(data=data), torch.stack(last)


def gru_padded(gru: nn.GRU, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """The same result as `gru(inputs, state)` of a `batch_first` layer: inputs (batch, steps, inputs), state (1,
    batch, hidden)."""
    if not in_training(gru, inputs):
        result: tuple[Tensor, Tensor] = gru(inputs, state)
        return result
    batch, steps, _ = inputs.shape
    tokens = inputs.transpose(0, 1).flatten(0, 1)  # (steps * batch, inputs)
    outputs, last = recur(gru, tokens, state[0], [batch] * steps)
    return outputs.view(steps, batch, -1).transpose(0, 1), last[None]


def recur(
    gru: nn.GRU, tokens: Tensor, first: Tensor, sizes: list[int], layer: int = 0, direction: int = 0
) -> tuple[Tensor, Tensor]:
    """The outputs (tokens, hidden) and last state (batch, hidden) of one direction of one layer."""
    place = layer * (2 if gru.bidirectional else 1) + direction
    of_inputs, recurrent, bias_of_inputs, bias = gru.all_weights[place]
    inputs = nn.functional.linear(tokens, of_inputs, bias_of_inputs)
    result: tuple[Tensor, Tensor] = Recurrence.apply(  # type: ignore[no-untyped-call]
        inputs, first, recurrent, bias, sizes, bool(direction)
    )
    return result


class Dropout(nn.Dropout):
    """Dropout; training on a CPU rounds its probability to a 256th."""

    def forward(self, inputs: Tensor) -> Tensor:
        return dropout(inputs, self.p) if in_training(self, inputs) else super().forward(inputs)


def dropout(inputs: Tensor, probability: float) -> Tensor:
    levels = round(LEVELS * probability)
    if levels in (0, LEVELS):
        return nn.functional.dropout(inputs, levels / LEVELS)
    count = inputs.numel()
    random = torch.empty((count + 7) // 8, dtype=torch.int64).random_(-(2**63), None)  # eight bytes each
    mask = (random.view(torch.uint8)[:count] >= levels).view(inputs.shape)
    return inputs * mask.to(inputs.dtype).mul_(LEVELS / (LEVELS - levels))


def attend(module: nn.Module, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """`scaled_dot_product_attention` of queries (batch, heads, steps, width) over keys and values (batch, heads, time,
    width) where mask (batch, 1, 1, time) is true. The kernel of torch is made for long sequences: over sentences, two
    plain products compute the gradient in a third of the time."""
    if not in_training(module, queries):
        return nn.functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
    scores = (queries * queries.shape[-1] ** -0.5) @ keys.transpose(2, 3)
    context: Tensor = scores.masked_fill(~mask, float("-inf")).softmax(dim=-1) @ values
    return context


def in_training(module: nn.Module, inputs: Tensor) -> bool:
    """Whether a module is being trained on a CPU."""
    return module.training and inputs.device.type == "cpu"
