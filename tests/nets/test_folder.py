from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from app.nets.classifier import RecurrentClassifier
from app.nets.folder import CONFIG, TOKENIZER, WEIGHTS, ModelFolderError, digest
from app.nets.modules import load_model, save_model
from app.nets.translator import GruTranslator
from app.runtime.decoding import translate
from app.runtime.torch import TorchTranslator
from app.settings import SHIPPED_MODELS


@pytest.fixture
def folder(tiny_models: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_models / "tiny-sentiment", tmp_path / "copy"))


def test_saved_and_loaded_it_answers_the_same(tiny_models: Path, tmp_path: Path) -> None:
    model = load_model(tiny_models / "tiny-sentiment")
    assert isinstance(model, RecurrentClassifier)
    save_model(model, (tiny_models / "tiny-sentiment" / TOKENIZER).read_text(), tmp_path / "again")
    again = load_model(tmp_path / "again")
    assert isinstance(again, RecurrentClassifier)
    assert again.classify([[5, 6, 7], [8]]) == model.classify([[5, 6, 7], [8]])
    assert again.config == model.config


def test_a_translator_makes_the_round_trip(tiny_models: Path, tmp_path: Path) -> None:
    model = load_model(tiny_models / "tiny-translation")
    assert isinstance(model, GruTranslator)
    save_model(model, "{}", tmp_path)
    again = load_model(tmp_path)
    assert isinstance(again, GruTranslator)
    one, other = (translate(TorchTranslator(m), [[5, 6, 3]], beam=2, max_tokens=[8]) for m in (model, again))
    assert one == other


def test_half_precision_is_close(tiny_models: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = load_model(tiny_models / "tiny-sentiment")
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    save_model(model, "{}", tmp_path)
    for name, weight in load_model(tmp_path).state_dict().items():
        torch.testing.assert_close(weight, model.state_dict()[name], atol=1e-3, rtol=1e-3)


def change_config(folder: Path, **fields: object) -> None:
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps({**config, **fields}))


def rewrite_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    weights = load_file(folder / WEIGHTS)
    change(weights)
    save_file(weights, folder / WEIGHTS)
    change_config(folder, files={name: digest(folder / name) for name in (WEIGHTS, TOKENIZER)})


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (shutil.rmtree, "no such folder"),
    "no config": (lambda folder: (folder / CONFIG).unlink(), "config.json: missing"),
    "no weights": (lambda folder: (folder / WEIGHTS).unlink(), "model.safetensors: missing"),
    "no tokenizer": (lambda folder: (folder / TOKENIZER).unlink(), "tokenizer.json: missing"),
    "config is no JSON": (lambda folder: (folder / CONFIG).write_text("{"), "no valid JSON"),
    "config is no UTF-8": (lambda folder: (folder / CONFIG).write_bytes(b"\xff"), "no valid JSON"),
    "config is a folder": (
        lambda folder: ((folder / CONFIG).unlink(), (folder / CONFIG).mkdir()),
        "config.json: cannot be read: Is a directory",
    ),
    "config is deep": (lambda folder: (folder / CONFIG).write_text("[" * 100_000), "no valid JSON"),
    "files are a list": (lambda folder: change_config(folder, files=["model.safetensors"]), "no object of names"),
    "config is a list": (lambda folder: (folder / CONFIG).write_text("[]"), "no JSON object"),
    "format from the future": (lambda folder: change_config(folder, format_version=99), "format version 99"),
    "unknown field": (lambda folder: change_config(folder, colour="red"), "unknown fields colour"),
    "unknown task": (lambda folder: change_config(folder, task="dance"), "task 'dance'"),
    "unknown architecture": (lambda folder: change_config(folder, architecture="cnn"), "unknown architecture 'cnn'"),
    "a size too many": (lambda folder: change_config(folder, sizes={"vocabulary": 9, "depth": 1}), "depth"),
    "one label": (lambda folder: change_config(folder, labels=["good"]), "fewer than two labels"),
    "weights damaged": (
        lambda folder: (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-9]),
        "its hash is not the one",
    ),
    "tokenizer of another": (lambda folder: (folder / TOKENIZER).write_text("{}"), "its hash is not the one"),
    "no hashes": (lambda folder: change_config(folder, files={}), "holds no hash"),
    "a weight is missing": (
        lambda folder: rewrite_weights(folder, lambda weights: weights.pop("output.bias")),
        "lacks output.bias",
    ),
    "a weight too many": (
        lambda folder: rewrite_weights(folder, lambda weights: weights.update(extra=torch.zeros(1))),
        "has unknown extra",
    ),
    "another shape": (
        lambda folder: rewrite_weights(folder, lambda weights: weights.update({"output.bias": torch.zeros(2)})),
        r"has output.bias of shape \(2,\), not \(3,\)",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_the_error_says_what_is_wrong(folder: Path, case: str) -> None:
    breaking, message = BROKEN[case]
    breaking(folder)
    with pytest.raises(ModelFolderError, match=message):
        load_model(folder)


def test_weights_that_are_no_safetensors(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(b"pickle")
    change_config(folder, files={name: digest(folder / name) for name in (WEIGHTS, TOKENIZER)})
    with pytest.raises(ModelFolderError, match="no valid safetensors"):
        load_model(folder)


@pytest.mark.parametrize("shipped", sorted(path.parent for path in SHIPPED_MODELS.glob("*/config.json")), ids=str)
def test_shipped_models_load_and_have_a_card(shipped: Path) -> None:
    assert load_model(shipped).config.name == shipped.name
    card = (shipped / "README.md").read_text("utf-8")
    for heading in ("## Results", "## Data and licences", "## Reproduce", "## Use and limits"):
        assert heading in card
