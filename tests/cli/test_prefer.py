"""`--prefer`, and `undertone models measure`, which finds out what is faster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from app.cli import main
from app.huggingface.speeds import FILE
from app.nets.folder import open_folder
from app.nets.modules import build_model, save_model
from tests.conftest import tiny_tokenizer, tiny_translator_config

SMALL, LARGE = {"hidden": 8}, {"hidden": 16, "encoder_layers": 2}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    tokenizer = tiny_tokenizer()
    torch.manual_seed(9)
    for name, sizes in (("a-middle", {}), ("b-large", LARGE), ("c-small", SMALL)):
        config = tiny_translator_config(tokenizer.size, **sizes)
        config.name = name
        save_model(build_model(config), tokenizer.json, tmp_path / "models" / name)
    return tmp_path / "models"


def test_texts_go_to_the_preferred_model(
    models: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = ["--to", "de", "--from", "en", "--models-dir", str(models)]

    def model_of(*options: str) -> str:
        assert main(["translate", "A man in a blue shirt", "--json", *place, *options]) == 0
        return str(json.loads(capsys.readouterr().out)["model"])

    assert [model_of(), model_of("--prefer", "quality"), model_of("--prefer", "speed")] == [
        "a-middle",
        "b-large",
        "c-small",
    ]
    monkeypatch.setenv("UNDERTONE_PREFER", "quality")
    assert [model_of(), model_of("--model", "a-middle"), model_of("--prefer", "speed")] == [
        "b-large",
        "a-middle",
        "c-small",
    ]


def test_a_name_and_a_preference_are_refused(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["sentiment", "A man", "--prefer", "speed", "--model", "x", "--models-dir", str(models)])
    assert caught.value.code == 2
    assert "not allowed with argument --prefer" in capsys.readouterr().err


def test_what_measure_writes_decides(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--models-dir", str(models)]
    assert main(["models", "measure", *place]) == 0
    captured = capsys.readouterr()
    rows = [line.split("\t") for line in captured.out.splitlines()]
    assert [row[:2] for row in rows] == [[name, "en to de"] for name in ("a-middle", "b-large", "c-small")]
    assert all(float(row[2].removesuffix(" ms")) > 0 for row in rows)
    assert "a running service reads it after `undertone reload PID`" in captured.err
    written = json.loads((models / FILE).read_text())
    assert [(one["model"], one["digest"]) for one in written["speeds"]] == [
        (name, open_folder(models / name).digest) for name in ("a-middle", "b-large", "c-small")
    ]

    def fastest() -> str:
        assert main(["translate", "A man", "--to", "de", "--from", "en", "--json", "--prefer", "speed", *place]) == 0
        return str(json.loads(capsys.readouterr().out)["model"])

    for place_of_one, name in enumerate(("a-middle", "b-large", "c-small")):
        for number, one in enumerate(written["speeds"]):
            one["milliseconds"] = 2.0 - (number == place_of_one)
        (models / FILE).write_text(json.dumps(written))
        assert fastest() == name
    (models / FILE).write_text("{")
    assert fastest() == "c-small", "a damaged file stops nothing"
    assert main(["models", *place]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_model_without_a_rival_is_not_measured(tiny_models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "measure", "--models-dir", str(tiny_models)]) == 1
    assert "no two models can answer the same requests" in capsys.readouterr().err
    assert not (tiny_models / FILE).exists()
