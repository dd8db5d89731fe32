"""A request and the state of its answer, in one object that the HTTP protocol, middleware and routes share. Knows
neither metrics nor logs; `observe` reports an exchange when it ends."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

from starlette.types import Scope

from app.engine.usage import RequestUsage

if TYPE_CHECKING:
    from app.api.dialect import Dialect

REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
CLIENT_LEFT = 499  # in logs and metrics alone, as nginx has it: there was nobody to answer


def request_id_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The client's own X-Request-Id where it is a plain word, else a new one."""
    given = next((value for name, value in headers if name == b"x-request-id"), b"")
    return given if REQUEST_ID.fullmatch(given) else b"%032x" % random.getrandbits(128)


def loop_time() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Exchange:
    request_id: bytes
    arrived: float = field(default_factory=loop_time)  # by the clock of the event loop, which deadlines use
    started: float = field(default_factory=perf_counter)  # the same moment by a finer clock, for durations
    usage: RequestUsage = field(default_factory=RequestUsage)
    key: str | None = None  # name of the API key
    status: int = CLIENT_LEFT  # until an answer begins
    problem: str | None = None  # kind of the problem that was the answer
    own_timeout: bool = False  # whether X-Request-Timeout allows less time than the service
    item_problems: Counter[str] = field(default_factory=Counter)  # of a batch, by kind
    dialect: Dialect | None = None  # the foreign API that the request speaks
    unlock: Callable[[str], Awaitable[None]] | None = None  # checks a key that stands in the body

    @classmethod
    def of(cls, scope: Scope) -> Exchange:
        """The exchange that a request belongs to. It stands in `scope["state"]`, which copies of a scope share."""
        state = scope.setdefault("state", {})
        exchange: Exchange | None = state.get("exchange")
        if exchange is None:
            exchange = state["exchange"] = cls(request_id_of(scope["headers"]))
        return exchange

    @property
    def id_fields(self) -> list[tuple[bytes, bytes]]:
        """The header fields of an answer that name its request."""
        names = [b"x-request-id"]
        if self.dialect is not None and self.dialect.id_header:
            names.append(self.dialect.id_header)
        return [(name, self.request_id) for name in names]

    @property
    def begun(self) -> bool:
        """Whether an answer has begun, so that no other can be given."""
        return self.status != CLIENT_LEFT
