"""The sizes of each architecture and the shapes of its weights. Plain data: imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

from app.nets.config import ModelConfig

Shapes = dict[str, tuple[int, ...]]
POOLINGS = ("attention", "mean", "max", "last")
GATES = {"rnn": 1, "lstm": 4, "gru": 3}  # gates of a cell, whose matrices its weights stack


@dataclass(slots=True)
class ClassifierSizes:
    """`pooling` names one or more of `attention`, `mean`, `max` and `last`, joined by `+`; their results are
    concatenated. `dropout` acts on embeddings, between layers and before the output; `word_dropout` is the share of
    tokens that training replaces by the unknown token."""

    vocabulary: int
    embedding: int = 256
    hidden: int = 256
    layers: int = 1
    cell: str = "lstm"
    bidirectional: bool = True
    pooling: str = "attention"
    dropout: float = 0.3
    word_dropout: float = 0.0

    def __post_init__(self) -> None:
        unknown = sorted(set(self.poolings) - set(POOLINGS))
        if unknown:
            raise ValueError(f"unknown pooling {', '.join(unknown)}; known are {', '.join(POOLINGS)}")
        if self.cell not in GATES:
            raise ValueError(f"unknown cell {self.cell!r}; known are {', '.join(GATES)}")

    @property
    def poolings(self) -> list[str]:
        return self.pooling.split("+")

    @property
    def features(self) -> int:
        """The width of the states that are pooled."""
        return self.hidden * (2 if self.bidirectional else 1)

    def shapes(self, labels: int) -> Shapes:
        """The shape of each weight, by the names of `RecurrentClassifier`."""
        shapes: Shapes = {"embedding.weight": (self.vocabulary, self.embedding)}
        shapes |= recurrent("recurrent.rnn", self.cell, self.embedding, self.hidden, self.layers, self.bidirectional)
        if "attention" in self.poolings:
            shapes |= linear("attention_projection", self.features, self.features)
            shapes |= linear("attention_query", self.features, 1, bias=False)
        return shapes | linear("output", self.features * len(self.poolings), labels)


@dataclass(slots=True)
class TranslatorSizes:
    """`hidden` is the width of each encoder direction and of each decoder layer's state; the memory is twice as wide.
    `dropout` acts on embeddings, between layers and before the output. Source and target languages share the
    vocabulary; translations consist of its first `target_vocabulary` tokens (0: of all)."""

    vocabulary: int
    target_vocabulary: int = 0
    embedding: int = 256
    hidden: int = 256
    encoder_layers: int = 1
    heads: int = 1
    dropout: float = 0.3
    length_penalty: float = 1.0

    def __post_init__(self) -> None:
        self.target_vocabulary = self.target_vocabulary or self.vocabulary
        if (2 * self.hidden) % self.heads:
            raise ValueError(f"heads {self.heads} does not divide {2 * self.hidden}, twice the hidden width")
        if self.target_vocabulary > self.vocabulary:
            raise ValueError(f"target_vocabulary {self.target_vocabulary} is more than vocabulary {self.vocabulary}")

    def shapes(self, labels: int = 0) -> Shapes:
        """The shape of each weight, by the names of `GruTranslator`."""
        width, hidden, memory = self.embedding, self.hidden, 2 * self.hidden
        shapes: Shapes = {"embedding.weight": (self.vocabulary, width), "output_bias": (self.vocabulary,)}
        shapes |= recurrent("encoder.rnn", "gru", width, hidden, self.encoder_layers, bidirectional=True)
        shapes |= linear("bridge", memory, memory)
        shapes |= recurrent("query_gru", "gru", width, hidden)
        shapes |= linear("attention.query", hidden, memory)
        shapes |= linear("attention.key", memory, memory, bias=False)
        shapes |= linear("attention.value", memory, memory, bias=False)
        shapes |= recurrent("context_gru", "gru", hidden + memory, hidden)
        return shapes | linear("combine", hidden + memory + width, width)


@dataclass(slots=True)
class LanguageModelSizes:
    """`hidden` is the width of the state of each layer. `dropout` acts on embeddings, between layers and before the
    output."""

    vocabulary: int
    embedding: int = 256
    hidden: int = 512
    layers: int = 1
    cell: str = "gru"
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if self.cell not in GATES:
            raise ValueError(f"unknown cell {self.cell!r}; known are {', '.join(GATES)}")

    def shapes(self, labels: int = 0) -> Shapes:
        """The shape of each weight, by the names of `RecurrentLanguageModel`."""
        shapes: Shapes = {"embedding.weight": (self.vocabulary, self.embedding), "output_bias": (self.vocabulary,)}
        shapes |= recurrent("recurrent.rnn", self.cell, self.embedding, self.hidden, self.layers)
        return shapes | linear("projection", self.hidden, self.embedding)


Sizes = ClassifierSizes | TranslatorSizes | LanguageModelSizes
SIZES: dict[str, type[ClassifierSizes] | type[TranslatorSizes] | type[LanguageModelSizes]] = {
    "recurrent-classifier": ClassifierSizes,
    "gru-translator": TranslatorSizes,
    "recurrent-language-model": LanguageModelSizes,
}


def sizes_of(config: ModelConfig) -> Sizes:
    """The sizes of the architecture that `config` names. Raises ValueError."""
    if config.architecture not in SIZES:
        raise ValueError(f"unknown architecture {config.architecture!r}; known are {', '.join(SIZES)}")
    try:
        return SIZES[config.architecture](**config.sizes)
    except (TypeError, ZeroDivisionError, AttributeError) as error:  # a size is missing, unknown, zero or no number
        raise ValueError(f"sizes do not fit {config.architecture}: {error}") from error


def linear(name: str, inputs: int, outputs: int, bias: bool = True) -> Shapes:
    """As torch.nn.Linear names and shapes its weights."""
    shapes: Shapes = {f"{name}.weight": (outputs, inputs)}
    return shapes | {f"{name}.bias": (outputs,)} if bias else shapes


def recurrent(name: str, cell: str, inputs: int, hidden: int, layers: int = 1, bidirectional: bool = False) -> Shapes:
    """As torch.nn.RNN, LSTM and GRU name and shape their weights."""
    gates, sides = GATES[cell] * hidden, ("", "_reverse") if bidirectional else ("",)
    shapes: Shapes = {}
    for layer in range(layers):
        width = inputs if layer == 0 else hidden * len(sides)
        for side in sides:
            place = f"_l{layer}{side}"
            shapes |= {f"{name}.weight_ih{place}": (gates, width), f"{name}.weight_hh{place}": (gates, hidden)}
            shapes |= {f"{name}.bias_ih{place}": (gates,), f"{name}.bias_hh{place}": (gates,)}
    return shapes
