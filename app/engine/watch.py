"""Notices an engine that is silent while it has work: it was stopped or has deadlocked, and no broken connection tells.
Runs only while there is work, so an idle service does nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

COMPLAINTS = "complaints"  # the supervisor's socket, in the folder of its engines' endpoints
CHECKS = 3  # in the time of silence that is too long
BEAT_S = 0.5  # how often an engine says that it gets on, if it says nothing else


class Watch:
    """Counts checks without a word between them instead of seconds: if it is this process that was held up, only one
    check comes late, and what the engine said meanwhile is heard before the next."""

    def __init__(self, timeout_s: float, busy: Callable[[], bool], on_hung: Callable[[], None]) -> None:
        self.pause_s, self.busy, self.on_hung = timeout_s / CHECKS, busy, on_hung
        self.silent_checks = 0
        self.timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """The engine has work after it had none."""
        self.silent_checks = 0
        if self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(self.pause_s, self.check)

    def heard(self) -> None:
        self.silent_checks = 0

    def check(self) -> None:
        self.timer = None
        if not self.busy():
            return
        self.silent_checks += 1
        if self.silent_checks > CHECKS:
            self.on_hung()
        else:
            self.timer = asyncio.get_running_loop().call_later(self.pause_s, self.check)

    def close(self) -> None:
        if self.timer is not None:
            self.timer.cancel()


def complain(endpoint: str, pid: int) -> None:
    """Tell the supervisor which process behind an endpoint of its own is hung. Nothing comes of it where somebody else
    started the engine."""
    path = Path(endpoint.removeprefix("ipc://")).with_name(COMPLAINTS)
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as box:
        box.sendto(str(pid).encode(), str(path))
