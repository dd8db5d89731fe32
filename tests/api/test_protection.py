"""A service with keys, signals and narrow limits, as its clients and its operator see it."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.api.keyfile import add_key
from tests.api.test_bad_input import assert_problem
from tests.conftest import running_service

BODY = {"text": "I love it, Marzipanschwein!", "language": "en"}
MARKER = "Marzipanschwein"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
ORIGIN = "https://example.org"


@dataclass
class Protected:
    url: str
    client: httpx.Client  # carries the key `main`
    keys_file: Path
    key: str
    limited_key: str
    log: Path
    spans: list[Any] = field(default_factory=list)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def line_of(self, request_id: str) -> dict[str, Any]:
        """The log's line of a request; it comes after the answer."""
        return wait_for(lambda: next((line for line in self.lines() if line.get("request_id") == request_id), None))


def wait_for(found: Any, timeout_s: float = 30) -> Any:
    deadline = time.monotonic() + timeout_s
    while (value := found()) is None:
        assert time.monotonic() < deadline, "never came"
        time.sleep(0.05)
    return value


@contextlib.contextmanager
def collector(spans: list[Any]) -> Iterator[str]:
    """The address of an OTLP collector that puts spans into a list."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            message = ExportTraceServiceRequest.FromString(body)
            for resource in message.resource_spans:
                for scope in resource.scope_spans:
                    spans.extend(scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def protected(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Protected]:
    folder = tmp_path_factory.mktemp("protected")
    file, log = folder / "keys", folder / "log"
    key, limited = add_key(file, "main"), add_key(file, "limited", "3/minute")
    spans: list[Any] = []
    with contextlib.ExitStack() as stack:
        endpoint = stack.enter_context(collector(spans))
        stderr = stack.enter_context(log.open("w"))
        environment = {
            "UNDERTONE_API_KEYS_FILE": str(file),
            "UNDERTONE_LOG_FORMAT": "json",
            "UNDERTONE_OTLP_ENDPOINT": endpoint,
            "UNDERTONE_CORS_ORIGINS": f"{ORIGIN}, https://other.example",
            "UNDERTONE_CLIENT_TIMEOUT_S": "1",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        url, _ = stack.enter_context(running_service(tiny_models, "--host", "0.0.0.0", stderr=stderr, **environment))
        url = url.replace("0.0.0.0", "127.0.0.1")
        client = stack.enter_context(httpx.Client(base_url=url, headers={"X-API-Key": key}, timeout=30))
        yield Protected(url, client, file, key, limited, log, spans)


def test_only_who_has_a_key_is_answered(protected: Protected) -> None:
    url = f"{protected.url}/sentiment"
    refused = httpx.post(url, json=BODY)
    assert_problem(refused, 401, "unauthorized")
    assert refused.headers["www-authenticate"].startswith("Bearer")
    for headers in (
        {"X-API-Key": protected.key + "x"},
        {"Authorization": "Bearer x"},
        {"Authorization": f"Basic {protected.key}"},
    ):
        assert_problem(httpx.post(url, json=BODY, headers=headers), 401, "unauthorized")
    for headers in ({"X-API-Key": protected.key}, {"Authorization": f"Bearer {protected.key}"}):
        assert httpx.post(url, json=BODY, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/healthz/live", "/healthz/ready", "/docs", "/openapi.json"])
def test_what_is_open_stays_open(protected: Protected, path: str) -> None:
    assert httpx.get(protected.url + path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/models", "/metrics", "/nothing", "//models", "/healthz", "/docs/../models", "/healthz/%2e%2e/models"]
)
def test_everything_else_needs_a_key(protected: Protected, path: str) -> None:
    assert raw(protected, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()) in (401, 404)
    if ".." not in path and "%" not in path:
        assert_problem(httpx.get(protected.url + path), 401, "unauthorized")


def raw(protected: Protected, request: bytes) -> int:
    """The status of the answer to these bytes."""
    host, port = protected.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request)
        return int(connection.recv(4096).split()[1])


def test_keys_are_rotated_while_the_service_runs(protected: Protected) -> None:
    before = protected.keys_file.read_text()
    new = add_key(protected.keys_file, "new")
    url = f"{protected.url}/models"
    assert httpx.get(url, headers={"X-API-Key": new}).status_code == 200
    protected.keys_file.write_text(before)
    assert httpx.get(url, headers={"X-API-Key": new}).status_code == 401
    assert httpx.get(url, headers={"X-API-Key": protected.key}).status_code == 200


def test_a_key_has_its_limit(protected: Protected) -> None:
    headers = {"X-API-Key": protected.limited_key}
    answers = [httpx.get(f"{protected.url}/models", headers=headers) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert_problem(answers[-1], 429, "too-many-requests")
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 120
    assert protected.client.get("/models").status_code == 200, "others are not concerned"


def test_browsers_are_told_what_they_must_not_do(protected: Protected) -> None:
    for answer in (
        protected.client.get("/models"),
        protected.client.get("/nothing"),
        httpx.get(f"{protected.url}/models"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    page = protected.client.get("/docs").headers.get_list("content-security-policy")
    assert len(page) == 1
    assert "script-src 'self' 'sha256-" in page[0]
    assert "unsafe-inline" not in page[0].partition("script-src")[2].partition(";")[0]


def test_pages_of_other_origins_ask_only_where_they_are_listed(protected: Protected) -> None:
    ask = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-api-key,content-type,content-encoding",
    }
    leave = httpx.options(f"{protected.url}/sentiment", headers={"Origin": ORIGIN, **ask})
    assert leave.status_code == 200
    assert leave.headers["access-control-allow-origin"] == ORIGIN
    refused = httpx.options(f"{protected.url}/sentiment", headers={"Origin": "https://evil.example", **ask})
    assert "access-control-allow-origin" not in refused.headers
    unauthorized = httpx.post(f"{protected.url}/sentiment", json=BODY, headers={"Origin": ORIGIN})
    assert unauthorized.status_code == 401
    assert unauthorized.headers["access-control-allow-origin"] == ORIGIN, "or the page could not see why"
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip", "Origin": ORIGIN}
    asked = protected.client.post("/sentiment", content=gzip.compress(json.dumps(BODY).encode()), headers=packed)
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert {"Retry-After", "X-Request-Id"} <= set(asked.headers["access-control-expose-headers"].split(", "))
    assert protected.client.get("/models", headers={"Origin": ORIGIN}).headers["vary"].lower().count("origin") == 1
    plain = protected.client.options("/sentiment", headers={"Origin": ORIGIN})
    assert (plain.status_code, plain.headers["allow"]) == (204, "POST, OPTIONS"), "no preflight"
    answer = protected.client.post("/sentiment", json=BODY, headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_the_api_document_says_how_to_carry_a_key(protected: Protected) -> None:
    document = httpx.get(f"{protected.url}/openapi.json").json()
    assert {scheme["type"] for scheme in document["components"]["securitySchemes"].values()} == {"http", "apiKey"}
    operation = document["paths"]["/sentiment"]["post"]
    assert {} not in operation["security"]
    assert {"401", "429"} <= set(operation["responses"])
    assert "security" not in document["paths"]["/healthz/live"]["get"]


def test_request_ids(protected: Protected) -> None:
    mine = protected.client.get("/models", headers={"X-Request-Id": "order-4711.a"})
    assert mine.headers["x-request-id"] == "order-4711.a"
    ids = set()
    for value in ("", "a b", "x" * 129, "<script>", None):
        headers = {} if value is None else {"X-Request-Id": value}
        ids.add(protected.client.get("/models", headers=headers).headers["x-request-id"])
    assert len(ids) == 5
    assert all(len(one) == 32 for one in ids)
    assert len(httpx.get(f"{protected.url}/nothing").headers["x-request-id"]) == 32


def test_timing_is_told(protected: Protected) -> None:
    answer = protected.client.post("/sentiment", json=BODY)
    told = dict(part.strip().split(";dur=") for part in answer.headers["server-timing"].split(","))
    assert set(told) == {"total", "queue", "engine"}
    assert 0 < float(told["engine"]) <= float(told["total"])
    assert protected.client.get("/models").headers["server-timing"].startswith("total;dur=")


def test_the_log_has_a_line_for_each_request_and_never_a_text_or_a_key(protected: Protected) -> None:
    ask = protected.client.post
    answer = ask("/sentiment", json=BODY)
    line = protected.line_of(answer.headers["x-request-id"])
    assert (line["method"], line["route"], line["status"], line["key"]) == ("POST", "/sentiment", 200, "main")
    assert line["tokens"] > 0
    assert line["duration_ms"] >= line["engine_ms"] > 0
    answers = [
        ask("/translate", json={"text": MARKER, "source": "en", "target": "de", "beam": 1}),
        ask("/sentiment", json={"text": 5, MARKER: MARKER}),
        ask("/sentiment", content=f'{{"text": "{MARKER}'.encode(), headers={"Content-Type": "application/json"}),
        ask("/sentiment", json={"text": MARKER, "language": MARKER}),
        ask("/sentiment", json={"text": MARKER * 5000}),
        ask(f"/{MARKER}", json=BODY),
        protected.client.get(f"/models?{MARKER}={MARKER}"),
        httpx.get(f"{protected.url}/models", headers={"Authorization": f"Bearer ut_{MARKER}.{MARKER}"}),
    ]
    for answer in answers:
        line = protected.line_of(answer.headers["x-request-id"])
        assert line["status"] == answer.status_code
        kind = answer.json().get("type", "").removeprefix("urn:undertone:problem:")
        assert line.get("problem", "") == kind, "why it was refused"
    raw(protected, f"GET /{MARKER} {MARKER}\r\n\r\n".encode())
    wait_for(lambda: next((line for line in protected.lines() if line.get("problem") == "bad-request"), None))
    log = protected.log.read_text("utf-8")
    assert MARKER not in log
    assert protected.key.partition(".")[2] not in log
    assert all(line["logger"] and line["level"] and line["time"] for line in protected.lines())


def test_a_request_is_one_trace_from_the_client_to_the_engine(protected: Protected) -> None:
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    answer = protected.client.post("/sentiment", json=BODY, headers=headers)
    assert protected.line_of(answer.headers["x-request-id"])["trace_id"] == TRACE

    def of_trace() -> list[Any] | None:
        found = [span for span in protected.spans if span.trace_id.hex() == TRACE]
        return found if len(found) >= 3 else None

    spans = {span.name: span for span in wait_for(of_trace)}
    assert set(spans) == {"POST /sentiment", "queue", "engine"}
    request, queue, engine = spans["POST /sentiment"], spans["queue"], spans["engine"]
    assert request.parent_span_id.hex() == PARENT
    assert queue.parent_span_id == engine.parent_span_id == request.span_id
    assert request.start_time_unix_nano <= queue.start_time_unix_nano <= queue.end_time_unix_nano
    assert queue.end_time_unix_nano == engine.start_time_unix_nano
    assert engine.end_time_unix_nano <= request.end_time_unix_nano
    assert MARKER not in str(list(spans.values()))


def test_a_trace_that_the_client_does_not_record_is_not_recorded(protected: Protected) -> None:
    other = TRACE[::-1]
    protected.client.post("/sentiment", json=BODY, headers={"traceparent": f"00-{other}-{PARENT}-00"})
    last = protected.client.post("/sentiment", json=BODY)
    trace_id = protected.line_of(last.headers["x-request-id"])["trace_id"]
    wait_for(lambda: next((span for span in protected.spans if span.trace_id.hex() == trace_id), None))
    assert not [span for span in protected.spans if span.trace_id.hex() == other]


def test_a_large_head_is_refused(protected: Protected) -> None:
    answer = protected.client.get("/models", headers={"X-Long": "a" * 20_000})
    assert_problem(answer, 431, "headers-too-large")
    assert answer.headers["x-request-id"]
    assert protected.client.get("/models").status_code == 200


def test_an_endless_head_is_refused_while_it_comes(protected: Protected) -> None:
    host, port = protected.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"GET /models HTTP/1.1\r\n")
        with contextlib.suppress(ConnectionError):
            for number in range(10_000):
                connection.sendall(b"X-%d: %s\r\n" % (number, b"a" * 1000))
        with contextlib.suppress(ConnectionError):  # a reset may overtake the answer
            assert connection.recv(4096).startswith(b"HTTP/1.1 431")
    assert protected.client.get("/models").status_code == 200


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /models HTTP/1.1\r\nHost: x\r\n",
        b"POST /sentiment HTTP/1.1\r\nHost: x\r\nX-API-Key: KEY\r\nContent-Type: application/json\r\n"
        b'Content-Length: 100\r\n\r\n{"text": ',
    ],
    ids=["head", "body"],
)
def test_a_client_that_stops_in_mid_request_is_hung_up_on(protected: Protected, begun: bytes) -> None:
    host, port = protected.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(begun.replace(b"KEY", protected.key.encode()))
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408")
        assert json.loads(body)["type"] == "urn:undertone:problem:slow-request"


def test_a_client_that_says_nothing_is_hung_up_on(protected: Protected) -> None:
    host, port = protected.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        assert connection.recv(4096) == b""


def test_what_is_no_http_gets_a_problem_too(protected: Protected) -> None:
    host, port = protected.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"urn:undertone:problem:bad-request" in answer
