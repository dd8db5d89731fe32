"""Runs a `RecurrentLanguageModel` in NumPy, on every device: a step of one text is a few products of a matrix and a
vector. Each text is computed by itself, so that no neighbour changes its answer. Knows no queue.

Methods that take long are generators, which yield between steps, so that an engine can do other work in between.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import count as counter

import numpy as np

from app.nets.config import ModelConfig
from app.nets.folder import StoredModel
from app.nets.sizes import LanguageModelSizes
from app.nets.weights import Array
from app.runtime.explanation import sigmoid, softmax
from app.text.normalize import IDEOGRAPHIC
from app.text.tokenizer import EOS

MOST_PARTS = 256  # parts of words that the search for the next words expands
MOST_BEHIND = 32  # tokens that the search tries after a part, besides one for each word that it looks for


@dataclass(slots=True, frozen=True)
class Sampling:
    """How tokens are drawn: from logits divided by `temperature` (0: always the likeliest), from the smallest set of
    likeliest tokens that together have at least the probability `top_p` (nucleus sampling, Holtzman et al. 2020)."""

    temperature: float = 1.0
    top_p: float = 1.0
    seed: int = 0


@dataclass(slots=True, frozen=True)
class NextWord:
    """The tokens of a word that may come next, and the probability that it does."""

    tokens: list[int]
    probability: float


@dataclass(slots=True, frozen=True)
class Vocabulary:
    """Kinds of tokens, each a mask (tokens): the model never writes `silent` ones, `joined` ones continue a word
    instead of beginning one, and a word may continue after `unfinished` ones. Chinese words are single tokens."""

    silent: Array
    joined: Array
    unfinished: Array

    @classmethod
    def of(cls, tokenizer: str, size: int) -> Vocabulary:
        """From the text of a `tokenizer.json`."""
        document = json.loads(tokenizer)
        special = {token["id"] for token in document["added_tokens"]}
        silent, joined, unfinished = np.ones(size, bool), np.zeros(size, bool), np.zeros(size, bool)
        for token, number in document["model"]["vocab"].items():
            silent[number] = number in special and number != EOS
            if number not in special:
                joined[number], unfinished[number] = in_word(token[0]), in_word(token[-1])
        return cls(silent, joined, unfinished)


def in_word(character: str) -> bool:
    """Whether a character belongs to a word that is written in letters; an apostrophe does."""
    return (character.isalpha() or character == "'") and not IDEOGRAPHIC.match(character)


@dataclass(slots=True)
class Layer:
    """The weights of a layer; gates in torch's order."""

    inputs: Array  # (gates * hidden, inputs)
    recurrence: Array  # (gates * hidden, hidden)
    input_bias: Array
    state_bias: Array


State = list[Array]  # of each layer: the hidden state, and the cell of an LSTM below it, (1 or 2, hidden)


def rnn(layer: Layer, x: Array, state: Array) -> Array:
    after: Array = np.tanh(layer.inputs @ x + layer.input_bias + layer.recurrence @ state[0] + layer.state_bias)
    return after[None]


def gru(layer: Layer, x: Array, state: Array) -> Array:
    """Cho et al. 2014, in the form of torch and cuDNN."""
    width = 2 * len(state[0])  # of the gates reset and update
    from_input = layer.inputs @ x + layer.input_bias
    from_state = layer.recurrence @ state[0] + layer.state_bias
    reset, update = np.split(sigmoid(from_input[:width] + from_state[:width]), 2)
    new = np.tanh(from_input[width:] + reset * from_state[width:])
    after: Array = new + update * (state[0] - new)
    return after[None]


def lstm(layer: Layer, x: Array, state: Array) -> Array:
    """Hochreiter and Schmidhuber 1997, with forget gates."""
    gates = layer.inputs @ x + layer.input_bias + layer.recurrence @ state[0] + layer.state_bias
    input_, forget, new, output = np.split(gates, 4)
    cell = sigmoid(forget) * state[1] + sigmoid(input_) * np.tanh(new)
    return np.stack([sigmoid(output) * np.tanh(cell), cell])


CELLS: dict[str, Callable[[Layer, Array, Array], Array]] = {"rnn": rnn, "gru": gru, "lstm": lstm}


