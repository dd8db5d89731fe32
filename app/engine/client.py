"""The front side's way to the engines: sends work, matches answers, and loses nothing when an engine dies.

    EngineError
      EngineOverloaded    too many tokens wait already
      EngineUnavailable   no engine was ready in time
      RequestFailed       this request cannot be answered, whatever engine runs it

Every unanswered request is held here. When an engine goes, its requests are sent again: inference has no side
effects. A request that was under way in two crashes is retried alone, so that if it is the cause it alone fails.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import zmq
import zmq.asyncio
from zmq.utils.monitor import recv_monitor_message

from app.engine.messages import (
    Answer,
    Cancel,
    Classified,
    Classify,
    Failed,
    Hello,
    ModelInfo,
    Partial,
    Ready,
    ToEngine,
    Translate,
    Translated,
    Work,
    decode_to_front,
    encode,
)

log = logging.getLogger("undertone.client")

OnPartial = Callable[[list[int]], None]

CRASHES_BEFORE_ALONE = 2
RATE_WINDOW_S = 0.5  # of work, to measure the rate over
RECONNECT_MS = 50


class EngineError(Exception):
    """The engine side could not answer."""


class EngineOverloaded(EngineError):
    """More tokens wait than `max_queue_tokens` allows, or more than can be done in time; `retry_after_s` tells when
    there should be room."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class EngineUnavailable(EngineError):
    """No engine is ready."""


class RequestFailed(EngineError):
    """The engine refused this request or crashes on it."""


@dataclass(slots=True, eq=False)
class Pending:
    """A request without an answer yet, and how often an engine died while it had it."""

    request: Work
    future: asyncio.Future[Answer]
    on_partial: OnPartial | None = None
    crashes: int = 0

    @property
    def tokens(self) -> int:
        """What it weighs in the queue: a translation also writes about as many tokens as it reads, for each
        hypothesis."""
        request = self.request
        return len(request.tokens) * (1 + request.beam if isinstance(request, Translate) else 1)


@dataclass(slots=True, eq=False)
class Engine:
    """One engine as seen from here."""

    endpoint: str
    socket: zmq.asyncio.Socket
    monitor: zmq.asyncio.Socket
    ready: bool = False
    sent: dict[int, Pending] = field(default_factory=dict)

    @property
    def load(self) -> int:
        return sum(pending.tokens for pending in self.sent.values())

    @property
    def quarantined(self) -> bool:
        """Whether it runs a request that may be what kills engines."""
        return any(pending.request.alone for pending in self.sent.values())


class Rate:
    """Tokens a second that come back answered while there is work: a moving average, none until something was
    measured."""

    def __init__(self) -> None:
        self.tokens_per_s = 0.0
        self.since = self.count = 0.0

    def begin(self) -> None:
        """Work comes after idleness, which does not count."""
        self.since, self.count = time.monotonic(), 0.0

    def done(self, tokens: int) -> None:
        self.count += tokens
        elapsed_s = time.monotonic() - self.since
        if elapsed_s >= RATE_WINDOW_S:
            measured = self.count / elapsed_s
            self.tokens_per_s = 0.5 * (self.tokens_per_s + measured) if self.tokens_per_s else measured
            self.begin()

    def wait_s(self, tokens: int) -> float:
        """How long that many tokens take; 0 where nothing was measured yet."""
        return tokens / self.tokens_per_s if self.tokens_per_s else 0.0


