from __future__ import annotations

import json
import logging
import sys

import pytest

from app.logs import JsonFormatter, without_messages


def failing(text: str) -> BaseException:
    try:
        try:
            raise KeyError(text)
        except KeyError as error:
            raise ValueError(f"cannot read {text}") from error
    except ValueError as error:
        return error


def test_an_exception_is_told_without_what_it_quotes() -> None:
    lines = without_messages(failing("a secret text"))
    assert "secret" not in lines
    assert "builtins.ValueError" in lines
    assert "builtins.KeyError" in lines, "and its cause"
    assert f"{__file__}:" in lines


def test_what_the_system_says_is_told() -> None:
    assert "No such file" in without_messages(FileNotFoundError(2, "No such file or directory", "/absent"))


def test_a_json_line_is_one_line_whatever_it_holds() -> None:
    error = failing("x")
    exc_info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("a", logging.ERROR, __file__, 1, "two\nlines %s", ("é\u2028",), exc_info)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["exception"].startswith("builtins.ValueError")


def test_a_line_says_what_it_should(capsys: pytest.CaptureFixture[str]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    log = logging.Logger("mine")
    log.addHandler(handler)
    log.warning("careful")
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["logger"], line["message"]) == ("warning", "mine", "careful")
