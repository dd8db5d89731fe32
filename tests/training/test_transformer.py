"""Transformers are trained by the same loop, and served, evaluated and compared like all models."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.cli import main
from app.evaluation.comparison import Comparison
from app.evaluation.evaluate import evaluate
from app.huggingface.load import load_hub_model
from app.huggingface.selection import Wanted
from app.nets.folder import CONFIG
from app.training.errors import RecipeError
from app.training.loading import FramedTranslator, load
from app.training.recipe import load_recipe
from app.training.scoring import probabilities_of, translate_lines
from tests.huggingface.models import bert, mpnet
from tests.training.test_loop import COMMON, OPTIMISATION, PAIRS, POSTS, data, sentiment_recipe

__all__ = ["data"]

SIZES = {"width": 32, "heads": 2, "layers": 1, "feed_forward": 48, "dropout": 0.0}
SMALL = {**OPTIMISATION, "steps": 240, "batch_tokens": 160, "evaluate_every": 240, "learning_rate": 0.003}


def written(tmp_path: Path, section: dict[str, Any], **fields: Any) -> Path:
    path = tmp_path / "recipe.yaml"
    section = {"name": "small-transformer", "architecture": "transformer", "sizes": SIZES, **section}
    path.write_text(yaml.safe_dump({**COMMON, "optimisation": SMALL, "transformer": section, **fields}))
    return path


def sentiment(tmp_path: Path, **section: Any) -> Path:
    fields = {"task": "sentiment", "architecture": "recurrent-classifier", "languages": ["en"]}
    corpora = {"data": [{"file": "posts.train"}], "dev": ["posts.dev"], "report": ["posts.dev"]}
    sizes = {"embedding": 8, "hidden": 8}
    return written(tmp_path, section, name="small", sizes=sizes, **fields, **corpora)


def translation(tmp_path: Path, **section: Any) -> Path:
    fields = {"task": "translation", "architecture": "gru-translator", "languages": ["en", "de"]}
    corpora = {
        "data": [{"file": "pairs.en-de", "repeat": 4}],
        "dev": ["pairs_dev.en-de"],
        "report": ["pairs_dev.en-de"],
    }
    sizes = {"embedding": 8, "hidden": 8}
    return written(tmp_path, section, name="small", sizes=sizes, directions=[["en", "de"]], **fields, **corpora)


def train(task: str, recipe: Path, data: Path, folder: Path) -> Path:
    arguments = ["train", task, "--backend", "transformer", "--config", str(recipe), "--data", str(data)]
    assert main([*arguments, "--run-dir", str(folder / "run"), "--output", str(folder / "model")]) == 0
    return folder / "model"


def right(model: Path, texts: list[tuple[str, str]]) -> float:
    loaded = load(model)
    answers = probabilities_of(loaded.runner("torch"), loaded.tokenizer, [text for text, _ in texts])
    labels = [loaded.config.labels[scores.index(max(scores))] for scores in answers]
    return sum(one == other for one, (_, other) in zip(labels, texts, strict=True)) / len(texts)


def test_a_classifier_from_scratch_learns_and_is_served(tmp_path: Path, data: Path) -> None:
    model = train("sentiment", sentiment(tmp_path), data, tmp_path)
    assert right(model, POSTS) > 0.9
    found = load_hub_model(model, Wanted("mine", "sentiment"))
    assert found.config.labels == ["negative", "neutral", "positive"]
    assert found.config.max_tokens == COMMON["max_tokens"] + 2  # with its special tokens
    assert "macro-recall" in evaluate(load(model), data / "posts.train.tsv", beam=1)


def test_its_card_says_how_to_train_it_again(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = sentiment(tmp_path, description="a small one", languages=["en", "de"])
    model = train("sentiment", recipe, data, tmp_path)
    assert load(model).config.languages == ["en", "de"]
    (tmp_path / "corpora.yaml").write_text("{}")
    evaluating = ["evaluate", str(model), "--config", str(recipe), "--data", str(data)]
    assert main([*evaluating, "--run-dir", str(tmp_path)]) == 1
    assert f"{tmp_path}: no log of a training run" in capsys.readouterr().err
    assert main(evaluating) == 0
    card = (model / "README.md").read_text()
    assert "| posts.train | all of it | not described in `corpora.yaml` | unstated |" in card
    assert "a small one" in card
    assert "undertone train sentiment --backend transformer" in card
    assert "width 32" in card
    assert load(model).config.languages == ["en", "de"]


@pytest.mark.parametrize("family", [bert, mpnet])
def test_an_encoder_is_fine_tuned_with_the_vocabulary_it_has(
    tmp_path: Path, data: Path, family: Callable[[Path], Path]
) -> None:
    base = family(tmp_path / "base")
    recipe = sentiment(tmp_path, base=str(base), sizes={})
    model = train("sentiment", recipe, data, tmp_path)
    assert json.loads((model / "tokenizer.json").read_text()) == json.loads((base / "tokenizer.json").read_text())
    assert right(model, POSTS) > right(base, POSTS)


def test_a_translator_learns_and_is_served(tmp_path: Path, data: Path) -> None:
    recipe = translation(tmp_path, optimisation={"steps": 200, "evaluate_every": 200})
    model = train("translation", recipe, data, tmp_path)
    loaded = load(model)
    assert loaded.config.directions == [("en", "de")]
    sources, targets = zip(*PAIRS, strict=True)
    found = translate_lines(loaded.runner("torch"), loaded.tokenizer, list(sources), ("en", "de"), beam=2)
    assert sum(one == other for (one, _), other in zip(found, targets, strict=True)) >= 4
    assert json.loads((model / CONFIG).read_text())["model_type"] == "marian"
    assert "BLEU" in evaluate(load(model), data / "pairs.en-de.tsv", beam=2)
    many = FramedTranslator(None, replace(loaded.config, directions=[("ar", "en"), ("de", "en")]), ["ar", "de"])  # type: ignore[list-item]
    assert (many.prompt_format("de", "en"), many.prompt_format("", "en")) == ("de", "ar")


def test_a_run_goes_on_where_it_stopped(tmp_path: Path, data: Path) -> None:
    recipe = str(sentiment(tmp_path))
    arguments = ["train", "sentiment", "--backend", "transformer", "--config", recipe, "--data", str(data)]
    assert main([*arguments, "--run-dir", str(tmp_path / "pieces"), "--stop-after", "100"]) == 0
    assert main([*arguments, "--run-dir", str(tmp_path / "pieces")]) == 0
    assert main([*arguments, "--run-dir", str(tmp_path / "whole")]) == 0
    pieces, whole = (tmp_path / name / "best" / "model.safetensors" for name in ("pieces", "whole"))
    assert pieces.read_bytes() == whole.read_bytes()


def test_a_recipe_without_the_section_says_so(tmp_path: Path) -> None:
    sentiment_recipe(tmp_path)
    path = next(tmp_path.glob("*.yaml"))
    with pytest.raises(RecipeError, match="no section transformer"):
        load_recipe(path, "transformer")


def test_networks_are_compared(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = "\n".join(f"{label}\t{' '.join([text] * 12)}" for text, label in POSTS)
    (data / "long.dev.tsv").write_text(f"label\ttext\n{long}\n")
    sentiment(tmp_path)
    cells = {
        "rnn": {"sizes": {"cell": "rnn", "bidirectional": False, "embedding": 8, "hidden": 8, "pooling": "last"}},
        "bi-lstm": {"sizes": {"cell": "lstm", "bidirectional": True, "embedding": 8, "hidden": 8, "pooling": "last"}},
        "transformer": {"architecture": "transformer", "sizes": SIZES},
        "rnn-unclipped": {"sizes": {"cell": "rnn", "embedding": 8, "hidden": 8}, "optimisation": {"clip": 1e9}},
    }
    common = {"max_tokens": 100, "dev": ["long.dev"], "report": ["posts.dev"]}
    common["optimisation"] = {"steps": 50, "evaluate_every": 25}  # type: ignore[assignment]
    config = tmp_path / "comparison.yaml"
    config.write_text(
        yaml.safe_dump(
            {
                "recipe": "recipe.yaml",
                "common": common,
                "networks": cells,
                "norms_only": ["rnn-unclipped"],
                "scales": {"rnn-unclipped": 2.0},
            }
        )
    )
    assert set(Comparison.load(config).recipes) == set(cells)
    page, runs = tmp_path / "docs" / "comparison.md", tmp_path / "runs"
    arguments = ["compare", "--config", str(config), "--data", str(data), "--runs", str(runs), "--output", str(page)]
    assert main(arguments) == 0
    text = page.read_text()
    for name in cells:
        assert f"| {name} |" in text
    assert {plot.name for plot in (page.parent / "comparison").iterdir()} == {
        "gradients.svg", "lengths.svg", "loss.svg", "norms.svg",
    }  # fmt: skip
    assert main(arguments) == 0  # all are trained, so they are measured alone
