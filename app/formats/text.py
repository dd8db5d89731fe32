"""Plain text: its sentences are texts, also those that are wrapped over lines; lines, indentation and columns stay."""

from __future__ import annotations

from app.formats.document import Document
from app.formats.messages import plain_message


def parse(source: str) -> Document:
    """Every text is one, so nothing is refused."""
    return plain_message(source, "auto")
