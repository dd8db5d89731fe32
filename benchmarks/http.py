"""A small HTTP client for the load generator, which shares the cores with the measured server: prebuilt request bytes,
one protocol, no library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

HEAD_END = b"\r\n\r\n"
LAST_CHUNK = b"\r\n0\r\n\r\n"


class BadResponse(Exception):
    """The response uses a part of HTTP that this small client does not support."""


@dataclass(slots=True, frozen=True)
class Address:
    host: str
    port: int


@dataclass(slots=True)
class Response:
    status: int
    head: bytes
    body: bytes


def post(path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a request."""
    content = json.dumps(body, ensure_ascii=False).encode()
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(content)}", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    return "\r\n".join(lines).encode() + HEAD_END + content


class Connection(asyncio.Protocol):
    """One kept-alive connection, one request at a time."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.head = b""
        self.size: int | None = None  # bytes of head and body, once the head has arrived; 0 for a chunked body
        self.transport: asyncio.Transport | None = None
        self.answer: asyncio.Future[Response] | None = None

    @property
    def usable(self) -> bool:
        return self.transport is not None and not self.transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.size is None:
            end = self.buffer.find(HEAD_END)
            if end < 0:
                return
            self.head = bytes(self.buffer[:end]).lower()
            length = header(self.head, b"content-length")
            if length is None and header(self.head, b"transfer-encoding") != b"chunked":
                self.fail(BadResponse(f"neither Content-Length nor chunks in {self.head!r}"))
                return
            self.size = end + len(HEAD_END) + int(length) if length is not None else 0
        start = len(self.head) + len(HEAD_END)
        if self.size and len(self.buffer) >= self.size:
            self.complete(bytes(self.buffer[start : self.size]))
        elif not self.size and self.buffer.endswith(LAST_CHUNK, start - 2):
            self.complete(joined_chunks(bytes(self.buffer[start:])))

    def complete(self, body: bytes) -> None:
        response = Response(int(self.head[9:12]), self.head, body)
        self.buffer.clear()
        self.size = None
        if header(self.head, b"connection") == b"close":
            self.close()
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(response)

    def connection_lost(self, error: Exception | None) -> None:
        self.fail(error or ConnectionResetError("the server closed the connection"))

    def fail(self, error: Exception) -> None:
        self.close()
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()
            self.transport = None

    def ask(self, request: bytes) -> asyncio.Future[Response]:
        assert self.transport is not None, "a bug: asked on a closed connection"
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answer


def header(head: bytes, name: bytes) -> bytes | None:
    """The value of a header in a head, which must be in lower case; None if it is absent."""
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return None
    return head[start + len(name) + 3 :].split(b"\r\n", 1)[0].strip()


def joined_chunks(body: bytes) -> bytes:
    """The content of a complete chunked body."""
    content = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        content, body = content + body[:length], body[length + 2 :]
    return content


async def connect(address: Address) -> Connection:
    _, connection = await asyncio.get_running_loop().create_connection(Connection, address.host, address.port)
    return connection


async def ask_once(address: Address, request: bytes, timeout_s: float = 10.0) -> Response | None:
    """The answer to one request on a connection of its own; None if there is no valid one within the time."""
    with suppress(OSError, TimeoutError, BadResponse):
        async with asyncio.timeout(timeout_s):
            connection = await connect(address)
            try:
                return await connection.ask(request)
            finally:
                connection.close()
    return None
