"""SubRip, parsed by `webvtt-py`, which also takes files without empty lines between cues, or with some in a cue. Times
may lack their hours or milliseconds."""

from __future__ import annotations

import re

from webvtt import srt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from app.formats.document import Document, FormatError
from app.formats.subtitles import Line, document, lines_of

TIME = r"(\d+:)?(\d{1,2}:\d{1,2})([,.]\d+)?"
TIMES = re.compile(rf"\s*{TIME}\s*-->\s*{TIME}(?![\d:,.])")


def parse(source: str) -> Document:
    """Parse SubRip. Raises FormatError where there is no cue in a document that is not empty."""
    lines = lines_of(source)
    if source.startswith("\ufeff"):
        lines[0] = Line.at(lines[0][1:], 1)
    if not source.strip("\ufeff \t\r\n"):
        return document(source, [], entities=False)
    try:
        captions = srt.parse(numbered(lines))
    except (MalformedFileError, MalformedCaptionError, ValueError):
        captions = []
    if not captions:
        raise FormatError(
            "The document has no cue: SubRip wants a number, a line like 00:00:01,000 --> 00:00:04,000, and the text."
        )
    return document(source, captions, entities=False)


def with_whole_times(line: Line) -> Line:
    """A line of times with hours and milliseconds, which the parser wants; other lines as they are."""
    match = TIMES.match(line) if "-->" in line else None
    if match is None or all(match.groups()):
        return line
    hours, start, fraction, end_hours, end, end_fraction = match.groups()
    times = f"{hours or '0:'}{start}{fraction or ',0'} --> {end_hours or '0:'}{end}{end_fraction or ',0'}"
    return Line.at(times + line[match.end() :], line.start)


def numbered(lines: list[Line]) -> list[Line]:
    """The lines from the first cue on. A cue without a number gets one that stands nowhere: the parser wants it."""
    result: list[Line] = []
    for line in map(with_whole_times, lines):
        if srt.SRTCueBlock.CUE_TIMINGS_PATTERN.match(line):
            number = result[-1] if result else None
            if number is None or not number.strip().isdigit():
                result.append(Line("0"))
            elif len(result) == 1:
                result[0] = Line.at(number.strip(), number.start)
        elif not result and not line.strip().isdigit():
            continue
        result.append(line)
    return result
