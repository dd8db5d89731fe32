"""The error of a request that cannot be answered as it is."""

from __future__ import annotations

from typing import Any


class PipelineError(Exception):
    """`kind` is stable; the message says what to change, and `members` are further members of the problem document."""

    def __init__(self, kind: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.kind, self.members = kind, members
