"""A pipeline for files whose texts are translated on all nodes of a Ray cluster. Each node has an actor with engines of
its own, and takes the next texts whenever it has capacity. Nodes may come and go: a new one takes part, and the texts
of one that ends go to the others.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from app.cli.local import CommandError, local_pipeline, told
from app.engine.errors import EngineError, RequestFailed
from app.engine.messages import ModelInfo
from app.formats.files import File
from app.pipeline.errors import PipelineError
from app.pipeline.file import FileTranslation, Memory, beginning, chunks
from app.pipeline.marked import Marked
from app.pipeline.service import Pipeline
from app.pipeline.translation import Route
from app.settings import Settings
from app.text.decode_options import DecodeOptions
from app.text.glossary import Glossary

log = logging.getLogger("undertone.nodes")

TEXTS_A_CALL = 64  # a call costs as much as a text
CALLS_A_NODE = 3  # so that its engines have texts while answers travel
TEXTS_IN_FLIGHT = 4_096  # of a file, enough for twenty nodes
LOOK_FOR_NODES_S = 5.0
CONNECT_S = 10.0


@dataclass(slots=True, frozen=True)
class Asked:
    """How a file is to be translated; `number` tells those of a run apart."""

    number: int
    words: str  # the beginning of the file, to detect its language
    source: str
    target: str
    model: str | None
    prefer: str | None
    options: DecodeOptions
    glossary: Glossary | None


@dataclass(slots=True, eq=False)
class Waiting:
    """A text without a translation yet."""

    text: Marked
    asked: Asked
    translation: asyncio.Future[Marked] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Translator:
    """The actor of a node."""

    def __init__(self, settings: dict[str, Any]) -> None:
        """`settings` go before the environment of the node."""
        self.settings, self.stack = Settings(**settings), AsyncExitStack()
        self.routes: dict[int, Route] = {}

    async def start(self) -> list[ModelInfo]:
        """Start its engines. Raises CommandError."""
        self.pipeline: Pipeline = await self.stack.enter_async_context(local_pipeline(self.settings))
        return self.pipeline.models

    async def translate(self, requests: list[tuple[Marked, Asked]]) -> list[Marked | str]:
        """For each text its translation, or why it has none."""
        return await asyncio.gather(*(self.translated(text, asked) for text, asked in requests))

    async def translated(self, text: Marked, asked: Asked) -> Marked | str:
        try:
            if (route := self.routes.get(asked.number)) is None:
                route = self.routes[asked.number] = await self.pipeline.route(
                    asked.words, asked.source, asked.target, asked.model, asked.prefer, asked.glossary
                )
            return await self.pipeline.marked(text, route, asked.options)
        except (PipelineError, EngineError) as error:
            return told(error)


class Nodes:
    """The nodes of the cluster that this process is connected to, and the texts that wait for them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.models: list[ModelInfo] = []
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting: deque[Waiting] = deque()
        self.arrived = asyncio.Condition()
        self.working: dict[str, asyncio.Task[None]] = {}  # by id of the node

    async def follow(self) -> None:
        """Have each node that is there, or comes, work on the texts."""
        while True:
            for node in await asyncio.to_thread(ray.nodes):
                name, cores = node["NodeID"], int(node["Resources"].get("CPU", 0))
                if node["Alive"] and cores and name not in self.working:
                    self.working[name] = asyncio.create_task(self.work(name, cores, node["Resources"].get("GPU", 0)))
            if all(task.done() for task in self.working.values()) and not self.ready.done():
                self.ready.set_exception(CommandError("no node of the cluster can translate"))
            await asyncio.sleep(LOOK_FOR_NODES_S)

    async def work(self, node: str, cores: int, gpus: float) -> None:
        """Start a translator on a node and give it texts until it ends."""
        settings = {"cpu_engines": cores} | self.settings.model_dump(exclude_unset=True)
        place = NodeAffinitySchedulingStrategy(node, soft=False)
        kind: Any = ray.remote(Translator)
        actor = kind.options(num_cpus=cores, num_gpus=gpus, scheduling_strategy=place).remote(settings)
        try:
            models = await actor.start.remote()
            self.models = self.models or models
            if [info.key for info in models] != [info.key for info in self.models]:
                log.error("node %s has other models than the first, so it gets no texts", node)
                return
            if not self.ready.done():
                self.ready.set_result(None)
            await asyncio.gather(*(self.give(actor) for _ in range(CALLS_A_NODE)))
        except RayTaskError as error:
            reason = error.cause if isinstance(error.cause, CommandError) else error
            log.error("node %s cannot translate: %s", node, reason)
            if not self.ready.done():
                self.ready.set_exception(CommandError(str(reason)))
        except RayError as error:
            log.warning("node %s has ended (%s); its texts go to others", node, type(error).__name__)
            await asyncio.sleep(LOOK_FOR_NODES_S)  # until Ray knows as well
            del self.working[node]

    async def give(self, actor: Any) -> None:
        """Give a translator texts, some at a time. Raises RayError where it ends; its texts wait again then."""
        while True:
            async with self.arrived:
                await self.arrived.wait_for(lambda: bool(self.waiting))
                given = [self.waiting.popleft() for _ in range(min(TEXTS_A_CALL, len(self.waiting)))]
            try:
                answers = await actor.translate.remote([(one.text, one.asked) for one in given])
            except RayTaskError as error:  # a fault of the code, which every node would show
                answers = [f"the text could not be translated: {error.cause!r}"] * len(given)
            except (RayError, asyncio.CancelledError):
                await self.add(given, at_once=True)
                raise
            for one, answer in zip(given, answers, strict=True):
                if one.translation.done():  # the file was given up
                    continue
                if isinstance(answer, Marked):
                    one.translation.set_result(answer)
                else:
                    one.translation.set_exception(RequestFailed(answer))

    async def add(self, requests: list[Waiting], at_once: bool = False) -> None:
        async with self.arrived:
            if at_once:
                self.waiting.extendleft(reversed(requests))
            else:
                self.waiting.extend(requests)
            self.arrived.notify_all()


