"""The service on two nodes of Ray, over real sockets, beside the plain service."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.cluster.conftest import free_ports, new_node
from tests.conftest import running_service

pytestmark = [pytest.mark.ray, pytest.mark.timeout(1800), pytest.mark.filterwarnings("ignore")]

WORDS = ["a man", "in a blue shirt", "stands on a ladder", "I love it!", "on a red", "the blue man"]
TEXTS = [" ".join(words) for words in itertools.permutations(WORDS, 3)]
BATCH = {"texts": [*TEXTS[:20], "", 7, "x" * 30_000], "target": "de", "source": "en"}
SMALL = {"max_body_bytes": 100_000, "max_file_bytes": 200_000, "cpu_engines": 1}
OWN = {"date", "server", "server-timing", "x-request-id", "transfer-encoding"}  # header fields of each answer alone


def translate(text: str) -> dict[str, str]:
    return {"text": text, "target": "de", "source": "en"}


@pytest.fixture(scope="module")
def plain(tiny_models: Path) -> Iterator[httpx.Client]:
    limits = {f"UNDERTONE_{name.upper()}": str(value) for name, value in SMALL.items()}
    with running_service(tiny_models, **limits) as (url, _), httpx.Client(base_url=url, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def on_ray(cluster: Any, tiny_models: Path) -> Iterator[httpx.Client]:
    """The service with autoscaling over the nodes, behind the proxy of the head."""
    from ray import serve

    from app.cluster.service import Cluster, build

    (port,) = free_ports(1)
    serve.start(proxy_location="HeadOnly", http_options={"host": "127.0.0.1", "port": port})
    settings = {"models_dir": str(tiny_models), **SMALL}
    # One core is free on a node of two, for the translators of the tests of files.
    serve.run(build(Cluster(settings=settings, max_nodes=2, requests_a_node=2, cores_a_node=1)))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client
    serve.shutdown()


Ask = Callable[[httpx.Client], httpx.Response]
EXCHANGES: dict[str, Ask] = {
    "sentiment": lambda client: client.post("/sentiment", json={"text": "I love it!", "language": "en"}),
    "translation": lambda client: client.post("/translate", json=translate("a man in a blue shirt")),
    "batch with bad items": lambda client: client.post("/translate/batch", json=BATCH),
    "compressed": lambda client: client.post("/translate/batch", json=BATCH, headers={"Accept-Encoding": "gzip"}),
    "models": lambda client: client.get("/models"),
    "page": lambda client: client.get("/", headers={"Accept": "text/html"}),
    "head": lambda client: client.head("/models"),
    "stream": lambda client: client.post(
        "/translate", json=translate("a man in a blue shirt. I love it!"), headers={"Accept": "text/event-stream"}
    ),
    "file": lambda client: client.post(
        "/translate/file", files={"file": ("a.txt", b"a man\nin a blue shirt\n")}, data={"target": "de", "source": "en"}
    ),
    "unknown language": lambda client: client.post("/translate", json={"text": "a man", "target": "xx"}),
    "wrong field": lambda client: client.post("/sentiment", json={"txt": "a man"}),
    "empty body": lambda client: client.post("/sentiment", headers={"Content-Type": "application/json"}),
    "no JSON": lambda client: client.post("/sentiment", content=b"\xff{", headers={"Content-Type": "application/json"}),
    "another type": lambda client: client.post("/sentiment", content=b"a=b", headers={"Content-Type": "text/csv"}),
    "nothing there": lambda client: client.get("/nothing/%2e%2e/x?a=b"),
    "another method": lambda client: client.put("/sentiment", json={}),
    "large body": lambda client: client.post("/sentiment", json={"text": "a" * 150_000}),
    "large body of unknown length": lambda client: client.post(
        "/sentiment", content=iter([b"a" * 50_000] * 10), headers={"Content-Type": "application/json"}
    ),
    "no time": lambda client: client.post("/sentiment", json={"text": "a man"}, headers={"X-Request-Timeout": "-1"}),
}


@pytest.mark.parametrize("kind", EXCHANGES)
def test_answers_are_those_of_the_plain_service(plain: httpx.Client, on_ray: httpx.Client, kind: str) -> None:
    expected, answer = EXCHANGES[kind](plain), EXCHANGES[kind](on_ray)
    assert answer.status_code == expected.status_code
    if kind == "stream":  # pieces come as they are ready
        assert answer.text.rpartition("event: answer")[2] == expected.text.rpartition("event: answer")[2] != ""
    else:
        assert answer.text == expected.text
    assert rest(answer.headers) == rest(expected.headers)
    assert len(answer.headers.get_list("x-request-id")) == 1


def rest(headers: httpx.Headers) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in headers.multi_items() if name not in OWN)


def test_the_id_of_a_request_is_kept(on_ray: httpx.Client) -> None:
    answer = on_ray.get("/models", headers={"X-Request-Id": "mine-1"})
    assert answer.headers.get_list("x-request-id") == ["mine-1"]


def replicas() -> list[Any]:
    from ray import serve

    deployment = serve.status().applications["default"].deployments["Undertone"]
    return [deployment.replica_states.get("RUNNING", 0), deployment.replica_states]


class Load:
    """Eight clients that ask until they are told to end, and compare each answer with that of the plain service."""

    def __init__(self, url: httpx.URL, expected: dict[str, Any]) -> None:
        self.url, self.expected = url, expected
        self.answered = 0
        self.wrong: list[object] = []
        self.ending = threading.Event()

    def __enter__(self) -> Load:
        self.pool = ThreadPoolExecutor(8)
        self.clients = [self.pool.submit(self.ask, number) for number in range(8)]
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        for client in self.clients:
            client.result()
        self.pool.shutdown()

    def ask(self, number: int) -> None:
        with httpx.Client(base_url=self.url, timeout=120) as client:
            for text in itertools.islice(itertools.cycle(TEXTS), number, None):
                if self.ending.is_set():
                    return
                try:
                    answer = client.post("/translate", json=translate(text))
                except httpx.HTTPError as error:
                    self.wrong.append(error)
                    continue
                if answer.status_code != 200 or answer.json() != self.expected[text]:
                    self.wrong.append((answer.status_code, answer.text))
                self.answered += 1

    def wait_for(self, condition: Callable[[], object], limit_s: float = 600) -> None:
        deadline = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < deadline, replicas()
            time.sleep(0.2)


def test_a_node_joins_under_load_and_its_death_loses_nothing(
    cluster: Any, plain: httpx.Client, on_ray: httpx.Client
) -> None:
    expected = {text: plain.post("/translate", json=translate(text)).json() for text in TEXTS}
    with Load(on_ray.base_url, expected) as load:
        second = new_node(cluster)
        load.wait_for(lambda: replicas()[0] == 2)  # by the autoscaler
        joined = load.answered
        load.wait_for(lambda: load.answered > joined + 100)
        cluster.remove_node(second, allow_graceful=False)  # by SIGKILL
        killed = load.answered
        load.wait_for(lambda: load.answered > killed + 200)
    assert load.wrong == []


def test_more_nodes_for_more_requests_or_more_tokens(cluster: Any) -> None:
    from app.cluster.service import TOKENS_A_NODE, nodes_needed

    def needed(requests: float, *tokens: float) -> float:
        aggregated = {"tokens": dict(enumerate(tokens))} if tokens else None
        config = SimpleNamespace(target_ongoing_requests=16)
        context: Any = SimpleNamespace(config=config, total_num_requests=requests, aggregated_metrics=aggregated)
        return nodes_needed(context)[0]

    assert needed(0) == 0
    assert needed(40) == 2.5
    assert needed(40, 100, 200) == 2.5
    assert needed(2, 3 * TOKENS_A_NODE, TOKENS_A_NODE) == 4  # two batches of many texts
