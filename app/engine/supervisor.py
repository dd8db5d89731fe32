"""Starts one engine process for each device, restarts it when it ends, replaces all on a reload, and ends them with the
service. Imports no torch.

Its threads do the waiting, so it works with and without an event loop. An engine has a pipe to this process and exits
when the pipe breaks, so no engine outlives this process. Clients connect to a link; an engine binds a path of its own,
and the link is set to the path when the engine is ready, so a successor takes over without a gap.

Models change by a reload only: an engine that is restarted after a crash and finds other models in its folder is not
used while others serve the models from before.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.engine.devices import devices
from app.engine.handshake import EXIT_MODELS, READY, RETIRE
from app.engine.watch import COMPLAINTS
from app.settings import Settings

log = logging.getLogger("undertone.supervisor")

# Measured: on a CPU a step takes time in proportion to its rows, so more rows would only delay sentences in flight.
CPU_DECODE_ROWS, GPU_DECODE_ROWS = 64, 1024
THREADS_OF_NUMPY = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")  # environment variables
LONGEST_PAUSE_S = 10.0
HEALTHY_S = 30.0  # an engine that ran this long is restarted at once
CHANGED_PAUSE_S = 30.0  # between two starts of an engine that finds other models in its folder


@dataclass(slots=True)
class EngineProcess:
    """One engine process."""

    device: str
    path: Path  # of its socket
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    models: bytes = b""  # a digest of its models, once it is ready

    def wait_until_ready(self) -> bool:
        """Wait until it has loaded and tried its models, or has ended; returns whether it is ready."""
        assert self.process.stdout is not None, "a bug: started without a pipe"
        line = self.process.stdout.readline()
        self.models = line.removeprefix(READY)
        return line.startswith(READY)

    def retire(self) -> None:
        """Tell it to finish its requests and end."""
        assert self.process.stdin is not None, "a bug: started without a pipe"
        with contextlib.suppress(BrokenPipeError, ValueError):  # the engine has ended, and its pipe may be closed
            self.process.stdin.write(RETIRE)
            self.process.stdin.flush()

    def wait(self) -> int:
        """Wait for its end; returns its exit status."""
        # Leaving the block closes the pipes too, which can fail where the engine did not read `retire`.
        with contextlib.suppress(BrokenPipeError), self.process as process:
            process.wait()
        return self.process.returncode


class Supervisor:
    """`on_failure` is called, from a thread, with a message to the user when engines cannot be started at all;
    `on_restart` whenever an engine is restarted. `on_demand` engines load a model with the first text that it gets."""

    def __init__(
        self,
        settings: Settings,
        on_failure: Callable[[str], None] = log.error,
        on_restart: Callable[[], None] = lambda: None,
        on_demand: bool = False,
    ) -> None:
        self.on_demand = on_demand
        self.settings, self.on_failure, self.on_restart = settings, on_failure, on_restart
        self.folder = Path(tempfile.mkdtemp(prefix="undertone-"))  # readable for this user only
        self.links = {self.folder / f"engine-{i}": device for i, device in enumerate(devices(settings))}
        self.engines: dict[Path, EngineProcess] = {}  # by link
        self.launched: list[EngineProcess] = []  # all that may be running
        self.served = b""  # digest of the models that clients get answers from
        self.generation = 0  # reloads so far
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
        """The places of the models, for messages."""
        named = [name for name in (self.settings.sentiment_model, *self.settings.translation_models) if name]
        return " and ".join([str(self.settings.models_dir), *named])

    def start(self) -> None:
        for link in self.links:
            self.run(self.keep, link)
        self.run(self.hear_complaints)

    def hear_complaints(self) -> None:
        """End each engine that a client reports as hung; `keep` starts another."""
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
        """Keep one engine running, first `engine` where it has the link already, until the supervisor stops or a reload
        gives the link to another engine."""
        device, pause_s, latest = self.links[link], 0.1, engine  # `latest`: the engine that this thread gave the link
        while self.engines.get(link) is latest:
            try:
                engine = engine or self.launch(device, self.generation)
            except OSError as error:  # too little memory or too many processes, such as may pass
                log.error("an engine on %s cannot be started: %s; trying again", device, error)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                self.stopping.wait(pause_s)
                continue
            if engine is None:
                return
            refused = False
            if engine is not latest and engine.wait_until_ready():
                with self.lock:
                    refused = not self.may_serve(engine)
                    if refused or self.engines.get(link) is not latest:  # a reload gave the link to another
                        engine.process.kill()
                    else:
                        self.take_over(link, engine)
                        latest = engine
            status = engine.wait()
            if self.stopping.is_set() or self.engines.get(link) is not latest:
                return
            if status == EXIT_MODELS and latest is None:
                self.stopping.set()  # the others would fail for the same reason
                self.on_failure(f"the engine on {device} cannot serve the models in {self.models}")
                return
            if refused:
                log.error(
                    "the models in %s have changed without a reload, so the engine on %s cannot be restarted; run "
                    "`undertone reload %d` to serve them, or put the old ones back; trying again in %.0f s",
                    self.models, device, os.getpid(), CHANGED_PAUSE_S,
                )  # fmt: skip
                self.stopping.wait(CHANGED_PAUSE_S)
            else:
                healthy = time.monotonic() - engine.started > HEALTHY_S
                pause_s = 0.1 if healthy else min(2 * pause_s, LONGEST_PAUSE_S)
                log.error("the engine on %s ended with status %d; starting it again", device, status)
                self.on_restart()
                self.stopping.wait(pause_s)
            engine = None

    def may_serve(self, engine: EngineProcess) -> bool:
        """Whether a started engine has the models that are served. Without a running engine that has them, its models
        are better than none: then they are served from now on. To be called with the lock."""
        running = (other for other in self.engines.values() if other.process.poll() is None)
        if engine.models != self.served and any(other.models == self.served for other in running):
            return False
        if self.served not in (b"", engine.models):
            log.warning("no engine is left with the models from before; those now in %s are served", self.models)
        self.served = engine.models
        return True

    def take_over(self, link: Path, engine: EngineProcess) -> None:
        """Give the link to an engine: clients that connect from now on reach it. To be called with the lock."""
        fresh = link.with_suffix(".next")
        if not self.stopping.is_set():
            fresh.symlink_to(engine.path)
            os.replace(fresh, link)
            self.engines[link] = engine

    def reload(self) -> bool:
        """Start new engines beside the old ones, with the models that are in the folder now. When all are ready, switch
        to them and let the old ones finish their requests. Models that cannot be served change nothing. Returns whether
        it switched. Blocks; reloads run one at a time."""
        with self.reloading:
            fresh: dict[Path, EngineProcess] = {}
            try:
                for link, device in self.links.items():
                    if (engine := self.launch(device, self.generation + 1)) is not None:
                        fresh[link] = engine
            except OSError as error:
                log.error("an engine on %s cannot be started: %s", device, error)
            ready = [engine.wait_until_ready() for engine in fresh.values()]
            alike = len({engine.models for engine in fresh.values()}) == 1  # else files changed between their starts
            if not (all(ready) and alike) or len(fresh) < len(self.links) or self.stopping.is_set():
                for engine in fresh.values():
                    engine.process.kill()
                    engine.wait()
                log.error("the models in %s cannot be served; the old ones go on", self.models)
                return False
            with self.lock:
                old = list(self.engines.values())
                self.served, self.generation = next(iter(fresh.values())).models, self.generation + 1
                for link, engine in fresh.items():
                    self.take_over(link, engine)
            for link, engine in fresh.items():
                self.run(self.keep, link, engine)
            for engine in old:
                engine.retire()
                self.run(self.end_retired, engine)
            log.info("the models in %s are served now", self.models)
            return True

    def reload_soon(self) -> None:
        """`reload` in a thread, for signal handlers, which must not block."""
        self.run(self.reload)

    def end_retired(self, engine: EngineProcess) -> None:
        """Wait for a retired engine to end; kill it after the time of the longest request."""
        try:
            engine.process.wait(timeout=self.settings.request_timeout_s)
        except subprocess.TimeoutExpired:
            engine.process.kill()

    def launch(self, device: str, generation: int) -> EngineProcess | None:
        """Start one engine; None once `stop` was called. Raises OSError where the system starts no more processes."""
        settings, on_cpu = self.settings, device == "cpu"
        best = "onnx" if on_cpu and settings.precision == "auto" else "torch"  # onnx has its own precision
        runtime = settings.runtime if settings.runtime != "auto" else best
        rows = settings.max_decode_rows or (CPU_DECODE_ROWS if on_cpu else GPU_DECODE_ROWS)
        path = self.folder / f"socket-{next(self.numbers)}"
        command = [sys.executable, "-m", "app.engine.worker", f"ipc://{path}"]
        command += ["--models", str(settings.models_dir), "--device", device, "--runtime", runtime]
        command += ["--precision", settings.precision, "--generation", str(generation)]
        command += ["--max-batch-tokens", str(settings.max_batch_tokens), "--max-decode-rows", str(rows)]
        command += ["--private", str(self.folder), "--sentiment-model", settings.sentiment_model]
        command += ["--sentiment-labels", *settings.sentiment_labels]
        command += ["--sentiment-languages", *settings.sentiment_languages]
        command += ["--translation-models", *settings.translation_models]
        command += ["--cache", str(settings.cache_dir)] if settings.cache_dir else []
        command += ["--on-demand"] if self.on_demand else []
        command += ["--convert"] if settings.runtime != "torch" and settings.precision == "auto" else []
        command += ["--log-level", settings.log_level, "--log-format", settings.log_format]
        with self.lock:
            if self.stopping.is_set():
                return None
            # One thread for numpy's products too, as for those of the runtimes. A session of its own, so that a signal
            # to this process group does not end it before the last answer.
            environment = {**os.environ, **dict.fromkeys(THREADS_OF_NUMPY, "1")}
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True
            )
            engine = EngineProcess(device, path, process)
            self.launched = [other for other in self.launched if other.process.poll() is None] + [engine]
            return engine

    def stop(self) -> None:
        """End the engines, at once, since they do not handle SIGTERM. To be called when all requests are answered."""
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
            box.sendto(b"", str(self.folder / COMPLAINTS))  # ends `hear_complaints`
        for thread in self.threads:
            thread.join(timeout=2)
        self.complaints.close()
        shutil.rmtree(self.folder, ignore_errors=True)
