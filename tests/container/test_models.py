"""The compose profile `models` adds to the folder of models that the service reads, and removes from it."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from tests.container.engine import COMPOSE, ROOT, compose

INSIDE = "/opt/undertone/models"


@pytest.mark.skipif(COMPOSE is None, reason="no compose tool")
def test_a_packed_model_is_added_and_removed(image: str, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    with tarfile.open(folder / "packed.tar.gz", "w:gz") as archive:
        archive.add(ROOT / "models" / "sentiment-fr", "sentiment-fr")
    environment = {
        "UNDERTONE_IMAGE": image,
        "UNDERTONE_MODELS": str(folder),
        "UNDERTONE_USER": f"{os.getuid()}:{os.getgid()}",
    }
    run = ("--profile", "models", "run", "--rm", "models")
    compose(*run, "add", f"{INSIDE}/packed.tar.gz", "--name", "again", "--yes", environment=environment)
    assert (folder / "again" / "config.json").is_file()
    compose(*run, "remove", "again", "--yes", environment=environment)
    assert not (folder / "again").exists()
