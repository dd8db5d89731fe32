"""Markdown: the words of paragraphs, headings, cells, images and HTML blocks.

Translations go into the source. Each one that has changed is parsed again in its place, as CommonMark reads it, and is
written with more escapes until it reads as what it should: the same words in the same marks.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyromark

from app.formats import flow, html, rendering
from app.formats.document import Inline, Text
from app.formats.escaped_tags import keep_escaped_tags
from app.formats.flow import Flow, Kind, Piece, Unit
from app.formats.markdown_events import Blocks
from app.formats.rendering import Edits, Output, Role
from app.formats.templates import keep_template_tags

_HTML_CONTEXT = "html:"
_LONGEST_LINE = 10_000  # of source, to be read again with each translation in it


class MarkdownDocument:
    """A parsed Markdown document."""

    def __init__(self, source: str) -> None:
        self.source = source
        parsed = Blocks(source)
        self.units: list[Unit] = []
        for block in parsed.blocks:
            keep_escaped_tags(block.flow)
            keep_template_tags(block.flow)
            cells = _cells(block.flow) if block.context == "Paragraph" else []
            context = "TableCell" if cells else block.context
            for part in cells or [block.flow]:
                for links in flow.separate_links(part, "Link"):
                    self.units += flow.units(links, context)
        for start, end in parsed.html:
            for unit in html.units(source[start:end]):
                unit.move(start)
                unit.context = _HTML_CONTEXT + unit.context
                self.units.append(unit)
        self.units.sort(key=lambda unit: unit.start)
        self.texts: Sequence[Text] = [unit.text for unit in self.units]
        definitions = (
            pyromark.reference_definitions(source.encode("utf-8", "replace").decode()) if "]:" in source else {}
        )
        self._labels = {_folded(label) for label in definitions}

    def render(self, translations: Sequence[Text]) -> str:
        return rendering.rendered(self.source, self.units, translations, self._write)

    def _write(self, translation: Text, unit: Unit, edits: Edits) -> str:
        if unit.context.startswith(_HTML_CONTEXT):
            return html.write(translation, replace(unit, context=unit.context.removeprefix(_HTML_CONTEXT)), edits)
        places = self._places(unit)
        for number, output in enumerate(_attempts(translation, unit, edits)):
            written = rendering.wrapped(output, unit, self.source)
            if all(place.holds(written, _skeleton(output)) for place in places) and (places or number == _SAFEST):
                return written
        return edits.slice(unit.start, unit.end)

    def _places(self, unit: Unit) -> list[_Place]:
        """Sources that a translation of the unit has to read well in; none where the unit itself does not."""
        line_start = self.source.rfind("\n", 0, unit.start) + 1
        line_end = self.source.find("\n", unit.end)
        head = self.source[max(line_start, unit.start - _LONGEST_LINE) : unit.start]
        tail = self.source[unit.end : line_end if line_end >= 0 else len(self.source)][:_LONGEST_LINE]
        around = [(head, tail), (head.lstrip(" \t>"), tail), ("", "")]
        if unit.context == "Image":
            around = [("![", "](x)")]
        elif unit.context == "TableCell":
            around = [("| ", " |\n|---|")]
        outputs = _attempts(unit.text, unit, Edits(self.source))
        same = [(rendering.wrapped(output, unit, self.source), _skeleton(output)) for output in outputs]
        for before, after in around:
            place = _Place(before, after, self._labels)
            if not any(place.fits(*written) for written in same):
                continue
            start = _Place("", "", self._labels)
            if unit.context == "TableCell" and "|" not in head and any(start.fits(*written) for written in same):
                return [place, start]  # a row without a first | could begin a list
            return [place]
        return []


def _cells(paragraph: Flow) -> list[Flow]:
    """The cells of a paragraph whose lines begin and end with a |: rows of a table without its head."""
    lines: list[list[Piece]] = [[]]
    for piece in paragraph.pieces:
        if piece.kind in (Kind.BREAK, Kind.SPACE) and "\n" in paragraph.source[piece.start : piece.end]:
            lines.append([])
        else:
            lines[-1].append(piece)
    cells: list[Flow] = []
    for line in lines:
        if len(line) < 2 or not (line[0].plain.startswith("|") and line[-1].plain.endswith("|")):
            return []
        cells.append(Flow(paragraph.source))
        for piece in line:
            if piece.kind is not Kind.WORDS or piece.plain != paragraph.source[piece.start : piece.end]:
                cells[-1].pieces.append(piece)
                continue
            parts = piece.plain.split("|")
            start = piece.start
            for index, part in enumerate(parts):
                if index:
                    cells.append(Flow(paragraph.source))
                if part:
                    cells[-1].add(Kind.WORDS, start, start + len(part), part)
                start += len(part) + 1
    return cells


class _Place:
    """A piece of Markdown with a place for a text, and how it reads around the text."""

    def __init__(self, before: str, after: str, labels: set[str]) -> None:
        self._before, self._after, self._labels = before, after, labels
        self._around: list[str] = []

    def fits(self, written: str, skeleton: list[str]) -> bool:
        """Whether the text as it was reads as itself here. What stands around it has to stay from now on."""
        self._around, inside = self._read(written)
        return inside == skeleton

    def holds(self, written: str, skeleton: list[str]) -> bool:
        """Whether what is written reads as `skeleton`, and all around it as before."""
        around, inside = self._read(written)
        return inside == skeleton and around == self._around

    def _read(self, written: str) -> tuple[list[str], list[str]]:
        start, end = len(self._before), len(self._before) + len(written)
        source = self._before + written + self._after
        parsed = Blocks(source, lambda label: _folded(label) in self._labels, strict=True)
        around, inside = _Skeleton(), _Skeleton()
        for block in parsed.blocks:
            around.add("context", block.context)
            keep_escaped_tags(block.flow)
            keep_template_tags(block.flow)
            for piece in block.flow.pieces:
                if piece.start < start and end < piece.end:  # the image that the text is in
                    continue
                skeleton = inside if start <= piece.start < end else around
                if piece.kind in (Kind.WORDS, Kind.SPACE):
                    skeleton.add("words", piece.plain)
                else:
                    skeleton.add("marks", source[piece.start : piece.end])
        around.add("html", str(len(parsed.html)))
        return around.parts, inside.parts


class _Skeleton:
    """Words and marks in turn, without white space and the prefixes of lines."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._kind = ""

    def add(self, kind: str, text: str) -> None:
        text = "".join(text.replace(">", "").split() if kind == "marks" else text.split())
        if not text:
            return
        if kind == self._kind and kind != "context":
            self.parts[-1] += text
        else:
            self.parts.append(f"{kind}: {text}")
        self._kind = kind


