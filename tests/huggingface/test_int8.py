"""Classifiers in int8 under ONNX Runtime: each family, blind to company, as torch answers, or else in torch."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

pytest.importorskip("transformers")
pytest.importorskip("sentencepiece")

import transformers

from app.engine.models import load_models
from app.huggingface import int8
from app.huggingface.int8 import Int8Classifier, exported, quantized
from app.huggingface.load import load_hub_model
from app.huggingface.runtime import TransformerClassifier
from app.huggingface.selection import NOTHING, Wanted
from app.runtime.base import LoadedModel
from app.runtime.graph_cache import GraphCache
from app.runtime.load import Loader
from app.text.tokenizer import Tokenizer
from app.training.loading import load
from tests.huggingface import models as hf_models

pytestmark = pytest.mark.transformer

SENTENCES = ["A man on a ladder.", "I love it!", "The train leaves at nine, and my dog loves this phone too!", "a"]


def loud(folder: Path) -> Path:
    """With weights so large that answers tell texts apart; small random ones hardly do."""
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    linear = [module for module in model.modules() if hasattr(module, "out_features")]
    for module in linear:
        module.weight.data *= 8
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = hf_models.make(tmp_path_factory.mktemp("hf"), list(hf_models.CLASSIFIERS))
    for path in made.iterdir():
        loud(path)
    return made


@pytest.fixture(scope="module")
def loaded(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, LoadedModel]:
    cache = GraphCache(tmp_path_factory.mktemp("cache"))
    models = load_models(folder, NOTHING, Loader("cpu", "onnx", cache=cache))
    return {model.config.name: model for model in models}


def inputs(model: LoadedModel) -> list[list[int]]:
    tokenizer, reading = Tokenizer(model.tokenizer, model.unknown), model.prompt_formats[0]
    return [reading.frame(tokenizer.encode(text)) for text in SENTENCES]


def test_evaluation_scores_what_the_service_runs(folder: Path) -> None:
    model = load(folder / next(iter(hf_models.CLASSIFIERS)))
    assert isinstance(model.runner("onnx").runtime, Int8Classifier)
    assert isinstance(model.runner("torch").runtime, TransformerClassifier)


@pytest.mark.parametrize("name", hf_models.CLASSIFIERS)
def test_each_family_answers_as_torch_does_alone_and_in_company(
    loaded: dict[str, LoadedModel], folder: Path, name: str
) -> None:
    model, reference = loaded[name], load_hub_model(folder / name, Wanted(name)).classifier
    assert isinstance(model.classifier, Int8Classifier)
    assert isinstance(reference, TransformerClassifier)
    assert model.config.description.endswith("in int8 under ONNX Runtime")
    texts = inputs(model)
    together, expected = model.classifier.classify(texts), reference.classify(texts)
    np.testing.assert_allclose(together, expected, atol=0.05)
    spread = np.ptp(np.array(expected), axis=0).max()
    np.testing.assert_allclose(together, expected, atol=spread / 2)  # a constant would not pass
    for text, row in zip(texts, together, strict=True):
        assert model.classifier.classify([text])[0] == pytest.approx(row, abs=1e-3)


def test_the_weights_of_products_are_int8(folder: Path) -> None:
    network = transformers.AutoModelForSequenceClassification.from_pretrained(folder / "bert").eval()
    model = onnx.load_model_from_string(quantized(exported(network)))
    kinds = [node.op_type for node in model.graph.node]
    assert kinds.count("MatMulIntegerToFloat") == 2 * 6 + 2  # of two layers, the pooler and the head
    floats = [one for one in model.graph.initializer if one.data_type == onnx.TensorProto.FLOAT and len(one.dims) == 2]
    embeddings = {64, 2, network.config.vocab_size}
    assert all(one.dims[0] in embeddings for one in floats)
    assert not network.training


def test_a_second_start_takes_the_graph_from_the_cache(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "bert").symlink_to(folder / "bert")
    loader = Loader("cpu", "onnx", cache=GraphCache(tmp_path / "cache"))
    [first] = load_models(tmp_path / "models", NOTHING, loader)
    monkeypatch.setattr(int8, "exported", lambda network: pytest.fail("exported again"))
    [second] = load_models(tmp_path / "models", NOTHING, loader)
    assert isinstance(second.classifier, Int8Classifier)
    assert first.classifier is not None
    assert second.classifier.classify(inputs(second)) == first.classifier.classify(inputs(first))


def wrong(serialized: bytes) -> bytes:
    """Adds up what must be subtracted: the classes change places."""
    model = onnx.load_model_from_string(quantized(serialized))
    for node in model.graph.node:
        if "logits" in node.output:
            node.output[0] = "before"
    model.graph.node.append(onnx.helper.make_node("Neg", ["before"], ["logits"]))
    return bytes(model.SerializeToString())


def failing(serialized: bytes) -> bytes:
    raise RuntimeError("an operator that cannot be exported\nwith a long trace")


@pytest.mark.parametrize(
    ("replacement", "message"), [(wrong, "from that of torch"), (failing, "an operator that cannot be exported")]
)
def test_what_answers_otherwise_or_cannot_be_exported_runs_in_torch(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    replacement: Any, message: str,
) -> None:  # fmt: skip
    (tmp_path / "bert").symlink_to(folder / "bert")
    monkeypatch.setattr(int8, "quantized", replacement)
    with caplog.at_level(logging.WARNING):
        [model] = load_models(tmp_path, NOTHING, Loader("cpu", "onnx"))
    assert isinstance(model.classifier, TransformerClassifier)
    assert model.config.description.endswith("in torch")
    assert "bert runs in torch, not in int8" in caplog.text
    assert message in caplog.text
    assert "long trace" not in caplog.text


def test_torch_stays_where_the_settings_name_it(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "bert").symlink_to(folder / "bert")
    [model] = load_models(tmp_path, NOTHING, Loader("cpu", "torch"))
    assert isinstance(model.classifier, TransformerClassifier)
