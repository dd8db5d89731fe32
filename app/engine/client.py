"""The front side's way to the engines: sends work, matches answers, and loses nothing when an engine dies or is
replaced.

Every unanswered request is held here. When an engine goes, its requests are sent again: inference has no side
effects. A request that was under way in two crashes is retried alone, so that if it is the cause it alone fails.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path

import zmq
import zmq.asyncio
from zmq.utils.monitor import recv_monitor_message

from app.engine import usage
from app.engine.connection import EngineConnection, OnPartial, Pending
from app.engine.errors import EngineOverloaded, EngineUnavailable, ModelsChanged, RequestFailed
from app.engine.messages import (
    MALFORMED,
    Alive,
    Answer,
    Bye,
    Cancel,
    Classified,
    Classify,
    EngineRequest,
    Failed,
    Hello,
    ModelInfo,
    Partial,
    Ready,
    Report,
    Retiring,
    ToEngine,
    ToFront,
    Translate,
    Translated,
    decode_to_front,
    encode,
)
from app.engine.rate import Rate
from app.engine.watch import Watch, complain
from app.text.decode_options import DecodeOptions

log = logging.getLogger("undertone.client")

OnModels = Callable[[list[ModelInfo]], Awaitable[None]]

CRASHES_BEFORE_ALONE = 2
SHARE_OF_QUEUE = 8  # one in so many of the tokens that may wait are for one request at a time
RECONNECT_MS = 50
GOODBYE_MS = 200
FULL_OUTBOX = 8  # messages
HUNG_AFTER_S = 20.0


class EngineClient:
    """One a process, used from one event loop. An engine that has work and is silent for `hung_after_s` is hung."""

    def __init__(self, endpoints: list[str], max_queue_tokens: int, hung_after_s: float = HUNG_AFTER_S) -> None:
        self.endpoints, self.max_queue_tokens, self.hung_after_s = endpoints, max_queue_tokens, hung_after_s
        self.models: list[ModelInfo] = []
        self.engines: list[EngineConnection] = []
        self.waiting: deque[Pending] = deque()  # for an engine to be ready
        self.tokens = 0  # of all requests without an answer
        self.rate = Rate()
        self.ids = itertools.count(1)
        self.on_models: OnModels | None = None
        self.on_report: Callable[[str, Report], None] | None = None
        self.on_up: Callable[[str, bool], None] | None = None
        self.became_ready = asyncio.Event()

    @property
    def ready(self) -> bool:
        return any(engine.ready for engine in self.engines)

    @property
    def awaited(self) -> bool:
        """Whether an engine serves already, met by this process or not yet: supervisors link those that are ready."""
        return any(Path(endpoint.removeprefix("ipc://")).exists() for endpoint in self.endpoints)

    async def start(self) -> None:
        """Connect to every engine, now or whenever it comes up."""
        for endpoint in self.endpoints:
            self.connect(endpoint)

    def connect(self, endpoint: str) -> None:
        socket = zmq.asyncio.Context.instance().socket(zmq.DEALER)
        for option, value in {
            zmq.LINGER: 0, zmq.IMMEDIATE: 1, zmq.SNDHWM: 0, zmq.RCVHWM: 0,
            zmq.RECONNECT_IVL: RECONNECT_MS, zmq.RECONNECT_IVL_MAX: 10 * RECONNECT_MS,
        }.items():  # fmt: skip
            socket.setsockopt(option, value)
        monitor = socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
        watch = Watch(self.hung_after_s, lambda: bool(engine.sent), lambda: self.hung(engine))
        engine = EngineConnection(endpoint, socket, monitor, watch)
        self.engines.append(engine)
        engine.tasks = [asyncio.create_task(self.watch(engine)), asyncio.create_task(self.receive(engine))]
        socket.connect(endpoint)

    async def close(self) -> None:
        for pending in [*self.waiting, *(p for engine in self.engines for p in engine.sent.values())]:
            pending.fail(EngineUnavailable("The service is stopping."))
        tasks = [task for engine in self.engines for task in engine.tasks]
        for engine in list(self.engines):
            self.dismiss(engine)
        await asyncio.gather(*tasks, return_exceptions=True)

    def dismiss(self, engine: EngineConnection) -> None:
        """Have nothing to do with an engine any more."""
        self.engines.remove(engine)
        self.send(engine, Bye())
        self.flush(engine)
        for task in engine.tasks:
            if task is not asyncio.current_task():
                task.cancel()
        engine.watch.close()
        engine.socket.disable_monitor()
        engine.monitor.close()
        engine.socket.close(linger=GOODBYE_MS)

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
        options: DecodeOptions,
        alternatives: int = 1,
        on_partial: OnPartial | None = None,
        begin: list[int] | None = None,
    ) -> list[tuple[list[int], float]]:
        """Token ids and score of the best translations, best first. `on_partial` gets, again and again, the token ids
        with which the translation surely begins; `begin` are ids that it has to begin with. Raises EngineError."""
        request = Translate(
            next(self.ids), model, tokens, max_tokens, options, alternatives, on_partial is not None, begin=begin or []
        )
        answer = await self.ask(request, on_partial)
        if not isinstance(answer, Translated):
            raise RequestFailed("The engine answered another question; this is a bug.")
        return answer.hypotheses

    async def ask(self, request: EngineRequest, on_partial: OnPartial | None = None) -> Answer:
        """Send a request to the engine with the least to do; a cancelled call takes it back."""
        pending = Pending(request, asyncio.get_running_loop().create_future(), on_partial)
        gathered = usage.CURRENT.get()
        if gathered is None:
            return await self.asked(pending)
        await gathered.hold(pending.tokens, self.max_queue_tokens // SHARE_OF_QUEUE)
        try:
            answer = await self.asked(pending)
        finally:
            gathered.release(pending.tokens)
        if not isinstance(answer, Failed):
            gathered.answered(request.model, len(request.tokens), answer.queue_s, answer.engine_s)
        return answer

    async def asked(self, pending: Pending) -> Answer:
        self.check_room(pending.tokens)
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

    def check_room(self, tokens: int = 1) -> None:
        """Raises EngineOverloaded when that much more cannot wait."""
        if self.tokens + tokens > self.max_queue_tokens:
            raise EngineOverloaded(
                f"{self.tokens:,} tokens wait already; try again later.", self.rate.wait_s(self.tokens)
            )

    def dispatch(self) -> None:
        """Send what waits, as far as engines are ready."""
        held: list[Pending] = []
        while self.waiting:
            pending = self.waiting.popleft()
            request = pending.request
            known = [engine for engine in self.engines if request.model in engine.serves]
            if not known and self.ready:
                pending.fail(ModelsChanged(f"{request.model} is served no longer."))
                continue
            free = [e for e in known if e.ready and not e.quarantined and not (request.alone and e.sent)]
            if not free:
                held.append(pending)
                continue
            engine = min(free, key=lambda engine: engine.load)
            engine.add(pending)
            self.send(engine, request)
        self.waiting.extend(held)

    def withdraw(self, pending: Pending) -> None:
        for engine in self.engines:
            if engine.remove(pending.request.id) is not None:
                self.send(engine, Cancel(pending.request.id))
                if engine.at_rest:
                    self.dismiss(engine)
                self.dispatch()
                return
        if pending in self.waiting:
            self.waiting.remove(pending)

    def send(self, engine: EngineConnection, message: ToEngine) -> None:
        """With all that is sent in this turn of the event loop, but soon enough to keep the engine busy."""
        engine.outbox.append(message)
        if len(engine.outbox) == 1:
            asyncio.get_running_loop().call_soon(self.flush, engine)
        elif len(engine.outbox) >= FULL_OUTBOX:
            self.flush(engine)

    def flush(self, engine: EngineConnection) -> None:
        # Goes out at once while the engine is connected, else when it is again; an answer that comes twice is ignored.
        if engine.outbox and not engine.socket.closed:
            engine.socket.send(encode(engine.outbox))
            engine.outbox = []

    async def watch(self, engine: EngineConnection) -> None:
        """Greet an engine whenever it comes up, and take its work back whenever it goes."""
        while engine in self.engines:
            event = await recv_monitor_message(engine.monitor)
            if event["event"] == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self.send(engine, Hello())
            elif event["event"] == zmq.EVENT_DISCONNECTED:
                self.lost(engine)

    async def receive(self, engine: EngineConnection) -> None:
        while engine in self.engines:
            frames = await engine.socket.recv_multipart()
            engine.watch.heard()
            try:
                messages = decode_to_front(frames[-1])
            except MALFORMED:
                log.exception("dropped malformed messages of %s", engine.endpoint)
                continue
            for message in messages:
                try:
                    await self.handle(engine, message)
                except Exception:  # one message that cannot be used must not leave us deaf
                    log.exception("cannot use a message of %s", engine.endpoint)
            self.dispatch()

    async def handle(self, engine: EngineConnection, message: ToFront) -> None:
        match message:
            case Ready():
                engine.pid = message.pid
                await self.welcome(engine, message.models)
            case Alive():
                pass
            case Retiring() if engine.retiring:
                log.error("%s retires twice", engine.endpoint)
            case Retiring():
                engine.retiring = True
                self.connect(engine.endpoint)
            case Partial():
                pending = engine.sent.get(message.id)
                if pending is not None and pending.on_partial is not None:
                    pending.on_partial(message.tokens)
            case Report():
                if self.on_report is not None and (engine.ready or engine.retiring):  # else it is down, and that is old
                    self.on_report(engine.name, message)
            case _:
                self.settle(engine, message)

    async def welcome(self, engine: EngineConnection, models: list[ModelInfo]) -> None:
        """An engine is up: from now on it gets work, and the one that it replaces no more."""
        if self.on_models is not None and models != self.models:
            try:
                await self.on_models(models)
            except Exception:
                log.exception("cannot use the models of %s", engine.endpoint)
                return
        self.models, engine.serves, engine.ready = models, {info.key for info in models}, True
        self.became_ready.set()
        if self.on_up is not None:
            self.on_up(engine.name, True)
        self.rate.begin()  # the time without an engine does not count
        for other in [one for one in self.engines if one.retiring and one.endpoint == engine.endpoint]:
            other.ready = False
            if other.at_rest:
                self.dismiss(other)

    def settle(self, engine: EngineConnection, message: Answer) -> None:
        if engine not in self.engines:  # dismissed by what came before in the same frame
            return
        pending = engine.remove(message.id)
        if pending is not None and not pending.future.done():  # not withdrawn
            self.rate.done(pending.tokens, self.tokens - pending.tokens)
            if isinstance(message, Failed):
                pending.fail(RequestFailed(message.reason))
            else:
                pending.future.set_result(message)
        if engine.at_rest:
            self.dismiss(engine)

    def hung(self, engine: EngineConnection) -> None:
        """An engine does not get on: have it ended, and give its work to others. Should it wake up, it says so."""
        log.error("the engine in process %d has said nothing for %.0f s of work", engine.pid, self.hung_after_s)
        complain(engine.endpoint, engine.pid)
        self.lost(engine)
        if engine in self.engines:
            self.send(engine, Hello())

    def lost(self, engine: EngineConnection) -> None:
        """An engine went: send its work again, what may have killed it alone, what did kill it not at all."""
        again, engine.ready = engine.remove_all(), False
        if engine.retiring:
            self.dismiss(engine)
        elif self.on_up is not None:
            self.on_up(engine.name, False)
        for pending in again:
            pending.crashes += not engine.retiring
            if pending.request.alone:
                pending.fail(RequestFailed("The engine crashed on this text, repeatedly."))
                continue
            pending.request.alone = pending.crashes >= CRASHES_BEFORE_ALONE
            self.waiting.append(pending)
        self.dispatch()
