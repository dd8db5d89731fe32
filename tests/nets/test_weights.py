"""Weights are loaded as they were saved, whatever number of files they took and whatever their modules were called."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from app.nets.config import ModelConfig
from app.nets.folder import ModelFolderError, write_config
from app.nets.modules import build_model, load_model, save_model, stored_form
from app.nets.weights import INDEX, RENAMED, WEIGHTS, load_weights, renamed, save_weights, weight_files
from tests.conftest import tiny_classifier_config, tiny_tokenizer, tiny_translator_config

TENSORS = {"big": np.arange(120_000.0).reshape(3000, 40), "one": np.ones(7), "two": np.zeros(50_000)}


@pytest.mark.parametrize(("most", "files"), [(10_000_000, 1), (500_000, 2), (300_000, 3)])
def test_files_are_small_and_joined_again(tmp_path: Path, most: int, files: int) -> None:
    save_weights(TENSORS, tmp_path, most)
    names = [name for name in weight_files(tmp_path) if name != INDEX]
    assert len(names) >= files
    assert all((tmp_path / name).stat().st_size <= most for name in names)
    found = load_weights(tmp_path)
    assert found.keys() == TENSORS.keys()
    assert all(np.array_equal(found[name], tensor) for name, tensor in TENSORS.items())


def test_fewer_files_leave_none_of_the_old(tmp_path: Path) -> None:
    save_weights(TENSORS, tmp_path, 300_000)
    save_weights({"one": TENSORS["one"]}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [WEIGHTS]


def test_a_folder_of_several_files_is_loaded_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.nets.weights.save_weights.__defaults__", (130_000,))
    tokenizer = tiny_tokenizer()
    config: ModelConfig = tiny_classifier_config(tokenizer.size, embedding=64, hidden=64)
    model = build_model(config).eval()
    save_model(model, tokenizer.json, tmp_path)
    assert (tmp_path / INDEX).is_file()
    loaded = load_model(tmp_path)
    for name, tensor in model.state_dict().items():
        assert torch.allclose(loaded.state_dict()[name], tensor.half().float()), name
    last = sorted(tmp_path.glob("model-*.safetensors"))[-1]
    last.write_bytes(last.read_bytes()[:-1])
    with pytest.raises(ModelFolderError, match="its hash is not the one"):
        load_model(tmp_path)
    last.unlink()
    with pytest.raises(ModelFolderError, match="missing"):
        load_model(tmp_path)
    (tmp_path / INDEX).write_text('{"weight_map": {"a": "../outside.safetensors"}}')
    with pytest.raises(ModelFolderError, match="not in the folder"):
        load_model(tmp_path)
    (tmp_path / INDEX).write_text("[]")
    with pytest.raises(ModelFolderError, match="index"):
        load_model(tmp_path)


def test_a_folder_with_the_old_names_of_modules_is_loaded(tmp_path: Path) -> None:
    """Folders that were written before `asker` and `reader` were renamed answer as before; saving writes new names."""
    tokenizer = tiny_tokenizer()
    model = build_model(tiny_translator_config(tokenizer.size)).eval()
    save_model(model, tokenizer.json, tmp_path, dtype=torch.float32)
    assert {name.partition(".")[0] for name in load_file(tmp_path / WEIGHTS)} >= {"query_gru", "context_gru"}
    old = {old_name(name): tensor for name, tensor in model.state_dict().items()}
    assert {name.partition(".")[0] for name in old} >= {"asker", "reader"}
    save_weights({name: tensor.contiguous().numpy() for name, tensor in old.items()}, tmp_path)
    write_config(model.config, tmp_path)
    assert renamed(old).keys() == model.state_dict().keys()
    for name, tensor in load_model(tmp_path).state_dict().items():
        assert torch.equal(tensor, model.state_dict()[name])


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("pooling", ["attention", "mean+max"])
@pytest.mark.parametrize(("layers", "bidirectional"), [(1, True), (2, True), (3, False)])
def test_the_shapes_of_a_classifier_are_those_of_torch(
    cell: str, pooling: str, layers: int, bidirectional: bool
) -> None:
    sizes = {"cell": cell, "pooling": pooling, "layers": layers, "bidirectional": bidirectional}
    check_shapes(tiny_classifier_config(100, **sizes))


@pytest.mark.parametrize("sizes", [{}, {"encoder_layers": 3, "heads": 1}, {"target_vocabulary": 11}])
def test_the_shapes_of_a_translator_are_those_of_torch(sizes: dict[str, int]) -> None:
    check_shapes(tiny_translator_config(100, **sizes))


def check_shapes(config: ModelConfig) -> None:
    model = build_model(config)
    assert stored_form(model).shapes == {name: tuple(weight.shape) for name, weight in model.state_dict().items()}
    assert stored_form(model).parameters == sum(parameter.numel() for parameter in model.parameters())


def test_weights_of_a_type_that_is_not_read_are_named(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    model = build_model(tiny_classifier_config(tokenizer.size))
    save_model(model, tokenizer.json, tmp_path)
    save_file({name: tensor.bfloat16() for name, tensor in model.state_dict().items()}, tmp_path / WEIGHTS)
    write_config(model.config, tmp_path)
    with pytest.raises(ModelFolderError, match="as float16 or float32"):
        load_model(tmp_path)


def old_name(name: str) -> str:
    return next((old + name.removeprefix(new) for old, new in RENAMED.items() if name.startswith(new)), name)
