"""Content codings: bodies of requests decompressed within their bound, answers compressed. Knows no routes."""

from __future__ import annotations

import asyncio
import sys
import zlib
from collections.abc import Iterator
from typing import Any

from starlette.types import Message, Receive, Send

from app.api.errors import Problem
from app.api.headers import media_type_of
from app.api.negotiation import coding_for

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE = 64 * 1024  # bytes of output at a time
STEP = 4 * 1024  # bytes of input at a time: what stands behind the end of a stream is copied
# Streams in one body: gzip and zstd let several stand behind each other, and each costs time, also an empty one.
MOST_STREAMS = 1_000
# As browsers do (RFC 9659): a stream may ask for as much memory as its window.
ZSTD_OPTIONS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}
LEAST_BYTES = 1_400  # of an answer: a smaller one fits one packet as it is
LEVEL = 1  # of both: higher ones save little of an answer, and take several times as long
ANSWERS = ("zstd", "gzip")
TEXTUAL = ("text/", "application/json", "application/javascript", "application/xml", "image/svg+xml")


def gzip_stream(first: int) -> Any:
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def deflate_stream(first: int) -> Any:
    """`deflate` is a zlib stream; some clients leave out its header, which begins with these bits."""
    return zlib.decompressobj(zlib.MAX_WBITS if first & 0x8F == 0x08 else -zlib.MAX_WBITS)


def zstd_stream(first: int) -> Any:
    return zstd.ZstdDecompressor(options=ZSTD_OPTIONS)


STREAMS = {"gzip": gzip_stream, "x-gzip": gzip_stream, "deflate": deflate_stream, "zstd": zstd_stream}
TAKEN = "gzip, deflate, zstd"


class DecodedBody:
    """The body of a request without its content coding, in pieces. `receive` raises the problem `malformed-body`."""

    def __init__(self, receive: Receive, coding: str) -> None:
        """Raises the problem `unsupported-media-type` for an unknown coding, or more than one."""
        if coding not in STREAMS:
            raise Problem(
                "unsupported-media-type",
                f"The body has the Content-Encoding {coding[:100]!r}; compress it once, with one of {TAKEN}, or send "
                "it as it is.",
                {"Accept-Encoding": TAKEN},
            )
        self.receive_next, self.coding = receive, coding
        self.stream: Any = None
        self.streams = 0
        self.pieces: Iterator[bytes] = iter(())
        self.more_body = True
        self.ended = False

    async def receive(self) -> Message:
        if self.ended:
            return await self.receive_next()
        while True:
            try:
                piece = next(self.pieces, None)
            except (zlib.error, zstd.ZstdError) as error:
                raise self.malformed("is damaged, or no such stream") from error
            if piece is not None:
                await asyncio.sleep(0)  # other requests have a turn
                return {"type": "http.request", "body": piece, "more_body": True}
            if not self.more_body:
                if self.stream is not None or not self.streams:
                    raise self.malformed("ends too early")
                self.ended = True
                return {"type": "http.request", "body": b"", "more_body": False}
            message = await self.receive_next()
            if message["type"] != "http.request":
                return message
            self.more_body = message.get("more_body", False)
            self.pieces = self.decompressed(message.get("body", b""))

    def decompressed(self, body: bytes) -> Iterator[bytes]:
        """Decompresses the next bytes of the body. Raises zlib.error and ZstdError."""
        for start in range(0, len(body), STEP):
            data = body[start : start + STEP]
            piece = b""
            while data or len(piece) == PIECE:
                if self.stream is None:
                    if not data:
                        break
                    if self.streams == MOST_STREAMS:
                        raise self.malformed(f"has more than {MOST_STREAMS:,} streams")
                    self.stream = STREAMS[self.coding](data[0])
                    self.streams += 1
                piece = self.stream.decompress(data, PIECE)
                if piece:
                    yield piece
                if self.stream.eof:
                    data, self.stream = self.stream.unused_data, None
                else:  # zstd keeps what it has not read yet
                    data = getattr(self.stream, "unconsumed_tail", b"")

    def malformed(self, what: str) -> Problem:
        return Problem(
            "malformed-body", f"The {self.coding} body {what}; compress it again, or send it as it is, uncompressed."
        )


def coding_of(headers: list[tuple[bytes, bytes]]) -> str:
    """The content codings of a body, but for `identity`, which is none."""
    named = b",".join(value for name, value in headers if name == b"content-encoding").decode("latin-1").lower()
    codings = [coding.strip() for coding in named.split(",")]
    return ", ".join(coding for coding in codings if coding not in ("", "identity"))


class Compressing:
    """The messages of one answer, with its body compressed. Each part of a stream is flushed, so that it arrives at
    once."""

    def __init__(self, send: Send, coding: str) -> None:
        self.send_on, self.coding = send, coding
        self.start: Message | None = None  # until the body begins
        self.compressor: Any
        if coding == "zstd":
            self.compressor = zstd.ZstdCompressor(level=LEVEL)
            self.part, self.whole = zstd.ZstdCompressor.FLUSH_BLOCK, zstd.ZstdCompressor.FLUSH_FRAME
        else:
            self.compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
            self.part, self.whole = zlib.Z_SYNC_FLUSH, zlib.Z_FINISH

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
            return
        body, more_body = message.get("body", b""), message.get("more_body", False)
        parts = []
        for at in range(0, len(body), PIECE):
            parts.append(self.compressor.compress(body[at : at + PIECE]))
            if at:
                await asyncio.sleep(0)  # other requests have a turn
        if not more_body:
            parts.append(self.compressor.flush(self.whole))
        elif body:
            parts.append(self.compressor.flush(self.part))
        compressed = b"".join(parts)
        if self.start is not None:
            start, self.start = self.start, None
            length = None if more_body else len(compressed)
            await self.send_on({**start, "headers": self.fields(start["headers"], length)})
        await self.send_on({**message, "body": compressed})

    def fields(self, before: list[tuple[bytes, bytes]], length: int | None) -> list[tuple[bytes, bytes]]:
        """The header fields of the answer, which is `length` bytes long, if that is known."""
        fields = [(name, value) for name, value in before if name != b"content-length"]
        fields.append((b"content-encoding", self.coding.encode()))
        if length is not None:
            fields.append((b"content-length", b"%d" % length))
        return fields


def is_worth_compressing(status: int, fields: list[tuple[bytes, bytes]]) -> bool:
    """Whether a compressed answer would be shorter by so much that it matters. Events are not compressed: each is
    short, and arrives alone."""
    headers = dict(fields)
    length = headers.get(b"content-length")
    if status != 200 or b"content-encoding" in headers or (length is not None and int(length) < LEAST_BYTES):
        return False
    media_type = media_type_of(headers)
    textual = media_type.startswith(TEXTUAL) or media_type.endswith(("+json", "+xml"))
    return textual and media_type != "text/event-stream"


def answer_coding(accept_encoding: bytes) -> str | None:
    return coding_for(accept_encoding, ANSWERS)
