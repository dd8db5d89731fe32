"""`python -m app.health`, as a container's HEALTHCHECK runs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from tests.conftest import running_service


def health(**environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "importtime", "-m", "app.health"]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=30)


def test_a_ready_service_is_healthy_and_asking_loads_no_library(tiny_models: Path) -> None:
    environment = {
        "UNDERTONE_HOST": "0.0.0.0",
        "UNDERTONE_ALLOW_ANONYMOUS": "true",
        "UNDERTONE_ROOT_PATH": "/undertone",
    }
    with running_service(tiny_models, **environment) as (url, _):
        done = health(UNDERTONE_HOST="0.0.0.0", UNDERTONE_PORT=url.rpartition(":")[2])
    assert done.returncode == 0, done.stderr
    assert not {"pydantic", "fastapi", "zmq", "torch"} & {line.split()[-1] for line in done.stderr.splitlines()}


def test_no_service_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        done = health(UNDERTONE_PORT=str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "no answer from 127.0.0.1" in done.stderr


def test_a_service_without_an_engine_is_not_ready(tmp_path: Path) -> None:
    """A server that answers like a service whose engines are loading."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-m", "app.health"]
        environment = {**os.environ, "UNDERTONE_PORT": str(server.getsockname()[1])}
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
            connection, _ = server.accept()
            with connection:
                assert connection.recv(1000).startswith(b"GET /healthz/ready ")
                connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
            assert process.communicate(timeout=30)[1] == "not ready: status 503\n"
            assert process.returncode == 1
