"""Files over HTTP: reads an upload, a form or a raw body, and answers with the translated file while it is translated.
Knows nothing of formats but their names."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, quote

from pydantic import ValidationError
from starlette.datastructures import Headers as StarletteHeaders
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.api import schemas
from app.api.dispatch import unique_members
from app.api.errors import Problem, of_fields, of_validation
from app.api.headers import Headers
from app.api.schema_words import TWICE
from app.formats.files import MEDIA_TYPES, SUFFIXES
from app.formats.files import media_type_of as usual_media_type
from app.pipeline.file import FileTranslation, told_format
from app.settings import Settings

MODEL = "undertone-model"  # the field of an answer that names the model, in percent-encoding
FORM = "multipart/form-data"
REPEATED = "do_not_translate"  # the option that may come more than once
# Fields that may be JSON objects, and what else is said of them.
OBJECTS = {
    "glossary": "is neither a name nor a JSON object of terms",
    "format_options": 'must be a JSON object such as {"columns": ["title"]}',
}
MOST_FIELDS = 1_100  # a word to keep each, and the other options
MEDIA_TYPE = re.compile(r"[\w.+-]{1,80}/[\w.+-]{1,120}(\s*;\s*charset=\"?([\w.:-]{1,40})\"?)?", re.ASCII)
GENERIC = frozenset({"", "application/octet-stream", "application/x-www-form-urlencoded", "application/zip"})
CONTROLS = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\"\\]")
LONGEST_NAME = 150
BINARY = {"type": "string", "format": "binary"}
KNOWN = sorted({media_type for known in MEDIA_TYPES.values() for media_type in known})
ANSWERS: dict[str, Any] = {key: {"schema": BINARY} for key in [*KNOWN, "application/octet-stream"]}


@dataclass(slots=True, frozen=True)
class Upload:
    """A file with its name and media type, as far as its client tells them, and the options of its translation."""

    data: bytes
    name: str
    media_type: str
    options: schemas.FileOptions

    def check_size(self, settings: Settings) -> None:
        """Raises Problem."""
        if len(self.data) > settings.max_file_bytes:
            raise Problem(
                "body-too-large",
                f"The file has {len(self.data):,} bytes; at most {settings.max_file_bytes:,} are taken. Split it.",
            )

    @property
    def charset(self) -> str:
        match = MEDIA_TYPE.fullmatch(self.media_type)
        return (match[2] or "") if match else ""

    @property
    def format(self) -> str:
        """Raises PipelineError."""
        if self.options.format is not None:
            return self.options.format
        return told_format(self.name, "" if self.media_type in GENERIC else self.media_type, self.data)


class UploadReader:
    """Reads the body of a request as an upload."""

    def check(self, headers: Headers, query: bytes) -> None:
        """Any media type may be that of a file, and `read` knows whether its options stand in the query."""

    async def read(self, scope: Scope, body: bytes) -> Upload:
        """Raises Problem."""
        settings: Settings = scope["app"].state.settings
        media_type = dict(scope["headers"]).get(b"content-type", b"").decode("latin-1").strip()
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if media_type.partition(";")[0].strip().lower() == FORM:
            if query:
                raise of_fields([(name, "options of a form are fields of it, not of the query") for name, _ in query])
            upload = await read_form(scope, body)
        else:
            options = options_of(query)
            upload = Upload(body, options.name or "", media_type, options)
        upload.check_size(settings)
        return upload


class Parser(MultiPartParser):
    spool_max_size = 1 << 40  # never into a file on the disk


async def form_items(scope: Scope, body: bytes) -> list[tuple[str, str | UploadFile]]:
    """The fields of a form, in order. Raises Problem."""

    async def stream() -> AsyncGenerator[bytes]:
        yield body

    headers = StarletteHeaders(scope=scope)
    try:
        parser = Parser(headers, stream(), max_files=MOST_FIELDS, max_fields=MOST_FIELDS, max_part_size=len(body))
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        message = getattr(error, "message", "").rstrip(".") or "its boundary is missing"
        raise Problem("malformed-body", f"The form cannot be read: {message}.") from error
    return form.multi_items()


async def read_form(scope: Scope, body: bytes) -> Upload:
    """Raises Problem."""
    items = await form_items(scope, body)
    files = [(name, value) for name, value in items if isinstance(value, UploadFile)]
    if [name for name, _ in files] != ["file"]:
        raise of_fields(
            [
                (
                    "file",
                    "a form has one file with a file name in its field `file`; send a request for each file",
                )
            ]
        )
    file = files[0][1]
    options = options_of([(name, value) for name, value in items if isinstance(value, str)])
    data = await file.read()
    return Upload(data, options.name or file.filename or "", (file.content_type or "").strip(), options)


def options_of(items: list[tuple[str, str]]) -> schemas.FileOptions:
    """The options that fields or a query give. Raises Problem."""
    given: dict[str, Any] = {}
    for name, value in items:
        if name == REPEATED:
            given.setdefault(name, []).append(value)
        elif name in given:
            raise of_fields([(name, TWICE)])
        else:
            given[name] = value
    for name, told in OBJECTS.items():
        if (value := given.get(name, "")).lstrip().startswith("{"):
            try:
                given[name] = json.loads(value, object_pairs_hook=unique_members)
            except (ValueError, RecursionError) as error:
                raise of_fields([(name, told)]) from error
    try:
        return schemas.FileOptions.model_validate(given, strict=False)
    except ValidationError as error:
        raise of_validation(error, schemas.FileOptions) from error


class FileAnswer(Response):
    """The translated file, part by part. An error behind the first part breaks the answer off, so that no client takes
    a part for the whole."""

    def __init__(self, upload: Upload, format: str, translation: FileTranslation, deadline: float) -> None:
        """`deadline` is a time of the event loop's clock."""
        super().__init__(None)
        self.headers["content-type"] = media_type_of(upload, format)
        self.headers["content-disposition"] = disposition(name_of(upload.name, format, translation))
        self.headers["content-language"] = translation.target
        if translation.model is not None:
            self.headers[MODEL] = quote(translation.model, safe=" !#$&'()*+,/:;=?@[]~")
        self.headers["cache-control"] = "no-cache"
        self.headers["x-accel-buffering"] = "no"
        self.chunks, self.deadline, self.first = translation.chunks, deadline, b""

    async def begin(self) -> FileAnswer:
        """Wait for the first part. Raises the errors of work that fails before it."""
        self.first = await anext(self.chunks, b"")
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [field for field in self.raw_headers if field[0] != b"content-length"]  # nobody knows it yet
        async with aclosing(self.chunks), asyncio.timeout_at(self.deadline):
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": self.first, "more_body": True})
            async for chunk in self.chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


