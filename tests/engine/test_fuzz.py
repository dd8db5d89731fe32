"""Malformed and unexpected messages between the processes end neither side and change no answer."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq
import zmq.asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.engine.client import EngineClient
from app.engine.messages import Cancel, Classified, Classify, Hello, ModelInfo, Ready, decode_to_front, encode
from app.engine.supervisor import Supervisor
from app.settings import Settings

TIMEOUT_MS = 30_000
NESTED = b"\x91" * 200_000  # lists in lists
INTEGERS = st.one_of(st.integers(-3, 200), st.integers(-(2**63), 2**64 - 1))
ANYTHING = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats() | st.text(max_size=9) | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
NAMES = [
    "Hello",
    "Classify",
    "Translate",
    "Cancel",
    "Ready",
    "Retiring",
    "Partial",
    "Classified",
    "Translated",
    "Failed",
]


def near_messages(models: list[str]) -> st.SearchStrategy[bytes]:
    """Objects with the names of messages and of their fields, and values that are sometimes right."""
    fields = {
        "id": INTEGERS,
        "model": st.sampled_from([*models, "other", ""]),
        "tokens": st.lists(INTEGERS, max_size=6),
        "max_tokens": INTEGERS,
        "options": st.fixed_dictionaries({"beam": INTEGERS}) | ANYTHING,
        "alternatives": INTEGERS,
        "stream": st.booleans(),
        "alone": st.booleans(),
        "probabilities": st.lists(st.floats(), max_size=4),
        "hypotheses": st.lists(st.tuples(st.lists(INTEGERS, max_size=3), st.floats()), max_size=3),
        "reason": st.text(max_size=9),
        "models": st.lists(ANYTHING, max_size=2),
        "queue_s": st.floats(),
        "more": ANYTHING,
    }
    one = st.builds(
        lambda name, members: {"type": name, **members},
        st.sampled_from(NAMES),
        st.fixed_dictionaries({}, optional={**fields, "id": fields["id"] | ANYTHING}),
    )
    return st.lists(one, max_size=4).map(msgspec.msgpack.encode)


def frames(models: list[str]) -> st.SearchStrategy[bytes]:
    odd = [
        NESTED,
        b"\x91\x82\xa4type\xa5Hello\xa1x" + NESTED,  # in a field that nobody reads
        b"\x91\x83\xa4type\xa6Failed\xa2id\x01\xa6reason\xa2\xff\xfe",  # no UTF-8
        b"\x91\x84\xa4type\xa8Classify\xa2id\x01\xa5model\xa1m\xa6tokens\xdd\xff\xff\xff\xff",  # 4 billion, it says
        b"",
    ]
    return st.one_of(
        st.binary(max_size=300), near_messages(models), ANYTHING.map(msgspec.msgpack.encode), st.sampled_from(odd)
    )


@dataclass
class Peer:
    """A client of a real engine process that can send any bytes."""

    socket: zmq.Socket[bytes]
    supervisor: Supervisor
    keys: dict[str, str]  # of models, by name
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(10**6))

    def receive(self) -> list[Any]:
        assert self.socket.poll(TIMEOUT_MS), "the engine says nothing"
        return decode_to_front(self.socket.recv_multipart()[-1])

    def ask(self) -> Classified:
        """A proper question and its answer; all other answers are passed over."""
        number = next(self.ids)
        self.socket.send(encode([Classify(number, self.keys["tiny-sentiment"], [5, 6, 7])]))
        while True:
            for message in self.receive():
                if isinstance(message, Classified) and message.id == number:
                    return message


@pytest.fixture(scope="module")
def peer(tiny_models: Path) -> Iterator[Peer]:
    supervisor = Supervisor(Settings(models_dir=tiny_models, device="cpu", cpu_engines=1))
    supervisor.start()
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(supervisor.endpoints[0])
    socket.send(encode([Hello()]))
    peer = Peer(socket, supervisor, {})
    (ready,) = peer.receive()
    peer.keys = {info.name: info.key for info in ready.models}
    try:
        yield peer
    finally:
        socket.close()
        supervisor.stop()


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_an_engine_survives_any_message(peer: Peer, data: st.DataObject) -> None:
    (engine,) = peer.supervisor.engines.values()
    for frame in data.draw(st.lists(frames(list(peer.keys.values())), max_size=4)):
        peer.socket.send_multipart([frame] if data.draw(st.booleans()) else [frame, b"more"])
        numbers = numbers_in(frame)
        peer.socket.send(encode([Cancel(number) for number in numbers]))  # or some would be translated for ever
    answer = peer.ask()
    assert sum(answer.probabilities) == pytest.approx(1, abs=1e-5)
    assert engine.process.poll() is None
    assert list(peer.supervisor.engines.values()) == [engine], "the very same process"


def numbers_in(frame: bytes) -> list[int]:
    try:
        messages = msgspec.msgpack.decode(frame)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return []
    found = (
        [message.get("id") for message in messages if isinstance(message, dict)] if isinstance(messages, list) else []
    )
    return [number for number in found if isinstance(number, int) and not isinstance(number, bool)]


def test_a_number_that_is_taken_is_not_taken_twice(peer: Peer) -> None:
    """The same number in the same frame, and again while it is being worked on: one answer, and no crash."""
    key = peer.keys["tiny-translation"]
    ask = {"type": "Translate", "id": 7, "model": key, "tokens": [5] * 20, "max_tokens": 40, "beam": 2}
    peer.socket.send(msgspec.msgpack.encode([ask, ask]))
    peer.socket.send(msgspec.msgpack.encode([ask]))
    answers = []
    while not answers:
        answers = [message for message in peer.receive() if getattr(message, "id", None) == 7]
    assert len(answers) == 1
    peer.ask()


INFO = ModelInfo("m", "sentiment", "a", "d", 5, ["en"], ["x"], [], 9, "/folder")


@asynccontextmanager
async def fake_engine(path: Path) -> AsyncIterator[tuple[EngineClient, zmq.asyncio.Socket, bytes]]:
    """A client, the socket of a fake engine, and the identity of the client on that socket."""
    socket = zmq.asyncio.Context.instance().socket(zmq.ROUTER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.bind(f"ipc://{path}")
    client = EngineClient([f"ipc://{path}"], 10**6)
    await client.start()
    identity, _ = await socket.recv_multipart()
    await socket.send_multipart([identity, encode([Ready([INFO])])])
    await client.became_ready.wait()
    try:
        yield client, socket, identity
    finally:
        await client.close()
        socket.close()


async def answered(client: EngineClient, socket: zmq.asyncio.Socket, identity: bytes, odd: list[bytes]) -> list[float]:
    """The answer to a proper request when these frames come first."""
    asking = asyncio.create_task(client.classify(INFO.key, [5]))
    number = None
    while number is None:
        _, frame = await socket.recv_multipart()
        number = next((m["id"] for m in msgspec.msgpack.decode(frame) if m["type"] == "Classify"), None)
    for frame in odd:
        if number not in numbers_in(frame):  # that would be an answer
            await socket.send_multipart([identity, frame])
    await socket.send_multipart([identity, encode([Classified(number, [1.0])])])
    return await asking


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    odd=st.lists(
        frames([INFO.key]).filter(lambda frame: b"Ready" not in frame and b"Retiring" not in frame), max_size=4
    )
)
def test_a_client_survives_any_message(odd: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    async def run() -> None:
        async with fake_engine(tmp_path_factory.mktemp("fake") / "e") as (client, socket, identity):
            assert await answered(client, socket, identity, odd) == [1.0]

    asyncio.run(asyncio.wait_for(run(), 60))
