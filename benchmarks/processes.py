"""CPU time and memory of a server's process and all its descendants, from /proc. Linux only. Knows no HTTP."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

KILLED_S = 5.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True, frozen=True)
class Process:
    """A process at one moment. Process numbers are reused, so a process is identified by its start, too."""

    pid: int
    parent: int
    started: int
    cpu_s: float


def read_process(pid: int) -> Process | None:
    """None if the process has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()  # the process name before it may contain anything
    if fields[0] == "Z":
        return None
    return Process(pid, int(fields[1]), int(fields[19]), (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND)


def memory_kib(pid: int) -> tuple[int, int]:
    """Resident set size, and proportional set size, which divides shared pages among their processes."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()
    except OSError:
        return 0, 0
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:] if line.endswith("kB")}
    return sizes.get("Rss", 0), sizes.get("Pss", 0)


@dataclass(slots=True, frozen=True)
class Memory:
    processes: int
    rss_mib: float
    pss_mib: float


class Family:
    """A process and its descendants. A member whose parent has ended stays a member if it was seen before."""

    def __init__(self, root: int) -> None:
        process = read_process(root)
        self.known = {(process.pid, process.started)} if process else set()

    def members(self) -> list[Process]:
        everybody = [read_process(int(entry)) for entry in os.listdir("/proc") if entry.isdigit()]
        living = sorted((one for one in everybody if one is not None), key=lambda one: (one.started, one.pid))
        pids: set[int] = set()  # of living members only: the number of an ended one may be reused
        members = []
        for one in living:  # parents before children
            if (one.pid, one.started) in self.known or one.parent in pids:
                self.known.add((one.pid, one.started))
                pids.add(one.pid)
                members.append(one)
        return members

    def cpu_s(self) -> float:
        """CPU time of all members that `members` found before. It reads nothing else, so as not to disturb a
        measurement."""
        read = [(read_process(pid), started) for pid, started in self.known]
        return sum(one.cpu_s for one, started in read if one is not None and one.started == started)

    def memory(self) -> Memory:
        """Takes milliseconds for each process, during which the kernel locks its memory map."""
        sizes = [memory_kib(one.pid) for one in self.members()]
        return Memory(len(sizes), sum(rss for rss, _ in sizes) / 1024, sum(pss for _, pss in sizes) / 1024)

    def stop(self, root: int, grace_s: float = 30.0) -> None:
        """Send SIGTERM to the root, and SIGKILL to the members that are left after the grace period."""
        members = self.members()
        if any(one.pid == root for one in members):
            os.kill(root, signal.SIGTERM)
        deadline = time.monotonic() + grace_s
        while self.members() and time.monotonic() < deadline:
            time.sleep(0.1)
        for one in self.members():
            try:
                os.kill(one.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        while self.members() and time.monotonic() < deadline + KILLED_S:  # a killed process takes a moment to end
            time.sleep(0.01)
