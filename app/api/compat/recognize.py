"""ASGI middleware that tells which requests are for an adapter, before anything can refuse them, so that even the
refusal of a key or of a body is worded as their clients read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.compat.adapter import ALWAYS, Adapter, Mark, Undecided
from app.api.exchange import Exchange


@dataclass(slots=True, frozen=True)
class Claim:
    """What an adapter says of a path at the root."""

    adapter: Adapter
    mark: Mark


class Recognize:
    """A request for an adapter goes on with the path of its route, such as `/deepl/v2/glossaries/{id}`, which
    middleware inside, metrics and logs may name, and with the parameters of the path in the scope. Where several
    adapters want a path at the root, those that a mark tells come first, then that which the settings name first."""

    def __init__(self, app: ASGIApp, adapters: Sequence[Adapter]) -> None:
        self.app = app
        self.prefixes = {adapter.prefix: adapter for adapter in adapters}
        self.claims: dict[str, list[Claim]] = {}
        for adapter in adapters:
            for path, mark in adapter.roots.items():
                self.claims.setdefault(path, []).append(Claim(adapter, mark))
        for claims in self.claims.values():
            claims.sort(key=lambda claim: claim.mark is ALWAYS)
        self.undecided = {path: Undecided(adapter, path) for adapter in adapters for path in adapter.in_body}
        # Templates at the root, by the beginning of their paths, so that other paths cost one look-up.
        self.templates: dict[str, list[Adapter]] = {}
        for adapter in adapters:
            for template in adapter.templates:
                if template.path in adapter.roots:
                    self.templates.setdefault(first_segment(template.path), []).append(adapter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = self.recognized(scope)
        await self.app(scope, receive, send)

    def recognized(self, scope: Scope) -> Scope:
        path: str = scope["path"]
        for claim in self.claims.get(path, ()):
            if claim.mark(scope):
                return addressed(scope, claim.adapter, path)
        if (undecided := self.undecided.get(path)) is not None and scope["method"] == "POST":
            Exchange.of(scope).dialect = undecided
            return scope
        first = first_segment(path)
        if (adapter := self.prefixes.get(first)) is not None:
            return addressed(scope, adapter, path.removeprefix(first) or "/")
        for adapter in self.templates.get(first, ()):
            if (found := adapter.resolve(path)) is not None and adapter.roots.get(found[0], NEVER)(scope):
                return addressed(scope, adapter, path)
        return scope


def addressed(scope: Scope, adapter: Adapter, path: str) -> Scope:
    """The scope of a request for an adapter, by its path without the prefix. One that has no route stays as it is."""
    Exchange.of(scope).dialect = adapter
    if (found := adapter.resolve(adapter.located(scope, path))) is None:
        return scope
    template, parameters = found
    return {**scope, "path": adapter.prefix + template, "path_params": parameters}


def first_segment(path: str) -> str:
    """`/v2` of `/v2/glossaries/x`."""
    end = path.find("/", 1)
    return path if end < 0 else path[:end]


def NEVER(scope: Scope) -> bool:  # noqa: N802
    return False