class ClusterPipeline:
    """The part of `Pipeline` that `undertone translate` calls, on the nodes of a cluster."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes, self.numbers = nodes, itertools.count()

    @property
    def models(self) -> list[ModelInfo]:
        return self.nodes.models

    async def translate_file(
        self,
        file: File,
        *,
        source: str,
        target: str,
        model: str | None = None,
        prefer: str | None = None,
        options: object = None,
        glossary: Glossary | None = None,
        memory: Memory | None = None,
        on_text: Callable[[], object] | None = None,
    ) -> FileTranslation:
        """As `Pipeline` has it, but with the languages and the model as asked for; the chunks raise all errors."""
        words = await asyncio.to_thread(beginning, file)
        decode_options = DecodeOptions(self.nodes.settings.beam).changed_by(options)
        asked = Asked(next(self.numbers), words, source, target, model, prefer, decode_options, glossary)

        async def translated(text: Marked) -> Marked:
            waiting = Waiting(text, asked)
            await self.nodes.add([waiting])
            return await waiting.translation

        parts = chunks(file, translated, memory, on_text, TEXTS_IN_FLIGHT)
        return FileTranslation(source, target, model, None, None, parts)


@asynccontextmanager
async def cluster_pipeline(address: str, settings: Settings) -> AsyncIterator[ClusterPipeline]:
    """Connect to a cluster and yield a pipeline once a node of it is ready. Raises CommandError."""
    host, _, port = address.rpartition(":")
    try:
        if port.isdecimal() and "/" not in host:  # Ray goes on asking for minutes where nobody listens
            await asyncio.to_thread(lambda: socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close())
        await asyncio.to_thread(ray.init, address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, OverflowError, RuntimeError, ValueError) as error:
        raise CommandError(f"no Ray cluster can be reached by the address {address}: {error}") from error
    nodes = Nodes(settings)
    following = asyncio.create_task(nodes.follow())
    try:
        await nodes.ready
        yield ClusterPipeline(nodes)
    finally:
        tasks = [following, *nodes.working.values()]
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(ray.shutdown)
