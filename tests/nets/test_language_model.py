"""The language model in torch: neighbours and padding change nothing, the future is unknown, and it learns."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from app.nets.modules import build_model, stored_form
from app.nets.recurrent import pad
from app.nets.sizes import GATES
from tests.conftest import tiny_language_config

ROWS = [[4, 9, 8, 7, 3], [5, 6, 3], [4, 8, 8, 8, 8, 9, 3]]


def model_of(cell: str, **sizes: object) -> Any:
    torch.manual_seed(2)
    return build_model(tiny_language_config(20, cell=cell, **sizes)).eval()


@pytest.mark.parametrize("cell", GATES)
@pytest.mark.parametrize("layers", [1, 2])
def test_padding_and_neighbours_change_nothing(cell: str, layers: int) -> None:
    model = model_of(cell, layers=layers)
    together = model(*pad(ROWS))
    for row, logits in zip(ROWS, together, strict=True):
        torch.testing.assert_close(model(*pad([row]))[0], logits[: len(row)])


@pytest.mark.parametrize("cell", GATES)
def test_a_token_depends_on_those_before_it_alone(cell: str) -> None:
    model = model_of(cell)
    one, other = model(*pad([[4, 9, 8, 7], [4, 9, 5, 6]]))
    torch.testing.assert_close(one[:2], other[:2])
    assert not torch.allclose(one[2], other[2])


@pytest.mark.parametrize("cell", GATES)
def test_weights_have_the_shapes_that_folders_are_checked_by(cell: str) -> None:
    model = model_of(cell, layers=2)
    assert {name: tuple(weight.shape) for name, weight in model.state_dict().items()} == stored_form(model).shapes


@pytest.mark.parametrize("cell", GATES)
def test_it_learns_what_follows(cell: str) -> None:
    """After 4 and 5 the same tokens come, and then what came first decides: a state has to remember it."""
    model = model_of(cell, dropout=0.0).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    tokens, lengths = pad([[4, 7, 8, 10, 3], [5, 7, 8, 11, 3]])
    for _ in range(120):
        loss = model(tokens[:, :-1], lengths - 1, tokens[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    logits = model(tokens[:, :3], lengths * 0 + 3)
    assert logits[:, 2].argmax(dim=-1).tolist() == [10, 11]


def test_an_unknown_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown cell 'lstn'"):
        build_model(tiny_language_config(20, cell="lstn"))
