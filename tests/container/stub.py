"""A service that misbehaves on demand, to see what the gateway makes of it. Standard library alone.

/echo   the request's headers, as JSON
/slow   nothing, for a minute
/events one server-sent event at once, the next after somebody asked for /release
else    503, as a service that has too much to do; or what the variable STATUS says
"""

from __future__ import annotations

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

released = threading.Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/echo":
            self.answer(200, json.dumps({name.lower(): value for name, value in self.headers.items()}))
        elif self.path == "/release":
            released.set()
            self.answer(200, "{}")
        elif self.path == "/slow":
            time.sleep(60)
        elif self.path == "/events":
            self.events()
        else:
            self.answer(int(os.environ.get("STATUS", "503")), "{}", {"Retry-After": "7"})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    def answer(self, status: int, body: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Length": str(len(body)),
            "X-Request-Id": "from-the-service",
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def events(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("X-Accel-Buffering", "no")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"event: delta\ndata: first\n\n")
        self.wfile.flush()
        released.wait(30)
        self.wfile.write(b"event: answer\ndata: last\n\n")


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
