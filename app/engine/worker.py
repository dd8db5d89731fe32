"""The engine process: one device, its models, a queue. The supervisor starts it.

    python -m app.engine.worker ENDPOINT --models DIR --device cpu --max-batch-tokens N

It loads and tries its models, binds ENDPOINT, and writes `ready` with a digest of its models to its standard output:
from then on clients can connect. Without work it blocks. On `retire` it tells its clients, finishes their requests and
exits. It exits at once when its standard input is closed, since then the process that started it has ended.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

import zmq

from app import logs
from app.engine.batches import Batches
from app.engine.handshake import EXIT_DEVICE, EXIT_MODELS, READY
from app.engine.messages import (
    MALFORMED,
    Alive,
    Bye,
    Cancel,
    Classify,
    Explain,
    Failed,
    Generate,
    Hello,
    Predict,
    Ready,
    Report,
    Retiring,
    ToEngine,
    ToFront,
    Translate,
    decode_to_engine,
    encode,
    unscored,
)
from app.engine.runner import Outcome, Runner, outcome_of
from app.engine.scheduler import SENTENCE_COST, Job, Key, Scheduler
from app.engine.watch import BEAT_S
from app.huggingface.selection import Chosen
from app.nets.folder import ModelFolderError
from app.runtime.base import PRECISIONS
from app.runtime.device import DeviceLost
from app.runtime.factory import RUNTIMES, module_of
from app.runtime.graph_cache import GraphCache
from app.runtime.load import Loader

log = logging.getLogger("undertone.engine")

ORDERS = "inproc://orders"
REPORT_S = 0.1  # between reports while there is work


class Worker:
    """Serves in turns: receive all messages, run one batch of texts and one decoding step, answer."""

    def __init__(
        self,
        socket: zmq.Socket[bytes],
        orders: zmq.Socket[bytes],
        runner: Runner,
        max_batch_tokens: int,
        generation: int = 0,
    ) -> None:
        self.socket, self.orders, self.runner, self.generation = socket, orders, runner, generation
        self.poller = zmq.Poller()
        self.poller.register(socket, zmq.POLLIN)
        self.poller.register(orders, zmq.POLLIN)
        self.batches = Batches(runner.batch_translators, max_batch_tokens, runner.max_rows)
        self.poller.register(self.batches.wake, zmq.POLLIN)
        self.clients: set[bytes] = set()
        self.outbox: defaultdict[bytes, list[ToFront]] = defaultdict(list)
        self.retiring = False
        self.counts: list[tuple[str, int, float]] = []  # batches not yet reported: task, rows, share of padding
        self.next_report = 0.0
        self.reported_work = False  # the last report told of work
        self.last_beat = 0.0
        self.texts, self.sentences = Scheduler(max_batch_tokens), Scheduler(max_batch_tokens, SENTENCE_COST)

    def serve(self) -> None:
        """Returns when the engine has retired."""
        self.runner.on_step = self.between_tokens
        while True:
            if not (self.busy or self.unreported):
                if self.retiring and not self.clients:
                    return
                # A retired engine waits for its clients to leave. A killed client sends no `Bye`: `beat` finds out.
                self.poller.poll(int(1000 * BEAT_S) if self.retiring else None)
            elif not self.computes and (self.batches.running or self.batches.wait_s):
                self.poller.poll(int(1000 * min(REPORT_S, BEAT_S, self.batches.wait_s or REPORT_S)))
            if self.orders.poll(0):
                self.orders.recv()
                self.retiring = True
                for client in self.clients:
                    self.send(client, Retiring())
            self.receive()
            self.turn()
            self.report()
            self.beat()
            self.flush()

    def beat(self) -> None:
        """Tell all clients now and then that the engine is working, also those whose requests wait."""
        now = time.monotonic()
        if now - self.last_beat >= BEAT_S:
            self.last_beat = now
            for client in self.clients:
                self.send(client, Alive())

    def between_tokens(self) -> None:
        """Serve the clients during a step that decodes a whole batch, which takes long: tell them that the engine
        works, take cancellations, and notice those that are gone."""
        self.receive()
        self.beat()
        self.flush()

    @property
    def busy(self) -> bool:
        return bool(self.computes or self.batches)

    @property
    def computes(self) -> bool:
        """Whether this thread has something to compute."""
        runner = self.runner
        return bool(self.texts or self.sentences or runner.decoding or runner.explanations or runner.generations)

    @property
    def unreported(self) -> bool:
        """Whether the work is done, the last report did not say so, and there is a client to tell."""
        return bool(self.clients and not self.busy and (self.counts or self.reported_work))

    def turn(self) -> None:
        """Schedule, run and process: the batches in other threads, a batch of texts, the sentences that join, a step of
        those in flight, a slice of an explanation, a step of each text of a language model."""
        self.process(outcome_of(self.batches.step()))
        while started := self.batches.start():
            self.count("translation", started, len(started))
        texts = self.texts.take()
        self.process(self.runner.classify(texts))
        self.count("sentiment", texts, len(texts))
        self.flush()  # texts need not wait for the decoding step
        in_flight = [entry.job for entry in self.runner.in_flight.values()]
        joining = self.sentences.take_to_join(in_flight, self.runner.max_rows)
        self.process(self.runner.join(joining))
        self.count("translation", joining, len(self.runner.in_flight))
        self.process(self.runner.step())
        if self.runner.explanations:
            self.flush()
            self.process(self.runner.explain())
        if self.runner.generations:
            self.flush()
            self.process(self.runner.write())

    def process(self, outcome: Outcome) -> None:
        for client, message in outcome.answers:
            self.send(client, message)
        self.sentences.add_first(outcome.again)  # only sentences are run again from the queue

    def count(self, task: str, jobs: list[Job], rows: int) -> None:
        """Remember a batch for the next report."""
        if jobs:
            padded = len(jobs) * max(job.length for job in jobs)
            self.counts.append((task, rows, 1 - sum(job.length for job in jobs) / max(1, padded)))

    def report(self) -> None:
        """Send the load to one client, the first that can be reached: now and then, and when the work is done."""
        busy, now = self.busy, time.monotonic()
        if not self.clients or (now < self.next_report and not self.unreported):
            return
        queues = self.texts, self.sentences, self.batches.queue
        queue = sum(line.tokens for line in (*queues, self.runner.explanations, self.runner.generations))
        oldest_s = max(line.oldest_s for line in queues)
        inflight = self.runner.inflight_tokens + self.batches.inflight_tokens
        for client in list(self.clients):
            self.send(client, Report(queue, oldest_s, inflight, self.counts))
            if self.deliver(client):
                self.next_report, self.counts, self.reported_work = now + REPORT_S, [], busy
                return

    def receive(self) -> None:
        """Handle all messages that have arrived, without waiting for more."""
        while True:
            try:
                client, frame = self.socket.recv_multipart(zmq.NOBLOCK)[:2]
                messages = decode_to_engine(frame)
            except zmq.Again:
                return
            except MALFORMED as error:
                log.error("dropped malformed messages: %s", error)
                continue
            for message in messages:
                self.handle(client, message)

    def handle(self, client: bytes, message: ToEngine) -> None:
        match message:
            case Hello():
                self.clients.add(client)
                self.send(client, Ready(self.runner.infos, os.getpid(), self.generation))
                if self.retiring:
                    self.send(client, Retiring())
            case Bye():
                self.leave(client)
            case Cancel():
                key = client, message.id
                _ = any(one.cancel(key) for one in (self.texts, self.sentences, self.batches, self.runner))
            case Classify() | Translate() | Explain() | Generate() | Predict():
                self.clients.add(client)
                fault = self.runner.fault(message)
                if fault is not None:
                    self.send(client, Failed(message.id, fault))
                elif self.has((client, message.id)):
                    log.error("dropped a request whose number another request has")
                elif isinstance(message, Classify):
                    self.texts.add(Job(client, message))
                elif isinstance(message, Explain):
                    self.runner.explanations.add(Job(client, message))
                elif isinstance(message, Generate | Predict):
                    self.runner.generations.add(Job(client, message))
                elif message.model in self.runner.batch_translators:
                    self.batches.add(Job(client, message))
                else:
                    self.sentences.add(Job(client, message))

    def leave(self, client: bytes) -> None:
        """Drop the requests of a client that is gone."""
        self.clients.discard(client)
        for queue in (self.texts, self.sentences):
            for key in [key for key in queue.waiting if key[0] == client]:
                queue.cancel(key)
        runner = self.runner
        held = (*runner.in_flight, *runner.explanations.waiting, *runner.generations.waiting)
        for key in [key for key in held if key[0] == client]:
            runner.cancel(key)
        for key in self.batches.keys(client):
            self.batches.cancel(key)

    def has(self, key: Key) -> bool:
        runner = self.runner
        waiting = self.texts.waiting, self.sentences.waiting, runner.explanations.waiting, runner.generations.waiting
        return key in runner.in_flight or key in self.batches or any(key in one for one in waiting)

    def send(self, client: bytes, message: ToFront) -> None:
        """Put a message into the outbox, for the next `flush`."""
        self.outbox[client].append(message)

    def flush(self) -> None:
        for client in list(self.outbox):
            self.deliver(client)

    def deliver(self, client: bytes) -> bool:
        """Send the outbox of a client; returns whether the client is still there, since a killed one sends no `Bye`."""
        try:
            self.socket.send_multipart([client, encode(self.outbox.pop(client))])
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            self.leave(client)
            return False
        return True


def listen(context: zmq.Context[zmq.Socket[bytes]], endpoint: str) -> zmq.Socket[bytes]:
    """The socket that clients connect to."""
    socket = context.socket(zmq.ROUTER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDHWM, 0)  # answers are small, and there are no more than requests
    socket.setsockopt(zmq.RCVHWM, 0)
    socket.setsockopt(zmq.ROUTER_MANDATORY, 1)  # sending to a client that is gone raises an error
    socket.bind(endpoint)
    return socket


def obey(context: zmq.Context[zmq.Socket[bytes]]) -> None:
    """Forward `retire` from the standard input; exit when it is closed, since then the supervisor has ended."""
    orders = context.socket(zmq.PAIR)
    orders.connect(ORDERS)
    while os.read(0, 64):
        orders.send(b"")
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="app.engine.worker")
    parser.add_argument("endpoint")
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--runtime", choices=RUNTIMES, required=True)
    parser.add_argument("--precision", choices=("auto", *PRECISIONS), default="auto")
    parser.add_argument("--max-batch-tokens", type=int, required=True)
    parser.add_argument("--max-decode-rows", type=int, required=True)
    parser.add_argument("--private", type=Path, required=True, help="folder of files for the front side")
    parser.add_argument("--cache", type=Path, help="folder that keeps graphs")
    parser.add_argument("--on-demand", action="store_true", help="load each model with the first text that it gets")
    parser.add_argument("--convert", action="store_true", help="run Hugging Face translators in CTranslate2")
    parser.add_argument("--generation", type=int, default=0, help="number of reloads before this engine's start")
    parser.add_argument("--sentiment-model", default="")
    parser.add_argument("--sentiment-labels", nargs="*", default=[])
    parser.add_argument("--sentiment-languages", nargs="*", default=[])
    parser.add_argument("--translation-models", nargs="*", default=[])
    parser.add_argument("--log-level", default="info")
    parser.add_argument("--log-format", default="text")
    options = parser.parse_args()
    logs.configure(options.log_level, options.log_format)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor ends engines in order
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
    orders = context.socket(zmq.PAIR)
    orders.bind(ORDERS)
    threading.Thread(target=obey, args=(context,), daemon=True).start()
    try:
        if options.runtime == "torch":
            module_of(options.runtime).prepare(options.device)
        runner = Runner(
            options.models,
            Loader(
                options.device,
                options.runtime,
                options.precision,
                GraphCache(options.cache),
                options.on_demand,
                options.convert,
            ),
            options.max_decode_rows,
            options.private,
            Chosen(
                options.sentiment_model,
                options.sentiment_labels,
                options.sentiment_languages,
                options.translation_models,
            ),
        )
    except DeviceLost as error:
        sys.exit(report_lost(options.device, error))
    except (
        ModelFolderError,
        ImportError,
        RuntimeError,
        ValueError,
        AssertionError,
    ) as error:  # torch without CUDA raises AssertionError
        log.error("cannot serve: %s", error)
        sys.exit(EXIT_MODELS)
    without = "" if "torch" in sys.modules else ", without torch"
    level = logging.DEBUG if options.on_demand else logging.INFO
    log.log(level, "%d models on %s in the runtime %s%s", len(runner.infos), options.device, options.runtime, without)
    socket = listen(context, options.endpoint)
    digest = hashlib.sha256(encode(unscored(runner.infos))).hexdigest().encode()
    sys.stdout.buffer.write(READY + digest + b"\n")
    sys.stdout.buffer.flush()
    status = run(Worker(socket, orders, runner, options.max_batch_tokens, options.generation), options.device)
    os._exit(status)  # without closing sockets and devices, which takes longer or hangs


def run(worker: Worker, device: str) -> int:
    """The exit status: 0 for an engine that has retired."""
    try:
        worker.serve()
    except DeviceLost as error:
        return report_lost(device, error)
    return 0


def report_lost(device: str, error: DeviceLost) -> int:
    """Say why the process ends; returns its exit status."""
    log.error("%s is unusable for this process (%s); ending it, so that a new one takes over", device, error)
    return EXIT_DEVICE


if __name__ == "__main__":
    main()
