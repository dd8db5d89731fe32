"""`undertone compare`. A whole comparison is run in tests/training/test_transformer.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import main
from app.evaluation import comparison
from app.training.command import UNFINISHED


def test_a_missing_configuration_is_told_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--config", str(tmp_path / "absent.yaml"), "--data", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("undertone: ")
    assert "absent.yaml" in error
    assert error.count("\n") == 1


def test_a_comparison_that_ran_out_of_time_writes_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "compare", lambda *arguments: None)
    page = tmp_path / "comparison.md"
    assert main(["compare", "--data", str(tmp_path), "--output", str(page), "--stop-after-s", "1"]) == UNFINISHED
    assert not page.exists()
