"""Reads server-sent events from bytes as they come. Knows nothing of their content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

LINE_END = re.compile(rb"\r\n|\n|\r")


class Event(NamedTuple):
    name: str
    data: str


class EventParser:
    """Only CR and LF end lines here; `str.splitlines` would cut data at U+2028 as well."""

    def __init__(self) -> None:
        self.rest, self.after_cr = b"", False
        self.name, self.data = "message", list[str]()

    def feed(self, chunk: bytes) -> Iterator[Event]:
        text = chunk.removeprefix(b"\n") if self.after_cr else chunk  # CR LF may be cut in two
        self.after_cr = chunk.endswith(b"\r")
        *lines, self.rest = LINE_END.split(self.rest + text)
        for line in lines:
            if not line:
                if self.data:
                    yield Event(self.name, "\n".join(self.data))
                self.name, self.data = "message", []
                continue
            field, _, value = line.decode("utf-8", "replace").partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                self.name = value
            elif field == "data":
                self.data.append(value)
