"""The image by itself, confined as an operator would confine it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.container.conftest import BUILD_S, free_port, is_ready, wait_for
from tests.container.engine import IMAGE, PROJECT, engine, inspect, logs

CONFINED = ("--read-only", "--tmpfs", "/tmp:size=64m", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
# So that a slow machine neither refuses what it would answer late, nor cuts it off.
PATIENT = ("-e", "UNDERTONE_STOP_GRACE_S=100", "-e", "UNDERTONE_REQUEST_TIMEOUT_S=10000")
# Largest that the image's packages and its models may be, in MB. What they are made of: docs/operations.md.
MOST_MB, MOST_MODELS_MB = 200, 220

Run = Callable[..., str]


def inside(container: str, code: str) -> str:
    return engine("exec", container, "python", "-c", code)


def test_the_image_says_what_it_is_and_starts_without_a_shell_or_root(image: str) -> None:
    config = inspect(image)["Config"]
    assert config["User"].split(":")[0].isdigit()
    assert int(config["User"].split(":")[0]) > 0
    assert config["Entrypoint"] == ["undertone"]
    assert config["Cmd"] == ["serve"]
    labels = config["Labels"]
    assert labels["org.opencontainers.image.title"] == "Undertone"
    assert labels["org.opencontainers.image.version"]
    health = inspect(image).get("Healthcheck") or config["Healthcheck"]
    assert health["Test"][0] == "CMD", "exec form"
    assert health["StartPeriod"] > 0


def test_the_image_is_small_and_has_neither_torch_nor_cuda(image: str) -> None:
    listing = (
        "import os, json; from pathlib import Path\n"
        "files = [p for top in ('/opt', '/usr') for p in Path(top).rglob('*') if p.is_file() and not p.is_symlink()]\n"
        "sizes = {str(p): p.lstat().st_size for p in files if str(p).startswith('/opt')}\n"
        "models = sum(size for p, size in sizes.items() if p.startswith('/opt/undertone/models/'))\n"
        "words = ('torch', 'cuda', 'cublas', 'cudnn', 'nccl')\n"
        "cuda = [str(p) for p in files if '.so' in p.name and any(word in p.name for word in words)]\n"
        "print(json.dumps([sum(sizes.values()) - models, models, cuda]))"
    )
    packages, models, cuda = json.loads(engine("run", "--rm", "--entrypoint", "python", image, "-c", listing))
    assert cuda == []
    assert packages / 1e6 < MOST_MB
    assert 0 < models / 1e6 < MOST_MODELS_MB


def test_an_image_for_sagemaker_answers_on_its_port(image: str) -> None:
    name = f"{IMAGE}-sagemaker"
    arguments = ("--build-arg", "PORT=8080", "--build-arg", "COMPAT=sagemaker")
    engine("build", "-t", name, *arguments, ".", timeout_s=BUILD_S)
    engine("rm", "-f", f"{PROJECT}-sagemaker", check=False)
    settings = ("-e", "UNDERTONE_CPU_ENGINES=1", "-e", "UNDERTONE_ALLOW_ANONYMOUS=true")
    engine("run", "-d", "--name", f"{PROJECT}-sagemaker", *settings, name, "serve")
    try:
        wait_for("it is ready", lambda: is_ready(f"{PROJECT}-sagemaker"))
        asked = inside(
            f"{PROJECT}-sagemaker",
            "import json, urllib.request as u\n"
            "print(u.urlopen('http://127.0.0.1:8080/ping').status)\n"
            "body = json.dumps({'text': 'I love this phone'}).encode()\n"
            "request = u.Request('http://127.0.0.1:8080/invocations', body, {'Content-Type': 'application/json'})\n"
            "print(u.urlopen(request).read().decode())",
        )
    finally:
        engine("rm", "-f", f"{PROJECT}-sagemaker", check=False)
    status, answer = asked.splitlines()
    assert status == "200"
    assert json.loads(answer)["label"] == "positive"


def test_it_serves_any_user_offline_on_a_read_only_root_without_a_shell(run: Run) -> None:
    no_shell = [part for shell in ("sh", "bash", "dash") for part in ("-v", f"/dev/null:/usr/bin/{shell}:ro")]
    name = run("--user", "12345", "--network", "none", "--memory", "1g", *CONFINED, *no_shell)
    wait_for("it is ready", lambda: is_ready(name))
    asked = inside(
        name,
        "import json, urllib.request as u\n"
        "for path, body in (('sentiment', {'text': 'I love this phone'}), ('translate', {'text': 'A man is running.', "
        "'target': 'de'})):\n"
        "    request = u.Request('http://127.0.0.1:8000/' + path, json.dumps(body).encode(), "
        "{'Content-Type': 'application/json'})\n"
        "    print(u.urlopen(request).read().decode())",
    )
    sentiment, translation = (json.loads(line) for line in asked.splitlines())
    assert sentiment["label"] == "positive"
    assert translation["translation"].startswith("Ein Mann")

    status = dict(
        line.split(":", 1) for line in inside(name, "print(open('/proc/1/status').read())").splitlines() if line
    )
    assert status["Uid"].split() == ["12345"] * 4
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1"
    try_to_write = (
        "from pathlib import Path\n"
        "for folder in ('/', '/opt/undertone', '/opt/undertone/models', '/tmp'):\n"
        "    try: Path(folder, 'probe').write_text('x'); print(folder)\n"
        "    except OSError: pass"
    )
    assert inside(name, try_to_write) == "/tmp"
    limit = (
        "from pathlib import Path\n"
        "files = [Path('/sys/fs/cgroup', name) for name in ('memory.max', 'memory/memory.limit_in_bytes')]\n"
        "print(next((f.read_text().strip() for f in files if f.exists()), 'unknown'))"
    )
    assert inside(name, limit) in (str(2**30), "unknown")
    assert inspect(name)["HostConfig"]["Memory"] == 2**30


def test_sigterm_answers_what_was_accepted_and_exits_with_0(run: Run) -> None:
    port = free_port()
    name = run("-p", f"127.0.0.1:{port}:8000", *PATIENT, *CONFINED)
    wait_for("it is ready", lambda: is_ready(name))
    texts = [f"{count} people in blue shirts are standing on a ladder and cleaning windows." for count in range(150)]
    body = {"texts": texts, "target": "de"}
    clients = 6
    sent = threading.Barrier(clients + 1)

    def ask(_: int) -> tuple[int, float]:
        sent.wait()
        answer = client.post("/translate/batch", json=body)
        assert answer.status_code == 200, answer.text
        return sum("translation" in item for item in answer.json()["results"]), time.monotonic()

    with (
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client,
        ThreadPoolExecutor(clients + 1) as pool,
    ):
        accepted = pool.submit(inside, name, UNTIL_CONNECTED % clients)
        asked = [pool.submit(ask, number) for number in range(clients)]
        sent.wait()
        accepted.result()
        told = time.monotonic()
        engine("kill", "--signal", "TERM", name)
        answers = [task.result() for task in asked]
    assert [items for items, _ in answers] == [len(texts)] * clients
    assert max(at for _, at in answers) > told, "nothing was under way; ask for more"
    assert engine("wait", name, timeout_s=60) == "0"


# Returns when %d connections to port 8000 are established (state 01 in /proc/net/tcp) and their requests read.
UNTIL_CONNECTED = """
import time
def requests():
    rows = [line.split() for line in open('/proc/net/tcp').read().splitlines()[1:]]
    return sum(row[1].endswith(':1F40') and row[3] == '01' and row[4].endswith(':00000000') for row in rows)
