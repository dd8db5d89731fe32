"""Header fields: those of a request that the service reads, and those of each answer that restrict browsers.

HSTS is not here: the gateway that ends TLS sets it.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from app.api.errors import Problem, of_fields
from app.api.schema_words import words

Headers = dict[bytes, bytes]  # names in lower case

positive = TypeAdapter(Annotated[float, Field(gt=0)])

POLICY = b"content-security-policy"
# For answers that are no pages: a browser that takes one for a page runs and loads nothing.
NO_PAGE = b"default-src 'none'; frame-ancestors 'none'"
# Appended to a policy: browsers refuse to make HTML of strings, so that no text of a user can become markup.
TRUSTED_TYPES = "; require-trusted-types-for 'script'; trusted-types 'none'"

SECURITY: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


def require_json(headers: Headers) -> None:
    """Raises Problem where Content-Type names another format than JSON."""
    media_type = media_type_of(headers)
    if not is_json(media_type):
        raise Problem(
            "unsupported-media-type",
            f"The body has content type {media_type or 'none'}; send the header Content-Type: application/json.",
        )


def media_type_of(headers: Headers) -> str:
    """That of Content-Type, in lower case and without parameters; an empty string where there is none."""
    return headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")


def timeout_of(headers: Headers, allowed_s: float) -> float:
    """Seconds that a request may take from its arrival: `allowed_s`, or less where X-Request-Timeout says so. Raises
    Problem where that is no positive number."""
    given = headers.get(b"x-request-timeout")
    if given is None:
        return allowed_s
    try:
        return min(positive.validate_python(given.decode("latin-1")), allowed_s)
    except ValidationError as error:
        raise of_fields([("x-request-timeout", words(error.errors()[0]))]) from error


def page_policy(*inline_scripts: str, inline_styles: bool) -> str:
    """The Content-Security-Policy of a page that loads files of this service alone and runs only these inline
    scripts."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline_scripts]
    sources = " ".join(["'self'", *(f"'sha256-{digest}'" for digest in hashes)])
    styles = "'self' 'unsafe-inline'" if inline_styles else "'self'"
    return (
        f"default-src 'none'; script-src {sources}; style-src {styles}; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
