"""Detects an engine that hangs: it is silent while it has work, though its connection is not broken, since its process
was stopped or is in a deadlock. Runs only while there is work, so an idle service does nothing."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

COMPLAINTS = "complaints"  # name of the supervisor's socket, in the folder of the endpoints
CHECKS = 3  # in the time after which silence means a hang
BEAT_S = 0.5  # between the `Alive`s of an engine that has work


class Watch:
    """Counts checks without a message in between, not seconds: where this process itself was blocked, only one check is
    late, and messages that arrived meanwhile are received before the next one."""

    def __init__(self, timeout_s: float, busy: Callable[[], bool], on_hung: Callable[[], None]) -> None:
        self.pause_s, self.busy, self.on_hung = timeout_s / CHECKS, busy, on_hung
        self.silent_checks = 0
        self.timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """The engine gets work after a time without any."""
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
    """Tell the supervisor which process behind an endpoint hangs. Has no effect on engines that were started without a
    supervisor."""
    path = Path(endpoint.removeprefix("ipc://")).with_name(COMPLAINTS)
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as box:
        box.sendto(str(pid).encode(), str(path))
