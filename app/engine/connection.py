"""What a client holds of an engine and of a request until it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import zmq.asyncio

from app.engine.errors import EngineError
from app.engine.messages import Answer, ToEngine, Translate, Work
from app.engine.watch import Watch

OnPartial = Callable[[list[int]], None]


@dataclass(slots=True, eq=False)
class Pending:
    """A request without an answer yet, and how often an engine died while it had it."""

    request: Work
    future: asyncio.Future[Answer]
    on_partial: OnPartial | None = None
    crashes: int = 0
    tokens: int = field(init=False)  # what it weighs in the queue

    def __post_init__(self) -> None:
        request = self.request
        # A translation also writes about as many tokens as it reads, for each hypothesis.
        self.tokens = len(request.tokens) * (1 + request.options.beam if isinstance(request, Translate) else 1)

    def fail(self, error: EngineError) -> None:
        if not self.future.done():  # withdrawn
            self.future.set_exception(error)


@dataclass(slots=True, eq=False)
class Engine:
    """One engine as seen from here."""

    endpoint: str
    socket: zmq.asyncio.Socket
    monitor: zmq.asyncio.Socket
    watch: Watch
    ready: bool = False
    retiring: bool = False  # its successor stands behind the same endpoint
    serves: set[str] = field(default_factory=set)  # keys of models
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    outbox: list[ToEngine] = field(default_factory=list)
    sent: dict[int, Pending] = field(default_factory=dict)
    load: int = 0  # tokens of what was sent
    quarantined: bool = False  # it runs a request that may be what kills engines, and nothing else
    pid: int = 0  # of its process

    def add(self, pending: Pending) -> None:
        if not self.sent:
            self.watch.begin()
        self.sent[pending.request.id] = pending
        self.load += pending.tokens
        self.quarantined = pending.request.alone

    def remove(self, request_id: int) -> Pending | None:
        pending = self.sent.pop(request_id, None)
        if pending is not None:
            self.load -= pending.tokens
            self.quarantined = False
        return pending

    def remove_all(self) -> list[Pending]:
        everything = list(self.sent.values())
        self.sent, self.load, self.quarantined = {}, 0, False
        return everything

    @property
    def name(self) -> str:
        """`engine-0`: the device, whichever process runs it by now."""
        return self.endpoint.rpartition("/")[2]

    @property
    def at_rest(self) -> bool:
        """Whether it has been replaced and has answered all that it had."""
        return self.retiring and not self.ready and not self.sent
