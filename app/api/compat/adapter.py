"""An adapter holds the routes of a foreign API, words its problems, and knows where its requests carry keys.

An adapter has all of its paths under its name: `/deepl/v2/translate`. A path is at the root too, where its clients may
look for it, in one of three ways:

ALWAYS    no native route has the path
a mark    a native route or another adapter may have it, and something in the head of the request tells the foreign one
in_body   a native route has it, and only the body tells
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.types import Scope

from app.api.compat.values import query_of, values_of
from app.api.dispatch import Declared, Endpoint, InferenceRouter, Route, documented
from app.api.errors import Problem
from app.api.exchange import Exchange
from app.pipeline.errors import NATIVE, Names

Mark = Callable[[Scope], bool]
JSON = "application/json; charset=utf-8"
PARAMETER = re.compile(r"\\{(\w+)\\}")
LONGEST_PARAMETER = 200


def ALWAYS(scope: Scope) -> bool:  # noqa: N802
    return True


@dataclass(slots=True, frozen=True)
class KeyPlaces:
    """Where requests of a foreign API carry their API key."""

    told: str  # for people
    headers: Sequence[bytes] = ()
    authorization: re.Pattern[bytes] | None = None  # its first group is the key
    query: str = ""
    field: str = ""  # of the body


@dataclass(slots=True, frozen=True)
class Template:
    """A path with parameters, such as `/v2/glossaries/{id}`."""

    path: str
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, path: str) -> Template:
        return cls(path, re.compile(PARAMETER.sub(rf"(?P<\1>[^/]{{1,{LONGEST_PARAMETER}}})", re.escape(path))))


class Adapter(InferenceRouter):
    """The routes of a foreign API, which `Dispatch` answers like the native ones, and its `Dialect`."""

    def __init__(
        self,
        name: str,
        *,
        error: Callable[[Problem, int], Any],
        keys: KeyPlaces,
        fields: Names = NATIVE,
        statuses: Mapping[str | int, int] | None = None,
        media_type: str = JSON,
        id_header: bytes = b"",
        operation_header: bytes = b"",
    ) -> None:
        """`error` makes the body of an answer with a problem, for JSON; `fields` are its names of those fields that
        errors name, without those that it lacks; `statuses` are those of the foreign API by the kind of a problem or by
        our status, where they differ; `media_type` is that of its JSON; `id_header` is where an answer names its
        request, beside X-Request-Id; `operation_header` is the field of a request to `/` that names the operation,
        whose route is `/OPERATION`."""
        super().__init__(prefix=f"/{name}", include_in_schema=False)
        self.name, self.error, self.keys, self.fields, self.statuses = name, error, keys, fields, statuses or {}
        self.media_type, self.id_header, self.operation_header = media_type, id_header, operation_header
        self.key_place, self.keys_in_bodies = keys.told, bool(keys.field)
        self.roots: dict[str, Mark] = {}  # by path without the prefix
        self.in_body: dict[str, Callable[[bytes], bool]] = {}  # whether the body of a POST to a native path is for us
        self.templates: list[Template] = []
        self.plain: set[str] = set()  # with the prefix, of routes that FastAPI runs
        self.open_paths: list[str] = []  # which need no API key
        self.file_paths: list[str] = []  # whose bodies may be as long as files

    def answers(
        self,
        path: str,
        *,
        at_root: Mark | None = None,
        in_body: Callable[[bytes], bool] | None = None,
        needs_key: bool = True,
        takes_file: bool = False,
        methods: Sequence[str] = ("POST",),
        **options: Any,
    ) -> Callable[[Declared], Declared]:
        """Have requests to `path`, as the foreign API has it, answered by `async def route(body, call)`; `options` are
        those of `declare`. The server leaves the body of an answer to HEAD out."""
        full = self.prefix + path
        if at_root is not None:
            self.roots[path] = at_root
        if in_body is not None:
            self.in_body[path] = in_body
        if "{" in path:
            self.templates.append(Template.of(path))
        if not needs_key:
            self.open_paths.append(full)
        if takes_file:
            self.file_paths.append(full)
        taken = (*methods, "HEAD") if "GET" in methods else methods
        return self.declare(full, methods=taken, offers=(), **options)

    @property
    def read_headers(self) -> list[str]:
        """The header fields of requests that this foreign API alone has, for pages of other origins."""
        return [name.decode("ascii") for name in (*self.keys.headers, self.operation_header) if name]

    def runs(self, path: str, endpoint: Callable[[], Awaitable[Response]]) -> None:
        """Have FastAPI answer GET requests to `path`, also before an engine is ready and without an API key."""
        full = self.prefix + path
        self.roots[path] = ALWAYS
        self.plain.add(full)
        self.open_paths.append(full)
        self.add_api_route(path, endpoint, methods=["GET"], response_model=None)

    def document(self, path: str, endpoint: Endpoint, methods: Sequence[str], documents: dict[str, Any]) -> None:
        """FastAPI refuses the other methods; the documents of the foreign API say the rest."""
        self.add_api_route(path.removeprefix(self.prefix), documented, methods=list(methods), response_model=None)

    def resolve(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The route and the parameters of a path without the prefix."""
        if self.prefix + path in self.dispatched or self.prefix + path in self.plain:
            return path, {}
        for template in self.templates:
            if match := template.pattern.fullmatch(path):
                return template.path, match.groupdict()
        return None

    def located(self, scope: Scope, path: str) -> str:
        """The path of the route of a request to `path`, both without the prefix."""
        if path == "/" and self.operation_header:
            operation = "/" + dict(scope["headers"]).get(self.operation_header, b"").decode("latin-1")
            return operation if self.prefix + operation in self.dispatched else path
        return path

    def word(self, problem: Problem) -> Response:
        by_status = self.statuses.get(problem.status, problem.status)
        status = self.statuses.get(problem.kind, by_status)
        return answer(self.error(problem, status), status, problem.headers, self.media_type)

    def key_in_head(self, scope: Scope) -> str:
        headers = dict(scope["headers"])
        found = next((headers[name] for name in self.keys.headers if name in headers), b"")
        if not found and self.keys.authorization is not None:
            match = self.keys.authorization.match(headers.get(b"authorization", b""))
            found = match[1] if match else b""
        if not found and self.keys.query:
            return next((value.strip() for name, value in query_of(scope) if name == self.keys.query), "")
        return found.decode("latin-1").strip()

    async def key_in_body(self, scope: Scope, content: bytes) -> str:
        try:
            key = (await values_of(scope, content)).get(self.keys.field)
        except Problem:
            return ""
        return key.strip() if isinstance(key, str) else ""

    def route_of(self, route: Route, exchange: Exchange, content: bytes) -> Route:
        return route


class Undecided:
    """The dialect of a POST to a path that both a native route and an adapter have, until its body tells."""

    keys_in_bodies = True
    fields = NATIVE
    id_header = b""

    def __init__(self, adapter: Adapter, path: str) -> None:
        self.adapter, self.path, self.key_place = adapter, path, adapter.key_place

    def word(self, problem: Problem) -> Response:
        return problem.response()

    def key_in_head(self, scope: Scope) -> str:
        return self.adapter.key_in_head(scope)

    async def key_in_body(self, scope: Scope, content: bytes) -> str:
        return await self.adapter.key_in_body(scope, content)

    def route_of(self, route: Route, exchange: Exchange, content: bytes) -> Route:
        if self.adapter.in_body[self.path](content):
            exchange.dialect = self.adapter
            return self.adapter.dispatched[self.adapter.prefix + self.path]
        exchange.dialect = None
        return route


def answer(
    content: Any, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = JSON
) -> Response:
    """An answer in JSON."""
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, status, headers, media_type=media_type)
