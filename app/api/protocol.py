"""uvicorn's HTTP protocol with three additions that no middleware could make: a bound on the head of a request while it
arrives, a bound on the time that a request may take to arrive, and the refusal of a request that cannot be served in
time before it costs anything, so that a flood does not take the processor from accepted requests.
"""

from __future__ import annotations

import asyncio
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.api import headers
from app.api.errors import MEDIA_TYPE, Problem
from app.api.exchange import Exchange, request_id_of

if TYPE_CHECKING:  # the process that starts others must not import the metrics before it is known where they count
    from app.api.admission import Gate


class OneWrite:
    """A transport that sends the head of an answer together with the beginning of its body, when both come in the same
    turn of the event loop. uvicorn writes them one by one; were the process killed in between, the answer would have
    begun, and a gateway could not ask another replica for it."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport, self.loop, self.held = transport, loop, b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        if self.held:
            data, self.held = self.held + data, b""
        elif data.startswith(b"HTTP/"):
            self.held = data
            self.loop.call_soon(self.flush)
            return
        self.transport.write(data)

    def flush(self) -> None:
        held, self.held = self.held, b""
        if held and not self.transport.is_closing():
            self.transport.write(held)

    def close(self) -> None:
        self.flush()
        self.transport.close()


class BoundedHttp(HttpToolsProtocol):
    """A timer runs while a request arrives, and from the start of a connection until its first request has."""

    def __init__(self, *arguments: Any, max_header_bytes: int, client_timeout_s: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.max_header_bytes, self.client_timeout_s = max_header_bytes, client_timeout_s
        self.in_head = self.arriving = self.in_body = False
        self.begun = self.head_bytes = 0
        self.timer: asyncio.TimerHandle | None = None
        self.gate: Gate | None = self.app_state.get("gate")
        self.refused = False  # whether the request whose body arrives was refused by its head

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, OneWrite(transport, self.loop)))
        self.start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        in_head, begun, self.in_body = self.in_head, self.begun, False
        super().data_received(data)
        # These bytes were all of a head that has not ended, or stood between or behind the chunks of a body.
        if self.arriving and begun == self.begun and in_head == self.in_head and not self.in_body:
            self.head_bytes += len(data)
            if self.head_bytes > self.max_header_bytes:
                self.refuse(
                    "headers-too-large",
                    f"Path and header fields may have {self.max_header_bytes:,} bytes together.",
                )
                return
        if self.arriving and self.timer is None:
            self.start_timer()

    def on_message_begin(self) -> None:
        self.in_head = self.arriving = True
        self.begun += 1
        self.head_bytes = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Drops the fields behind a body (trailers): there could be any number of them, and a field that a gateway took
        off the head must not come in there."""
        if self.in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self.in_head = self.refused = False
        if self.gate is not None and (self.cycle is None or self.cycle.response_complete):
            problem = self.gate.refusal(self.parser.get_method(), self.url, self.headers)
            if problem is not None:
                self.refused = True
                last = self.expect_100_continue or not self.parser.should_keep_alive()
                self.answer(problem, request_id_of(self.headers), last)
                return
        Exchange.of(cast(Scope, self.scope))  # its time counts from now, also while a request before it is under way
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.in_body, self.head_bytes = True, 0
        if not self.refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self.arriving = False
        self.stop_timer()
        if self.refused:
            self.on_response_complete()
        else:
            super().on_message_complete()

    def start_timer(self) -> None:
        self.timer = self.loop.call_later(self.client_timeout_s, self.too_slow)

    def stop_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def too_slow(self) -> None:
        self.timer = None
        if self.transport.is_closing():
            return
        if self.refused:
            self.transport.close()
        elif self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body:
            self.start_timer()  # it waits for the answer to the request before
        elif self.arriving and not (self.cycle is not None and self.cycle.response_started and self.cycle.more_body):
            self.refuse(
                "slow-request",
                f"The request did not arrive within {self.client_timeout_s:g} s; send it without pauses.",
            )
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        self.refuse("bad-request", "This is no valid HTTP/1.1 request.")

    def refuse(self, kind: str, detail: str) -> None:
        """Answer with a problem and close the connection."""
        cycle, problem = self.cycle, Problem(kind, detail)
        under_way = cycle is not None and not cycle.response_complete
        if under_way and cycle.response_started and cycle.more_body:
            self.transport.close()  # this request has its answer already
        elif under_way and cycle.more_body:  # the application has this request, and observes it
            exchange = Exchange.of(cast(Scope, cycle.scope))
            exchange.problem, exchange.status = kind, problem.status
            self.answer(problem, exchange.request_id, last=True)
        else:
            if self.gate is not None:
                self.gate.refusals.count(kind)
            if under_way:  # the client would take this answer for that to the request before, which it has to wait for
                cycle.keep_alive = False
                self.flow.pause_reading()
            else:
                self.answer(problem, request_id_of(self.headers or ()), last=True)

    def answer(self, problem: Problem, request_id: bytes, last: bool) -> None:
        head, body = rendered(problem.kind, problem.detail, problem.headers.get("Retry-After"))
        connection = b"connection: close\r\n" if last else b""
        self.transport.write(b"%bx-request-id: %b\r\n%b\r\n%b" % (head, request_id, connection, body))
        cast(OneWrite, self.transport).flush()
        if last:
            self.transport.close()


@lru_cache(maxsize=256)
def rendered(kind: str, detail: str, retry_after: str | None) -> tuple[bytes, bytes]:
    """Status line and header fields, and the body."""
    problem = Problem(kind, detail)
    body = json.dumps(problem.document()).encode()
    fields = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"server-timing", b"total;dur=0.00"),
        *headers.SECURITY,
        (headers.POLICY, headers.NO_PAGE),
    ]
    if retry_after is not None:
        fields.append((b"retry-after", retry_after.encode()))
    return STATUS_LINE[problem.status] + b"".join(name + b": " + value + b"\r\n" for name, value in fields), body
