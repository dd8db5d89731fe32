"""`undertone serve`: starts one engine for each device and one or several HTTP processes that share them, and ends them
together."""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import json
import logging
import math
import os
import shlex
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, cast

import uvicorn
from uvicorn.supervisors import Multiprocess

from app import __version__, logs
from app.api.protocol import BoundedHttp
from app.cli.local import trial
from app.engine.client import EngineClient
from app.engine.messages import ModelInfo
from app.engine.supervisor import Supervisor
from app.settings import Settings, misspelt

ACCEPTED_A_TURN = 16  # connections; measured (docs/performance.md)


def serve(settings: Settings) -> int:
    """Run the service until a signal ends it. Returns the exit status, 1 if the engines could not start.

    On SIGTERM and SIGINT the service accepts no more requests, answers those that it accepted, ends the engines and
    exits with 0.
    """
    logs.configure(settings.log_level, settings.log_format)
    for name, near in misspelt(os.environ):
        logging.warning("%s is no setting and has no effect; did you mean %s?", name, near)
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn handles them first, and raises them again when it ends
        signal.signal(number, lambda *_: sys.exit(0))
    failures: list[str] = []

    def give_up(reason: str) -> None:
        failures.append(reason)
        logging.error("%s", reason)
        signal.raise_signal(signal.SIGTERM)

    config = uvicorn.Config(
        "app.main:app",
        host=settings.host,
        port=settings.port,
        workers=settings.http_workers,
        log_config=None,  # its log uses our handlers
        log_level="warning",
        access_log=False,  # paths can contain a user's text
        server_header=False,
        ws="none",
        http=cast(
            Any,
            functools.partial(
                BoundedHttp,
                max_header_bytes=settings.max_header_bytes,
                client_timeout_s=settings.client_timeout_s,
            ),
        ),
        timeout_keep_alive=settings.keep_alive_s,
        timeout_graceful_shutdown=math.ceil(settings.stop_grace_s),
    )
    listening = bound(settings)
    supervisor = Supervisor(settings, on_failure=give_up, on_restart=count_restart)
    if settings.http_workers > 1:
        share_metrics(supervisor.folder / "metrics")
    signal.signal(signal.SIGHUP, lambda *_: supervisor.reload_soon())
    try:
        export(settings, supervisor.endpoints)  # before threads start processes, which read the environment
        supervisor.start()
        with_keys = settings.api_keys_file is not None
        announcing = (supervisor.endpoints, listening, with_keys)
        threading.Thread(target=announce, args=announcing, daemon=True).start()
        if settings.http_workers > 1:
            HttpProcesses(config, handles(listening), supervisor).run()
        else:
            uvicorn.Server(config).run(sockets=handles(listening))
    except SystemExit:
        pass
    finally:
        supervisor.stop()
    return 1 if failures else 0


def bound(settings: Settings) -> socket.socket:
    """A socket at the address of the service, for this process and those that it starts. Exits where the address cannot
    be had."""
    listening = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        logging.error(
            "cannot listen on %s, port %d: %s. UNDERTONE_HOST (--host) and UNDERTONE_PORT (--port) name others",
            settings.host, settings.port, error.strerror,
        )  # fmt: skip
        sys.exit(1)
    listening.set_inheritable(True)
    return listening


def share_metrics(folder: Path) -> None:
    """Make all processes of the service count in files of one folder. Must run before anything imports the metrics."""
    folder.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def count_restart() -> None:
    from app.telemetry.metrics import engine_restarts  # imported late, when the folder of the counts is known

    engine_restarts.inc()


class HttpProcesses(Multiprocess):
    """uvicorn's HTTP processes. SIGHUP reloads the engines and does not restart these processes."""

    def __init__(self, config: uvicorn.Config, handles: list[socket.socket], supervisor: Supervisor) -> None:
        super().__init__(config, sockets=handles)
        self.supervisor = supervisor

    def handle_hup(self) -> None:
        self.supervisor.reload_soon()


def handles(listening: socket.socket) -> list[socket.socket]:
    """Several handles of the listening socket. In a turn of its event loop libuv accepts one connection from each
    handle; with a single handle, new connections of a busy service wait for seconds."""
    return [listening, *(listening.dup() for _ in range(ACCEPTED_A_TURN - 1))]


def export(settings: Settings, endpoints: list[str]) -> None:
    """Write the settings into the environment, from which the HTTP processes read them."""
    fields = settings.model_dump(mode="json", exclude={"engine_endpoints"}, exclude_none=True)
    texts = {name: json.dumps(value) if isinstance(value, list) else str(value) for name, value in fields.items()}
    os.environ |= {f"UNDERTONE_{name.upper()}": text for name, text in texts.items()}
    os.environ["UNDERTONE_ENGINE_ENDPOINTS"] = json.dumps(endpoints)


def address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_exposed(host: str) -> bool:
    """Whether other machines can reach an address."""
    if host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, which may resolve to any address
        return True


def wait_until_accepting(listening: socket.socket) -> None:
    """Return when an HTTP process accepts connections, which an engine can be ready before."""
    while True:
        try:
            socket.create_connection(listening.getsockname()[:2], timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)


def announce(endpoints: list[str], listening: socket.socket, with_keys: bool) -> None:
    """When the service answers, print its address, its models, and commands to try them."""
    url = address(listening)

    async def models() -> list[ModelInfo]:
        client = EngineClient(endpoints, max_queue_tokens=0)
        await client.start()
        await client.became_ready.wait()
        await client.close()
        return client.models

    served = asyncio.run(models())
    wait_until_accepting(listening)
    lines = [f"Undertone {__version__} listens on {url}  (API documents: {url}/docs, process {os.getpid()})", "Models:"]
    tries = []
    for info in served:
        lines.append(f"  {info.name}  {info.description}  ({info.parameters / 1e6:.1f} M parameters)")
        path, body = trial(info)
        key = " -H 'X-API-Key: KEY'" if with_keys else ""
        told = shlex.quote(json.dumps(body, ensure_ascii=False))
        tries.append(f"  curl -s {url}{path}{key} -H 'Content-Type: application/json' -d {told}")
    sys.stdout.write("\n".join([*lines, "Try:", *tries]) + "\n")
    sys.stdout.flush()
