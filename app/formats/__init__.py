"""Formats: a document gives translatable texts and takes their translations; all else in it stays, byte for byte.

A format is one module with a function `parse(source, **options) -> Document`, named in FORMATS. It is imported when the
first document of its kind arrives: some of their libraries are slow to load.
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

from app.formats.document import Document, FormatError, Inline, Text

__all__ = ["FORMATS", "OPTIONS", "WITH_SYNTAX", "Document", "FormatError", "Inline", "Text", "parse"]

FORMATS = {
    "html": "app.formats.html",
    "markdown": "app.formats.markdown",
    "messages": "app.formats.messages",
    "srt": "app.formats.srt",
    "vtt": "app.formats.vtt",
    "csv": "app.formats.csv",
    "json": "app.formats.json",
    "po": "app.formats.po",
    "xliff": "app.formats.xliff",
    "android": "app.formats.android",
    "properties": "app.formats.properties",
    "ini": "app.formats.ini",  # of plain texts alone
    "text": "app.formats.text",
}
WITH_SYNTAX = frozenset({"messages", "json", "csv", "po", "xliff", "properties"})
# Options of formats, beside the syntax of messages. `parse` of each format says what they mean.
OPTIONS = {
    "csv": ("columns", "delimiter", "header"),
    "json": ("keys", "skip"),
    "po": ("overwrite",),
    "xliff": ("overwrite",),
}


def parse(source: str, format: str, *, syntax: str = "auto", **options: object) -> Document:
    """Parse `source` as `format`, one of FORMATS, whose messages have a `syntax`, with those of its OPTIONS that are
    given. Raises FormatError where that is impossible."""
    module = FORMATS.get(format)
    if module is None:
        raise FormatError(f"Unknown format {format!r}: choose one of {', '.join(sorted(FORMATS))}.")
    if format in WITH_SYNTAX:
        options["syntax"] = syntax
    return cast(Document, import_module(module).parse(source, **options))