deadline = time.monotonic() + 60
while requests() < %d:
    assert time.monotonic() < deadline
    time.sleep(0.01)
"""


def test_an_engine_that_dies_is_reaped_and_replaced(run: Run) -> None:
    name = run(*CONFINED)
    wait_for("it is ready", lambda: is_ready(name))
    kill_engine = (
        "import os; from pathlib import Path\n"
        "pids = [int(p.name) for p in Path('/proc').glob('[0-9]*') "
        "if b'app.engine.worker' in (p / 'cmdline').read_bytes()]\n"
        "print(pids[0]); os.kill(pids[0], 9)"
    )
    killed = inside(name, kill_engine)
    wait_for("it is gone", lambda: inside(name, f"import os; print(os.path.exists('/proc/{killed}'))") == "False", 30)
    wait_for("it is ready again", lambda: is_ready(name))
    zombies = (
        "from pathlib import Path\n"
        "print(sum(p.read_text().rpartition(')')[2].split()[0] == 'Z' for p in Path('/proc').glob('[0-9]*/stat')))"
    )
    assert inside(name, zombies) == "0"


def test_several_http_processes_work_as_well(run: Run) -> None:
    name = run("-e", "UNDERTONE_HTTP_WORKERS=2", "--user", "4711", *CONFINED)
    wait_for("it is ready", lambda: is_ready(name))
    engine("stop", "-t", "30", name)
    assert inspect(name)["State"]["ExitCode"] == 0


def test_a_wrong_setting_is_told_and_ends_the_container(run: Run) -> None:
    name = run("-e", "UNDERTONE_PORT=eight")
    assert engine("wait", name, timeout_s=60) != "0"
    assert "UNDERTONE_PORT" in logs(name)


def test_it_does_not_serve_strangers_unless_told(run: Run) -> None:
    name = run("-e", "UNDERTONE_ALLOW_ANONYMOUS=")
    assert engine("wait", name, timeout_s=60) == "2"
    assert "there are no API keys" in logs(name)
