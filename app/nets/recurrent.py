"""Recurrent layers over a padded batch, whose padding never changes a result."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from app.nets.cpu_gru import gru_packed

CELLS: dict[str, type[nn.RNN] | type[nn.LSTM] | type[nn.GRU]] = {
    "rnn": nn.RNN,
    "lstm": nn.LSTM,
    "gru": nn.GRU,
}


class Recurrent(nn.Module):
    """A stack of `rnn`, `lstm` or `gru` layers over packed sequences: each is read up to its own end only."""

    def __init__(
        self,
        cell: str,
        inputs: int,
        hidden: int,
        *,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if cell not in CELLS:
            raise ValueError(f"unknown cell {cell!r}; known are {', '.join(CELLS)}")
        self.rnn = CELLS[cell](
            inputs,
            hidden,
            num_layers=layers,
            bidirectional=bidirectional,
            dropout=dropout if layers > 1 else 0.0,
            batch_first=True,
        )
        self.features = hidden * (2 if bidirectional else 1)
        for name, parameter in self.rnn.named_parameters():
            if "weight_hh" in name:  # an orthogonal recurrence neither explodes nor vanishes at the start
                for gate in torch.split(parameter.data, hidden):
                    nn.init.orthogonal_(gate)
            elif "weight_ih" in name:
                nn.init.xavier_uniform_(parameter.data)
            else:
                nn.init.zeros_(parameter.data)
                if cell == "lstm" and "bias_ih" in name:  # remember by default (Jozefowicz et al. 2015)
                    parameter.data[hidden : 2 * hidden] = 1.0

    def forward(self, inputs: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """inputs (batch, time, inputs), lengths (batch) on the CPU, each at least 1.

        Returns the outputs (batch, time, features), zero on padding, and the last hidden state of the top layer (batch,
        features); the last state of the backward direction is its state at the first position.
        """
        packed = pack_padded_sequence(inputs, lengths, batch_first=True, enforce_sorted=False)
        outputs, last = gru_packed(self.rnn, packed) if isinstance(self.rnn, nn.GRU) else self.rnn(packed)
        hidden = last[0] if isinstance(last, tuple) else last  # (layers * directions, batch, hidden)
        directions = 2 if self.rnn.bidirectional else 1
        padded, _ = pad_packed_sequence(outputs, batch_first=True, total_length=inputs.shape[1])
        return padded, torch.cat(list(hidden[-directions:]), dim=-1)


def pad(sequences: list[list[int]], device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Token ids to a right-padded (batch, time) tensor on `device`, and their lengths (batch) on the CPU."""
    lengths = [len(sequence) for sequence in sequences]
    width = max(lengths)
    rows = [sequence + [0] * (width - len(sequence)) for sequence in sequences]
    tokens = torch.tensor(rows, dtype=torch.long)
    if torch.device(device).type == "cuda":  # a copy from pinned memory does not block the CPU
        tokens = tokens.pin_memory().to(device, non_blocking=True)
    return tokens.to(device), torch.tensor(lengths)


def mask_of(lengths: Tensor, width: int, device: torch.device | str = "cpu") -> Tensor:
    """(batch, width), true on tokens and false on padding."""
    return torch.arange(width, device=device) < lengths.to(device, non_blocking=True)[:, None]
