"""The state that a client keeps for each engine, and for each request until it is answered."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import zmq.asyncio

from app.engine.errors import EngineError
from app.engine.messages import (
    Answer,
    EngineRequest,
    Explain,
    Generate,
    Predict,
    ToEngine,
    Translate,
    explained_tokens,
    generation_tokens,
    request_tokens,
)
from app.engine.watch import Watch

OnPartial = Callable[[list[int]], None]


@dataclass(slots=True, eq=False)
class Pending:
    """A request without an answer yet."""

    request: EngineRequest
    future: asyncio.Future[Answer]
    on_partial: OnPartial | None = None
    crashes: int = 0  # of engines that were working on it
    tokens: int = field(init=False)  # its cost in queues

    def __post_init__(self) -> None:
        if isinstance(self.request, Explain):
            self.tokens = explained_tokens(self.request)
            return
        if isinstance(self.request, Generate | Predict):
            self.tokens = generation_tokens(self.request)
            return
        options = self.request.options if isinstance(self.request, Translate) else None
        self.tokens = request_tokens(len(self.request.tokens), options)

    @property
    def text(self) -> int:
        """The number of the text that its sentence belongs to; 0 for none."""
        return self.request.text if isinstance(self.request, Translate) else 0

    def fail(self, error: EngineError) -> None:
        if not self.future.done():  # withdrawn
            self.future.set_exception(error)


@dataclass(slots=True, eq=False)
class EngineConnection:
    """The connection to one engine process, and the requests that it has."""

    endpoint: str
    socket: zmq.asyncio.Socket
    monitor: zmq.asyncio.Socket
    watch: Watch
    ready: bool = False
    retiring: bool = False  # another process has taken over its endpoint
    serves: set[str] = field(default_factory=set)  # keys of its models
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    outbox: list[ToEngine] = field(default_factory=list)
    sent: dict[int, Pending] = field(default_factory=dict)
    load: int = 0  # tokens of the requests it has
    texts: Counter[int] = field(default_factory=Counter)  # number of its sentences by text
    quarantined: bool = False  # it runs a request that may kill it, and gets no others meanwhile
    reserved: Pending | None = None  # the request that it is set aside for until it is idle
    refused: bool = False  # its models are not the current ones
    pid: int = 0  # of its process

    def add(self, pending: Pending) -> None:
        if not self.sent:
            self.watch.begin()
        self.sent[pending.request.id] = pending
        self.load += pending.tokens
        self.texts[pending.text] += 1
        self.quarantined = pending.request.alone

    def remove(self, request_id: int) -> Pending | None:
        pending = self.sent.pop(request_id, None)
        if pending is not None:
            self.load -= pending.tokens
            self.texts[pending.text] -= 1
            if not self.texts[pending.text]:
                del self.texts[pending.text]
            self.quarantined = False
        return pending

    def remove_all(self) -> list[Pending]:
        requests = list(self.sent.values())
        self.sent, self.load, self.quarantined = {}, 0, False
        self.texts.clear()
        return requests

    @property
    def name(self) -> str:
        """Such as `engine-0`: names the device, whichever process serves it."""
        return self.endpoint.rpartition("/")[2]

    @property
    def at_rest(self) -> bool:
        """Whether it has been replaced and has no more requests."""
        return self.retiring and not self.ready and not self.sent