def _skeleton(output: Sequence[Output]) -> list[str]:
    result = _Skeleton()
    for part in output:
        result.add(
            "words" if part.role is Role.WORDS else "marks", part.plain if part.role is Role.WORDS else part.source
        )
    return result.parts


def _attempts(translation: Text, unit: Unit, edits: Edits) -> Iterator[list[Output]]:
    """The translation with more and more escapes, and then with marks that can stand anywhere."""
    plainly = rendering.written(translation, unit, edits, _escape_little)
    yield plainly
    yield _with_safe_starts(plainly, unit)
    safely = _with_safe_starts(rendering.written(translation, unit, edits, _escape_marks), unit)
    yield safely
    closer = _with_safe_starts(rendering.written(_without_edges(translation), unit, edits, _escape_marks), unit)
    yield [_with_mark(part, _STARS) if part.role in (Role.BEFORE, Role.AFTER) else part for part in closer]
    opened = [_with_mark(part, _OPENING_TAGS) if part.role is Role.BEFORE else part for part in safely]
    yield [_with_mark(part, _CLOSING_TAGS) if part.role is Role.AFTER else part for part in opened]


_SAFEST = 2  # of the attempts, where none can be read again
_INLINE_MARKS = "\\`*_[]<&~$|{}"
_BLOCK_MARKS = "#>+-=:!"
_STARS = {"_": "*", "__": "**"}
_OPENING_TAGS = {"*": "<em>", "_": "<em>", "**": "<strong>", "__": "<strong>", "~": "<del>", "~~": "<del>"}
_CLOSING_TAGS = {mark: tag.replace("<", "</") for mark, tag in _OPENING_TAGS.items()}


def _with_mark(part: Output, marks: dict[str, str]) -> Output:
    return replace(part, source=marks.get(part.source, part.source))


def _escape_little(words: str, unit: Unit) -> str:
    """As the source writes the characters that it escapes."""
    spellings = {"|": "\\|"} | unit.spellings if unit.context == "TableCell" else unit.spellings
    return "".join(spellings.get(char, char) for char in words) if spellings else words


def _escape_marks(words: str, unit: Unit) -> str:
    """Every character that could be a mark inside of a line."""
    return "".join(unit.spellings.get(char) or ("\\" + char if char in _INLINE_MARKS else char) for char in words)


def _with_safe_starts(output: Sequence[Output], unit: Unit) -> list[Output]:
    """A text, and a line behind a hard break, begins neither a list nor a heading nor a quote."""
    result = list(output)
    for index, part in enumerate(result):
        begins = index == 0 or result[index - 1].source in unit.spaced
        if not begins or part.role is not Role.WORDS:
            continue
        digits = len(part.source) - len(part.source.lstrip(string.digits))
        if part.source.startswith(tuple(_BLOCK_MARKS)):
            result[index] = replace(part, source="\\" + part.source)
        elif digits and part.source[digits : digits + 1] in (".", ")"):
            result[index] = replace(part, source=f"{part.source[:digits]}\\{part.source[digits:]}")
    return result


_MOST_INSIDE = 50  # elements to look at inside of another one


def _without_edges(translation: Text) -> Text:
    """Emphasis around letters alone: a mark between a letter and a quotation mark is none to Markdown."""
    plain = translation.plain
    result: list[Inline] = []
    for index, inline in enumerate(translation.inlines):
        start, end = inline.start, inline.end
        if inline.before in _OPENING_TAGS:
            while start < end and not plain[start].isalnum():
                start += 1
            while end > start and not plain[end - 1].isalnum():
                end -= 1
        inside = translation.inlines[index + 1 : index + 1 + _MOST_INSIDE]
        moves = start < end and not any(
            inline.start <= other.start < start or end < other.end <= inline.end for other in inside
        )
        result.append(replace(inline, start=start, end=end) if moves else inline)
    return Text(plain, tuple(sorted(result, key=lambda inline: (inline.start, -inline.end))))


def parse(source: str) -> MarkdownDocument:
    """Every text is Markdown, so nothing is refused."""
    return MarkdownDocument(source)


def _folded(label: str) -> str:
    return " ".join(label.split()).casefold()
