"""`undertone serve` from start to end."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from app.cli import main
from app.settings import SHIPPED_MODELS
from tests.conftest import running_service, wait_until_ready
from tests.engine.test_supervisor import wait_until_gone


def children_of(pid: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except FileNotFoundError:
            continue
        if parent == pid:
            found += [int(stat.parent.name), *children_of(int(stat.parent.name))]
    return found


def test_sigterm_answers_what_was_accepted_and_exits_with_0(tiny_models: Path) -> None:
    patient = {"UNDERTONE_STOP_GRACE_S": "60"}  # on a busy machine these texts take long
    with running_service(tiny_models, **patient) as (url, process), ThreadPoolExecutor(1) as pool:
        family = children_of(process.pid)
        texts = ["a man in a blue shirt " * 30] * 200
        body = {"texts": texts, "target": "de", "source": "en"}
        asked = pool.submit(httpx.post, f"{url}/translate/batch", json=body, timeout=60)
        while not (works(url) or asked.done()):
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        answer = asked.result()
        assert len(answer.json()["results"]) == 200
        assert process.wait(timeout=30) == 0
        for pid in family:
            wait_until_gone(pid)


def test_a_connection_stays_open_as_long_as_it_is_told_to(tiny_models: Path) -> None:
    with running_service(tiny_models, UNDERTONE_KEEP_ALIVE_S="1") as (url, _):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(b"GET /healthz/live HTTP/1.1\r\nHost: x\r\n\r\n")
            received = b""
            while more := connection.recv(4096):  # ends when the service closes it
                received += more
        assert received.startswith(b"HTTP/1.1 200 ")


def works(url: str) -> bool:
    """Whether an engine has tokens to read or to decode."""
    metrics = httpx.get(f"{url}/metrics").text
    return bool(re.search(r"^undertone_(queue|inflight)_tokens{.*} [1-9]", metrics, re.MULTILINE))


def any_request_is_under_way(pid: int) -> bool:
    """Whether a client's connection is established: in /proc/net/tcp of the process, state 01."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.add(os.readlink(link).removeprefix("socket:[").removesuffix("]"))
        except FileNotFoundError:
            continue
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return any(row[3] == "01" and row[9] in inodes for row in rows)


