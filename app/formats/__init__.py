"""Formats: a document gives translatable texts and takes their translations; all else in it stays, byte for byte.

A format is one module with a function `parse(source, **options) -> Document`, named in FORMATS. It is imported when the
first document of its kind arrives: some of their libraries are slow to load.
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

from app.formats.document import Document, FormatError, Inline, Text

__all__ = ["FORMATS", "Document", "FormatError", "Inline", "Text", "parse"]

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


def parse(source: str, format: str, **options: object) -> Document:
    """Parse `source` as `format`, one of FORMATS. Raises FormatError where that is impossible."""
    module = FORMATS.get(format)
    if module is None:
        raise FormatError(f"Unknown format {format!r}: choose one of {', '.join(sorted(FORMATS))}.")
    return cast(Document, import_module(module).parse(source, **options))