class EngineClient:
    """One a process, used from one event loop."""

    def __init__(self, endpoints: list[str], max_queue_tokens: int) -> None:
        self.endpoints, self.max_queue_tokens = endpoints, max_queue_tokens
        self.models: list[ModelInfo] = []
        self.engines: list[Engine] = []
        self.waiting: deque[Pending] = deque()  # for an engine to be ready
        self.tokens = 0  # of all requests without an answer
        self.rate = Rate()
        self.ids = itertools.count(1)
        self.tasks: list[asyncio.Task[None]] = []
        self.became_ready = asyncio.Event()

    @property
    def ready(self) -> bool:
        return any(engine.ready for engine in self.engines)

    async def start(self) -> None:
        """Connect to every engine, now or whenever it comes up."""
        context = zmq.asyncio.Context.instance()
        for endpoint in self.endpoints:
            socket = context.socket(zmq.DEALER)
            for option, value in {
                zmq.LINGER: 0, zmq.IMMEDIATE: 1, zmq.SNDHWM: 0, zmq.RCVHWM: 0,
                zmq.RECONNECT_IVL: RECONNECT_MS, zmq.RECONNECT_IVL_MAX: 10 * RECONNECT_MS,
            }.items():  # fmt: skip
                socket.setsockopt(option, value)
            monitor = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
            engine = Engine(endpoint, socket, monitor)
            self.engines.append(engine)
            self.tasks += [asyncio.create_task(self.watch(engine)), asyncio.create_task(self.receive(engine))]
            socket.connect(endpoint)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for pending in [*self.waiting, *(p for engine in self.engines for p in engine.sent.values())]:
            if not pending.future.done():
                pending.future.set_exception(EngineUnavailable("The service is stopping."))
        for engine in self.engines:
            engine.socket.disable_monitor()
            engine.monitor.close()
            engine.socket.close()

    async def classify(self, model: str, tokens: list[int]) -> list[float]:
        """Probabilities in the order of the model's labels. Raises EngineError."""
        answer = await self.ask(Classify(next(self.ids), model, tokens))
        if not isinstance(answer, Classified):
            raise RequestFailed("The engine answered another question; this is a bug.")
        return answer.probabilities

    async def translate(
        self,
        model: str,
        tokens: list[int],
        *,
        max_tokens: int,
        beam: int,
        alternatives: int = 1,
        on_partial: OnPartial | None = None,
    ) -> list[tuple[list[int], float]]:
        """Token ids and score of the best translations, best first. `on_partial` gets, again and again, the token ids
        with which the translation surely begins. Raises EngineError."""
        request = Translate(next(self.ids), model, tokens, max_tokens, beam, alternatives, on_partial is not None)
        answer = await self.ask(request, on_partial)
        if not isinstance(answer, Translated):
            raise RequestFailed("The engine answered another question; this is a bug.")
        return answer.hypotheses

    async def ask(self, request: Work, on_partial: OnPartial | None = None) -> Answer:
        """Send a request to the engine with the least to do; a cancelled call takes it back."""
        pending = Pending(request, asyncio.get_running_loop().create_future(), on_partial)
        if self.tokens + pending.tokens > self.max_queue_tokens:
            raise EngineOverloaded(
                f"{self.tokens:,} tokens wait already; try again later.", self.rate.wait_s(self.tokens)
            )
        if not self.tokens:
            self.rate.begin()
        self.tokens += pending.tokens
        self.waiting.append(pending)
        self.dispatch()
        try:
            return await pending.future
        except asyncio.CancelledError:
            self.withdraw(pending)
            raise
        finally:
            self.tokens -= pending.tokens

    def admit(self, deadline_s: float) -> None:
        """Refuse a request that would only have its turn when its deadline has passed. Raises EngineOverloaded."""
        wait_s = self.rate.wait_s(self.tokens)
        if wait_s > deadline_s:
            raise EngineOverloaded(
                f"The wait is about {wait_s:.1f} s, longer than the {deadline_s:.1f} s that this request may take.",
                wait_s - deadline_s,
            )

    def dispatch(self) -> None:
        """Send what waits, as far as engines are ready."""
        held: list[Pending] = []
        while self.waiting:
            pending = self.waiting.popleft()
            free = [e for e in self.engines if e.ready and not e.quarantined and not (pending.request.alone and e.sent)]
            if not free:
                held.append(pending)
                continue
            engine = min(free, key=lambda engine: engine.load)
            engine.sent[pending.request.id] = pending
            self.send(engine, pending.request)
        self.waiting.extend(held)

    def withdraw(self, pending: Pending) -> None:
        for engine in self.engines:
            if engine.sent.pop(pending.request.id, None) is not None:
                self.send(engine, Cancel(pending.request.id))
                self.dispatch()
                return
        if pending in self.waiting:
            self.waiting.remove(pending)

    def send(self, engine: Engine, message: ToEngine) -> None:
        # Goes out at once while the engine is connected, else when it is again; an answer that comes twice is ignored.
        engine.socket.send(encode(message))

    async def watch(self, engine: Engine) -> None:
        """Greet an engine whenever it comes up, and take its work back whenever it goes."""
        while True:
            event = await recv_monitor_message(engine.monitor)
            if event["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self.send(engine, Hello())
            elif event["event"] == zmq.EVENT_DISCONNECTED:
                self.lost(engine)

    async def receive(self, engine: Engine) -> None:
        while True:
            frames = await engine.socket.recv_multipart()
            try:
                message = decode_to_front(frames[-1])
            except msgspec.MsgspecError:
                log.exception("dropped a malformed message of %s", engine.endpoint)
                continue
            match message:
                case Ready():
                    self.models = message.models
                    engine.ready = True
                    self.became_ready.set()
                case Partial():
                    pending = engine.sent.get(message.id)
                    if pending is not None and pending.on_partial is not None:
                        pending.on_partial(message.tokens)
                    continue
                case _:
                    self.settle(engine, message)
            self.dispatch()

    def settle(self, engine: Engine, message: Answer) -> None:
        pending = engine.sent.pop(message.id, None)
        if pending is None or pending.future.done():  # withdrawn
            return
        self.rate.done(pending.tokens)
        if isinstance(message, Failed):
            pending.future.set_exception(RequestFailed(message.reason))
        else:
            pending.future.set_result(message)

    def lost(self, engine: Engine) -> None:
        """An engine went: send its work again, what may have killed it alone, what did kill it not at all."""
        again, engine.sent, engine.ready = list(engine.sent.values()), {}, False
        for pending in again:
            pending.crashes += 1
            if pending.request.alone:
                if not pending.future.done():
                    pending.future.set_exception(RequestFailed("The engine crashed on this text, repeatedly."))
                continue
            pending.request.alone = pending.crashes >= CRASHES_BEFORE_ALONE
            self.waiting.append(pending)
        self.dispatch()
