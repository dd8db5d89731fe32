"""Balances corpora of unequal size: chooses the examples of each epoch, and puts them into batches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.training.data.batches import Indices, Lengths, bucketed
from app.training.recipe import Recipe


def epoch_shares(
    sizes: Sequence[int], repeats: Sequence[int], temperature: float, largest: float = 1.0
) -> npt.NDArray[np.float64]:
    """The share of each corpus in an epoch. `sizes` are the corpora's numbers of examples, repeats included.

    With a `temperature` T, the share of a corpus of n different examples is proportional to n ** (1 / T), times its
    repeats (Arivazhagan et al. 2019). T = 1 leaves the shares as they are, larger ones favour small corpora. A corpus
    whose share would exceed `largest` gets `largest`, and the others keep their proportions.
    """
    counts, copies = np.asarray(sizes, np.float64), np.asarray(repeats, np.float64)
    shares = (counts / copies) ** (1 / temperature) * copies
    shares /= shares.sum()
    largest = max(largest, 1 / (counts > 0).sum())
    capped = np.zeros(len(shares), bool)
    while (over := shares > largest * (1 + 1e-9)).any():
        capped |= over
        shares[capped] = largest
        if rest := shares[~capped].sum():
            shares[~capped] *= (1 - largest * capped.sum()) / rest
    return shares


def epoch_order(
    corpus: npt.NDArray[np.integer],
    repeats: Sequence[int],
    temperature: float,
    largest: float = 1.0,
    *,
    seed: int,
    epoch: int,
) -> Indices:
    """Indices of the examples of an epoch, as many as there are examples. corpus (examples) is the corpus of each.

    Corpora have their `epoch_shares`. A temperature of 0 takes every example once.
    """
    if not temperature:
        return np.arange(len(corpus))
    sizes = np.bincount(corpus, minlength=len(repeats))
    members = np.split(np.argsort(corpus, kind="stable"), np.cumsum(sizes)[:-1])
    rng = np.random.default_rng([seed, epoch])
    order: list[Indices] = []
    wanted = np.rint(len(corpus) * epoch_shares(sizes.tolist(), repeats, temperature, largest)).astype(int)
    for group, number in zip(members, wanted, strict=True):
        passes, rest = divmod(int(number), max(len(group), 1))
        order += [group] * passes
        order.append(rng.choice(group, rest, replace=False) if rest else group[:0])
    return np.concatenate(order)


def mixed_batches(recipe: Recipe, corpus: npt.NDArray[np.integer], lengths: Lengths, epoch: int) -> list[Indices]:
    """The batches of an epoch of a recipe: indices of examples. lengths (examples, sides) are their tokens."""
    options = recipe.optimisation
    repeats = [spec.repeat for spec in recipe.data]
    order = epoch_order(
        corpus, repeats, recipe.mixing_temperature, recipe.largest_share, seed=options.seed, epoch=epoch
    )
    batches = bucketed(lengths[order], options.batch_tokens, seed=options.seed, epoch=epoch)
    return [order[batch] for batch in batches]
