"""`undertone translate --ray`, on two nodes, as a user runs it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.conftest import new_node

pytestmark = [pytest.mark.ray, pytest.mark.timeout(1800), pytest.mark.filterwarnings("ignore")]

LINES = [f"a man in a blue shirt stands on ladder number {number}" for number in range(3_000)]


def command(models: Path, source: Path, target: Path, *more: str) -> list[str]:
    arguments = ["translate", "--from", "en", "--to", "de", "--models-dir", str(models), str(source), "-o", str(target)]
    return [sys.executable, "-m", "app.cli", *arguments, *more]


def done(journal: Path) -> int:
    return journal.read_text("utf-8").count("\n") if journal.exists() else 0


def wait_for(journal: Path, count: int, process: subprocess.Popen[str]) -> None:
    while done(journal) < count:
        assert process.poll() is None
        time.sleep(0.05)


def test_a_big_file_survives_its_command_and_a_node(cluster: Any, tiny_models: Path, tmp_path: Path) -> None:
    """The command is killed, started again, and goes on; then a node is killed. The translation is that of one machine,
    in the same order."""
    source, target, journal = tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / ".b.txt.partial"
    source.write_text("\n".join(LINES) + "\n", "utf-8")
    subprocess.run(command(tiny_models, source, tmp_path / "plain.txt"), check=True, timeout=600)
    second = new_node(cluster)
    on_ray = command(tiny_models, source, target, "--ray", cluster.address)
    with subprocess.Popen(on_ray, stderr=subprocess.PIPE, text=True) as broken_off:
        wait_for(journal, 1, broken_off)
        broken_off.kill()
    assert not target.exists()
    kept = done(journal)
    assert kept < len(LINES)
    with subprocess.Popen(on_ray, stderr=subprocess.PIPE, text=True) as going_on:
        wait_for(journal, kept + 1, going_on)
        cluster.remove_node(second, allow_graceful=False)
        _, errors = going_on.communicate(timeout=600)
    assert going_on.returncode == 0, errors
    assert "texts of an earlier run" in errors
    assert target.read_text("utf-8") == (tmp_path / "plain.txt").read_text("utf-8")
    assert not journal.exists()


@pytest.mark.parametrize("address", ["127.0.0.1:9", "127.0.0.1:99999", "nowhere"])
def test_mistakes_are_told(tiny_models: Path, tmp_path: Path, address: str) -> None:
    source = tmp_path / "a.txt"
    source.write_text("a man\n", "utf-8")
    nobody = subprocess.run(
        command(tiny_models, source, tmp_path / "b.txt", "--ray", address),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert nobody.returncode == 1
    assert f"undertone: no Ray cluster can be reached by the address {address}:" in nobody.stderr
    assert "Traceback" not in nobody.stderr
