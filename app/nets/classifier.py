"""The many-to-one classifier: embedding, recurrent layers, pooling over time, logits."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from app.nets.config import ModelConfig
from app.nets.cpu_gru import Dropout
from app.nets.recurrent import Recurrent, mask_of, pad
from app.nets.sizes import ClassifierSizes


class RecurrentClassifier(nn.Module):
    """Bidirectional LSTM (Hochreiter and Schmidhuber 1997) with pooling over time; `attention` pooling is that of Yang
    et al. 2016, a learnt query over tanh-projected states."""

    UNKNOWN = 1

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.sizes = sizes = ClassifierSizes(**config.sizes)
        self.poolings = sizes.poolings
        self.embedding = nn.Embedding(sizes.vocabulary, sizes.embedding, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.recurrent = Recurrent(
            sizes.cell,
            sizes.embedding,
            sizes.hidden,
            layers=sizes.layers,
            bidirectional=sizes.bidirectional,
            dropout=sizes.dropout,
        )
        features = self.recurrent.features
        if "attention" in self.poolings:
            self.attention_projection = nn.Linear(features, features)
            self.attention_query = nn.Linear(features, 1, bias=False)
        self.dropout = Dropout(sizes.dropout)
        self.output = nn.Linear(features * len(self.poolings), len(config.labels))

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """tokens (batch, time), lengths (batch) -> logits (batch, labels)."""
        if self.training and self.sizes.word_dropout:
            dropped = torch.rand(tokens.shape, device=tokens.device) < self.sizes.word_dropout
            tokens = tokens.masked_fill(dropped & (tokens != 0), self.UNKNOWN)
        embedded = self.dropout(self.embedding(tokens))  # (batch, time, embedding)
        states, last = self.recurrent(embedded, lengths)  # (batch, time, features), (batch, features)
        mask = mask_of(lengths, tokens.shape[1], tokens.device)[:, :, None]  # (batch, time, 1)
        pooled = torch.cat([self.pool(name, states, last, mask) for name in self.poolings], dim=-1)
        logits: Tensor = self.output(self.dropout(pooled))
        return logits

    def pool(self, name: str, states: Tensor, last: Tensor, mask: Tensor) -> Tensor:
        """states (batch, time, features) -> (batch, features); padding does not change the result."""
        if name == "last":
            return last
        if name == "mean":
            mean: Tensor = states.sum(dim=1) / mask.sum(dim=1)  # the states of padding are zero
            return mean
        if name == "max":
            return states.masked_fill(~mask, -torch.inf).amax(dim=1)
        scores = self.attention_query(torch.tanh(self.attention_projection(states)))  # (batch, time, 1)
        weights: Tensor = scores.masked_fill(~mask, -torch.inf).softmax(dim=1)
        return (weights * states).sum(dim=1)

    @torch.inference_mode()
    def classify(self, batch: list[list[int]]) -> list[list[float]]:
        """Token ids of each text, at least one each -> calibrated probabilities in the order of the labels."""
        tokens, lengths = pad(batch, self.embedding.weight.device)
        logits = self(tokens, lengths).float() / self.config.temperature
        rows: list[list[float]] = logits.softmax(dim=-1).tolist()
        return rows
