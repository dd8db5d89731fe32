"""What makes training on a processor fast: a GRU that sums the gradient of its weights in one product instead of one a
step, attention as two products, and dropout from eight random bits a number. The layers of torch compute the same, and
serve everywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

LEVELS = 256  # of chance that a byte can tell apart


class Recurrence(torch.autograd.Function):
    """One direction of a GRU layer over packed tokens (Cho et al. 2014, in the form of torch and cuDNN)."""

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, first: Tensor, weight: Tensor, bias: Tensor, sizes: list[int], backwards: bool
    ) -> tuple[Tensor, Tensor]:
        """inputs (tokens, 3 hidden) is what the gates get from the input, first (batch, hidden), weight and bias those
        of the recurrence, sizes the number of sequences that reach each step. Returns the outputs (tokens, hidden) and
        the last state (batch, hidden)."""
        hidden = first.shape[1]
        kept = weight.dtype  # float32, where `inputs` may be bfloat16
        weight, bias = weight.to(inputs.dtype), bias.to(inputs.dtype)
        state = first.to(inputs.dtype, copy=True)
        before, gates, recalled, candidates, outputs = (
            inputs.new_empty(len(inputs), width) for width in (hidden, 2 * hidden, hidden, hidden, hidden)
        )
        for start, size in spans(sizes, backwards):
            tokens = slice(start, start + size)
            before[tokens] = state[:size]
            asked = torch.addmm(bias, before[tokens], weight.t())
            gate = torch.add(inputs[tokens, : 2 * hidden], asked[:, : 2 * hidden], out=gates[tokens]).sigmoid_()
            recalled[tokens] = asked[:, 2 * hidden :]
            candidate = torch.addcmul(
                inputs[tokens, 2 * hidden :], gate[:, :hidden], recalled[tokens], out=candidates[tokens]
            ).tanh_()
            state[:size] = torch.lerp(candidate, before[tokens], gate[:, hidden:], out=outputs[tokens])
        ctx.save_for_backward(before, gates, recalled, candidates, weight)
        ctx.sizes, ctx.backwards, ctx.first, ctx.weights = sizes, backwards, first.dtype, kept
        return outputs, state

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        of_outputs, of_last = gradients
        before, gates, recalled, candidates, weight = ctx.saved_tensors
        reset, update = gates.chunk(2, dim=1)
        # All that the gradient of a state is multiplied with on its way to the gates does not depend on it.
        to_candidate = (1 - update) * (1 - candidates * candidates)
        to_asked = torch.stack(
            [
                to_candidate * recalled * reset * (1 - reset),
                (before - candidates) * update * (1 - update),
                to_candidate * reset,
            ],
            dim=1,
        )  # (tokens, 3, hidden)
        of_states, of_asked = torch.empty_like(before), torch.empty_like(to_asked)
        of_state = of_last.to(before.dtype, copy=True)
        for start, size in spans(ctx.sizes, not ctx.backwards):
            tokens = slice(start, start + size)
            of_new = torch.add(of_state[:size], of_outputs[tokens], out=of_states[tokens])
            asked = torch.mul(of_new[:, None], to_asked[tokens], out=of_asked[tokens]).flatten(1)
            of_state[:size] = torch.addmm(of_new * update[tokens], asked, weight)
        of_asked = of_asked.flatten(1)
        of_inputs = torch.cat([of_asked[:, : -before.shape[1]], of_states * to_candidate], dim=1)
        of_weight = (of_asked.t() @ before).to(ctx.weights)
        of_bias = of_asked.sum(dim=0, dtype=ctx.weights)
        return of_inputs, of_state.to(ctx.first), of_weight, of_bias, None, None


def spans(sizes: list[int], backwards: bool) -> Iterator[tuple[int, int]]:
    """Where the tokens of each step begin, and how many they are."""
    starts = [0]
    for size in sizes[:-1]:
        starts.append(starts[-1] + size)
    steps = list(zip(starts, sizes, strict=True))
    return reversed(steps) if backwards else iter(steps)


def gru_packed(gru: nn.GRU, packed: PackedSequence) -> tuple[PackedSequence, Tensor]:
    """What `gru(packed)` returns."""
    if not in_training(gru, packed.data):
        found: tuple[PackedSequence, Tensor] = gru(packed)
        return found
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
    """What `gru(inputs, state)` returns of a `batch_first` layer: inputs (batch, steps, inputs), state (1, batch,
    hidden)."""
    if not in_training(gru, inputs):
        found: tuple[Tensor, Tensor] = gru(inputs, state)
        return found
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
    found: tuple[Tensor, Tensor] = Recurrence.apply(  # type: ignore[no-untyped-call]
        inputs, first, recurrent, bias, sizes, bool(direction)
    )
    return found


class Dropout(nn.Dropout):
    """Dropout whose chance is rounded to a 256th on a processor."""

    def forward(self, inputs: Tensor) -> Tensor:
        return dropout(inputs, self.p) if in_training(self, inputs) else super().forward(inputs)


def dropout(inputs: Tensor, chance: float) -> Tensor:
    levels = round(LEVELS * chance)
    if levels in (0, LEVELS):
        return nn.functional.dropout(inputs, levels / LEVELS)
    count = inputs.numel()
    words = torch.empty((count + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
    kept = (words.view(torch.uint8)[:count] >= levels).view(inputs.shape)
    return inputs * kept.to(inputs.dtype).mul_(LEVELS / (LEVELS - levels))


def attend(module: nn.Module, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """`scaled_dot_product_attention` of queries (batch, heads, steps, width) over keys and values (batch, heads, time,
    width) where mask (batch, 1, 1, time) is true. torch fuses it for long sequences: of the gradient over sentences,
    two plain products take a third of the time."""
    if not in_training(module, queries):
        return nn.functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask)
    scores = (queries * queries.shape[-1] ** -0.5) @ keys.transpose(2, 3)
    read: Tensor = scores.masked_fill(~mask, float("-inf")).softmax(dim=-1) @ values
    return read


def in_training(module: nn.Module, inputs: Tensor) -> bool:
    """Whether a module is trained on a processor."""
    return module.training and inputs.device.type == "cpu"
