"""The memory of an idle and of a used service, and the time of starts: the processes of `undertone serve` with two
engines, and one call of the command line.

python -m benchmarks.footprint [--checkout DIR]      # of another checkout, to compare both in one run
python -m benchmarks.footprint --cgroup DIR          # in a cgroup with a limit of memory, as in a container

A cgroup also counts files that processes map or write. To make one, as root (in version 2 the limit is memory.max):
mkdir /sys/fs/cgroup/memory/NAME && echo 1536M >/sys/fs/cgroup/memory/NAME/memory.limit_in_bytes
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

ROOT = Path(__file__).resolve().parents[1]
USED = {"now": ("memory.usage_in_bytes", "memory.current"), "at most": ("memory.max_usage_in_bytes", "memory.peak")}
CALLS = 3  # of the command, the fastest counts
SENTENCES = [
    "A man in a blue shirt is standing on a ladder.",
    "Two dogs play in the snow.",
    "The train leaves at nine.",
]
TARGETS = (("en", "de"), ("en", "fr"), ("en", "zh-Hans"), ("de", "en"), ("fr", "en"), ("zh", "en"))
BATCH, ROUNDS, CLIENTS = 64, 3, 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkout", type=Path, default=ROOT, help="the checkout to measure")
    parser.add_argument("--cgroup", type=Path, help="folder of the cgroup for memory to start the service in")
    options = parser.parse_args()
    os.chdir(options.checkout)  # Python imports from here first
    environment = {**os.environ, "PYTHONPATH": str(options.checkout), "UNDERTONE_CPU_ENGINES": "2"}
    environment["UNDERTONE_REQUEST_TIMEOUT_S"] = "10000"  # no requests are refused on a slow machine
    with TemporaryDirectory() as cache:
        environment["UNDERTONE_CACHE_DIR"] = cache  # so that the first start builds the graphs
        measure(environment, options.cgroup)
        command = [sys.executable, "-m", "app.cli", "translate", "--to", "de", SENTENCES[0]]
        print(f"a call of the command: {min(seconds(command, environment) for _ in range(CALLS)):.2f} s")


def measure(environment: dict[str, str], cgroup: Path | None) -> None:
    """Two starts; the second service also gets requests."""
    for start in ("first", "second"):
        with service(environment, cgroup) as (url, process, ready_s):
            print(f"{start} start: ready after {ready_s:.1f} s")
            show("idle", process.pid, cgroup)
            if start == "second":
                use(url)
                show("used", process.pid, cgroup)


@contextmanager
def service(
    environment: dict[str, str], cgroup: Path | None = None
) -> Iterator[tuple[str, subprocess.Popen[str], float]]:
    started = time.monotonic()
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0"]

    def enter() -> None:
        if cgroup is not None:
            (cgroup / "cgroup.procs").write_text(str(os.getpid()))

    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, preexec_fn=enter)
    assert process.stdout is not None
    try:
        match = re.search(r"http://\S+", process.stdout.readline())
        assert match, "no address"
        while httpx.get(f"{match.group()}/healthz/ready").status_code != 200:
            time.sleep(0.02)
        ready_s = time.monotonic() - started
        time.sleep(3)  # the second engine becomes ready, too
        yield match.group(), process, ready_s
    finally:
        process.terminate()
        process.wait(timeout=30)


def use(url: str) -> None:
    """Send batches of texts to every model, from several clients at a time."""
    with httpx.Client(base_url=url, timeout=600) as client, ThreadPoolExecutor(CLIENTS) as pool:

        def ask(path: str, **fields: object) -> None:
            answer = client.post(path, json={"texts": SENTENCES * (BATCH // len(SENTENCES)), **fields})
            assert answer.status_code == 200, answer.text

        for _ in range(ROUNDS):
            asked = [pool.submit(ask, "/sentiment/batch", language=code) for code in ("en", "zh")]
            asked += [pool.submit(ask, "/translate/batch", source=one, target=other) for one, other in TARGETS]
            for task in asked:
                task.result()


def show(when: str, parent: int, cgroup: Path | None) -> None:
    """Memory in MB. Own pages are mapped by no other process; shares divide a page among the processes that map it, so
    they add up to the memory of the service."""
    total = 0.0
    for pid in (parent, *children(parent)):
        memory = rollup(pid)
        kind = "engine" if "app.engine.worker" in Path(f"/proc/{pid}/cmdline").read_text() else "HTTP"
        own = memory["Private_Clean"] + memory["Private_Dirty"]
        total += memory["Pss"]
        print(f"  {when}: {kind}: own pages {own:.0f} MB, resident {memory['Rss']:.0f}, share {memory['Pss']:.0f}")
    print(f"  {when}: the service {total:.0f} MB")
    if cgroup is not None:
        for which, names in USED.items():
            used = next(int((cgroup / name).read_text()) for name in names if (cgroup / name).exists())
            print(f"  {when}: the cgroup {which} {used / 2**20:.0f} MiB")


def children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
        except (OSError, ValueError):
            continue
    return found


def rollup(pid: int) -> dict[str, float]:
    lines = (line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return {name.rstrip(":"): int(value) * 1024 / 1e6 for name, value, *_ in lines}


def seconds(command: list[str], environment: dict[str, str]) -> float:
    started = time.monotonic()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.monotonic() - started


if __name__ == "__main__":
    main()
