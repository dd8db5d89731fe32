"""Initialises a wider translator with the weights of a narrower one, so that both compute the same at first (Net2Net,
Chen, Goodfellow and Shlens 2016) and the training of the narrow one is not lost."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from app.nets.translator import GruTranslator

COPY_SHARES = (0.3, 0.45)  # of a copy, below 0.5: with equal shares a unit and its copy would stay equal in training


@dataclass(slots=True, frozen=True)
class Units:
    """The units of a wide layer, each a copy of a unit of the narrow one."""

    count: int  # units of the narrow layer
    origin: Tensor  # (units), the narrow layer's unit that each is a copy of
    share: Tensor  # (units), share of the original's output; the shares of all copies of a unit sum to 1

    def written(self, weight: Tensor) -> Tensor:
        """The weight (units, ...) or bias (units) of the layer whose output the units are."""
        return weight[self.origin]

    def read(self, weight: Tensor) -> Tensor:
        """The weight (outputs, units) of a layer whose input the units are."""
        return weight[:, self.origin] * self.share


def widen(narrow: int, wide: int) -> Units:
    """All units of a layer, and copies of randomly chosen ones. Raises ValueError where that takes two copies of a
    unit."""
    if not narrow <= wide <= 2 * narrow:
        raise ValueError(f"a layer of {narrow} units can have up to {2 * narrow}, not {wide}")
    copied = torch.randperm(narrow)[: wide - narrow]
    share = torch.ones(wide)
    share[narrow:] = torch.empty(wide - narrow).uniform_(*COPY_SHARES)
    share[copied] = 1 - share[narrow:]
    return Units(narrow, torch.cat([torch.arange(narrow), copied]), share)


def beside(*parts: Units) -> Units:
    """The units of several layers, concatenated."""
    starts = [sum(part.count for part in parts[:i]) for i in range(len(parts))]
    return Units(
        sum(part.count for part in parts),
        torch.cat([part.origin + start for part, start in zip(parts, starts, strict=True)]),
        torch.cat([part.share for part in parts]),
    )


def widened(model: GruTranslator, hidden: int) -> dict[str, Tensor]:
    """The weights of a translator with `hidden` units that computes the same as `model`. Raises ValueError where it
    would be narrower, or more than twice as wide."""
    sizes, old, new = model.sizes, model.state_dict(), dict[str, Tensor]()

    def take(name: str, written: Units, read: Units) -> None:
        """The weight and the bias of a linear layer."""
        new[f"{name}.weight"] = read.read(written.written(old[f"{name}.weight"]))
        if f"{name}.bias" in old:
            new[f"{name}.bias"] = written.written(old[f"{name}.bias"])

    def take_gru(name: str, place: str, inputs: Units, units: Units) -> None:
        gates = beside(units, units, units)
        for side, read in (("ih", inputs), ("hh", units)):
            new[f"{name}.weight_{side}_{place}"] = read.read(gates.written(old[f"{name}.weight_{side}_{place}"]))
            new[f"{name}.bias_{side}_{place}"] = gates.written(old[f"{name}.bias_{side}_{place}"])

    def heads() -> Units:
        """The units of each head, widened separately: a head must not hold copies of another's units."""
        return beside(*[widen(2 * sizes.hidden // sizes.heads, 2 * hidden // sizes.heads) for _ in range(sizes.heads)])

    states = embedded = widen(sizes.embedding, sizes.embedding)
    for layer in range(sizes.encoder_layers):
        forwards, backwards = widen(sizes.hidden, hidden), widen(sizes.hidden, hidden)
        take_gru("encoder.rnn", f"l{layer}", states, forwards)
        take_gru("encoder.rnn", f"l{layer}_reverse", states, backwards)
        states = beside(forwards, backwards)
    decoder = widen(sizes.hidden, hidden)  # both layers copy the same units, since their states are added
    queried, context = heads(), heads()
    take("bridge", beside(decoder, decoder), states)
    take_gru("query_gru", "l0", embedded, decoder)
    take("attention.query", queried, decoder)
    take("attention.key", queried, states)
    take("attention.value", context, states)
    take_gru("context_gru", "l0", beside(decoder, context), decoder)
    take("combine", embedded, beside(decoder, context, embedded))
    # Attention divides by the root of a head's width, which has grown, and its dot product counts a unit and its copy.
    scale = queried.share * (hidden / sizes.hidden) ** 0.5
    new["attention.query.weight"] *= scale[:, None]
    new["attention.query.bias"] *= scale
    return {**old, **new}
