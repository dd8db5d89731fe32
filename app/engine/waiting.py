"""The requests that wait for an engine, and the choice of an engine for each. Knows no sockets."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from app.engine.connection import EngineConnection, Pending
from app.engine.errors import ModelsChanged

# Tokens by which the load of the engine with other sentences of the same text may exceed the least load: about four
# sentences.
TOGETHER_TOKENS = 400


class WaitingRequests:
    """A request goes to the engine with the least load. A sentence goes to the engine that has others of its text,
    unless the load of that one is much higher: decoding them together costs little more than decoding one, and the
    other engines stay free for other texts.

    A request that may kill engines must run alone on its engine. Under steady load no engine is ever idle, so one is
    set aside for it: it gets no other requests until it is idle. All other requests are assigned first each time, and
    only one engine at a time is set aside or runs such a request, so they wait for at most one of these in a row."""

    def __init__(self) -> None:
        self.shared: deque[Pending] = deque()
        self.alone: deque[Pending] = deque()

    def __iter__(self) -> Iterator[Pending]:
        yield from self.shared
        yield from self.alone

    def add(self, pending: Pending) -> None:
        (self.alone if pending.request.alone else self.shared).append(pending)

    def remove(self, pending: Pending) -> None:
        queue = self.alone if pending.request.alone else self.shared
        if pending in queue:
            queue.remove(pending)

    def assign(self, engines: list[EngineConnection]) -> list[tuple[EngineConnection, Pending]]:
        """Remove the requests that can be sent now, and add each to its engine; returns both. Requests for models that
        no engine has any more fail."""
        for engine in engines:
            if engine.reserved and not (engine.ready and engine.reserved in self.alone):
                engine.reserved = None
        assigned = []
        for queue in (self.shared, self.alone):
            for _ in range(len(queue)):
                pending = queue.popleft()
                able = [engine for engine in engines if pending.request.model in engine.serves]
                if not able and any(engine.ready for engine in engines):
                    pending.fail(ModelsChanged(f"{pending.request.model} is served no longer."))
                elif (chosen := self.engine_for(pending, able, engines)) is not None:
                    chosen.add(pending)
                    assigned.append((chosen, pending))
                else:
                    queue.append(pending)
        return assigned

    def engine_for(
        self, pending: Pending, able: list[EngineConnection], engines: list[EngineConnection]
    ) -> EngineConnection | None:
        """The engine to send a request to now, of those that are able to answer it."""
        if not pending.request.alone:
            free = [engine for engine in able if engine.ready and not engine.quarantined and not engine.reserved]
            return min(free, key=lambda engine: load_for(engine, pending), default=None)
        if any(engine.quarantined or engine.reserved not in (None, pending) for engine in engines):
            return None
        ready = [engine for engine in able if engine.ready]
        if not ready:
            return None
        chosen = min(ready, key=lambda engine: (engine.reserved is None, engine.load))
        chosen.reserved = pending if chosen.sent else None
        return None if chosen.sent else chosen


def load_for(engine: EngineConnection, pending: Pending) -> int:
    """The load of an engine as it counts for a request."""
    return engine.load - (TOGETHER_TOKENS if pending.text and engine.texts[pending.text] else 0)
