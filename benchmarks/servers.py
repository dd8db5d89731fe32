"""Starts and stops the measured servers, one at a time, on a free port of 127.0.0.1. Knows their commands, but not
their answers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.http import Address, ask_once, post
from benchmarks.load import run
from benchmarks.processes import Family

ROOT = Path(__file__).resolve().parents[1]
PEER_PYTHON = ROOT / "benchmarks" / ".venv" / "bin" / "python"
OURS = "undertone"
START_TIMEOUT_S = 120.0


class ServerError(Exception):
    """A server cannot be measured. The message gives the reason and the end of the server's output."""


def one_text(text: str) -> dict[str, Any]:
    return {"text": text}


@dataclass(slots=True, frozen=True)
class Server:
    """A server to measure. The peers' Python starts `module`; without a module it is our service, whose settings choose
    its runtime. `body` makes the body of a request from a text."""

    name: str
    path: str
    module: str = ""
    package: str = ""  # whose version is reported
    runtime: str = "torch"
    options: tuple[str, ...] = ()  # of the module
    body: Callable[[str], dict[str, Any]] = one_text

    def command(self, port: int) -> list[str]:
        if not self.module:
            return [sys.executable, "-m", "app.cli", "serve", "--port", str(port), "--log-level", "warning"]
        runtime = [] if self.runtime == "torch" else ["--runtime", self.runtime]
        return [str(PEER_PYTHON), "-m", self.module, "--port", str(port), *runtime, *self.options]

    def request(self, text: str) -> bytes:
        return post(self.path, self.body(text))

    @property
    def version(self) -> str:
        """The version of the server. Raises ServerError if it is not installed."""
        python = str(PEER_PYTHON) if self.module else sys.executable
        code = f"import importlib.metadata as m; print(m.version({self.package or OURS!r}))"
        try:
            done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            raise ServerError(f"{self.name} is not installed; run benchmarks/setup.sh") from None
        return done.stdout.strip()


SENTIMENT_SERVERS = {
    server.name: server
    for server in (
        Server(OURS, "/sentiment"),
        Server("plain_fastapi", "/sentiment", "benchmarks.peers.plain_fastapi", "fastapi"),
        Server("litserve", "/sentiment", "benchmarks.peers.litserve_app", "litserve"),
        Server("litserve_onnx", "/sentiment", "benchmarks.peers.litserve_app", "litserve", runtime="onnx"),
        Server("bentoml", "/sentiment", "benchmarks.peers.bentoml_app", "bentoml", body=lambda text: {"text": [text]}),
        Server("ray_serve", "/sentiment", "benchmarks.peers.ray_serve_app", "ray"),
    )
}


def translation_servers(beam: int) -> dict[str, Server]:
    """The servers for translation, all with the same beam."""
    static = "benchmarks.peers.static_batching"

    def ours(text: str) -> dict[str, Any]:
        return {"text": text, "target": "de", "beam": beam}

    def theirs(text: str) -> dict[str, Any]:
        return {"text": text, "beam": beam}

    return {
        server.name: server
        for server in (
            Server(OURS, "/translate", body=ours),
            Server("static_batching", "/translate", static, "fastapi", body=theirs),
            Server("static_batching_onnx", "/translate", static, "fastapi", "onnx", body=theirs),
            Server("ctranslate2", "/translate", static, "ctranslate2", "ctranslate2", body=theirs),
        )
    }


def chosen(servers: dict[str, Server], names: str) -> list[Server]:
    """The servers of a comma-separated list. An unknown name raises SystemExit, which lists the known ones."""
    unknown = [name for name in names.split(",") if name not in servers]
    if unknown:
        raise SystemExit(f"unknown server {', '.join(unknown)}; known are {', '.join(servers)}")
    return [servers[name] for name in names.split(",")]


@dataclass(slots=True)
class Running:
    server: Server
    address: Address
    family: Family


@contextmanager
def running(server: Server) -> Iterator[Running]:
    """Start a server and wait for its first answer; at the end stop all its processes. Raises ServerError."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # a benchmark that is ended also ends its server
    address = Address("127.0.0.1", free_port())
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        process = subprocess.Popen(
            server.command(address.port),
            cwd=ROOT,
            env=environment(server),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        family = Family(process.pid)
        try:
            problem = wait_until_it_answers(server, address, process)
            if problem:
                output.seek(0)
                raise ServerError(f"{server.name} {problem}\n{output.read()[-2000:]}")
            yield Running(server, address, family)
        finally:
            family.stop(process.pid)
            process.wait()


def environment(server: Server) -> dict[str, str]:
    """One compute thread per process for the peers, as for the service's engines; more made each of them slower."""
    threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"} if server.module else {}
    return {**os.environ, **threads, "PYTHONPATH": str(ROOT)}


def wait_until_it_answers(server: Server, address: Address, process: subprocess.Popen[bytes]) -> str:
    """Wait for a good answer to a real request. Returns an empty string, or the reason why there was none."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        response = run(ask_once(address, server.request("I love this phone, it is great.")))
        if response is not None and response.status == 200:
            return ""
        if response is not None and response.status in (400, 415, 422):
            return f"does not take our requests: {response.status} {response.body.decode(errors='replace')}"
        if process.poll() is not None:
            return f"ended with status {process.returncode}"
        time.sleep(0.2)
    return f"did not answer within {START_TIMEOUT_S:.0f} s"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
