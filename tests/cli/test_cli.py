"""The command line, as a user runs it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from app.cli import main
from app.cli.local import local_pipeline
from app.nets.folder import read_config
from app.settings import SHIPPED_MODELS, Settings
from app.text.tokenizer import Tokenizer
from app.training.scoring import evaluate_sentiment


def undertone(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", *arguments]
    environment = {**os.environ, "UNDERTONE_CPU_ENGINES": "1"}
    return subprocess.run(command, input=stdin, capture_output=True, text=True, env=environment, timeout=120)


def test_sentiment_of_texts() -> None:
    done = undertone("sentiment", "I love this phone", "Terrible service, never again")
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [(row[0], row[2]) for row in rows] == [
        ("positive", "I love this phone"),
        ("negative", "Terrible service, never again"),
    ]


def test_translation_of_stdin_line_by_line() -> None:
    done = undertone(
        "translate", "--to", "de", stdin="A man is running.\n\nDas ist ein ganz normaler Satz auf Deutsch.\n"
    )
    assert done.returncode == 1, "one line could not be translated"
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Ein Mann")
    assert lines[1:] == ["", ""]
    assert "line 3: The text appears to be in German already" in done.stderr


def test_json_lines_of_files_with_progress(tmp_path: Path) -> None:
    file = tmp_path / "texts.txt"
    file.write_text("I love this phone\n" * 150, "utf-8")
    done = undertone("sentiment", "--json", "--file", str(file), "--file", str(file))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 300
    assert all(row["label"] == "positive" and row["text"] == "I love this phone" for row in rows)
    assert "300/300" in done.stderr


def test_json_lines_stay_utf_8_where_an_argument_is_none() -> None:
    done = undertone("sentiment", "--json", os.fsdecode(b"\xff"), "I love this phone")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    broken, fine = [json.loads(line) for line in done.stdout.splitlines()]
    assert broken["text"] == "\ufffd"
    assert "lone surrogate" in broken["error"]
    assert fine["label"] == "positive"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["translate", "--to", "de", "--file", "absent.txt"], "absent.txt"),
        (["sentiment", "--models-dir", "absent", "hi"], "cannot serve the models in absent"),
        (["train", "sentiment", "--config", "absent.yaml", "--data", "."], "absent.yaml"),
        (["evaluate", str(SHIPPED_MODELS / "sentiment-en")], "name --all, or a model and either files"),
        (["evaluate", "absent", "x.tsv"], "absent: no such folder"),
        (["evaluate", str(SHIPPED_MODELS / "sentiment-en"), "x.tsv"], "no such corpus"),
        (["serve", "--port", "99999"], "UNDERTONE_PORT"),
        (["serve", "--device", "warp"], "UNDERTONE_DEVICE"),
        (["translate", "--to", "de", "--beam", "0", "hi"], "UNDERTONE_BEAM"),
        (["translate", "--to", "de", "--beam", "17", "hi"], "UNDERTONE_BEAM"),
    ],
)
def test_mistakes_are_told_in_a_line(arguments: list[str], message: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) in (1, 2)
    error = capfd.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_a_setting_that_is_no_json_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Listing(BaseSettings, env_prefix="UNDERTONE_"):
        ports: list[int]

    monkeypatch.setattr("app.cli.operate.settings_of", lambda options: Listing())
    monkeypatch.setenv("UNDERTONE_PORTS", "one, two")
    assert main(["models"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("undertone: setting UNDERTONE_PORTS: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize("pid", ["0", "-1", "2147483648", "9" * 20])
def test_reload_signals_one_process_only(
    pid: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    signalled = []
    monkeypatch.setattr(os, "kill", lambda *arguments: signalled.append(arguments))
    assert main(["reload", pid]) == 1
    assert capsys.readouterr().err == f"undertone: cannot signal process {pid}: no such process\n"
    assert not signalled


def test_engines_may_be_silent_for_as_long_as_the_settings_say(tiny_models: Path) -> None:
    async def patience() -> float:
        async with local_pipeline(Settings(models_dir=tiny_models, cpu_engines=1, engine_timeout_s=77)) as pipeline:
            return pipeline.engine.hung_after_s

    assert asyncio.run(patience()) == 77


def test_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    assert "translation-en-de\ttranslation\ten to de" in capsys.readouterr().out


def test_evaluate_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.tsv").write_text("label\ttext\npositive\tI love this phone\nnegative\tTerrible service\n")
    output = tmp_path / "labels.txt"
    model = str(SHIPPED_MODELS / "sentiment-en")
    assert main(["evaluate", model, str(tmp_path / "mine.tsv"), "--output", str(output)]) == 0
    assert "accuracy 1.0000  macro-F1 1.0000  macro-recall 1.0000" in capsys.readouterr().out
    assert output.read_text() == "positive\nnegative\n"
    two = [str(tmp_path / "mine.tsv")] * 2
    assert main(["evaluate", model, *two, "--output", str(output)]) == 1
    assert "--output is for what a model says of one file" in capsys.readouterr().err
    assert main(["evaluate", model, "--config", "c.yaml", "--data", "d", "--runtime", "onnx"]) == 1
    assert "--runtime is for files and --all" in capsys.readouterr().err


def test_evaluate_a_classifier_of_two_labels(tmp_path: Path) -> None:
    """As others publish them: the second of its labels is the third of ours."""
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