class LanguageModel:
    def __init__(self, stored: StoredModel, tokenizer: str) -> None:
        """`tokenizer` is the text of its `tokenizer.json`. Raises ModelFolderError."""
        sizes = stored.sizes
        assert isinstance(sizes, LanguageModelSizes), "a bug: no language model"
        self.config: ModelConfig = stored.config
        self.sizes, self.cell = sizes, CELLS[sizes.cell]
        weights = {name: array.astype(np.float32) for name, array in stored.read().items()}
        self.embedding = weights["embedding.weight"]  # (vocabulary, embedding)
        self.layers = [
            Layer(*(
                weights[f"recurrent.rnn.{name}_l{n}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            ))
            for n in range(sizes.layers)
        ]  # fmt: skip
        self.projection, self.projection_bias = weights["projection.weight"], weights["projection.bias"]
        self.vocabulary = Vocabulary.of(tokenizer, sizes.vocabulary)
        self.bias = np.where(self.vocabulary.silent, np.float32(-np.inf), weights["output_bias"])

    def start(self) -> State:
        parts = 2 if self.sizes.cell == "lstm" else 1
        return [np.zeros((parts, self.sizes.hidden), np.float32) for _ in self.layers]

    def step(self, token: int, states: State) -> State:
        """Read a token; returns the states after it."""
        x = self.embedding[token] * np.float32(self.sizes.embedding**0.5)
        after = []
        for layer, state in zip(self.layers, states, strict=True):
            after.append(self.cell(layer, x, state))
            x = after[-1][0]
        return after

    def logits(self, states: State) -> Array:
        """The logits of the next token, (vocabulary); minus infinity for tokens that are never written."""
        result: Array = self.embedding @ (self.projection @ states[-1][0] + self.projection_bias) + self.bias
        return result

    def read(self, tokens: list[int]) -> Generator[None, None, State]:
        """The states after some tokens."""
        states = self.start()
        for token in tokens:
            states = self.step(token, states)
            yield
        return states

    def after(self, states: State, new_word: bool) -> Array:
        """`logits`; for a `new_word` without the tokens that continue a word."""
        logits = self.logits(states)
        return np.where(self.vocabulary.joined, np.float32(-np.inf), logits) if new_word else logits

    def generate(
        self, tokens: list[int], sampling: Sampling, max_tokens: int, new_word: bool = False
    ) -> Generator[int | None, None, bool]:
        """Yields None while it reads `tokens`, then each token that it writes after them, at most `max_tokens`; returns
        whether the text has ended. The same arguments give the same tokens."""
        rng = np.random.default_rng(sampling.seed)
        states = yield from self.read(tokens)
        for written in range(max_tokens):
            token = sample(self.after(states, new_word and not written), sampling, rng)
            if token == EOS:
                return True
            yield token
            states = self.step(token, states)
        return False

    def predict(
        self, tokens: list[int], count: int, new_word: bool = False
    ) -> Generator[None, None, tuple[list[NextWord], float]]:
        """The likeliest next words, at most `count`, most likely first, and the probability that the text ends.

        A best-first search over the parts of words: a part is at least as likely as each word that begins with it, so
        words come out in their order. The probability of a word is that of its tokens, times that of its end after
        them.
        """
        states = yield from self.read(tokens)
        first = softmax(self.after(states, new_word).astype(np.float64))
        number = counter()  # breaks ties of equal probabilities
        open_: list[tuple[float, int, list[int], State | None]] = []  # a whole word has no states

        def push(probability: float, word: list[int], before: State | None) -> None:
            heapq.heappush(open_, (-probability, next(number), word, before))

        def push_behind(word: list[int], probabilities: Array, before: State) -> None:
            for token in likeliest(probabilities, MOST_BEHIND + count):
                if token != EOS and probabilities[token] > 0:
                    push(float(probabilities[token]), [*word, token], before)

        push_behind([], first, states)
        words: list[NextWord] = []
        for _ in range(MOST_PARTS):
            if not open_ or len(words) == count:
                break
            negative, _, word, before = heapq.heappop(open_)
            if before is None:
                words.append(NextWord(word, -negative))
            elif not self.vocabulary.unfinished[word[-1]]:
                push(-negative, word, None)
            else:
                after = self.step(word[-1], before)
                probabilities = -negative * softmax(self.logits(after).astype(np.float64))
                longer = np.where(self.vocabulary.joined, probabilities, 0)
                push(float(probabilities.sum() - longer.sum()), word, None)
                push_behind(word, longer, after)
                yield
        return words, float(first[EOS])


def likeliest(probabilities: Array, count: int) -> list[int]:
    """The tokens with the highest probabilities, best first."""
    count = min(count, len(probabilities))
    best = np.argpartition(-probabilities, count - 1)[:count]
    ordered: list[int] = best[np.argsort(-probabilities[best], kind="stable")].tolist()
    return ordered


def sample(logits: Array, sampling: Sampling, rng: np.random.Generator) -> int:
    """Draw a token by its logits (vocabulary)."""
    if sampling.temperature == 0:
        return int(logits.argmax())
    exact = logits.astype(np.float64)
    # The maximum is subtracted first: divided by a tiny temperature, it would be infinite.
    probabilities = softmax((exact - exact.max()) / sampling.temperature)
    # All tokens below this bound together have less than 1 - top_p: none of them is needed for the nucleus.
    known = np.flatnonzero(probabilities * len(probabilities) > 1 - sampling.top_p)
    order = known[np.argsort(-probabilities[known], kind="stable")]
    totals = np.cumsum(probabilities[order])
    last = min(int(np.searchsorted(totals, sampling.top_p)), len(order) - 1)  # of the nucleus
    return int(order[min(int(np.searchsorted(totals, rng.random() * totals[last], side="right")), last)])
