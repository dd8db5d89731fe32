"""The values of a request by name, whether they stand in its query, in a form or in a JSON object; and a reader that
gives them to a schema. Knows no foreign API."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from pydantic import ConfigDict, ValidationError
from starlette.datastructures import UploadFile
from starlette.types import Scope

from app.api.dispatch import read_json
from app.api.errors import Problem, of_fields, of_validation
from app.api.files import FORM, MOST_FIELDS, form_items
from app.api.headers import Headers, is_json, media_type_of
from app.api.schema_words import TWICE
from app.api.schemas import Body

URLENCODED = "application/x-www-form-urlencoded"
FORMS = (URLENCODED.encode(), FORM.encode())
NO_VALUES: frozenset[str] = frozenset()


class Foreign(Body):
    """The values of a request of a foreign API. A name that its documents do not have is refused, so that nothing that
    a client asks for is ignored in silence."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


@dataclass(slots=True, frozen=True)
class FileValue:
    """A file in a form."""

    data: bytes
    name: str
    media_type: str


class ValuesReader:
    """Reads query, form or JSON object by a schema. `lists` are the names that may come more than once."""

    def __init__(self, schema: type[Foreign], lists: Collection[str] = NO_VALUES) -> None:
        self.schema, self.lists = schema, lists

    def check(self, headers: Headers, query: bytes) -> None:
        media_type = media_type_of(headers)
        if media_type not in ("", URLENCODED, FORM) and not is_json(media_type):
            raise Problem(
                "unsupported-media-type", f"The body has content type {media_type[:80]}; send JSON or a form instead."
            )

    async def read(self, scope: Scope, body: bytes) -> Foreign:
        values = await values_of(scope, body, self.lists)
        try:
            return self.schema.model_validate({**values, **scope.get("path_params", {})})
        except ValidationError as error:
            raise of_validation(error, self.schema) from error


async def values_of(scope: Scope, body: bytes, lists: Collection[str] = NO_VALUES) -> dict[str, Any]:
    """Those of the query and of the body; a name is in one of them. Raises Problem."""
    pairs: list[tuple[str, Any]] = query_of(scope)
    media_type = media_type_of(dict(scope["headers"]))
    if media_type == FORM:
        pairs += [(name, await value_of(value)) for name, value in await form_items(scope, body)]
    elif body and media_type == URLENCODED:
        pairs += parsed(body)
    elif body:
        found = read_json(body)
        if not isinstance(found, dict):
            raise of_fields([("body", "must be an object")])
        pairs += found.items()
        lists = NO_VALUES
    return gathered(pairs, lists)


def gathered(pairs: Iterable[tuple[str, Any]], lists: Collection[str]) -> dict[str, Any]:
    """Raises Problem where a name that is no list comes twice."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in lists:
            values.setdefault(name, []).append(value)
        elif name in values:
            raise of_fields([(name, TWICE)])
        else:
            values[name] = value
    return values


async def value_of(value: str | UploadFile) -> str | FileValue:
    if isinstance(value, str):
        return value
    return FileValue(await value.read(), value.filename or "", value.content_type or "")


def query_of(scope: Scope) -> list[tuple[str, str]]:
    if not scope["query_string"]:  # as of nearly all native requests, which marks look at too
        return []
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, errors="replace")


def parsed(body: bytes) -> list[tuple[str, str]]:
    """The fields of an urlencoded body. Raises Problem."""
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Problem(
            "malformed-body",
            f"The form cannot be read: send UTF-8, percent-encoded, in at most {MOST_FIELDS:,} fields.",
        ) from error


def is_form(scope: Scope) -> bool:
    """Whether a request brings a form, which no native route but that of files takes."""
    return any(name == b"content-type" and value.lower().startswith(FORMS) for name, value in scope["headers"])


def names_in(body: bytes) -> Collection[str]:
    """The names of the members of a JSON object; none of another body."""
    try:
        found = read_json(body)
    except Problem:
        return ()
    return found if isinstance(found, dict) else ()
