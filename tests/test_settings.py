"""Settings from the environment."""

from __future__ import annotations

import pytest

from app.settings import Settings


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files and manifests pass unset variables on as empty ones."""
    for name in ("API_KEYS_FILE", "ROOT_PATH", "MAX_DECODE_ROWS", "OTLP_ENDPOINT", "PORT"):
        monkeypatch.setenv(f"UNDERTONE_{name}", "")
    settings = Settings()
    assert (settings.api_keys_file, settings.max_decode_rows, settings.otlp_endpoint) == (None, None, None)
    assert (settings.root_path, settings.port) == ("", 8000)
