"""`undertone` itself: mistakes end with one line that names them."""

from __future__ import annotations

import pytest
from pydantic_settings import BaseSettings

from app.cli import main
from app.settings import SHIPPED_MODELS


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
