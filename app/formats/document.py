"""Documents as the formats see them: translatable texts with inline markup, and the document around them, which stays.

Nothing here knows a translator: a format gives texts to translate and takes translations of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class FormatError(ValueError):
    """A document cannot be parsed as the format named; `detail` says where, why, and what to change."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(slots=True, frozen=True)
class Inline:
    """An inline element, or a piece that is kept, inside of a text.

    It covers the characters `start` to `end` of `Text.plain`; `before` and `after` are the source of its opening and
    closing marks as they stand in the document: "<i>" and "</i>", "**" and "**", "[" and "](https://example.org)".
    An empty element (start == end: <br>, an image, a comment) has its whole source in `before`. A kept element is a
    leaf: whatever is nested in it belongs to its words.
    """

    start: int
    end: int
    before: str
    after: str
    kept: bool = False  # its words are not translated: translate="no", <code>, a placeholder


@dataclass(slots=True, frozen=True)
class Text:
    """One translatable text: the words as a translator reads them, and the inline elements around them.

    Escapes and entities are resolved in `plain`, and a text that is wrapped over lines has single spaces there. The
    inlines are properly nested and sorted by start, an outer one before those inside it.
    """

    plain: str
    inlines: tuple[Inline, ...] = ()


class Document(Protocol):
    """A parsed document. `render(texts)` is its very source; other translations change nothing but those texts."""

    @property
    def texts(self) -> Sequence[Text]: ...

    def render(self, translations: Sequence[Text]) -> str:
        """Write the document with `translations`, one for each of `texts`, with the same inlines at new offsets."""
        ...
