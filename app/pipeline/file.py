"""The translation of a file: its texts are translated in their order, a few at a time, and each part of it is written
as soon as its texts are translated. So a long file neither waits in memory nor holds back others."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from app.engine.errors import EngineOverloaded
from app.formats import FormatError, Text
from app.formats.container import PACKAGES
from app.formats.files import NO_OPTIONS, File, UnknownFormat, format_of, open_file
from app.pipeline.concurrency import INLINE_CHARS
from app.pipeline.document import MaskedText, Translate, check_options
from app.pipeline.errors import PipelineError, Remedy
from app.pipeline.marked import Marked
from app.text.detect import Detection

IN_FLIGHT = 64  # texts of a file, enough to fill the batches of the engines
DETECTED_CHARS = 10_000  # of a file, to detect its language
LONGEST_PAUSE_S = 1.0  # between two tries for a place in the queue


class Memory(Protocol):
    """Translations of an earlier try."""

    def get(self, text: Marked) -> Marked | None: ...
    def put(self, text: Marked, translation: Marked) -> None: ...


@dataclass(slots=True)
class FileTranslation:
    """The fields of `Translation`, and the translated file as bytes. Close the generator to end the work."""

    source: str
    target: str
    model: str | None
    detected: Detection | None
    via: str | None
    chunks: AsyncGenerator[bytes]


def told_format(name: str, media_type: str, data: bytes) -> str:
    """The format of a file, as its name or its media type tells it. Raises PipelineError."""
    try:
        return format_of(name, media_type, data)
    except UnknownFormat as error:
        remedy = Remedy("format", "Or set {} to its format.")
        raise PipelineError("unsupported-media-type", str(error), remedy=remedy) from error


async def opened(
    data: bytes, format: str, *, syntax: str, options: Mapping[str, Any] = NO_OPTIONS, charset: str, most_bytes: int
) -> File:
    """Parse a file with the options of its format. Raises PipelineError for one that is not of its format, or has
    nothing in it, and for unknown options."""
    check_options(format, options)
    if not data.strip():
        raise PipelineError("empty-text", "The file is empty.")

    def parsed() -> File:
        return open_file(data, format, syntax=syntax, options=options, charset=charset, most_bytes=most_bytes)

    try:
        is_long = len(data) > INLINE_CHARS or format in PACKAGES
        return await asyncio.to_thread(parsed) if is_long else parsed()
    except FormatError as error:
        raise PipelineError("malformed-document", error.detail) from error


def beginning(file: File) -> str:
    """The first texts of a file without their kept inlines, to detect its language."""
    found: list[str] = []
    left = DETECTED_CHARS
    for part in file.parts:
        for text in part.texts:
            found.append(MaskedText(text).marked.text[:left])
            left -= len(found[-1])
            if left <= 0:
                return "\n".join(found)
    return "\n".join(found)


async def chunks(
    file: File,
    translate: Translate,
    memory: Memory | None = None,
    on_text: Callable[[], object] | None = None,
    in_flight: int = IN_FLIGHT,
) -> AsyncGenerator[bytes]:
    """The translated file, part by part, with at most `in_flight` texts under way. `on_text` is called for each text
    that is done. Raises PipelineError where the encoding of the file lacks a character, and the errors of
    `translate`."""
    texts: Iterator[Text] = (text for part in file.parts for text in part.texts)
    ahead: deque[asyncio.Task[Text]] = deque()
    try:
        for part in file.parts:
            done: list[Text] = []
            for _ in part.texts:
                while len(ahead) < in_flight and (text := next(texts, None)) is not None:
                    ahead.append(asyncio.create_task(translated(text, translate, memory)))
                done.append(await ahead[0])
                ahead.popleft()
                if on_text is not None:
                    on_text()
            is_long = part.size > INLINE_CHARS
            chunk = await asyncio.to_thread(file.write, part, done) if is_long else file.write(part, done)
            if chunk:
                yield chunk
        if rest := file.close():
            yield rest
    except FormatError as error:
        raise PipelineError("malformed-document", error.detail) from error
    finally:
        for task in ahead:
            task.cancel()


async def translated(text: Text, translate: Translate, memory: Memory | None) -> Text:
    masked = MaskedText(text)
    translation = memory.get(masked.marked) if memory is not None else None
    if translation is None:
        translation = await patiently(masked.marked, translate)
        if memory is not None:
            memory.put(masked.marked, translation)
    return masked.restored(translation)


async def patiently(text: Marked, translate: Translate) -> Marked:
    """The translation of a text. Where the queue of the engines is full it waits: a file that has begun must go on."""
    while True:
        try:
            return await translate(text)
        except EngineOverloaded as error:
            await asyncio.sleep(min(max(error.retry_after_s, 0.05), LONGEST_PAUSE_S))
