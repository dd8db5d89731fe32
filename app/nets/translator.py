"""The many-to-many translator: bidirectional GRU encoder, GRU decoder with attention over the encoder's memory."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from app.nets.config import ModelConfig
from app.nets.cpu_gru import Dropout, attend, gru_padded
from app.nets.output_loss import cross_entropy
from app.nets.recurrent import Recurrent, mask_of
from app.nets.sizes import TranslatorSizes

BOS, EOS = 2, 3


@dataclass(slots=True)
class Memory:
    """The encoder's memory as attention reads it: keys and values (batch, heads, time, width), and a mask that is true
    on tokens and false on padding (batch, 1, 1, time)."""

    keys: Tensor
    values: Tensor
    mask: Tensor


class Attention(nn.Module):
    """Scaled dot-product attention (Luong et al. 2015 'general', with heads as in Vaswani et al. 2017)."""

    def __init__(self, queries: int, memory: int, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(queries, width)
        self.key = nn.Linear(memory, width, bias=False)
        self.value = nn.Linear(memory, width, bias=False)

    def split(self, projected: Tensor) -> Tensor:
        """(batch, time, width) -> (batch, heads, time, width / heads)."""
        batch, time, width = projected.shape
        return projected.view(batch, time, self.heads, width // self.heads).transpose(1, 2)

    def forward(self, queries: Tensor, memory: Memory) -> Tensor:
        """queries (batch, steps, queries) -> context (batch, steps, width)."""
        context = attend(self, self.split(self.query(queries)), memory.keys, memory.values, memory.mask)
        # (batch, heads, steps, width / heads)
        return context.transpose(1, 2).flatten(2)

    def weights(self, queries: Tensor, keys: Tensor, mask: Tensor) -> Tensor:
        """How much each query looks at each token, the mean of the heads: queries (batch, steps, queries), keys (batch,
        heads, time, width / heads), mask (batch, 1, 1, time) -> (batch, steps, time)."""
        scores = self.split(self.query(queries)) @ keys.transpose(2, 3) * keys.shape[-1] ** -0.5
        weights: Tensor = scores.masked_fill(~mask, float("-inf")).softmax(dim=-1)  # (batch, heads, steps, time)
        return weights.mean(dim=1)


class GruTranslator(nn.Module):
    """Encoder-decoder after Bahdanau et al. 2015, with the attention between two decoder layers.

    The first decoder layer, `query_gru`, reads the tokens written so far and its states are the queries of the
    attention; the second, `context_gru`, reads the context that the attention returns. The queries do not depend on
    the context, so in training each layer runs over all steps at once. Input and output embeddings are one matrix
    (Press and Wolf 2017). The target language is a tag at the head of the source (Johnson et al. 2017).
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.sizes = sizes = TranslatorSizes(**config.sizes)
        width, hidden = sizes.embedding, sizes.hidden
        self.embedding = nn.Embedding(sizes.vocabulary, width, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        self.encoder = Recurrent(
            "gru", width, hidden, layers=sizes.encoder_layers, bidirectional=True, dropout=sizes.dropout
        )
        self.bridge = nn.Linear(2 * hidden, 2 * hidden)
        self.query_gru = nn.GRU(width, hidden, batch_first=True)
        self.attention = Attention(hidden, 2 * hidden, 2 * hidden, sizes.heads)
        self.context_gru = nn.GRU(hidden + 2 * hidden, hidden, batch_first=True)
        self.combine = nn.Linear(hidden + 2 * hidden + width, width)
        self.output_bias = nn.Parameter(
            torch.zeros(sizes.vocabulary)
        )  # for all tokens, so that a later training may enlarge the target vocabulary
        self.dropout = Dropout(sizes.dropout)

    def embed(self, tokens: Tensor) -> Tensor:
        embedded: Tensor = self.dropout(self.embedding(tokens) * self.sizes.embedding**0.5)
        return embedded

    def encode(self, source: Tensor, lengths: Tensor) -> tuple[Memory, Tensor]:
        """source (batch, time), lengths (batch) -> the memory and the initial state of both decoder layers (batch, 2,
        hidden)."""
        states, last = self.encoder(self.embed(source), lengths)  # (batch, time, 2 hidden), (batch, 2 hidden)
        states = self.dropout(states)
        mask = mask_of(lengths, source.shape[1], source.device)[:, None, None, :]  # (batch, 1, 1, time)
        memory = Memory(
            keys=self.attention.split(self.attention.key(states)),
            values=self.attention.split(self.attention.value(states)),
            mask=mask,
        )
        state = torch.tanh(self.bridge(last)).view(len(source), 2, self.sizes.hidden)
        return memory, state

    def decode(self, previous: Tensor, state: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """previous tokens (batch, steps), state (batch, 2, hidden) -> features (batch, steps, embedding), state."""
        embedded = self.embed(previous)  # (batch, steps, embedding)
        query_state, context_state = (part.contiguous() for part in state.transpose(0, 1)[:, None])
        queries, query_state = gru_padded(self.query_gru, embedded, query_state)  # (batch, steps, hidden)
        context = self.attention(queries, memory)  # (batch, steps, 2 hidden)
        inputs = self.dropout(torch.cat([queries, context], dim=-1))
        outputs, context_state = gru_padded(self.context_gru, inputs, context_state)
        features = self.features(queries, outputs, context, embedded)
        return features, torch.cat([query_state, context_state]).transpose(0, 1)

    def features(self, queries: Tensor, outputs: Tensor, context: Tensor, embedded: Tensor) -> Tensor:
        """The outputs of both decoder layers, the context and the input embedding, each (batch, steps, its width) ->
        the input of the output layer (batch, steps, embedding)."""
        joined = torch.cat([outputs + queries, context, embedded.to(outputs.dtype)], dim=-1)
        combined = torch.tanh(self.combine(self.dropout(joined)))
        features: Tensor = self.dropout(combined)
        return features

    def output(self) -> tuple[Tensor, Tensor]:
        """Weight (target vocabulary, embedding) and bias (target vocabulary) of the output layer."""
        tokens = self.sizes.target_vocabulary
        return self.embedding.weight[:tokens], self.output_bias[:tokens]

    def logits(self, features: Tensor) -> Tensor:
        """features (batch, steps, embedding) -> logits (batch, steps, target vocabulary)."""
        return nn.functional.linear(features, *self.output())

    def step(self, tokens: Tensor, state: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """`decode` of one step for several hypotheses of each sentence, which share its memory.

        tokens (batch, beam), state (batch, beam, 2, hidden) -> log probabilities (batch, beam, target vocabulary),
        state.
        """
        batch, beam = tokens.shape
        embedded = self.embed(tokens)  # (batch, beam, embedding)
        query_state, context_state = (part.reshape(1, batch * beam, -1) for part in state.unbind(dim=2))
        queries, query_state = self.query_gru(embedded.view(batch * beam, 1, -1), query_state.contiguous())
        queries = queries.view(batch, beam, -1)
        context = self.attention(queries, memory)  # (batch, beam, 2 hidden): the beam takes the place of the steps
        inputs = torch.cat([queries, context], dim=-1).view(batch * beam, 1, -1)
        outputs, context_state = self.context_gru(inputs, context_state.contiguous())
        logits = self.logits(self.features(queries, outputs.view(batch, beam, -1), context, embedded))
        state = torch.cat([query_state, context_state]).transpose(0, 1).reshape(batch, beam, 2, -1)
        return logits.float().log_softmax(dim=-1), state

    def forward(
        self, source: Tensor, lengths: Tensor, previous: Tensor, wanted: Tensor | None = None, smoothing: float = 0.0
    ) -> Tensor:
        """source (batch, time), lengths (batch), previous target tokens (batch, steps) -> logits (batch, steps,
        target vocabulary); or, with the tokens `wanted` (batch, steps), the mean loss with label smoothing."""
        memory, state = self.encode(source, lengths)
        features, _ = self.decode(previous, state, memory)
        if wanted is None:
            return self.logits(features)
        return cross_entropy(features, *self.output(), wanted, smoothing)
