"""WebVTT (W3C), parsed by `webvtt-py`. A document may lack its first line: one cue alone is welcome."""

from __future__ import annotations

from webvtt import vtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from app.formats.document import Document, FormatError
from app.formats.subtitles import Line, document, lines_of


def parse(source: str) -> Document:
    """Parse WebVTT. Raises FormatError where there is no cue in a document that is not empty."""
    body = source.removeprefix("\ufeff")
    lines = lines_of(source)
    lines[0] = Line.at(lines[0].removeprefix("\ufeff"), len(source) - len(body))
    if not body.startswith("WEBVTT"):
        lines = [Line("WEBVTT"), Line(""), *lines]
    try:
        captions = vtt.parse(lines).captions
    except (MalformedFileError, MalformedCaptionError, ValueError) as error:
        raise FormatError(f"The document is no WebVTT: {error}.") from None
    if not captions and body.strip() and not body.startswith("WEBVTT"):
        raise FormatError("The document has no cue: WebVTT wants a line like 00:01.000 --> 00:04.000 before each text.")
    return document(source, captions, entities=True)
