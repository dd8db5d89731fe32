"""Settings from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import settings
from app.settings import Settings


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files and manifests pass unset variables on as empty ones."""
    for name in ("API_KEYS_FILE", "ROOT_PATH", "MAX_DECODE_ROWS", "OTLP_ENDPOINT", "PORT"):
        monkeypatch.setenv(f"UNDERTONE_{name}", "")
    found = Settings()
    assert (found.api_keys_file, found.max_decode_rows, found.otlp_endpoint) == (None, None, None)
    assert (found.root_path, found.port) == ("", 8000)


@pytest.mark.parametrize(
    ("quota", "cores"), [("150000 100000", 2), ("50000 100000", 1), ("max 100000", 4), ("6400000 100000", 4), ("", 4)]
)
def test_the_quota_of_a_container_bounds_the_cores(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quota: str, cores: int
) -> None:
    monkeypatch.setattr(settings.os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    monkeypatch.setattr(settings, "CPU_QUOTA", tmp_path / "cpu.max")
    assert settings.usable_cores() == 4
    (tmp_path / "cpu.max").write_text(quota, "ascii")
    assert settings.usable_cores() == cores


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("UNDERTONE_SENTIMENT_MODELS", "UNDERTONE_SENTIMENT_MODEL"),
        ("UNDERTONE_CPU_ENGINE", "UNDERTONE_CPU_ENGINES"),
        ("UNDERTONE_API_KEY_FILE", "UNDERTONE_API_KEYS_FILE"),
        ("UNDERTONE_PORT", None),
        ("UNDERTONE_IMAGE", None),  # of the compose file, as the next two
        ("UNDERTONE_MODELS", None),
        ("UNDERTONE_USER", None),
        ("UNDERTONE_SERVICE_HOST", None),  # of Kubernetes
        ("MAX_BODY_BYTE", None),
    ],
)
def test_a_misspelt_variable_is_told_with_the_setting_that_it_resembles(name: str, near: str | None) -> None:
    assert list(settings.misspelt([name])) == ([(name, near)] if near else [])
