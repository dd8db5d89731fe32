"""What routes and middleware read in a request's headers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from app.api.errors import Problem, of_fields

Headers = dict[bytes, bytes]  # names in lower case
positive = TypeAdapter(Annotated[float, Field(gt=0)])


def require_json(headers: Headers) -> None:
    """Raises Problem where the body is no JSON by its Content-Type."""
    media_type = headers.get(b"content-type", b"").decode("latin-1").split(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise Problem(
            "unsupported-media-type",
            f"The body has content type {media_type or 'none'}; send the header Content-Type: application/json.",
        )


def timeout_of(headers: Headers, allowed_s: float) -> float:
    """How long a request may take, by X-Request-Timeout. Raises Problem where that is no positive number."""
    given = headers.get(b"x-request-timeout")
    if given is None:
        return allowed_s
    try:
        return min(positive.validate_python(given.decode("latin-1")), allowed_s)
    except ValidationError as error:
        raise of_fields([("x-request-timeout", error.errors()[0]["msg"])]) from error
