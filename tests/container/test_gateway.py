"""The gateway by itself, before a service that misbehaves on demand (stub.py)."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

Strict = Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def gateway(strict: Strict) -> httpx.Client:
    return strict(
        UPSTREAM="stub:8000",
        CLIENT_TIMEOUT_S="2",
        ANSWER_TIMEOUT_S="2",
        MAX_BODY="2k",
        MAX_FILE="4k",
        REQUESTS_PER_S="1000",
    )


def is_problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    document: dict[str, Any] = answer.json()
    assert answer.status_code == document["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["type"] == f"urn:undertone:problem:{kind}"
    assert document["title"]
    assert document["detail"]
    assert document["request_id"] == answer.headers["x-request-id"]
    return document


def test_a_mounted_certificate_is_served(gateway: httpx.Client) -> None:
    answer = gateway.get("/echo")
    assert answer.status_code == 200, "its client trusts that certificate alone"
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_a_certificate_that_cannot_be_read_is_told(strict: Strict, certificate: Path) -> None:
    (certificate / "tls.key").chmod(0o600)
    try:
        with pytest.raises(AssertionError, match="may not read"):
            strict(UPSTREAM="stub:8000")
    finally:
        (certificate / "tls.key").chmod(0o644)


def test_request_ids_and_trace_context_are_passed_on(gateway: httpx.Client) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = gateway.get("/echo", headers={"X-Request-Id": "mine-1", "traceparent": trace, "tracestate": "a=b"})
    seen = answer.json()
    assert (seen["x-request-id"], seen["traceparent"], seen["tracestate"]) == ("mine-1", trace, "a=b")
    assert answer.headers.get_list("x-request-id") == ["mine-1"]


def test_a_request_without_a_usable_id_gets_one(gateway: httpx.Client) -> None:
    for headers in ({}, {"X-Request-Id": 'x" injected'}, {"X-Request-Id": "x" * 200}):
        answer = gateway.get("/echo", headers=headers)
        assert len(answer.json()["x-request-id"]) == 32
        assert answer.headers.get_list("x-request-id") == [answer.json()["x-request-id"]]


def test_the_service_learns_who_asked_and_nobody_can_pretend(gateway: httpx.Client) -> None:
    seen = gateway.get("/echo", headers={"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}).json()
    assert "203.0.113.9" not in seen["x-forwarded-for"]
    assert seen["x-forwarded-proto"] == "https"


def test_a_body_over_the_limit_is_refused(gateway: httpx.Client) -> None:
    assert "2k" in is_problem(gateway.post("/echo", content=b"x" * 4000), 413, "body-too-large")["detail"]
    assert gateway.post("/echo", content=b"x" * 2000).status_code == 200


def test_a_service_that_is_too_slow_or_absent_is_told(gateway: httpx.Client, strict: Strict) -> None:
    is_problem(gateway.get("/slow"), 504, "timeout")
    answer = strict(UPSTREAM="absent:8000").get("/echo")
    is_problem(answer, 502, "bad-gateway")
    assert answer.headers["retry-after"]


def test_names_that_cannot_be_asked_cost_no_answer(strict: Strict) -> None:
    """No DNS server is at the gateway's own address; it goes on with the replicas that it found when it started."""
    answer = strict(UPSTREAM="stub:8000", RESOLVER="127.0.0.1").post("/echo", content=b"{}")
    assert answer.status_code == 200


def test_what_the_service_says_itself_passes_unchanged(gateway: httpx.Client) -> None:
    answer = gateway.get("/busy")
    assert (answer.status_code, answer.headers["retry-after"], answer.json()) == (503, "7", {})


def test_signals_are_not_for_the_public(gateway: httpx.Client) -> None:
    is_problem(gateway.get("/metrics"), 404, "not-found")


def test_what_is_no_http_is_told(gateway: httpx.Client) -> None:
    is_problem(gateway.get("/echo", headers={"X-Large": "x" * 20_000}), 400, "bad-request")
    is_problem(gateway.get("/" + "x" * 20_000), 414, "bad-request")
    assert b"HTTP/1.1 400" in said_to(gateway, b"\x00\x01 nonsense\r\n\r\n")
    plain = httpx.get(str(gateway.base_url).replace("https", "http"))
    is_problem(plain, 400, "bad-request")


def test_slow_clients_are_let_go(gateway: httpx.Client) -> None:
    said_to(gateway, b"GET /echo HTTP/1.1\r\nHost: x\r\n")  # returns when the gateway closes
    answer = said_to(gateway, b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nslow")
    assert answer == b"" or b" 408 " in answer


def said_to(gateway: httpx.Client, request: bytes) -> bytes:
    """What comes back until the gateway closes the connection."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", gateway.base_url.port or 443), timeout=30) as opened,
        context.wrap_socket(opened) as secured,
    ):
        secured.sendall(request)
        said = b""
        with contextlib.suppress(ConnectionResetError, ssl.SSLError):
            while piece := secured.recv(65536):
                said += piece
        return said


def test_who_asks_too_often_is_slowed_down(strict: Strict) -> None:
    gateway = strict(UPSTREAM="stub:8000", REQUESTS_PER_S="1", BURST="3")
    answers = [gateway.get("/echo") for _ in range(12)]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) >= 5
    for answer in refused:
        is_problem(answer, 429, "too-many-requests")
        assert answer.headers["retry-after"]
    assert gateway.get("/healthz/ready").status_code == 503, "probes reach the service all the same"


def test_who_asks_too_much_at_a_time_is_refused(strict: Strict) -> None:
    gateway = strict(UPSTREAM="stub:8000", CONNECTIONS="2", ANSWER_TIMEOUT_S="5")
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(lambda _: gateway.get("/slow").status_code, range(8)))
    assert statuses == [429] * 6 + [504] * 2


def test_events_pass_as_they_come(gateway: httpx.Client, strict: Strict) -> None:
    """The stub holds the second event back until the first has been seen."""
    patient = strict(UPSTREAM="stub:8000")
    with patient.stream("GET", "/events", headers={"Accept": "text/event-stream"}) as answer:
        pieces = answer.iter_text()
        assert next(pieces) == "event: delta\ndata: first\n\n"
        assert gateway.get("/release").status_code == 200
        assert "".join(pieces) == "event: answer\ndata: last\n\n"
