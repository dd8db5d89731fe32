from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from app.engine import supervisor as module
from app.engine.supervisor import EngineProcess, Supervisor
from app.settings import Settings


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone before its file was opened, or before it was read
        return False


def wait_until_gone(pid: int, timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while alive(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.02)


def test_a_broken_folder_is_told_once_and_not_tried_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{")
    told = threading.Event()
    supervisor = Supervisor(
        Settings(models_dir=tmp_path, device="cpu", cpu_engines=1), on_failure=lambda reason: told.set()
    )
    supervisor.start()
    assert told.wait(60)
    supervisor.stop()
    assert "no valid JSON" in capfd.readouterr().err


def test_a_system_that_starts_no_process_for_a_while_is_asked_again(
    tiny_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [OSError(errno.EAGAIN, "Resource temporarily unavailable")] * 2
    popen = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        if refusals:
            raise refusals.pop()
        return popen(*arguments, **options)

    monkeypatch.setattr(module.subprocess, "Popen", start)
    supervisor = Supervisor(Settings(models_dir=tiny_models, device="cpu", cpu_engines=1))
    supervisor.start()
    while not supervisor.engines:
        time.sleep(0.02)
    (served,) = supervisor.engines.values()
    refusals.append(OSError(errno.ENOMEM, "Cannot allocate memory"))
    assert not supervisor.reload()
    assert list(supervisor.engines.values()) == [served]
    assert served.process.poll() is None
    supervisor.stop()


def test_an_engine_that_crashes_during_a_reload_is_replaced_like_the_others(
    tiny_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = Supervisor(Settings(models_dir=tiny_models, device="cpu", cpu_engines=2))
    supervisor.start()
    while len(supervisor.engines) < 2:
        time.sleep(0.02)
    old = list(supervisor.engines.values())
    launch, crashes = supervisor.launch, [old[0].process]
    restarted, reloaded = threading.Event(), threading.Event()
    late: list[EngineProcess | None] = []

    def launch_while_one_crashes(device: str, generation: int) -> EngineProcess | None:
        if threading.current_thread() is not threading.main_thread():  # the crashed one is started again
            restarted.set()
            reloaded.wait()
            late.append(launch(device, generation))
            return late[0]
        while crashes:
            crashes.pop().kill()
            restarted.wait()
        return launch(device, generation)

    monkeypatch.setattr(supervisor, "launch", launch_while_one_crashes)
    assert supervisor.reload()
    fresh = list(supervisor.engines.values())
    reloaded.set()
    for engine in old:
        wait_until_gone(engine.process.pid)
    while not late:
        time.sleep(0.02)
    assert late[0] is not None
    wait_until_gone(late[0].process.pid, timeout_s=60)
    assert [engine.process.pid for engine in supervisor.engines.values()] == [engine.process.pid for engine in fresh]
    assert all(alive(engine.process.pid) for engine in fresh)
    supervisor.stop()


def test_an_order_to_an_engine_that_has_ended_is_no_error() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.wait()
        engine = EngineProcess("cpu", Path("socket"), process)
        engine.retire()
        assert engine.wait() == 0  # closes a pipe with an order that was not read
        engine.retire()


def test_stop_leaves_no_process_and_no_file(tiny_models: Path) -> None:
    supervisor = Supervisor(Settings(models_dir=tiny_models, device="cpu", cpu_engines=2))
    supervisor.start()
    while len(supervisor.launched) < 2:
        time.sleep(0.01)
    pids = [engine.process.pid for engine in supervisor.launched]
    supervisor.stop()  # while the engines still load
    assert not any(alive(pid) for pid in pids)
    assert not supervisor.folder.exists()
    supervisor.stop()


def test_engines_go_when_their_parent_is_killed(tiny_models: Path) -> None:
    script = (
        "import time; from app.engine.supervisor import Supervisor; from app.settings import Settings\n"
        f"s = Supervisor(Settings(models_dir={str(tiny_models)!r}, device='cpu', cpu_engines=1)); s.start()\n"
        "while not s.launched: time.sleep(0.01)\n"
        "print(s.launched[0].process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        engine = int(parent.stdout.readline())
        assert alive(engine)
        os.kill(parent.pid, signal.SIGKILL)
    wait_until_gone(engine, timeout_s=30)


def test_a_precision_that_the_runtime_lacks_is_told(tiny_models: Path, capfd: pytest.CaptureFixture[str]) -> None:
    told = threading.Event()
    settings = Settings(models_dir=tiny_models, device="cpu", cpu_engines=1, runtime="onnx", precision="float16")
    supervisor = Supervisor(settings, on_failure=lambda reason: told.set())
    supervisor.start()
    assert told.wait(60)
    supervisor.stop()
    assert "float16 needs the runtime torch" in capfd.readouterr().err
