"""A server that speaks the service's API as badly as networks, proxies and overload make it. The first part of a path
names what goes wrong: `/resets/sentiment`."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LIMITS = {"max_batch_items": 3, "max_text_chars": 100, "max_body_bytes": 400, "max_file_bytes": 1000}
# A line separator that ends no line, and letters of several bytes.
PIECES = ["Guten ", "Morgen\u2028", "早安 ", "🙂"]
HEAD = {"Content-Type": "application/json"}
PROBLEM = {"Content-Type": "application/problem+json"}


@dataclass(frozen=True)
class Asked:
    scenario: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    def told(self) -> dict[str, Any]:
        body = self.body.decode("utf-8", "replace")
        return {"scenario": self.scenario, "path": self.path, "body": body, "bytes": len(self.body), "at": self.at}


def answer_to(text: str) -> dict[str, Any]:
    """Its label is the text, so that a test sees the order."""
    scores = {"negative": 0.1, "neutral": 0.2, "positive": 0.7}
    return {"label": text, "scores": scores, "model": "m", "language": "en", "detected": None, "truncated": False}


def problem(status: int, kind: str, **members: Any) -> dict[str, Any]:
    return {"type": f"urn:undertone:problem:{kind}", "title": kind, "status": status, "detail": kind, **members}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Misbehaving

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        _, scenario, path = self.path.split("/", 2)
        if scenario == "asked":  # of a test in another language
            self.give([one.told() for one in self.server.asked])
            return
        self.content = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.lock:
            self.server.asked.append(Asked(scenario, f"/{path}", headers, self.content, time.time()))
            self.turn = sum(one.scenario == scenario and one.path == f"/{path}" for one in self.server.asked)
        if path == "models":
            self.give({"models": [], "limits": LIMITS})
        else:
            getattr(self, scenario)()

    def give(self, value: Any, status: int = 200, **headers: str) -> None:
        self.raw(json.dumps(value).encode(), status, **{**(HEAD if status == 200 else PROBLEM), **headers})

    def raw(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def chunks(self, *chunks: bytes, whole: bool = True, **headers: str) -> None:
        self.send_response(200)
        for name, value in {**headers, "Transfer-Encoding": "chunked"}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            self.wfile.flush()
            time.sleep(0.005)  # so that each arrives by itself
        if whole:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True

    def well(self, each: Callable[[str], dict[str, Any]] = answer_to) -> None:
        body = json.loads(self.content)
        self.give(answer_to(body["text"]) if "text" in body else {"results": [each(text) for text in body["texts"]]})

    # What goes wrong, each under its name.

    def limited(self) -> None:
        """Too many requests, once."""
        if self.turn > 1:
            self.well()
        else:
            self.give(problem(429, "too-many-requests"), 429, Retry_After="1")

    def dated(self) -> None:
        if self.turn > 1:
            self.well()
        else:
            self.give(problem(503, "overloaded"), 503, Retry_After=formatdate(time.time() + 2, usegmt=True))

    def resets(self) -> None:
        """The connection is reset, once."""
        if self.turn > 1:
            self.well()
        else:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

    def cut(self) -> None:
        """The answer breaks off, once."""
        if self.turn > 1:
            self.well()
        else:
            self.chunks(b'{"label": "po', whole=False, **HEAD)

    def down(self) -> None:
        """A gateway without a service behind it."""
        self.raw(b"<h1>503</h1>", 503, Retry_After="0", Content_Type="text/html")

    def other(self) -> None:
        """A gateway with errors of its own in JSON."""
        self.give({"errors": "none of yours", "type": 7}, 400)

    def distant(self) -> None:
        self.give(problem(429, "too-many-requests"), 429, Retry_After="3600")

    def refuses(self) -> None:
        errors = [{"field": "text", "message": "must be a string"}]
        self.give(problem(422, "invalid-request", errors=errors), 422, X_Request_Id="order-1")

    def locked(self) -> None:
        self.give(problem(401, "unauthorized"), 401)

    def fails(self) -> None:
        self.give(problem(500, "inference-failed"), 500)

    def page(self) -> None:
        """A proxy that answers for the service."""
        self.raw(b"<html>Please log in</html>", 200, Content_Type="text/html")

    def redirects(self) -> None:
        self.raw(b"", 308, Location="https://example.org/sentiment")

    def silent(self) -> None:
        self.server.ended.wait(30)
        self.close_connection = True

    def slow(self) -> None:
        """Too slow for more than a text at a time."""
        texts = json.loads(self.content)["texts"]
        if len(texts) > 1:
            self.give(problem(504, "timeout"), 504)
        else:
            self.well()

    def bad(self) -> None:
        """Some texts have no answer."""
        self.well(lambda text: {"error": problem(422, "empty-text")} if not text or text == "bad" else answer_to(text))

    def full(self) -> None:
        """The queue is full for some texts, at first."""
        again = self.turn > 1
        self.well(lambda text: {"error": problem(503, "overloaded")} if text == "b" and not again else answer_to(text))

    def stops(self) -> None:
        """From the third part on the key is no longer taken."""
        if self.turn > 2:
            self.locked()
        else:
            self.well()

    def short(self) -> None:
        self.give({"results": [answer_to("a")]})

    def grows(self, whole: bool = True, problem_behind: bool = False) -> None:
        """Events, cut into bytes, with all that the format allows: comments, CR LF, several lines of data."""
        events = [b": a comment\r\n\r\n"]
        for piece in PIECES:
            data = json.dumps({"text": piece}, ensure_ascii=False)
            events.append(f"event: delta\r\ndata: {data}\r\n\r\n".encode())
        if problem_behind:
            events.append(b"event: problem\rdata: " + json.dumps(problem(504, "timeout")).encode() + b"\r\r")
        elif whole:
            answer = {"translation": "".join(PIECES), "source": "en", "target": "de", "model": "m", "detected": None}
            first, rest = json.dumps(answer)[:1], json.dumps(answer)[1:]
            events.append(f"event: answer\ndata:{first}\ndata: {rest}\nid: 7\nretry\n\n".encode())
        self.chunks(*(bytes([byte]) for byte in b"".join(events)), whole=whole, Content_Type="text/event-stream")

    def withers(self) -> None:
        self.grows(whole=False)

    def fades(self) -> None:
        self.grows(problem_behind=True)

    def breaks(self) -> None:
        """A file that breaks off."""
        self.chunks(b"Guten ", whole=False, Content_Disposition='attachment; filename="a.txt"')

    def climbs(self) -> None:
        """A file whose name leads out of its folder."""
        self.raw(b"x", Content_Disposition='attachment; filename="../../etc/a.txt"', Content_Type="text/plain")


class Misbehaving(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.lock, self.ended = threading.Lock(), threading.Event()

    def handle_error(self, *_: object) -> None:
        """A client that leaves is none."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def requests(self, scenario: str, path: str = "/sentiment") -> list[Asked]:
        return [one for one in self.asked if (one.scenario, one.path) == (scenario, path)]


@contextmanager
def misbehaving_server() -> Iterator[Misbehaving]:
    with Misbehaving() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.ended.set()
        server.shutdown()
