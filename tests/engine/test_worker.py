"""A worker in a thread, and clients that come and go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
import zmq

from app.engine import worker as module
from app.engine.messages import (
    Bye,
    Cancel,
    Classify,
    Hello,
    Ready,
    Report,
    Retiring,
    ToEngine,
    Translate,
    decode_to_front,
    encode,
)
from app.engine.runner import Runner
from app.engine.worker import Worker, listen

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
        runner = Runner(models, torch.device("cpu"), "torch", 64, folder)
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


def test_an_engine_whose_work_was_taken_back_says_that_it_has_none(running: Running) -> None:
    running.thread.start()
    client = running.client()
    client.send(Hello(), Translate(1, running.keys["tiny-translation"], [5] * 9, max_tokens=10**6))
    assert client.expect(Report).inflight_tokens == 9
    client.send(Cancel(1))
    assert client.expect(Report) == Report(0, 0.0, 0, [])
    client.send(Bye())


def test_reports_reach_who_is_left_of_many_clients(running: Running) -> None:
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
