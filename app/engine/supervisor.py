"""Starts one engine process a device, starts it again when it ends, and ends it with the service. Knows no torch.

Threads of its own do the waiting, so it works beside an event loop and without one. An engine holds a pipe to
this process and exits when it breaks: whatever becomes of us, no engine is left behind.
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from app.settings import Settings

log = logging.getLogger("undertone.supervisor")

EXIT_MODELS = 78  # the engine's exit status when its models or its device cannot be used (EX_CONFIG of sysexits.h)
# Measured: a step of more rows takes as much longer on a processor, so more of them only delays who is nearly done.
CPU_DECODE_ROWS, GPU_DECODE_ROWS = 64, 1024
LONGEST_PAUSE_S = 10.0
HEALTHY_S = 30.0  # an engine that ran this long is started again at once


def devices(settings: Settings) -> list[str]:
    """The device of each engine process, by the settings and what the machine has."""
    if settings.device == "auto":
        gpus = [path for path in Path("/dev").glob("nvidia*") if re.fullmatch(r"nvidia\d+", path.name)]
        if gpus and not version("torch").endswith("+cpu"):
            return [f"cuda:{index}" for index in range(len(gpus))]
    if settings.device in ("auto", "cpu"):
        return ["cpu"] * settings.cpu_engines
    return [settings.device]


class Supervisor:
    """`on_failure` is called, from a thread, with what to tell the user when engines cannot be started at all."""

    def __init__(self, settings: Settings, on_failure: Callable[[str], None] = log.error) -> None:
        self.settings, self.on_failure = settings, on_failure
        self.folder = Path(tempfile.mkdtemp(prefix="undertone-"))  # of this user alone
        self.devices = devices(settings)
        self.endpoints = [f"ipc://{self.folder}/engine-{index}" for index in range(len(self.devices))]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.threads: list[threading.Thread] = []
        self.stopping = threading.Event()
        self.lock = threading.Lock()

    def start(self) -> None:
        for endpoint, device in zip(self.endpoints, self.devices, strict=True):
            thread = threading.Thread(target=self.keep, args=(endpoint, device), daemon=True)
            thread.start()
            self.threads.append(thread)

    def keep(self, endpoint: str, device: str) -> None:
        """Run one engine, again and again, until `stop`."""
        pause_s = 0.1
        while (process := self.launch(endpoint, device)) is not None:
            started = time.monotonic()
            with process:  # closes the pipe too
                status = process.wait()
            if self.stopping.is_set():
                return
            if status == EXIT_MODELS:
                self.stopping.set()  # the others would say the same
                self.on_failure(f"the engine on {device} cannot serve the models in {self.settings.models_dir}")
                return
            pause_s = 0.1 if time.monotonic() - started > HEALTHY_S else min(2 * pause_s, LONGEST_PAUSE_S)
            log.error("the engine on %s ended with status %d; starting it again", device, status)
            self.stopping.wait(pause_s)

    def launch(self, endpoint: str, device: str) -> subprocess.Popen[bytes] | None:
        """Start one engine; None once `stop` was called."""
        command = [
            sys.executable,
            "-m",
            "app.engine.worker",
            endpoint,
            "--models",
            str(self.settings.models_dir),
        ]
        settings, on_cpu = self.settings, device == "cpu"
        runtime = settings.runtime if settings.runtime != "auto" else "onnx" if on_cpu else "torch"
        rows = settings.max_decode_rows or (CPU_DECODE_ROWS if on_cpu else GPU_DECODE_ROWS)
        command += ["--device", device, "--runtime", runtime, "--max-decode-rows", str(rows)]
        command += ["--max-batch-tokens", str(settings.max_batch_tokens)]
        command += ["--log-level", self.settings.log_level]
        with self.lock:
            if self.stopping.is_set():
                return None
            # A session of its own: a signal to our process group must not end it before the last answer.
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
            )
            self.processes[endpoint] = process
            return process

    def stop(self) -> None:
        """End the engines: by SIGTERM, which they do not handle, so at once. To be called when all is answered."""
        with self.lock:
            self.stopping.set()
            for process in self.processes.values():
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                process.kill()
        for thread in self.threads:
            thread.join(timeout=2)
        shutil.rmtree(self.folder, ignore_errors=True)
