"""What can go wrong. Knows of HTTP only statuses and headers.

UndertoneError
  ConnectionFailed     no whole answer came: refused, reset, broken off
    TimedOut           none came within `timeout`
  UnexpectedAnswer     an answer that is none of the service, such as a proxy's page
  ProblemError         the service says what is wrong: `kind`, `status`, `detail`, `fields`
    RequestRefused     4xx: the same request gets the same answer again
      Unauthorized     401
      TooManyRequests  429: the API key has used up its requests
    ServiceFailed      5xx
      Overloaded       503: too much work, or not ready; the same request may be answered later
  BatchError           some texts of a batch have no answer
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TYPE_PREFIX = "urn:undertone:problem:"


class UndertoneError(Exception):
    results: Sequence[Any] | None = None
    """Where a batch was interrupted: the answer to each of its texts, None for those that have none yet."""


class ConnectionFailed(UndertoneError):
    pass


class TimedOut(ConnectionFailed):
    pass


class UnexpectedAnswer(UndertoneError):
    pass


@dataclass(frozen=True, slots=True)
class FieldError:
    field: str
    message: str


class ProblemError(UndertoneError):
    """`kind` is one of the kinds that the service documents, None where the answer is no problem document (a proxy's);
    `members` are all of the document, `retry_after` are the seconds after which the service wants to be asked again."""

    def __init__(
        self, status: int, document: Mapping[str, Any], retry_after: float | None = None, request_id: str | None = None
    ) -> None:
        self.status, self.retry_after, self.request_id, self.members = status, retry_after, request_id, dict(document)
        named = str(document.get("type", ""))
        self.kind = named.removeprefix(TYPE_PREFIX) if named.startswith(TYPE_PREFIX) else None
        self.title = str(document.get("title", f"HTTP status {status}"))
        self.detail = str(document.get("detail", "The answer is no problem document; a proxy may have given it."))
        super().__init__(f"{self.kind or status}: {self.detail}")

    @property
    def fields(self) -> list[FieldError]:
        """The fields that are wrong, each with what to change."""
        entries = self.members.get("errors", []) if self.kind else []
        return [FieldError(str(entry["field"]), str(entry["message"])) for entry in entries]


class RequestRefused(ProblemError):
    pass


class Unauthorized(RequestRefused):
    pass


class TooManyRequests(RequestRefused):
    pass


class ServiceFailed(ProblemError):
    pass


class Overloaded(ServiceFailed):
    pass


class BatchError(UndertoneError):
    """All texts of a batch were asked, and `errors` has those that got no answer, by their place. `results` has the
    answers, and None for those texts."""

    results: Sequence[Any]

    def __init__(self, results: Sequence[Any], errors: Mapping[int, UndertoneError]) -> None:
        self.results, self.errors = results, dict(sorted(errors.items()))
        place, error = next(iter(self.errors.items()))
        super().__init__(f"{len(errors)} of {len(results)} texts have no answer; the first is number {place}: {error}")


BY_STATUS: dict[int, type[ProblemError]] = {401: Unauthorized, 429: TooManyRequests, 503: Overloaded}


def problem_error(
    status: int, document: Mapping[str, Any], retry_after: float | None = None, request_id: str | None = None
) -> ProblemError:
    kind = BY_STATUS.get(status, ServiceFailed if status >= 500 else RequestRefused)
    return kind(status, document, retry_after, request_id)
