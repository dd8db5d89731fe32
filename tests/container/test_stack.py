"""The compose stack from outside: gateway, TLS, sub-path, two replicas."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.container.conftest import Stack, wait_for
from tests.container.engine import PROJECT, ROOT, containers_of, engine, inspect, logs

PREFIXES = ("", "/undertone")
SENTENCE = "A man in a blue shirt is standing on a ladder and cleaning a window."


@pytest.mark.parametrize("prefix", PREFIXES)
def test_both_routes_answer_over_tls_and_under_the_sub_path(stack: Stack, prefix: str) -> None:
    with stack.client() as client:
        sentiment = client.post(f"{prefix}/sentiment", json={"text": "I love this phone"})
        assert sentiment.status_code == 200
        assert sentiment.json()["label"] == "positive"
        translation = client.post(f"{prefix}/translate", json={"text": "A man is running.", "target": "de"})
        assert translation.json()["translation"].startswith("Ein Mann")
        assert client.get(f"{prefix}/healthz/live").status_code == 200
        problem = client.post(f"{prefix}/translate", json={"text": "", "target": "de"})
        assert problem.status_code == 422
        assert problem.headers["content-type"] == "application/problem+json"
        assert "strict-transport-security" not in problem.headers, "not with a certificate that nobody trusts"
        assert len(problem.headers.get_list("x-request-id")) == 1


@pytest.mark.parametrize("prefix", PREFIXES)
def test_page_and_documents_work_under_the_sub_path(stack: Stack, prefix: str) -> None:
    with stack.client() as client:
        for page in ("/", "/docs"):
            html = client.get(f"{prefix}{page}").text
            links = ["".join(pair) for pair in re.findall(r"""(?:href|src)="([^"#]+)"|url: '([^']+)'""", html)]
            assert len(links) >= 4
            for link in links:
                assert link.startswith("/undertone/")
                assert client.get(link).status_code == 200
        assert client.get(f"{prefix}/openapi.json").json()["servers"] == [{"url": "/undertone"}]


def test_without_tls_there_is_only_the_way_to_it(stack: Stack) -> None:
    answer = httpx.post(f"{stack.plain_url}/sentiment?x=1", json={"text": "I love this phone"})
    assert answer.status_code == 308
    assert answer.headers["location"] == f"{stack.url}/sentiment?x=1"
    followed = httpx.post(
        f"{stack.plain_url}/sentiment", json={"text": "I love this phone"}, follow_redirects=True, verify=False
    )
    assert followed.json()["label"] == "positive"


def test_a_translation_is_seen_while_it_grows(stack: Stack) -> None:
    body = {"text": f"{SENTENCE}\n" * 40, "target": "de"}
    headers = {"Accept": "text/event-stream"}
    with stack.client() as client, client.stream("POST", "/translate", json=body, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        pieces = list(answer.iter_text())
    assert len(pieces) > 10, "it came in few pieces: something buffers"
    assert "event: delta" in pieces[0]
    assert "event: answer" not in pieces[0]
    assert "event: answer" in pieces[-1] or "event: answer" in "".join(pieces[-3:])


def test_every_container_is_confined(stack: Stack) -> None:
    for service in ("service", "gateway"):
        for name in containers_of(service):
            found = inspect(name)
            host = found["HostConfig"]
            assert host["ReadonlyRootfs"] is True
            assert host["Memory"] > 0
            assert any("no-new-privileges" in option for option in host["SecurityOpt"])
            assert int(found["Config"]["User"].split(":")[0]) > 0
            status = engine("exec", name, "cat", "/proc/1/status")
            assert re.search(r"^CapEff:\t0+$", status, re.MULTILINE)
            assert re.search(r"^CapBnd:\t0+$", status, re.MULTILINE)
            assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)
            assert not re.search(r"^Uid:\t0\t", status, re.MULTILINE)


def test_only_the_gateway_can_be_reached(stack: Stack) -> None:
    for name in containers_of("service"):
        assert not any(inspect(name)["NetworkSettings"]["Ports"].values())


def log_lines() -> list[str]:
    """Of the gateway's requests, the oldest first."""
    return [line for line in logs(containers_of("gateway")[0]).splitlines() if line.startswith("{")]


def replicas_that_answered(since: int) -> tuple[set[str], int]:
    """Addresses of replicas that gave the 200s of the gateway's log after line `since`; and the log's length."""
    lines = log_lines()
    found = set()
    for line in lines[since:]:
        entry = json.loads(line)
        if entry["status"] == 200 and "healthz" not in entry["path"]:
            found.add(entry["replicas"].split(", ")[-1])
    return found, len(lines)


