"""The commands that operate the service: `models`, `reload`, `keys`, and what stops `serve` before it starts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.api.keyfile import KeyFile
from app.cli import main


@pytest.mark.parametrize("pid", ["0", "-1", "2147483648", "9" * 20])
def test_reload_signals_one_process_only(
    pid: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    signalled = []
    monkeypatch.setattr(os, "kill", lambda *arguments: signalled.append(arguments))
    assert main(["reload", pid]) == 1
    assert capsys.readouterr().err == f"undertone: cannot signal process {pid}: no such process\n"
    assert not signalled


def test_making_and_listing_keys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "keys"
    monkeypatch.setenv("UNDERTONE_API_KEYS_FILE", str(file))
    assert main(["keys", "new", "shop", "--limit", "60/minute"]) == 0
    printed = capsys.readouterr()
    assert KeyFile(file).find(printed.out.strip())
    assert printed.out.strip() not in printed.err
    assert main(["keys", "new", "other"]) == 0
    capsys.readouterr()
    assert main(["keys", "list"]) == 0
    rows = [line.split("\t")[:2] for line in capsys.readouterr().out.splitlines()]
    assert rows == [["shop", "60 per 1 minute"], ["other", "no limit"]]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["new", "shop"], 2, "UNDERTONE_API_KEYS_FILE"),
        (["list"], 2, "UNDERTONE_API_KEYS_FILE"),
        (["new", "a b", "--file", "keys"], 1, "no name for a key"),
        (["new", "shop", "--limit", "often", "--file", "keys"], 1, "no limit"),
        (
            ["new", "shop", "--limit", "5 per minute", "--file", "keys"],
            1,
            "want a single one such as 60/minute, without",
        ),
        (["new", "shop", "--limit", "5 / minute", "--file", "keys"], 1, "without white space"),
        (["new", "shop", "--limit", "5/minute;100/day", "--file", "keys"], 1, "want a single one"),
        (["list", "--file", "absent"], 1, "absent"),
        (["new", "shop", "--file", "binary"], 1, "binary: 'utf-8' codec can't decode"),
        (["new", "shop", "--file", "absent/keys"], 1, "absent/keys"),
    ],
)
def test_mistakes_with_keys_are_told(
    arguments: list[str],
    status: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("binary").write_bytes(b"\xff\xfe")
    assert main(["keys", *arguments]) == status
    assert message in capsys.readouterr().err
    assert not Path("keys").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org"])
def test_an_open_service_on_a_public_address_is_refused(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", host]) == 2
    error = capsys.readouterr().err
    assert "UNDERTONE_API_KEYS_FILE" in error
    assert "UNDERTONE_ALLOW_ANONYMOUS" in error


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("UNDERTONE_API_KEYS_FILE", "keys", "line 1"),
        ("UNDERTONE_API_KEYS_FILE", "absent", "cannot use the API keys in absent: No such file or directory\n"),
        ("UNDERTONE_GLOSSARY_DIR", "absent", "setting UNDERTONE_GLOSSARY_DIR: there is no folder absent"),
        ("UNDERTONE_GLOSSARY_DIR", "keys", "setting UNDERTONE_GLOSSARY_DIR: there is no folder keys"),
        ("UNDERTONE_ROOT_PATH", "undertone", "setting UNDERTONE_ROOT_PATH: must be such as /undertone"),
    ],
)
def test_a_service_with_a_setting_that_cannot_be_used_does_not_start(
    setting: str,
    value: str,
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("keys").write_text("shop plain-key\n")
    monkeypatch.setenv(setting, value)
    assert main(["serve"]) == 2
    assert message in capsys.readouterr().err
