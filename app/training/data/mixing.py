"""Balances corpora of unequal size: chooses the examples of each epoch, and puts them into batches."""

from __future__ import annotations

import random
from collections.abc import Sequence

from app.training.data.batches import bucketed
from app.training.recipe import Recipe


def epoch_order(
    corpus: Sequence[int], repeats: Sequence[int], temperature: float, *, seed: int, epoch: int
) -> list[int]:
    """Indices of the examples of an epoch, as many as there are examples. `corpus` is the corpus of each example.

    With a `temperature` T, the share of a corpus of n different examples is proportional to n ** (1 / T), times its
    `repeats`, which the examples contain already (Arivazhagan et al. 2019). T = 1 leaves the shares as they are, larger
    ones favour small corpora, and 0 takes every example once.
    """
    if not temperature:
        return list(range(len(corpus)))
    members: list[list[int]] = [[] for _ in repeats]
    for i, number in enumerate(corpus):
        members[number].append(i)
    weights = [
        (len(group) / repeat) ** (1 / temperature) * repeat if group else 0.0
        for group, repeat in zip(members, repeats, strict=True)
    ]
    order: list[int] = []
    for number, (group, weight) in enumerate(zip(members, weights, strict=True)):
        wanted = round(len(corpus) * weight / sum(weights))
        passes, rest = divmod(wanted, max(len(group), 1))
        order += group * passes
        order += random.Random(f"{seed}/{epoch}/{number}").sample(group, rest)
    return order


def mixed_batches(
    recipe: Recipe, corpus: Sequence[int], lengths: Sequence[tuple[int, ...]], epoch: int
) -> list[list[int]]:
    """The batches of an epoch of a recipe: indices of examples. `lengths` are the tokens of each side of an example."""
    options = recipe.optimisation
    repeats = [spec.repeat for spec in recipe.data]
    order = epoch_order(corpus, repeats, recipe.mixing_temperature, seed=options.seed, epoch=epoch)
    batches = bucketed([lengths[i] for i in order], options.batch_tokens, seed=options.seed, epoch=epoch)
    return [[order[i] for i in batch] for batch in batches]
