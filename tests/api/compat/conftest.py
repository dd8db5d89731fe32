"""A service that speaks every foreign API, with and without API keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import httpx
import pytest

from app.api.keyfile import add_key
from app.settings import SHIPPED_MODELS, Compat
from tests.conftest import running_service

ALL = ",".join(get_args(Compat))
ORIGIN = "https://pages.example"
GLOSSARY = "My friend\tMein Kumpel\nUndertone\n"


@dataclass(frozen=True)
class Locked:
    url: str
    key: str


@pytest.fixture(scope="session")
def glossaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("glossaries")
    for name in ("friends", "pals-en-de"):
        (folder / f"{name}.tsv").write_text(GLOSSARY, "utf-8")
    return folder


@pytest.fixture(scope="session")
def foreign(glossaries: Path) -> Iterator[httpx.Client]:
    """A client of the service with the shipped models and all adapters."""
    settings = {"UNDERTONE_COMPAT": ALL, "UNDERTONE_GLOSSARY_DIR": str(glossaries)}
    with running_service(SHIPPED_MODELS, **settings) as (url, _), httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def url(foreign: httpx.Client) -> str:
    return str(foreign.base_url).rstrip("/")


@pytest.fixture(scope="session")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    """A service that wants API keys."""
    file = tmp_path_factory.mktemp("locked") / "keys"
    key = add_key(file, "main")
    settings = {"UNDERTONE_COMPAT": ALL, "UNDERTONE_API_KEYS_FILE": str(file), "UNDERTONE_CORS_ORIGINS": ORIGIN}
    with running_service(SHIPPED_MODELS, **settings) as (url, _):
        yield Locked(url, key)
