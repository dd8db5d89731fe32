"""Logs: text for people, JSON lines for machines. Never what a user sent: of an exception its type and place are
told, not its message, which can quote a text."""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import msgspec

FIELDS = "fields"  # of a record: what stands in its JSON line beside the message
ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

encode = msgspec.json.Encoder().encode


class TextFormatter(logging.Formatter):
    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802
        return told(ei[1])


class JsonFormatter(TextFormatter):
    """One line a record: time, level, logger, message, `fields`, and where an exception came from."""

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


def told(error: BaseException | None) -> str:
    """An exception and what caused it: types and places. The message only of what comes from the system."""
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
    """Log to standard error, unless whoever embeds us has set logging up already."""
    if logging.root.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter("%(levelname)s: %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
