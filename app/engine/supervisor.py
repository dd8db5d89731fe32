"""Starts one engine process a device, starts it again when it ends, replaces it when models change, and ends it with
the service. Knows no torch.

Threads of its own do the waiting, so it works beside an event loop and without one. An engine holds a pipe to this
process and exits when it breaks: whatever becomes of us, no engine is left behind. Clients connect to a link; an engine
binds a path of its own and the link is put on it when it is ready, so a successor takes over without a gap.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from app.engine.watch import COMPLAINTS
from app.settings import Settings

log = logging.getLogger("undertone.supervisor")

READY, RETIRE = b"ready\n", b"retire\n"  # what an engine says, and what it is told, over its pipes
# Exit statuses of an engine, as in sysexits.h: its models or its device cannot be used (EX_CONFIG); its device can be
# used by a new process only (EX_TEMPFAIL).
EXIT_MODELS, EXIT_DEVICE = 78, 75
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


@dataclass(slots=True)
class EngineProcess:
    """One engine process, and what is known of it."""

    device: str
    path: Path  # of its socket
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)

    def wait_until_ready(self) -> bool:
        """Whether it could load and try its models; it says so, or ends."""
        assert self.process.stdout is not None, "a bug: started without a pipe"
        return self.process.stdout.readline() == READY

    def retire(self) -> None:
        """Have it finish what it has and end."""
        assert self.process.stdin is not None, "a bug: started without a pipe"
        with contextlib.suppress(BrokenPipeError, ValueError):  # it has ended by itself; its pipe may be closed
            self.process.stdin.write(RETIRE)
            self.process.stdin.flush()

    def wait(self) -> int:
        """For its end; its exit status."""
        # Closes its pipes too, which can fail where an order is left in one.
        with contextlib.suppress(BrokenPipeError), self.process as process:
            process.wait()
        return self.process.returncode


class Supervisor:
    """`on_failure` is called, from a thread, with what to tell the user when engines cannot be started at all;
    `on_restart` whenever one is started again."""

    def __init__(
        self,
        settings: Settings,
        on_failure: Callable[[str], None] = log.error,
        on_restart: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings, self.on_failure, self.on_restart = settings, on_failure, on_restart
        self.folder = Path(tempfile.mkdtemp(prefix="undertone-"))  # of this user alone
        self.links = {self.folder / f"engine-{i}": device for i, device in enumerate(devices(settings))}
        self.engines: dict[Path, EngineProcess] = {}  # by link
        self.launched: list[EngineProcess] = []  # all that may still run
        self.numbers = itertools.count()
        self.threads: list[threading.Thread] = []
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.reloading = threading.Lock()
        self.complaints = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.complaints.bind(str(self.folder / COMPLAINTS))

    @property
    def endpoints(self) -> list[str]:
        return [f"ipc://{link}" for link in self.links]

    @property
    def models(self) -> str:
        """Where the models are, for messages."""
        named = [name for name in (self.settings.sentiment_model, *self.settings.translation_models) if name]
        return " and ".join([str(self.settings.models_dir), *named])

    def start(self) -> None:
        for link in self.links:
            self.run(self.keep, link)
        self.run(self.hear_complaints)

    def hear_complaints(self) -> None:
        """End each engine whose process a client found to be hung; `keep` starts another."""
        while message := self.complaints.recv(64):
            with self.lock:
                for engine in self.launched:
                    if message == str(engine.process.pid).encode() and engine.process.poll() is None:
                        log.error("the engine on %s hangs, process %d; ending it", engine.device, engine.process.pid)
                        engine.process.kill()

    def run(self, work: Callable[..., object], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        thread.start()
        self.threads.append(thread)

    def keep(self, link: Path, engine: EngineProcess | None = None) -> None:
        """Run one engine, `engine` first if it has the link already, again and again, until all stop or a reload gives
        the link to another."""
        device, pause_s, latest = self.links[link], 0.1, engine  # the latest that got the link from here
        while self.engines.get(link) is latest:
            try:
                engine = engine or self.launch(device)
            except OSError as error:  # no memory, too many processes: that passes
                log.error("an engine on %s cannot be started: %s; trying again", device, error)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                self.stopping.wait(pause_s)
                continue
            if engine is None:
                return
            if engine is not latest and engine.wait_until_ready():
                with self.lock:
                    if self.engines.get(link) is latest:
                        self.take_over(link, engine)
                        latest = engine
                    else:  # a reload was first
                        engine.process.kill()
            status = engine.wait()
            if self.stopping.is_set() or self.engines.get(link) is not latest:
                return
            if status == EXIT_MODELS and latest is None:
                self.stopping.set()  # the others would say the same
                self.on_failure(f"the engine on {device} cannot serve the models in {self.models}")
                return
            healthy = time.monotonic() - engine.started > HEALTHY_S
            pause_s = 0.1 if healthy else min(2 * pause_s, LONGEST_PAUSE_S)
            log.error("the engine on %s ended with status %d; starting it again", device, status)
            self.on_restart()
            self.stopping.wait(pause_s)
            engine = None

    def take_over(self, link: Path, engine: EngineProcess) -> None:
        """Let clients that connect from now on meet this engine. To be called with the lock."""
        fresh = link.with_suffix(".next")
        if not self.stopping.is_set():
            fresh.symlink_to(engine.path)
            os.replace(fresh, link)
            self.engines[link] = engine

    def reload(self) -> bool:
        """Bring up new engines beside the old ones, from what is in the models folder now; when all have tried their
        models, switch, and let the old ones finish what they have. Models that cannot be served change nothing.
        Returns whether it switched. Waits; one at a time."""
        with self.reloading:
            fresh: dict[Path, EngineProcess] = {}
            try:
                for link, device in self.links.items():
                    if (engine := self.launch(device)) is not None:
                        fresh[link] = engine
            except OSError as error:
                log.error("an engine on %s cannot be started: %s", device, error)
            ready = [engine.wait_until_ready() for engine in fresh.values()]
            if not all(ready) or len(fresh) < len(self.links) or self.stopping.is_set():
                for engine in fresh.values():
                    engine.process.kill()
                    engine.wait()
                log.error("the models in %s cannot be served; the old ones go on", self.models)
                return False
            for link in self.links:
                with self.lock:
                    old = self.engines.get(link)
                    self.take_over(link, fresh[link])
                self.run(self.keep, link, fresh[link])
                if old is not None:
                    old.retire()
                    self.run(self.end_retired, old)
            log.info("the models in %s are served now", self.models)
            return True

    def reload_soon(self) -> None:
        """`reload` in a thread of its own, as a signal handler wants it."""
        self.run(self.reload)

    def end_retired(self, engine: EngineProcess) -> None:
        """A retired engine ends by itself; one that does not in the time of the longest request is ended."""
        try:
            engine.process.wait(timeout=self.settings.request_timeout_s)
        except subprocess.TimeoutExpired:
            engine.process.kill()

    def launch(self, device: str) -> EngineProcess | None:
        """Start one engine; None once `stop` was called. Raises OSError where the system starts no more processes."""
        settings, on_cpu = self.settings, device == "cpu"
        best = "onnx" if on_cpu and settings.precision == "auto" else "torch"  # onnx has its own precision
        runtime = settings.runtime if settings.runtime != "auto" else best
        rows = settings.max_decode_rows or (CPU_DECODE_ROWS if on_cpu else GPU_DECODE_ROWS)
        path = self.folder / f"socket-{next(self.numbers)}"
        command = [sys.executable, "-m", "app.engine.worker", f"ipc://{path}"]
        command += ["--models", str(settings.models_dir), "--device", device, "--runtime", runtime]
        command += ["--precision", settings.precision]
        command += ["--max-batch-tokens", str(settings.max_batch_tokens), "--max-decode-rows", str(rows)]
        command += ["--private", str(self.folder), "--sentiment-model", settings.sentiment_model]
        command += ["--sentiment-labels", *settings.sentiment_labels]
        command += ["--sentiment-languages", *settings.sentiment_languages]
        command += ["--translation-models", *settings.translation_models]
        command += ["--log-level", settings.log_level, "--log-format", settings.log_format]
        with self.lock:
            if self.stopping.is_set():
                return None
            # A session of its own: a signal to our process group must not end it before the last answer.
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
            engine = EngineProcess(device, path, process)
            self.launched = [other for other in self.launched if other.process.poll() is None] + [engine]
            return engine

    def stop(self) -> None:
        """End the engines: by SIGTERM, which they do not handle, so at once. To be called when all is answered."""
        with self.lock:
            self.stopping.set()
            processes = [engine.process for engine in self.launched]
            for process in processes:
                process.terminate()
        for process in processes:
            try:
                process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                process.kill()
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as box:
            box.sendto(b"", str(self.folder / COMPLAINTS))  # nothing more to hear
        for thread in self.threads:
            thread.join(timeout=2)
        self.complaints.close()
        shutil.rmtree(self.folder, ignore_errors=True)
