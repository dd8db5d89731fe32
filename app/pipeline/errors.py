"""The error of a request that cannot be answered as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# An interface's names for the request fields that errors may name, without the fields that it lacks.
Names = Mapping[str, str]
NATIVE: Names = {
    name: name for name in ("source", "target", "language", "format", "format_options", "truncate", "explain")
}


@dataclass(slots=True, frozen=True)
class Remedy:
    """Advice to change a field; `words` have {} in the place of its name."""

    field: str
    words: str


class PipelineError(Exception):
    """`kind` is stable; the message says what to change, and `members` are further members of the problem document.
    `field` is the one that is wrong, if one is, as `NATIVE` names it."""

    def __init__(
        self, kind: str, detail: str, *, field: str | None = None, remedy: Remedy | None = None, **members: Any
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.field, self.remedy, self.members = kind, detail, field, remedy, members

    def __str__(self) -> str:
        return self.worded(NATIVE)

    def worded(self, names: Names) -> str:
        """The message for an interface with these names. A remedy in a field that it lacks is none."""
        place = f"{names[self.field]}: " if self.field is not None and self.field in names else ""
        remedy = ""
        if self.remedy is not None and self.remedy.field in names:
            remedy = " " + self.remedy.words.format(names[self.remedy.field])
        return place + self.detail + remedy

    def of_text(self, number: int) -> PipelineError:
        """The same of one of several texts."""
        detail = f"Text {number}: {self.detail}"
        return PipelineError(self.kind, detail, field=self.field, remedy=self.remedy, **self.members)
