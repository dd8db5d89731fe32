"""`undertone evaluate` of a file. Tests of `train`, `data` and `teach` are in tests/training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import main
from app.nets.folder import read_config
from app.settings import SHIPPED_MODELS
from app.text.tokenizer import Tokenizer
from app.training.scoring import evaluate_sentiment


def test_evaluate_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.tsv").write_text("label\ttext\npositive\tI love this phone\nnegative\tTerrible service\n")
    output = tmp_path / "labels.txt"
    model = str(SHIPPED_MODELS / "sentiment-en")
    assert main(["evaluate", model, str(tmp_path / "mine.tsv"), "--output", str(output)]) == 0
    assert "accuracy 1.0000  macro-F1 1.0000  macro-recall 1.0000" in capsys.readouterr().out
    assert output.read_text() == "positive\nnegative\n"
    two = [str(tmp_path / "mine.tsv")] * 2
    assert main(["evaluate", model, *two, "--output", str(output)]) == 2
    assert "--output is for what a model says of one file" in capsys.readouterr().err
    assert main(["evaluate", model, "--config", "c.yaml", "--data", "d", "--runtime", "onnx"]) == 2
    assert "--runtime is for files and --all" in capsys.readouterr().err


def test_evaluate_a_classifier_of_two_labels(tmp_path: Path) -> None:
    """Some published classifiers have no neutral class: their second label is our third."""
    (tmp_path / "mine.tsv").write_text("label\ttext\npositive\tgood\nnegative\tbad\n")
    tokenizer = Tokenizer.load(SHIPPED_MODELS / "sentiment-en" / "tokenizer.json")
    good = tokenizer.encode("good")

    class Two:
        config = replace(read_config(SHIPPED_MODELS / "sentiment-en")[0], labels=["negative", "positive"])

        def classify(self, batch: list[list[int]]) -> list[list[float]]:
            return [[0.1, 0.9] if row == good else [0.9, 0.1] for row in batch]

    predicted, report = evaluate_sentiment(Two(), tokenizer, tmp_path / "mine.tsv")
    assert predicted == ["positive", "negative"]
    assert report.accuracy == 1


def test_evaluate_a_translator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.en-de.tsv").write_text("A man is running.\tEin Mann rennt.\n" * 2)
    assert main(["evaluate", str(SHIPPED_MODELS / "translation-en-de"), str(tmp_path / "mine.en-de.tsv")]) == 0
    printed = capsys.readouterr().out
    assert "BLEU" in printed
    assert "tok:13a" in printed
    assert "chrF" in printed


def test_evaluate_refuses_a_direction_that_the_model_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.en-fr.tsv").write_text("A man.\tUn homme.\n")
    assert main(["evaluate", str(SHIPPED_MODELS / "translation-en-de"), str(tmp_path / "mine.en-fr.tsv")]) == 1
    assert "serves none of the directions" in capsys.readouterr().err
