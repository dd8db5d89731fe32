"""From the translations of texts back to source: marks, escapes and lines. Knows no markup language."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from app.formats.document import FormatError, Text
from app.formats.flow import Span, Unit


class Role(Enum):
    WORDS = auto()
    BEFORE = auto()
    AFTER = auto()
    KEPT = auto()


@dataclass(slots=True)
class Output:
    """The parts of a text in the order of writing: words and spaces may wrap, marks stay as they are."""

    source: str
    role: Role
    plain: str = ""  # WORDS: before they were escaped


class Edits:
    """Source with replacements, given from the last to the first; one that contains others comes after them."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._edits: list[tuple[int, int, str]] = []  # the first of the document is the last of the list

    def slice(self, start: int, end: int) -> str:
        """`source[start:end]` with the replacements in it."""
        parts: list[str] = []
        position = start
        low = self._first_from(start)
        for index in range(low, -1, -1):
            begin, stop, text = self._edits[index]
            if begin >= end:
                break
            parts += (self.source[position:begin], text)
            position = stop
        parts.append(self.source[position:end])
        return "".join(parts)

    def _first_from(self, start: int) -> int:
        """Index of the first edit in the document that begins at `start` or after it; -1 for none."""
        low, high = 0, len(self._edits)
        while low < high:
            middle = (low + high) // 2
            if self._edits[middle][0] >= start:
                low = middle + 1
            else:
                high = middle
        return low - 1

    def replace(self, start: int, end: int, text: str) -> None:
        while self._edits and self._edits[-1][0] < end:
            self._edits.pop()
        self._edits.append((start, end, text))


Escape = Callable[[str, Unit], str]
"""Writes words as source; gets the words up to the next mark."""


def written(translation: Text, unit: Unit, edits: Edits, escape: Escape) -> list[Output]:
    """The translation of a unit as pieces of source, to be joined or wrapped."""
    output: list[Output] = []
    spans: Mapping[tuple[str, str, str], deque[Span]] = {key: deque(value) for key, value in unit.spans.items()}
    plain = translation.plain.replace("\n", " ").replace("\r", " ")  # a line is the document's
    position = 0
    drop_space = False

    def words(end: int, *, before_space: bool = False) -> None:
        nonlocal position, drop_space
        text = plain[position:end]
        position = max(position, end)
        if drop_space and text:
            text = text[1:] if text[0] == " " else text
            drop_space = False
        if before_space and text.endswith(" "):
            text = text[:-1]
        if text:
            output.append(Output(escape(text, unit), Role.WORDS, text))

    opened: list[tuple[int, str, tuple[str, str]]] = []

    def close(until: int, kept_open: tuple[str, str] | None = None) -> None:
        while opened and opened[-1][0] <= until and not (opened[-1][0] == until and opened[-1][2] == kept_open):
            end, after, _ = opened.pop()
            words(end)
            output.append(Output(after, Role.AFTER))

    for inline in translation.inlines:
        key = (inline.before, inline.after, plain[inline.start : inline.end] if inline.kept else "")
        places = spans.get(key)
        span = None
        if places:
            span = places.popleft() if len(places) > 1 else places[0]
        close(inline.start, span.ends if span else None)
        before = edits.slice(*span.before) if span else inline.before
        after = (span.instead or edits.slice(*span.after)) if span else inline.after
        is_spaced = inline.before in unit.spaced
        words(inline.start, before_space=is_spaced)
        output.append(Output(before if output or not is_spaced else before.lstrip(), Role.BEFORE))
        drop_space = is_spaced
        if inline.kept and span and span.words:
            output += (Output(edits.slice(*span.words), Role.KEPT), Output(after, Role.AFTER))
            position = max(position, inline.end)
        elif inline.end > inline.start:
            end = min(inline.end, opened[-1][0]) if opened else inline.end
            opened.append((end, after, key[:2]))
        elif after:
            output.append(Output(after, Role.AFTER))
    close(len(plain))
    words(len(plain))
    if drop_space and output:
        output[-1].source = output[-1].source.rstrip()
    return output


def wrapped(output: Sequence[Output], unit: Unit, source: str) -> str:
    """Join what is written. Where the source is wrapped, the translation is, at the same width.

    A line begins only with a letter of a word that is no mark, so that no line begins a list or a heading.
    """
    if not unit.line_break:
        return "".join(part.source for part in output)
    line_start = source.rfind("\n", 0, unit.start) + 1
    line_end = source.find("\n", unit.end)
    width = max(map(len, source[line_start : line_end if line_end >= 0 else len(source)].split("\n")))
    indentation = unit.line_break[unit.line_break.rfind("\n") + 1 :]
    new_line = ("\r\n" if "\r\n" in unit.line_break else "\n") + indentation
    indent = len(indentation)
    column = unit.start - line_start
    result: list[str] = []
    chunk: list[str] = []  # what stands together up to the next space
    breakable = False  # whether a space before this chunk is still to be written

    def flush() -> None:
        nonlocal column
        text = "".join(chunk)
        if not text and not breakable:
            return
        if breakable and text and column + 1 + len(text) > width and first_is_word and text[0].isalpha():
            result.append(new_line)
            column = indent
        elif breakable:
            result.append(" ")
            column += 1
        result.append(text)
        column = len(text) - text.rfind("\n") - 1 if "\n" in text else column + len(text)
        chunk.clear()

    first_is_word = False
    for part in output:
        is_words = part.role is Role.WORDS
        pieces = part.source.split(" ") if is_words else [part.source]
        for index, piece in enumerate(pieces):
            if index:
                flush()
                breakable = True
                first_is_word = False
            if piece:
                if not chunk:
                    first_is_word = is_words
                chunk.append(piece)
    flush()
    return "".join(result)


def rendered(
    source: str,
    units: Sequence[Unit],
    translations: Sequence[Text],
    write: Callable[[Text, Unit, Edits], str],
    stretch: tuple[int, int] | None = None,
) -> str:
    """The source, or a stretch of it, with the translations in place of its texts. What is the same as before stays as
    it is."""
    if len(translations) != len(units):
        raise FormatError(f"The document has {len(units)} texts, but {len(translations)} translations were given.")
    edits = Edits(source)
    for unit, translation in sorted(
        zip(units, translations, strict=True), key=lambda pair: (pair[0].start, -pair[0].end), reverse=True
    ):
        if translation == unit.text:
            continue
        edits.replace(unit.start, unit.end, write(translation, unit, edits))
    return edits.slice(*(stretch or (0, len(source))))


def overlapping(units: Sequence[Unit]) -> list[tuple[int, int]]:
    """The indices of the first unit and of the one behind the last of those that can be written only together, such as
    a sentence and the text of a picture in it. `units` are sorted by start."""
    found: list[tuple[int, int]] = []
    end = -1
    for index, unit in enumerate(units):
        if unit.start >= end:
            found.append((index, index + 1))
        else:
            found[-1] = (found[-1][0], index + 1)
        end = max(end, unit.end)
    return found
