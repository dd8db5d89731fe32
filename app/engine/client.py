"""The client of the engines, one in each front process: sends requests, matches answers, and loses none when an engine
dies or is replaced.

It keeps every unanswered request. When an engine ends, its requests are sent again, since inference has no side
effects. A request that an engine was working on in two crashes is sent alone the next time: if it is the cause, it
fails without others.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import zmq
import zmq.asyncio
from zmq.utils.monitor import recv_monitor_message

from app.engine import usage
from app.engine.connection import EngineConnection, OnPartial, Pending
from app.engine.errors import EngineOverloaded, EngineUnavailable, RequestFailed
from app.engine.messages import (
    MALFORMED,
    Alive,
    Answer,
    Bye,
    Cancel,
    Classified,
    Classify,
    EngineRequest,
    Explain,
    Explained,
    Failed,
    Generate,
    Generated,
    Hello,
    ModelInfo,
    Partial,
    Predict,
    Predicted,
    Reading,
    Ready,
    Report,
    Retiring,
    ScoredTokens,
    ToEngine,
    ToFront,
    Translate,
    Translated,
    Writing,
    decode_to_front,
    encode,
    unscored,
)
from app.engine.rate import Rate
from app.engine.waiting import WaitingRequests
from app.engine.watch import Watch, complain
from app.text.decode_options import DecodeOptions

log = logging.getLogger("undertone.client")

OnModels = Callable[[list[ModelInfo]], Awaitable[None]]

CRASHES_BEFORE_ALONE = 2
RECONNECT_MS = 50
GOODBYE_MS = 200
FULL_OUTBOX = 8  # messages
HUNG_AFTER_S = 20.0


class EngineClient:
    """One for each process, used from one event loop. An engine hangs when it has requests and is silent for
    `hung_after_s`."""

    def __init__(self, endpoints: list[str], max_queue_tokens: int, hung_after_s: float = HUNG_AFTER_S) -> None:
        self.endpoints, self.max_queue_tokens, self.hung_after_s = endpoints, max_queue_tokens, hung_after_s
        self.models: list[ModelInfo] = []
        self.generation = -1  # of the models; each reload has the next number
        self.adopting = asyncio.Lock()
        self.engines: list[EngineConnection] = []
        self.waiting = WaitingRequests()
        self.tokens = 0  # of all unanswered requests
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
        """Whether an engine is ready, though this process may not be connected to it yet: a supervisor links an engine
        to its endpoint when it is ready."""
        return any(Path(endpoint.removeprefix("ipc://")).exists() for endpoint in self.endpoints)

    async def start(self) -> None:
        """Connect to every engine, now or as soon as it is there."""
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
        """Close the connection to an engine."""
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
            raise RequestFailed("The engine answered with a message of another task; this is a bug.")
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
        attention: bool = False,
    ) -> list[ScoredTokens]:
        """The best translations, best first. `on_partial` gets the token ids with which the translation certainly
        begins, each time there are more; every translation begins with `begin`. Raises EngineError."""
        gathered = usage.CURRENT.get()
        request = Translate(
            next(self.ids),
            model,
            tokens,
            max_tokens,
            options,
            alternatives,
            stream=on_partial is not None,
            begin=begin or [],
            attention=attention,
            text=gathered.number if gathered else 0,
        )
        answer = await self.ask(request, on_partial)
        if not isinstance(answer, Translated):
            raise RequestFailed("The engine answered with a message of another task; this is a bug.")
        return answer.hypotheses

    async def explain(self, model: str, tokens: list[int], target: list[int] | None = None) -> Reading | Writing:
        """How a classifier read tokens, or a translator wrote `target` from them. Raises EngineError."""
        answer = await self.ask(Explain(next(self.ids), model, tokens, target or []))
        if not isinstance(answer, Explained):
            raise RequestFailed("The engine answered with a message of another task; this is a bug.")
        return answer.explanation

    async def generate(
        self,
        model: str,
        tokens: list[int],
        *,
        max_tokens: int,
        temperature: float,
        top_p: float,
        seed: int,
        new_word: bool = False,
        on_partial: OnPartial | None = None,
    ) -> Generated:
        """A language model continues `tokens`; `on_partial` gets the whole continuation so far, each time it grows.
        Raises EngineError."""
        stream = on_partial is not None
        request = Generate(next(self.ids), model, tokens, max_tokens, temperature, top_p, seed, new_word, stream)
        answer = await self.ask(request, on_partial)
        if not isinstance(answer, Generated):
            raise RequestFailed("The engine answered with a message of another task; this is a bug.")
        return answer

    async def predict(self, model: str, tokens: list[int], *, count: int, new_word: bool = False) -> Predicted:
        """The likeliest next words after `tokens`. Raises EngineError."""
        answer = await self.ask(Predict(next(self.ids), model, tokens, count, new_word))
        if not isinstance(answer, Predicted):
            raise RequestFailed("The engine answered with a message of another task; this is a bug.")
        return answer

    async def ask(self, request: EngineRequest, on_partial: OnPartial | None = None) -> Answer:
        """Send a request and wait for its answer; cancelling the call withdraws it. Raises EngineError."""
        pending = Pending(request, asyncio.get_running_loop().create_future(), on_partial)
        gathered = usage.CURRENT.get()
        if gathered is None:
            return await self.asked(pending)
        await gathered.hold(pending.tokens, int(self.max_queue_tokens * gathered.part))
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
        self.waiting.add(pending)
        self.dispatch()
        try:
            return await pending.future
        except asyncio.CancelledError:
            self.withdraw(pending)
            raise
        finally:
            self.tokens -= pending.tokens

    def check_room(self, tokens: int = 1) -> None:
        """Raises EngineOverloaded when there is no room for `tokens` more."""
        if self.tokens + tokens > self.max_queue_tokens:
            raise EngineOverloaded(
                f"{self.tokens:,} tokens wait already; try again later.", self.rate.wait_s(self.tokens)
            )

    def dispatch(self) -> None:
        """Send the waiting requests that an engine can take."""
        for engine, pending in self.waiting.assign(self.engines):
            self.send(engine, pending.request)

    def withdraw(self, pending: Pending) -> None:
        for engine in self.engines:
            if engine.remove(pending.request.id) is not None:
                self.send(engine, Cancel(pending.request.id))
                if engine.at_rest:
                    self.dismiss(engine)
                self.dispatch()
                return
        self.waiting.remove(pending)
        if pending.request.alone:  # an engine may be set aside for it
            self.dispatch()

    def send(self, engine: EngineConnection, message: ToEngine) -> None:
        """Put a message into the outbox, which is sent at the end of this turn of the event loop or when it is full."""
        engine.outbox.append(message)
        if len(engine.outbox) == 1:
            asyncio.get_running_loop().call_soon(self.flush, engine)
        elif len(engine.outbox) >= FULL_OUTBOX:
            self.flush(engine)

    def flush(self, engine: EngineConnection) -> None:
        # Without a connection ZeroMQ sends after the next handshake. A duplicate answer is ignored.
        if engine.outbox and not engine.socket.closed:
            engine.socket.send(encode(engine.outbox))
            engine.outbox = []

    async def watch(self, engine: EngineConnection) -> None:
        """Greet an engine on each new connection, and take its requests back when the connection ends."""
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
                except Exception:  # a faulty message must not end the loop
                    log.exception("cannot use a message of %s", engine.endpoint)
            self.dispatch()

    async def handle(self, engine: EngineConnection, message: ToFront) -> None:
        match message:
            case Ready():
                engine.pid = message.pid
                async with self.adopting:
                    await self.welcome(engine, message)
            case Alive():
                pass
            case Retiring() if engine.retiring:
                pass  # an engine that hung while it was retired says so again after `Hello`
            case Retiring():
                engine.retiring = True
                self.connect(engine.endpoint)
            case Partial():
                pending = engine.sent.get(message.id)
                if pending is not None and pending.on_partial is not None:
                    pending.on_partial(message.tokens)
            case Report():
                if self.on_report is not None and (engine.ready or engine.retiring):  # else lost or refused
                    self.on_report(engine.name, message)
            case _:
                self.settle(engine, message)

    async def welcome(self, engine: EngineConnection, message: Ready) -> None:
        """An engine is up. From now on it gets requests, unless its models are not the current ones.

        Models change by a reload, which has a higher generation. An engine with other models of the same generation was
        restarted after its folder had changed, and one of a lower generation was hung during a reload: as long as
        another engine is ready, neither gets requests. Without another engine its models are better than none."""
        if engine.retiring:
            return  # it was replaced while it hung
        is_reload = message.generation > self.generation
        if unscored(message.models) != unscored(self.models) or (is_reload and message.models != self.models):
            others_serve = any(other.ready for other in self.engines if other is not engine)
            engine.refused = others_serve and message.generation <= self.generation
            if engine.refused:
                log.error("%s has other models than the engines that serve; it gets no requests", engine.endpoint)
                return
            if self.on_models is not None:
                try:
                    await self.on_models(message.models)
                except Exception:
                    log.exception("cannot use the models of %s", engine.endpoint)
                    return
            self.models, self.generation = message.models, message.generation
        self.generation = max(self.generation, message.generation)  # a reload may change nothing
        engine.serves, engine.ready = {info.key for info in message.models}, True
        self.became_ready.set()
        if self.on_up is not None:
            self.on_up(engine.name, True)
        self.rate.begin()  # the time without an engine must not count
        for other in [one for one in self.engines if one.retiring and one.endpoint == engine.endpoint]:
            other.ready = False
            if other.at_rest:
                self.dismiss(other)

    def settle(self, engine: EngineConnection, message: Answer) -> None:
        if engine not in self.engines:  # dismissed by an earlier message of the frame
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
        """Have the supervisor end a hanging engine, and send its requests to others. If it wakes up after all, it drops
        them and is ready again."""
        log.error("the engine in process %d has been silent for %.0f s of work", engine.pid, self.hung_after_s)
        complain(engine.endpoint, engine.pid)
        self.lost(engine)
        if engine in self.engines:
            self.send(engine, Bye())
            self.send(engine, Hello())

    def lost(self, engine: EngineConnection) -> None:
        """An engine has ended: send its requests again. A request that may be the cause is sent alone; a request that
        was alone is the cause and fails."""
        again, engine.ready, engine.refused = engine.remove_all(), False, False
        if engine.retiring:
            self.dismiss(engine)
        elif self.on_up is not None:
            self.on_up(engine.name, False)
        for pending in again:
            pending.crashes += not engine.retiring
            if pending.request.alone and not engine.retiring:
                pending.fail(RequestFailed("The engine crashed on this text, repeatedly."))
                continue
            pending.request.alone = pending.crashes >= CRASHES_BEFORE_ALONE
            self.waiting.add(pending)
        if not self.ready:
            for other in self.engines:
                if other.refused:
                    self.send(other, Hello())
        self.dispatch()
