"""`undertone` itself: mistakes end with one line that names them."""

from __future__ import annotations

import pytest
from pydantic_settings import BaseSettings

from app import __version__
from app.cli import main
from app.settings import SHIPPED_MODELS


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["translate", "--to", "de", "--file", "absent.txt"], 1, "cannot read absent.txt: No such file"),
        (["translate", "--to", "xx", "hi"], 2, "--to: 'xx'"),
        (["translate", "--to", "de", "hi", "--glossary", "absent.tsv"], 1, "cannot read absent.tsv: No such file"),
        (["sentiment", "--models-dir", "absent", "hi"], 1, "cannot serve the models in absent"),
        (["train", "sentiment", "--config", "absent.yaml", "--data", "."], 1, "absent.yaml"),
        (["evaluate", str(SHIPPED_MODELS / "sentiment-en")], 2, "name --all, or a model and either files"),
        (["evaluate", "absent", "x.tsv"], 1, "absent: no such folder"),
        (["evaluate", str(SHIPPED_MODELS / "sentiment-en"), "x.tsv"], 1, "no such corpus"),
        (["generate", "A", "--length", "1000"], 2, "--length must be 256 or less"),
        (["serve", "--port", "99999"], 2, "--port: "),
        (["serve", "--device", "warp"], 2, "--device: must be such as auto, cpu, cuda or cuda:1"),
        (["models", "--models-dir", "absent"], 1, "absent: no such folder"),
        (["translate", "--to", "de", "--beam", "0", "hi"], 2, "--beam: "),
        (["translate", "--to", "de", "--beam", "17", "hi"], 2, "--beam: "),
    ],
)
def test_mistakes_are_told_in_a_line(
    arguments: list[str], status: int, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == status
    error = capfd.readouterr().err
    assert message in error
    assert "Traceback" not in error


@pytest.mark.parametrize("command", [[], ["translate"], ["models"]])
def test_help_says_what_the_exit_status_means(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    assert "Exit status: 0 done, 1 something failed, 2 wrong options" in " ".join(capsys.readouterr().out.split())


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
