"""The container engine and its compose tool that the tests use: those that CONTAINER_ENGINE and COMPOSE name, or docker
or podman where one answers."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "undertone:test"
PROJECT = "undertone-test"


def answers(command: list[str]) -> bool:
    return shutil.which(command[0]) is not None and subprocess.run(command, capture_output=True).returncode == 0


def find_engine() -> list[str] | None:
    if named := os.environ.get("CONTAINER_ENGINE"):
        return shlex.split(named)
    return next(([name] for name in ("docker", "podman") if answers([name, "info"])), None)


def find_compose(engine: list[str] | None) -> list[str] | None:
    if named := os.environ.get("COMPOSE"):
        return shlex.split(named)
    candidates = (["docker", "compose"], ["docker-compose"]) if engine == ["docker"] else (["podman-compose"],)
    return next((list(command) for command in candidates if answers([*command, "version"])), None)


ENGINE = find_engine()
COMPOSE = find_compose(ENGINE)


def engine(*arguments: str, check: bool = True, timeout_s: float = 120) -> str:
    """What the engine prints. Raises AssertionError with all that it said when it fails, unless `check` is off."""
    assert ENGINE is not None, "a bug: the tests are skipped without an engine"
    done = subprocess.run([*ENGINE, *arguments], capture_output=True, text=True, timeout=timeout_s, cwd=ROOT)
    if check and done.returncode != 0:
        raise AssertionError(f"{shlex.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def logs(container: str) -> str:
    """What it wrote so far, its errors last."""
    assert ENGINE is not None, "a bug: the tests are skipped without an engine"
    done = subprocess.run([*ENGINE, "logs", container], capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def inspect(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(engine("inspect", name))[0]
    return found


def compose(*arguments: str, environment: dict[str, str], timeout_s: float = 300) -> str:
    assert COMPOSE is not None, "a bug: the tests are skipped without a compose tool"
    done = subprocess.run(
        [*COMPOSE, "-p", PROJECT, *arguments],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    if done.returncode != 0:
        raise AssertionError(
            f"compose {shlex.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout


def containers_of(service: str) -> list[str]:
    """Names of a compose service's running containers, the first replica first."""
    names: Iterable[str] = engine("ps", "--format", "{{.Names}}").split()
    return sorted(name for name in names if name.startswith((f"{PROJECT}-{service}-", f"{PROJECT}_{service}_")))
