"""The arrays of the decoder for the sentences in flight, in places that are reserved. Plain arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.nets.weights import Array
from app.runtime.beam_search import Ints

MASKED = np.float32(-1e9)  # takes padding out of a softmax
FILLS = (np.float32(0), np.float32(0), MASKED)
TIME_STEP = 8  # the time of the memory grows by whole steps of so many tokens


class OnnxSlots:
    """`memory` has the keys and values of each sentence (places, heads, time, width) and the mask of its padding
    (places, 1, time, 1); `states` are those of both layers (sentences, beam, hidden).

    The sentences are in the first places. A sentence that joins is written after them; the last one takes the place of
    one that leaves. Only where the memory is too small, or twice as long as the longest sentence, all are copied.
    """

    def __init__(self, keys: Array, values: Array, lengths: npt.NDArray[np.int32], states: list[Array]) -> None:
        absent = np.arange(keys.shape[2]) >= lengths[:, None]
        mask = np.where(absent, MASKED, np.float32(0))[:, None, :, None]
        self.lengths, self.states = lengths, states
        self.memory = [keys, values, mask]

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def time(self) -> int:
        return int(self.memory[0].shape[2])

    def inputs(self) -> dict[str, Array]:
        """The memory of the sentences, as the graphs read it."""
        keys, values, mask = (array[: len(self)] for array in self.memory)
        return {"keys": keys, "values": values, "minus": mask.reshape(len(self), 1, 1, self.time)}

    def join(self, others: OnnxSlots) -> None:
        """Append the sentences of others to those here."""
        first, count = len(self), len(self) + len(others)
        if count > len(self.memory[0]) or others.time > self.time:
            self.reserve(max(count, 2 * first), max(self.time, others.time))
        for array, more, fill in zip(self.memory, others.memory, FILLS, strict=True):
            write(array[first:count], more, fill)
        self.lengths = np.concatenate([self.lengths, others.lengths])
        self.states = [np.concatenate(pair) for pair in zip(self.states, others.states, strict=True)]

    def keep(self, indices: Ints) -> None:
        """Remove all other sentences. No remaining sentence moves to a later place."""
        for place in np.flatnonzero(indices > np.arange(len(indices))):
            for array in self.memory:
                array[place] = array[indices[place]]
        self.lengths, self.states = self.lengths[indices], [state[indices] for state in self.states]
        if len(self) and 2 * (longest := int(self.lengths.max())) <= self.time - TIME_STEP:
            self.reserve(len(self.memory[0]), longest)

    def reserve(self, places: int, time: int) -> None:
        """Move the sentences to a memory of so many places and at least this time."""
        time = -(-time // TIME_STEP) * TIME_STEP
        before, self.memory = self.memory, []
        for array, fill in zip(before, FILLS, strict=True):
            new = np.full((places, array.shape[1], time, array.shape[3]), fill)
            write(new[: len(self)], array[: len(self), :, :time], fill)
            self.memory.append(new)


def write(to: Array, part: Array, fill: np.float32) -> None:
    """Write a part of the same places and at most the same time, and fill the rest."""
    to[:, :, : part.shape[2]] = part
    to[:, :, part.shape[2] :] = fill