def media_type_of(upload: Upload, format: str) -> str:
    """That of the upload where it tells one, else the usual one of such a file."""
    given = upload.media_type
    if given.partition(";")[0].strip().lower() not in GENERIC and MEDIA_TYPE.fullmatch(given):
        return given
    return usual_media_type(upload.name, format)


def name_of(name: str, format: str, translation: FileTranslation) -> str:
    """page.html and page.en.html become page.de.html."""
    path = PurePosixPath(CONTROLS.sub("", name.replace("\\", "/")))
    suffix = path.suffix if len(path.suffix) <= 20 else ""
    stem = path.name.removesuffix(suffix)[:LONGEST_NAME].removesuffix(f".{translation.source}") or "translation"
    return f"{stem}.{translation.target}{suffix or next(iter(SUFFIXES.get(format, ())), '')}"


def disposition(name: str) -> str:
    """RFC 6266."""
    if name.isascii():
        return f'attachment; filename="{name}"'
    suffix = PurePosixPath(name).suffix
    plain = "translation" + (suffix if suffix.isascii() else "")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name.encode('utf-8', 'replace'))}"


def documents() -> dict[str, Any]:
    """The request and the answer for the OpenAPI document, from the schema of the options."""
    schema = schemas.FileOptions.model_json_schema()
    properties, required = schema["properties"], schema["required"]
    properties["glossary"] = {
        "type": "string",
        "description": "A JSON object of terms and their translations, or the name of a glossary of the service.",
    }
    properties["format_options"] = {
        "type": "string",
        "description": f"A JSON object. {properties['format_options']['description']}",
        "examples": ['{"columns": ["title"]}'],
    }
    form = {
        "type": "object",
        "properties": {"file": {**BINARY, "description": "The file, with its name."}, **properties},
        "required": ["file", *required],
        "additionalProperties": False,
    }
    parameters = [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": {key: value for key, value in one.items() if key != "description"},
            "description": f"{one.get('description', '')} Only with a raw body; a form has it as a field.".strip(),
        }
        for name, one in properties.items()
    ]
    return {
        "requestBody": {"required": True, "content": {FORM: {"schema": form}, **ANSWERS}},
        "parameters": parameters,
    }
