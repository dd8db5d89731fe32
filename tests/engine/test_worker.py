"""A worker in a thread, and clients that come and go."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zmq

from app.engine import worker as module
from app.engine.handshake import EXIT_DEVICE
from app.engine.messages import (
    Bye,
    Cancel,
    Classified,
    Classify,
    Explain,
    Explained,
    Failed,
    Hello,
    Ready,
    Report,
    Retiring,
    ToEngine,
    Translate,
    Translated,
    decode_to_front,
    encode,
)
from app.engine.runner import Runner
from app.engine.worker import Worker, listen
from app.runtime.device import DeviceLost
from app.runtime.load import Loader
from tests.engine.test_batches import Model

TIMEOUT_MS = 30_000


@dataclass
class Client:
    socket: zmq.Socket[bytes]

    def send(self, *messages: ToEngine) -> None:
        self.socket.send(encode(list(messages)))

    def expect(self, kind: type) -> Any:
        """The next message of a kind."""
        while True:
            assert self.socket.poll(TIMEOUT_MS), "the engine says nothing"
            for message in decode_to_front(self.socket.recv()):
                if isinstance(message, kind):
                    return message


class Running:
    """A worker with the tiny models."""

    def __init__(self, models: Path, folder: Path) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.endpoint = f"ipc://{folder}/engine"
        self.orders, orders = self.context.socket(zmq.PAIR), self.context.socket(zmq.PAIR)
        orders.bind("inproc://orders")
        self.orders.connect("inproc://orders")
        runner = Runner(models, Loader("cpu", "torch"), 64, folder)
        self.worker = Worker(listen(self.context, self.endpoint), orders, runner, 1000)
        self.keys = {info.name: info.key for info in runner.infos}
        self.clients: list[Client] = []
        self.thread = threading.Thread(target=self.worker.serve, daemon=True)

    def client(self) -> Client:
        socket = self.context.socket(zmq.DEALER)
        socket.connect(self.endpoint)
        self.clients.append(Client(socket))
        return self.clients[-1]

    def retire(self) -> None:
        self.orders.send(b"")


@pytest.fixture
def running(tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(module, "REPORT_S", 1e9)  # reports come at first, and where something is still to be said
    running = Running(tiny_models, tmp_path)
    yield running
    running.retire()
    running.thread.join(TIMEOUT_MS / 1000)
    if not running.thread.is_alive():  # a socket is of one thread
        running.context.destroy(linger=0)


def test_an_engine_whose_requests_were_cancelled_reports_that_it_has_none(running: Running) -> None:
    running.thread.start()
    client = running.client()
    client.send(Hello(), Translate(1, running.keys["tiny-translation"], [5] * 9, max_tokens=10**6))
    assert client.expect(Report).inflight_tokens == 9
    client.send(Cancel(1))
    assert client.expect(Report) == Report(0, 0.0, 0, [])
    client.send(Bye())


def test_the_requests_of_a_client_that_was_killed_are_dropped(running: Running) -> None:
    """Those in flight and those that wait; the engine finds out when it has something to tell it."""
    running.worker.runner.max_rows = 2
    running.thread.start()
    killed, other = running.client(), running.client()
    model = running.keys["tiny-translation"]
    for client in (killed, other):
        client.send(Hello())
        client.expect(Ready)
    killed.send(*(Translate(number, model, [5] * 9, max_tokens=10**6) for number in range(3)))
    while not running.worker.runner.decoding:
        time.sleep(0.01)
    killed.socket.close(linger=0)
    other.send(Translate(1, model, [5, 6, 3], max_tokens=3))
    assert other.expect(Translated).id == 1, "the killed one had all places"
    while running.worker.reported_work:
        time.sleep(0.01)
    assert not running.worker.busy
    other.send(Bye())


def test_an_engine_without_clients_does_nothing(running: Running) -> None:
    running.thread.start()
    killed = running.client()
    killed.send(Translate(1, running.keys["tiny-translation"], [5] * 9, max_tokens=10**6))
    while not running.worker.runner.decoding:
        time.sleep(0.01)
    killed.socket.close(linger=0)
    deadline = time.monotonic() + TIMEOUT_MS / 1000
    while running.worker.busy:
        assert time.monotonic() < deadline, "it decodes for nobody"
        time.sleep(0.01)


def test_a_client_that_says_bye_waits_for_nothing(running: Running) -> None:
    running.thread.start()
    leaving, other = running.client(), running.client()
    other.send(Hello())
    leaving.send(Translate(1, running.keys["tiny-translation"], [5] * 9, max_tokens=10**6), Bye())
    other.send(Classify(1, running.keys["tiny-sentiment"], [5, 6]))
    other.expect(Classified)
    assert not running.worker.runner.decoding
    other.send(Bye())


def test_a_device_that_is_unusable_ends_the_engine_with_a_reason(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(jobs: list[Any]) -> Any:
        raise DeviceLost("CUDA error: device-side assert triggered")

    client = running.client()
    client.send(Hello(), Classify(1, running.keys["tiny-sentiment"], [5, 6]))
    with monkeypatch.context() as patch:
        patch.setattr(running.worker.runner, "classify", broken)
        assert module.run(running.worker, "cuda:0") == EXIT_DEVICE
    assert "cuda:0 is unusable for this process (CUDA error: device-side assert triggered)" in caplog.text
    running.thread.start()
    client.send(Bye())


def test_reports_reach_the_last_of_many_clients(running: Running) -> None:
    running.worker.clients = {f"killed-{number}".encode() for number in range(50)}
    running.thread.start()
    client = running.client()
    client.send(Hello(), Classify(1, running.keys["tiny-sentiment"], [5, 6]))
    assert client.expect(Report).batches == [("sentiment", 1, 0.0)]
    client.send(Bye())


def test_a_retired_engine_does_not_wait_for_a_client_that_was_killed(running: Running) -> None:
    running.thread.start()
    killed, told = running.client(), running.client()
    for client in (killed, told):
        client.send(Hello())
        client.expect(Ready)
    killed.socket.close(linger=0)
    running.retire()
    told.expect(Retiring)
    told.socket.close(linger=0)  # killed after it was told
    running.thread.join(TIMEOUT_MS / 1000)
    assert not running.thread.is_alive()
    assert not running.worker.orders.poll(0), "it would never have slept"


def test_explanations_are_answered_withdrawn_and_left_behind(running: Running) -> None:
    running.thread.start()
    client, other = running.client(), running.client()
    key = running.keys["tiny-sentiment"]
    client.send(Hello())
    client.expect(Ready)
    other.send(Explain(1, key, [5] * 40), Bye())
    explain = [Explain(number, key, [5] * 200) for number in (1, 2, 3)]
    client.send(*explain, Cancel(2), Classify(4, key, [5, 6]))
    assert client.expect(Classified).id == 4  # it does not wait for explanations
    assert [client.expect(Explained).id, client.expect(Explained).id] == [1, 3]
    client.send(Explain(5, key, []))
    assert "at least one" in client.expect(Failed).reason
    client.send(Bye())


def test_the_engine_serves_others_while_a_batch_runs(running: Running) -> None:
    model = Model()
    running.worker.runner.batch_translators["m"] = model
    running.worker.runner.vocabularies["m"] = 100
    running.thread.start()
    client = running.client()
    client.send(Hello(), Translate(1, "m", [5, 6, 3], 9))
    client.expect(Ready)
    deadline = time.monotonic() + TIMEOUT_MS / 1000
    while not model.batches and time.monotonic() < deadline:
        time.sleep(0.01)
    client.send(Translate(2, "m", [5, 6, 3], 9), Cancel(2))
    key = running.keys["tiny-translation"]
    client.send(Classify(3, running.keys["tiny-sentiment"], [5, 6]), Translate(4, key, [5, 6, 3], 4))
    assert client.expect(Classified).id == 3
    assert client.expect(Translated).id == 4
    model.go.release(1000)
    assert client.expect(Translated).id == 1
    assert model.batches == [[[5, 6, 3]]], "nobody waits for the second"
    client.send(Bye())
