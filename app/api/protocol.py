"""uvicorn's HTTP protocol with additions that no middleware could make: a bound on the head of a request while it
arrives, a bound on the time that a request may take to arrive, and the refusal of a request that cannot be served in
time before it costs anything, so that a flood does not take the processor from accepted requests. An offer to change
to another protocol is declined, and a client that has closed its sending side gets its answer.
"""

from __future__ import annotations

import asyncio
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import httptools
from starlette.responses import Response
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.api import headers
from app.api.errors import Problem, worded
from app.api.exchange import Exchange, request_id_of

if TYPE_CHECKING:  # the process that starts others must not import the metrics before it is known where they count
    from app.api.admission import Gate


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
REQUEST_LINE = re.compile(rb"[\w!#$%&'*+.^`|~-]{1,100} \S+ HTTP/1\.")
LINGER_S = 1.0  # that a refused client has to read its answer
FIRST_SIGN_S = 0.1  # shorter work is done before it could be cancelled


class OneWrite:
    """A transport that sends the head of an answer together with the beginning of its body, when both come in the same
    turn of the event loop. uvicorn writes them one by one; were the process killed in between, the answer would have
    begun, and a gateway could not ask another replica for it."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport, self.loop, self.held = transport, loop, b""
        self.ended = False  # whether the last answer is out, and what still comes is to be dropped

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        if self.ended:
            return
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

    def is_closing(self) -> bool:
        return self.ended or self.transport.is_closing()

    def end(self) -> None:
        """Close the sending side, and the connection a while later. Were it closed with unread bytes, the system would
        reset it, and the client could lose its answer (RFC 9112, section 9.6)."""
        self.flush()
        self.ended = True
        if not self.transport.is_closing():
            self.transport.write_eof()
            self.loop.call_later(LINGER_S, self.transport.close)

    def close(self) -> None:
        self.flush()
        self.transport.close()


class BoundedHttp(HttpToolsProtocol):
    """A timer runs while a request arrives, and from the start of a connection until its first request has."""

    def __init__(self, *arguments: Any, max_header_bytes: int, client_timeout_s: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.max_header_bytes, self.client_timeout_s = max_header_bytes, client_timeout_s
        self.url = b""
        self.in_head = self.arriving = self.in_body = False
        self.begun = self.head_bytes = 0
        self.timer: asyncio.TimerHandle | None = None
        self.gate: Gate | None = self.app_state.get("gate")
        self.refused = False  # whether the request whose body arrives was refused by its head
        self.declining = False  # whether the request whose head arrived is read again without its offer of an upgrade
        self.signs: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, OneWrite(transport, self.loop)))
        self.start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop_timer()
        if self.signs is not None:
            self.signs.cancel()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends no more; it may have left, or may still wait for an answer. Returns whether the connection
        stays open to writing."""
        if cast(OneWrite, self.transport).ended:
            return False
        if self.arriving and not self.refused:
            self.refuse("bad-request", "The connection was closed before the request was complete; send all of it.")
        if self.cycle is None or self.cycle.response_complete:
            return False
        self.cycle.keep_alive = False
        self.signs = self.loop.call_later(FIRST_SIGN_S, self.give_sign, FIRST_SIGN_S)
        return True

    def give_sign(self, waited_s: float) -> None:
        """Write to a client that sends no more, while its answer is being made: an interim answer, which a client that
        waits skips (RFC 9110, section 15.2). The system of one that has left answers with a reset, which the next
        write meets; then the connection is lost, and the work is cancelled."""
        cycle = self.cycle
        if cycle.response_complete or self.transport.is_closing():
            return
        if not (self.pipeline or cycle.response_started or cycle.scope["http_version"] == "1.0"):
            self.transport.write(CONTINUE)
        self.signs = self.loop.call_later(2 * waited_s, self.give_sign, 2 * waited_s)

    def data_received(self, data: bytes) -> None:
        if cast(OneWrite, self.transport).ended:
            return
        in_head, begun, self.in_body = self.in_head, self.begun, False
        self.parse(data)
        # These bytes were all of a head that has not ended, or stood between or behind the chunks of a body.
        if self.arriving and begun == self.begun and in_head == self.in_head and not self.in_body:
            self.head_bytes += len(data)
            if self.head_bytes > self.max_header_bytes:
                self.refuse_head()
                return
        if self.arriving and self.timer is None:
            self.start_timer()

    def parse(self, data: bytes) -> None:
        """In place of uvicorn's `data_received`. httptools takes a request that offers an upgrade for the last one in
        HTTP, and drops its body. A server may ignore the offer (RFC 9110, section 7.8): such a head is read again
        without it, by a new parser."""
        self._unset_keepalive_if_required()
        chunks: list[bytes | memoryview] = [data]
        while chunks:
            chunk = chunks.pop(0)
            try:
                self.parser.feed_data(chunk)
            except httptools.HttpParserUpgrade as upgrade:
                if not self.declining:  # CONNECT
                    self.send_400_response("")
                    return
                chunks = [self.head_without_upgrade(), memoryview(chunk)[upgrade.args[0] :]]
                self.parser, self.declining = httptools.HttpRequestParser(self), False
            except httptools.HttpParserInvalidMethodError:
                self.refuse_method(bytes(chunk))
                return
            except httptools.HttpParserError:
                self.send_400_response("")
                return

    def head_without_upgrade(self) -> bytes:
        start = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        return start + b"".join(b"%b: %b\r\n" % one for one in self.headers if one[0] != b"upgrade") + b"\r\n"

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
        if self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT":
            self.declining = True
            return
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
        if self.declining:
            return
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
        if len(self.url) > self.max_header_bytes:  # httptools cannot parse a very long one
            self.refuse_head()
        else:
            self.refuse("bad-request", "This is no valid HTTP/1.1 request.")

    def refuse_method(self, data: bytes) -> None:
        """The parser knows the registered methods, and refuses what begins with none: a request with a method of its
        own, or no HTTP, such as the beginning of TLS."""
        if REQUEST_LINE.match(data):
            self.refuse("unknown-method", "No path takes this method; GET, HEAD, POST and OPTIONS are known.")
        else:
            self.send_400_response("")

    def refuse_head(self) -> None:
        self.refuse(
            "headers-too-large", f"Path and header fields may have {self.max_header_bytes:,} bytes together; send less."
        )

    def refuse(self, kind: str, detail: str) -> None:
        """Answer with a problem and close the connection."""
        cycle, problem = self.cycle, Problem(kind, detail)
        under_way = cycle is not None and not cycle.response_complete
        if under_way and cycle.response_started and cycle.more_body:
            self.transport.close()  # this request has its answer already
        elif under_way and cycle.more_body:  # the application has this request, and observes it
            exchange = Exchange.of(cast(Scope, cycle.scope))
            exchange.problem, response = kind, worded(problem, exchange)
            exchange.status = response.status_code
            self.write(*written(response), exchange.id_fields, last=True)
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
        self.write(head, body, [(b"x-request-id", request_id)], last)

    def write(self, head: bytes, body: bytes, more: list[tuple[bytes, bytes]], last: bool) -> None:
        """Send an answer; its `head` is status line and header fields, `more` those that no two answers share."""
        if last:
            more = [*more, (b"connection", b"close")]
        self.transport.write(head + lines(more) + b"\r\n" + body)
        if last:
            self.stop_timer()
            cast(OneWrite, self.transport).end()
        else:
            cast(OneWrite, self.transport).flush()


@lru_cache(maxsize=256)
def rendered(kind: str, detail: str, retry_after: str | None) -> tuple[bytes, bytes]:
    """`written` of a problem. The cache keeps it, since each request of a flood gets the same."""
    return written(Problem(kind, detail, {"Retry-After": retry_after} if retry_after is not None else {}).response())


def written(response: Response) -> tuple[bytes, bytes]:
    """Head of an answer, without what names its request, and its body."""
    fields = [(b"server-timing", b"total;dur=0.00"), *headers.SECURITY, (headers.POLICY, headers.NO_PAGE)]
    return STATUS_LINE[response.status_code] + lines([*response.raw_headers, *fields]), bytes(response.body)


def lines(fields: list[tuple[bytes, bytes]]) -> bytes:
    return b"".join(b"%b: %b\r\n" % field for field in fields)
