"""`undertone` itself: mistakes end with one line that names them."""

from __future__ import annotations

import pytest
from pydantic_settings import BaseSettings

from app import __version__
from app.cli import main
from app.settings import SHIPPED_MODELS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["translate", "--to", "de", "--file", "absent.txt"], "cannot read absent.txt: No such file"),
        (["translate", "--to", "xx", "hi"], "--to: 'xx'"),
        (["sentiment", "--models-dir", "absent", "hi"], "cannot serve the models in absent"),
        (["train", "sentiment", "--config", "absent.yaml", "--data", "."], "absent.yaml"),
        (["evaluate", str(SHIPPED_MODELS / "sentiment-en")], "name --all, or a model and either files"),
        (["evaluate", "absent", "x.tsv"], "absent: no such folder"),
        (["evaluate", str(SHIPPED_MODELS / "sentiment-en"), "x.tsv"], "no such corpus"),
        (["serve", "--port", "99999"], "--port: "),
        (["serve", "--device", "warp"], "--device: "),
        (["translate", "--to", "de", "--beam", "0", "hi"], "--beam: "),
        (["translate", "--to", "de", "--beam", "17", "hi"], "--beam: "),
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

    monkeypatch.setattr("app.cli.models.settings_of", lambda options: Listing())
    monkeypatch.setenv("UNDERTONE_PORTS", "one, two")
    assert main(["models"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("undertone: setting UNDERTONE_PORTS: ")
    assert error.count("\n") == 1


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"undertone {__version__}\n"


def test_a_setting_of_the_environment_is_named_as_it_stands_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNDERTONE_BEAM", "99")
    assert main(["translate", "--to", "de", "hi"]) == 2
    assert "setting UNDERTONE_BEAM: " in capsys.readouterr().err
