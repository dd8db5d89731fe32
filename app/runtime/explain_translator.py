"""Explains a `GruTranslator`: it reads a sentence, writes a given translation, and returns the probability and the
attention of each token, and the gates of the decoder. Knows one sentence at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.nets.sizes import TranslatorSizes
from app.nets.weights import Array, Arrays
from app.runtime.explanation import Steps, Writing, rounded, sigmoid, softmax
from app.text.tokenizer import BOS


class TranslatorExplainer:
    def __init__(self, sizes: TranslatorSizes, weights: Arrays) -> None:
        self.sizes = sizes
        self.embedding = weights.pop("embedding.weight")  # as it is stored: few of its rows are read
        self.weights = {name: array.astype(np.float32) for name, array in weights.items()}

    def explain(self, tokens: list[int], target: list[int]) -> Steps:
        """The attention of a row of `Writing` is the mean of the heads."""
        states, last = self.encode(tokens)
        yield
        state = np.tanh(self.linear("bridge", last)).reshape(2, -1)
        previous = self.embed([BOS, *target[:-1]])  # (steps, embedding)
        queries, *first = self.gru("query_gru", "_l0", previous, state[0])
        context, attention = self.attend(queries, states)
        outputs, *second = self.gru("context_gru", "_l0", np.concatenate([queries, context], axis=-1), state[1])
        joined = np.concatenate([outputs + queries, context, previous], axis=-1)
        logits = self.logits(np.tanh(self.linear("combine", joined)))
        logits -= logits.max(axis=-1, keepdims=True)
        chosen = logits[np.arange(len(target)), target] - np.log(np.exp(logits).sum(axis=-1))
        gates = [(one.mean(axis=-1) + other.mean(axis=-1)) / 2 for one, other in zip(first, second, strict=True)]
        return Writing(rounded(chosen), rounded(attention), rounded(np.stack(gates, axis=-1)))

    def embed(self, tokens: Sequence[int]) -> Array:
        return self.embedding[list(tokens)].astype(np.float32) * np.float32(self.sizes.embedding**0.5)

    def linear(self, name: str, x: Array) -> Array:
        result: Array = x @ self.weights[f"{name}.weight"].T
        return result + self.weights[f"{name}.bias"] if f"{name}.bias" in self.weights else result

    def logits(self, features: Array) -> Array:
        """features (steps, embedding) -> (steps, target vocabulary)."""
        tokens = self.sizes.target_vocabulary
        result: Array = features @ self.embedding[:tokens].astype(np.float32).T
        return result + self.weights["output_bias"][:tokens]

    def encode(self, tokens: list[int]) -> tuple[Array, Array]:
        """The states of the top layer (time, 2 hidden), and the last state of each of its directions (2 hidden)."""
        x = self.embed(tokens)
        start = np.zeros(self.sizes.hidden, dtype=np.float32)
        last = x
        for layer in range(self.sizes.encoder_layers):
            ahead, *_ = self.gru("encoder.rnn", f"_l{layer}", x, start)
            back, *_ = self.gru("encoder.rnn", f"_l{layer}_reverse", x[::-1], start)
            x, last = np.concatenate([ahead, back[::-1]], axis=-1), np.concatenate([ahead[-1], back[-1]])
        return x, last

    def gru(self, name: str, suffix: str, x: Array, state: Array) -> tuple[Array, Array, Array]:
        """x (time, inputs), state (hidden) -> states, update gates and reset gates, each (time, hidden). The update
        gate is the share of the old state that stays (Cho et al. 2014)."""
        inputs, recurrence, input_bias, state_bias = (
            self.weights[f"{name}.{kind}{suffix}"] for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        projected = x @ inputs.T + input_bias  # (time, 3 hidden): reset, update, new
        hidden = len(state)
        states, updates, resets = (np.empty((len(x), hidden), dtype=np.float32) for _ in range(3))
        for t, from_input in enumerate(projected):
            from_state = recurrence @ state + state_bias
            resets[t] = reset = sigmoid(from_input[:hidden] + from_state[:hidden])
            updates[t] = update = sigmoid(from_input[hidden : 2 * hidden] + from_state[hidden : 2 * hidden])
            new = np.tanh(from_input[2 * hidden :] + reset * from_state[2 * hidden :])
            states[t] = state = new + update * (state - new)
        return states, updates, resets

    def attend(self, queries: Array, states: Array) -> tuple[Array, Array]:
        """queries (steps, hidden), states (time, 2 hidden) -> context (steps, 2 hidden), and attention (steps, time),
        the mean of the heads."""
        heads = self.sizes.heads

        def split(name: str, x: Array) -> Array:
            return self.linear(f"attention.{name}", x).reshape(len(x), heads, -1).transpose(1, 0, 2)

        query, key, value = split("query", queries), split("key", states), split("value", states)
        shares = softmax(query @ key.transpose(0, 2, 1) * np.float32(key.shape[-1] ** -0.5))  # (heads, steps, time)
        context = (shares @ value).transpose(1, 0, 2).reshape(len(queries), -1)
        return context, shares.mean(axis=0)
