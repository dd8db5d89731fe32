"""The one-to-many language model: embedding, recurrent layers, the next token at every step."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from app.nets.config import ModelConfig
from app.nets.cpu_gru import Dropout
from app.nets.output_loss import cross_entropy
from app.nets.recurrent import Recurrent
from app.nets.sizes import LanguageModelSizes


class RecurrentLanguageModel(nn.Module):
    """Recurrent language model (Mikolov et al. 2010) with `rnn`, `gru` or `lstm` cells. Input and output embeddings are
    one matrix (Press and Wolf 2017). A text begins with the tag of its language."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.sizes = sizes = LanguageModelSizes(**config.sizes)
        self.embedding = nn.Embedding(sizes.vocabulary, sizes.embedding, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=sizes.embedding**-0.5)
        self.recurrent = Recurrent(
            sizes.cell, sizes.embedding, sizes.hidden, layers=sizes.layers, dropout=sizes.dropout
        )
        self.projection = nn.Linear(sizes.hidden, sizes.embedding)
        self.output_bias = nn.Parameter(torch.zeros(sizes.vocabulary))
        self.dropout = Dropout(sizes.dropout)

    def features(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """tokens (batch, time), lengths (batch) -> the input of the output layer (batch, time, embedding)."""
        embedded = self.dropout(self.embedding(tokens) * self.sizes.embedding**0.5)  # (batch, time, embedding)
        states, _ = self.recurrent(embedded, lengths)  # (batch, time, hidden)
        features: Tensor = self.dropout(self.projection(self.dropout(states)))
        return features

    def forward(self, tokens: Tensor, lengths: Tensor, wanted: Tensor | None = None, smoothing: float = 0.0) -> Tensor:
        """tokens (batch, time), lengths (batch) -> logits (batch, time, vocabulary); or, with the tokens `wanted`
        (batch, time), the mean loss with label smoothing."""
        features = self.features(tokens, lengths)
        if wanted is None:
            return nn.functional.linear(features, self.embedding.weight, self.output_bias)
        return cross_entropy(features, self.embedding.weight, self.output_bias, wanted, smoothing)
