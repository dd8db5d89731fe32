"""Messages of programs: placeholders, plural branches, escapes and line breaks stay; the words around them are texts.

The option `syntax` names how the message is formatted: `icu` (ICU MessageFormat, Java, FormatJS), `printf` (C, Java,
Objective-C, PHP), `python` (% and braces), `i18next` (with Vue I18n), `qt`, `android`, or `auto`, which takes ICU where
a plural or select argument parses, and otherwise knows the placeholders of all of them. Each syntax is one file.
"""

from __future__ import annotations

from app.formats.document import Document, FormatError
from app.formats.messages import icu
from app.formats.messages.accelerators import accelerated
from app.formats.messages.patterns import PATTERNS, scan
from app.formats.passages import Composite, compose
from app.formats.tokens import Token

__all__ = ["SYNTAXES", "check_syntax", "parse", "tokens"]

SYNTAXES = ("auto", "icu", *(name for name in PATTERNS if name != "auto"))
ACCELERATORS = {"qt": "&", "printf": "&_", "python": "&_", "auto": "&_"}  # the marks of keyboard accelerators


def parse(source: str, *, syntax: str = "auto") -> Document:
    """Parse one message. Raises FormatError where it is not of the syntax named."""
    check_syntax(syntax)
    if syntax == "icu":
        return Composite(icu.compose_message(source))
    if syntax == "auto" and icu.LIKELY.search(source):
        try:
            return Composite(icu.compose_message(source))
        except FormatError:
            pass
    return accelerated(source, ACCELERATORS.get(syntax, ""), lambda text: plain_message(text, syntax))


def check_syntax(syntax: str) -> None:
    if syntax not in SYNTAXES:
        raise FormatError(f"Unknown syntax {syntax!r}: choose one of {', '.join(SYNTAXES)}.")


def plain_message(source: str, syntax: str) -> Document:
    found = tokens(source, syntax)
    return Composite(compose(found, PATTERNS[syntax].writer))


def tokens(source: str, syntax: str) -> list[Token]:
    """The message as tokens, by the patterns of a syntax other than ICU."""
    return scan(source, PATTERNS[syntax])