def test_several_http_processes_share_the_engines(tiny_models: Path) -> None:
    with running_service(tiny_models, "--http-workers", "2") as (url, process):
        family = children_of(process.pid)
        workers = [pid for pid in family if b"app.engine.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        assert len(workers) == 1
        for _ in range(20):  # new connections, so both processes answer
            assert httpx.post(f"{url}/sentiment", json={"text": "I love it!", "language": "en"}).status_code == 200
        process.terminate()
        assert process.wait(timeout=30) == 0
        for pid in family:
            wait_until_gone(pid)


def test_nobody_is_left_when_the_first_process_is_killed(tiny_models: Path) -> None:
    with running_service(tiny_models, "--http-workers", "2") as (_, process):
        family = children_of(process.pid)
        assert len(family) >= 3
        process.kill()
        for pid in family:
            wait_until_gone(pid, timeout_s=30)


def engine_of(pid: int) -> int:
    return next(p for p in children_of(pid) if b"app.engine.worker" in Path(f"/proc/{p}/cmdline").read_bytes())


def test_a_hung_engine_does_not_keep_the_service_from_ending(tiny_models: Path) -> None:
    with running_service(tiny_models, UNDERTONE_STOP_GRACE_S="1") as (url, process), ThreadPoolExecutor(1) as pool:
        os.kill(engine_of(process.pid), signal.SIGSTOP)
        body = {"text": "I love it!", "language": "en"}
        asked = pool.submit(httpx.post, f"{url}/sentiment", json=body, timeout=60)
        while not any_request_is_under_way(process.pid):
            pass
        process.terminate()
        assert process.wait(timeout=30) == 0
        assert asked.exception() is not None or asked.result().status_code >= 500


def test_a_service_that_still_loads_ends_at_once(tiny_models: Path) -> None:
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--models-dir", str(tiny_models)]
    with subprocess.Popen(command) as process:
        while not children_of(process.pid):
            pass
        process.terminate()
        assert process.wait(timeout=30) == 0


def test_an_engine_killed_under_load_costs_no_answer(tiny_models: Path) -> None:
    with running_service(tiny_models) as (url, process), ThreadPoolExecutor(16) as pool, httpx.Client() as client:

        def ask(number: int) -> int:
            if number == 150:
                os.kill(engine_of(process.pid), signal.SIGKILL)
            body = {"text": "a man in a blue shirt", "target": "de", "source": "en"}
            return client.post(f"{url}/translate", json=body, timeout=60).status_code

        assert set(pool.map(ask, range(300))) == {200}
        assert client.get(f"{url}/healthz/ready").status_code == 200


def test_an_engine_stopped_under_load_costs_no_answer(tiny_models: Path) -> None:
    """A stopped engine neither answers nor ends; the service is not ready until another replaces it."""
    with (
        running_service(tiny_models, UNDERTONE_ENGINE_TIMEOUT_S="2") as (url, process),
        ThreadPoolExecutor(16) as pool,
        httpx.Client() as client,
    ):
        stopped = engine_of(process.pid)

        def ask(number: int) -> int:
            if number == 150:
                os.kill(stopped, signal.SIGSTOP)
            body = {"text": "a man in a blue shirt", "target": "de", "source": "en"}
            return client.post(f"{url}/translate", json=body, timeout=60).status_code

        statuses = pool.map(ask, range(300))
        while client.get(f"{url}/healthz/ready").status_code == 200:
            time.sleep(0.01)
        assert set(statuses) == {200}
        assert client.get(f"{url}/healthz/ready").status_code == 200
        assert engine_of(process.pid) != stopped
        wait_until_gone(stopped)


def test_a_client_that_leaves_frees_its_work(tiny_models: Path) -> None:
    """One slot, taken by a text that takes minutes: when its client hangs up, the next one is served."""
    limits = {"UNDERTONE_MAX_DECODE_ROWS": "1", "UNDERTONE_BEAM": "1", "UNDERTONE_MAX_QUEUE_TOKENS": "10000000"}
    with running_service(tiny_models, **limits) as (url, _):
        body = {"texts": ["a man in a blue shirt stands on a ladder " * 400] * 50, "target": "de", "source": "en"}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{url}/translate/batch", json=body, timeout=0.5)
        body = {"text": "a man", "target": "de", "source": "en"}
        deadline = time.monotonic() + 30
        while httpx.post(f"{url}/translate", json=body, timeout=30).status_code == 503:  # not noticed yet
            assert time.monotonic() < deadline


def test_a_service_without_usable_models_says_why_and_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0", "--models-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "holds no model folder" in done.stderr


def test_a_taken_port_is_told(tiny_models: Path) -> None:
    with running_service(tiny_models) as (url, _):
        port = url.rpartition(":")[2]
        command = [sys.executable, "-m", "app.cli", "serve", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        assert f"port {port}: Address already in use. UNDERTONE_HOST (--host)" in done.stderr


def test_uvicorn_alone_starts_engines_of_its_own(tiny_models: Path) -> None:
    environment = {**os.environ, "UNDERTONE_MODELS_DIR": str(tiny_models), "UNDERTONE_CPU_ENGINES": "1"}
    command = [sys.executable, "-m", "uvicorn", "app.main:app", "--port", "18973"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if "running on" in line:
                    break
            url = "http://127.0.0.1:18973"
            assert httpx.get(f"{url}/healthz/live").status_code == 200
            early = httpx.post(f"{url}/sentiment", json={"text": "I love it!"})
            assert early.status_code in (200, 503)
            wait_until_ready(url)
            assert httpx.post(f"{url}/sentiment", json={"text": "I love it!", "language": "en"}).status_code == 200
            family = children_of(process.pid)
        finally:
            process.terminate()
            process.communicate(timeout=30)
    for pid in family:
        wait_until_gone(pid)


def test_the_http_side_never_loads_torch() -> None:
    script = "import sys, app.main, app.cli.serve, app.cli; app.main.create_app(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def test_models_are_replaced_without_downtime(tiny_models: Path, tmp_path: Path) -> None:
    """`undertone reload` under load: no request fails, `GET /models` lists the new model, and a broken model changes
    nothing."""
    models = Path(shutil.copytree(tiny_models, tmp_path / "models"))
    with running_service(models) as (url, process), ThreadPoolExecutor(4) as pool, httpx.Client() as client:
        statuses: list[int] = []
        stopping = threading.Event()

        def ask_on() -> None:
            body = {"text": "a man in a blue shirt", "target": "de", "source": "en"}
            while not stopping.is_set():
                statuses.append(client.post(f"{url}/translate", json=body, timeout=60).status_code)

        asking = [pool.submit(ask_on) for _ in range(4)]
        shutil.copytree(models / "tiny-sentiment", models / "second")
        config = (models / "second" / "config.json").read_text().replace("tiny-sentiment", "second-sentiment")
        (models / "second" / "config.json").write_text(config)
        assert main(["reload", str(process.pid)]) == 0
        names: set[str] = set()
        while "second-sentiment" not in names:
            names = {model["name"] for model in client.get(f"{url}/models").json()["models"]}
        (models / "second" / "model.safetensors").write_bytes(b"damaged")
        assert main(["reload", str(process.pid)]) == 0
        time.sleep(3)
        stopping.set()
        for task in asking:
            task.result()
        assert set(statuses) == {200}
        body = {"text": "I love it!", "language": "en", "model": "second-sentiment"}
        assert client.post(f"{url}/sentiment", json=body).status_code == 200


def test_reloading_nothing_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["reload", "999999999"]) == 1
    assert "cannot signal process" in capfd.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the command of a process")
def test_a_process_that_is_no_service_gets_no_signal(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["reload", str(os.getpid())]) == 1
    assert "is no `undertone serve`" in capfd.readouterr().err


def test_what_the_start_tells_to_try_works() -> None:
    with running_service(SHIPPED_MODELS) as (_, process):
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        models = len(list(itertools.takewhile(lambda line: line != "Try:\n", lines))) - 1  # without a heading
        commands = [shlex.split(next(lines)) for _ in range(models)]
        for command in commands:
            url, body = command[2], command[command.index("-d") + 1]
            response = httpx.post(url, content=body, headers={"Content-Type": "application/json"}, timeout=60)
            assert response.status_code == 200, (body, response.text)
        assert models == len(list(SHIPPED_MODELS.glob("*/config.json")))
