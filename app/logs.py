"""Logs: text for people, JSON lines for machines. They never hold a text of a user: of an exception they have its type
and place, not its message, which can quote a text."""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import msgspec

FIELDS = "fields"  # attribute of a log record: further members of its JSON line
ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

encode = msgspec.json.Encoder().encode


class Reported(Exception):
    """Ends work whose end has its log line already: libraries that it passes through need not log it again."""


def is_news(record: logging.LogRecord) -> bool:
    return record.exc_info is None or not isinstance(record.exc_info[1], Reported)


class TextFormatter(logging.Formatter):
    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802
        return without_messages(ei[1])


class JsonFormatter(TextFormatter):
    """One line for each record: time, level, logger, message, `fields`, and where an exception came from."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return encode(line).decode()


def without_messages(error: BaseException | None) -> str:
    """Types and places of an exception and its causes. Only errors of the system keep their message."""
    lines: list[str] = []
    while error is not None:
        message = f": {error}" if isinstance(error, OSError) else ""
        lines += [f"{type(error).__module__}.{type(error).__qualname__}{message}"]
        lines += [
            f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


def configure(level: str, log_format: str) -> None:
    """Log to standard error, unless the embedding program has set up logging already."""
    if logging.root.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter("%(levelname)s: %(message)s"))
    handler.addFilter(is_news)
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it warns of forms that get an answer saying so
    logging.basicConfig(level=level.upper(), handlers=[handler])
