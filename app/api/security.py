"""Headers of every answer that tell browsers what they must not do, and the policies of pages.

HSTS is not here: whoever ends TLS sets it.
"""

from __future__ import annotations

import base64
import hashlib

POLICY = b"content-security-policy"

# Of answers that are no pages: whatever a browser takes them for, it runs and loads nothing.
NO_PAGE = b"default-src 'none'; frame-ancestors 'none'"

HEADERS: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


def page_policy(*inline_scripts: str) -> str:
    """The Content-Security-Policy of a page that loads from here alone and runs these inline scripts alone."""
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline_scripts]
    sources = " ".join(["'self'", *(f"'sha256-{digest}'" for digest in hashes)])
    return (
        f"default-src 'none'; script-src {sources}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