def test_replicas_share_the_work(stack: Stack) -> None:
    _, before = replicas_that_answered(0)
    with stack.client() as client:
        for _ in range(40):
            assert client.post("/sentiment", json={"text": "I love this phone"}).status_code == 200
    found, _ = replicas_that_answered(before)
    assert len(found) == 2


@contextlib.contextmanager
def third_replica(image: str, status: int) -> Iterator[int]:
    """A stub that gives this status to everything joins the replicas; the length of the gateway's log before."""
    name = f"{PROJECT}-{status}"
    network = next(
        net for net in inspect(containers_of("service")[0])["NetworkSettings"]["Networks"] if "inside" in net
    )
    alias = ("--network", network, "--network-alias", "service")
    options = ("-v", f"{ROOT}/tests/container/stub.py:/stub.py:ro", "-e", f"STATUS={status}", "--entrypoint", "python")
    engine("rm", "-f", name, check=False)
    _, before = replicas_that_answered(0)
    engine("run", "-d", "--name", name, *alias, *options, image, "/stub.py")
    try:
        yield before
    finally:
        engine("rm", "-f", name)


def test_what_one_replica_refuses_another_answers(stack: Stack, image: str) -> None:
    with third_replica(image, 503) as before, stack.client() as client:

        def refused_first() -> bool:
            for _ in range(20):
                assert client.post("/sentiment", json={"text": "I love this phone"}).status_code == 200
            return '"statuses":"503, 200"' in "".join(log_lines()[before:])

        wait_for("a request went to the refusing replica first", refused_first, timeout_s=60)


def test_a_request_that_a_replica_fails_on_goes_to_no_other(stack: Stack, image: str) -> None:
    with third_replica(image, 500) as before, stack.client() as client:

        def failed() -> bool:
            statuses = {client.post("/sentiment", json={"text": "I love this phone"}).status_code for _ in range(20)}
            assert statuses <= {200, 500}
            return 500 in statuses

        wait_for("a request went to the failing replica", failed, timeout_s=60)
        assert '"statuses":"500, ' not in "".join(log_lines()[before:])


class Load:
    """Clients that ask on and on; every answer's status, and what failed without one."""

    def __init__(self, stack: Stack, clients: int = 8) -> None:
        self.stack, self.statuses, self.stopping = stack, list[int | str](), threading.Event()
        self.pool = ThreadPoolExecutor(clients)
        self.tasks = [self.pool.submit(self.ask_on) for _ in range(clients)]

    def ask_on(self) -> None:
        with self.stack.client() as client:
            while not self.stopping.is_set():
                body = {"text": f"{SENTENCE} " * 5, "target": "de"}
                try:
                    self.statuses.append(client.post("/translate", json=body).status_code)
                except httpx.HTTPError as error:
                    self.statuses.append(repr(error))

    def wait_for_more(self, count: int) -> None:
        """Until `count` more answers have come."""
        target = len(self.statuses) + count
        wait_for(f"{count} more answers", lambda: len(self.statuses) >= target, timeout_s=120)

    def stop(self) -> list[int | str]:
        self.stopping.set()
        for task in self.tasks:
            task.result()
        self.pool.shutdown()
        return self.statuses


def what_went_wrong() -> str:
    """The gateway's log without what went well."""
    lines = logs(containers_of("gateway")[0]).splitlines()
    return "\n".join(line for line in lines if '"status":200' not in line)


@pytest.mark.parametrize("signal", ["KILL", "TERM"])
def test_one_of_two_replicas_ends_under_load_and_nothing_is_lost(stack: Stack, signal: str) -> None:
    load = Load(stack)
    try:
        load.wait_for_more(20)
        victim = containers_of("service")[0]
        if signal == "KILL":
            engine("kill", "--signal", "KILL", victim)
        else:
            engine("stop", "-t", "60", victim)  # SIGTERM, and time to answer what it has
            assert inspect(victim)["State"]["ExitCode"] == 0
        load.wait_for_more(40)
        stack.scale(2)
        _, before = replicas_that_answered(0)
        # The gateway asks for the replicas' addresses every two seconds; who answers it may learn of one later.
        wait_for("both replicas have work", lambda: len(replicas_that_answered(before)[0]) == 2, timeout_s=60)
        load.wait_for_more(40)
    finally:
        statuses = load.stop()
    assert set(statuses) == {200}, what_went_wrong()
