"""What the rest of the HTTP interface asks of a foreign API whose requests it answers. The adapters that speak one are
in `compat`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from starlette.responses import Response
from starlette.types import Scope

from app.pipeline.errors import Names

if TYPE_CHECKING:
    from app.api.dispatch import Route
    from app.api.errors import Problem
    from app.api.exchange import Exchange


class Dialect(Protocol):
    key_place: str  # where a request carries its API key, for people
    keys_in_bodies: bool  # whether that can be its body
    fields: Names  # what its requests call the fields that errors name
    id_header: bytes  # where an answer names its request, beside X-Request-Id; empty: nowhere

    def word(self, problem: Problem) -> Response:
        """The answer with a problem, in the shape of the foreign API."""
        ...

    def key_in_head(self, scope: Scope) -> str:
        """The API key in the head of a request, else an empty string."""
        ...

    async def key_in_body(self, scope: Scope, content: bytes) -> str:
        """The same for its body, which may be malformed."""
        ...

    def route_of(self, route: Route, exchange: Exchange, content: bytes) -> Route:
        """The route of a request whose path led to `route`, as its body tells."""
        ...
