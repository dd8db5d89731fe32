"""Markdown as flows of words and marks: the events of pulldown-cmark, which tells the source range of each.

CommonMark with GitHub's tables, strikethrough, task lists, footnotes and alerts, front matter, formulas between dollar
signs, definition lists, attributes of headings and wiki links; containers (`markdown_containers`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pyromark
from pyromark import Options
from turbohtml import TokenType, tokenize

from app.formats.flow import Flow, Kind
from app.formats.html_kept import CODE, VOID
from app.formats.markdown_containers import without_containers
from app.formats.markdown_flanking import LETTER, letters_beside_marks

_OPTIONS = (
    Options.ENABLE_TABLES
    | Options.ENABLE_FOOTNOTES
    | Options.ENABLE_STRIKETHROUGH
    | Options.ENABLE_TASKLISTS
    | Options.ENABLE_HEADING_ATTRIBUTES
    | Options.ENABLE_YAML_STYLE_METADATA_BLOCKS
    | Options.ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
    | Options.ENABLE_MATH
    | Options.ENABLE_GFM
    | Options.ENABLE_DEFINITION_LIST
    | Options.ENABLE_WIKILINKS
)
_EMPHASIS = ("Emphasis", "Strong", "Strikethrough")
_OPAQUE = ("CodeBlock", "MetadataBlock")
_SHORT_REFERENCES = ("Collapsed", "CollapsedUnknown", "Shortcut", "ShortcutUnknown")


@dataclass(slots=True)
class Block:
    """The words of a paragraph, a heading, a cell or an image, as a flow."""

    context: str  # the name of what they stand in
    flow: Flow


def _definitions(source: str) -> str:
    """Footnotes for the marks in a source, to follow it: a mark without a footnote would be words."""
    names = {part.partition("]")[0] for part in source.split("[^")[1:]}
    return "".join(f"\n\n[^{name}]: x" for name in sorted(names) if name.isalnum() and len(name) <= _LONGEST_NAME)


_LONGEST_NAME = 50


class Blocks:
    """The blocks of a Markdown source in order, and the ranges of its HTML blocks.

    `known` tells of a label whether a reference definition outside of `source` has it. `strict` reads emphasis as
    CommonMark does, and not as the authors of texts without spaces mean it (`markdown_flanking`).
    """

    def __init__(self, source: str, known: Callable[[str], bool] | None = None, *, strict: bool = False) -> None:
        self.source = source
        marked, titles = without_containers(source)
        marked = " " + marked[1:] if source.startswith("\ufeff") else marked  # a byte order mark is no word
        added = [] if strict else letters_beside_marks(marked)
        self._has_added = bool(added)
        marked = LETTER.join(marked[start:end] for start, end in pairwise([0, *added, len(source)]))
        clean = (marked + _definitions(source)).encode("utf-8", "replace")
        starts = (place for place, byte in enumerate(clean) if byte & 0xC0 != 0x80)
        skipped = {place + number for number, place in enumerate(added)}
        is_ascii = clean.isascii()
        self._char_starts = None if is_ascii else [at for index, at in enumerate(starts) if index not in skipped]
        self.blocks: list[Block] = []
        self.html: list[tuple[int, int]] = []
        self._flow = Flow(source)
        self._context: list[str] = []
        self._position = 0  # where the last piece of the flow ends
        self._opaque = 0  # how many blocks of code or metadata are open
        self._skipped = 0  # how many elements are open of one that stays as a whole
        self._html_lines: list[tuple[int, int]] = []
        self._outer: tuple[Flow, int] | None = None  # the flow that an image stands in, and where the image ends
        self._links: list[tuple[int, int]] = []  # for each open link, its first piece and where it ends

        def resolve(link: Any) -> tuple[str, str] | None:
            return ("#", "") if known and known(link["reference"]) else None

        for event, where in pyromark.events_with_range(
            clean.decode(), options=_OPTIONS, broken_link_callback=resolve if known else None
        ):
            start = self._offset(where["start"])
            if start < len(source):
                self._event(event, start, min(self._offset(where["end"]), len(source)))
        self._bound()
        for start, end in titles:
            for block in Blocks(source[start:end], known, strict=strict).blocks:
                block.flow.move(source, start)
                self.blocks.append(block)

    def _offset(self, byte: int) -> int:
        return byte if self._char_starts is None else bisect_left(self._char_starts, byte)

    def _bound(self) -> None:
        if self._flow.pieces:
            self.blocks.append(Block(self._context[-1] if self._context else "", self._flow))
        self._flow = Flow(self.source)
        self._position = -1

    def _event(self, event: Any, start: int, end: int) -> None:
        if isinstance(event, str):
            name, value = event, None
        else:
            ((name, value),) = event.items()
        if name in ("Start", "End"):
            tag, data = next(iter(value.items())) if isinstance(value, dict) else (str(value), None)
            if tag in _EMPHASIS or tag in ("Link", "Image"):
                (self._start_inline if name == "Start" else self._end_inline)(tag, data, start, end)
            else:
                self._block(name == "Start", tag, start, end)
        elif name == "Html":
            self._html_lines.append((start, end))
        elif name in ("Rule", "TaskListMarker"):
            self._bound()
        elif not self._opaque and not self._skipped:
            self._inline(name, value, start, end)

    def _block(self, begins: bool, tag: str, start: int, end: int) -> None:
        self._bound()
        self._opaque += (tag in _OPAQUE) * (1 if begins else -1)
        if begins:
            self._context.append("Setext" if tag == "Heading" and self.source[start : start + 1] != "#" else tag)
        else:
            self._context.pop()
        if tag == "HtmlBlock":
            lines = self._html_lines
            if lines and all(one[1] == other[0] for one, other in pairwise(lines)):  # no prefixes in between
                self.html.append((lines[0][0], lines[-1][1]))
            self._html_lines = []

    def _reach(self, start: int, *, is_text: bool = False) -> int:
        """Take what stands between the last piece and `start`; tells where the next piece begins.

        A backslash belongs to the character that it escapes, the prefix of a line to the break before it.
        """
        if is_text and start > 0 and self.source[start - 1] == "\\" and start - 1 >= self._position:
            start -= 1
        if self._position < 0:
            return start
        if start > self._position:
            last = self._flow.pieces[-1] if self._flow.pieces else None
            gap = self.source[self._position : start]
            if last and last.kind in (Kind.SPACE, Kind.BREAK):
                last.end = start
            else:
                self._flow.add(Kind.SPACE if gap.isspace() else Kind.EMPTY, self._position, start)
        return start

    def _inline(self, name: str, value: Any, start: int, end: int) -> None:
        if self._has_added and isinstance(value, str):
            value = value.replace(LETTER, "")
            if not value and start == end:
                return
        first = self._reach(start, is_text=name == "Text")
        self._position = end
        if name == "Text":
            if first < start:
                self._flow.add(Kind.WORDS, first, start + 1, value[:1])
                start, value = start + 1, value[1:]
            if start < end:
                self._flow.words(value, start, end)
        elif name == "SoftBreak":
            self._flow.add(Kind.SPACE, start, end)
        elif name == "HardBreak":
            self._flow.add(Kind.BREAK, start, end)
        elif name in ("Code", "InlineMath", "DisplayMath"):
            mark = self.source[start]
            width = 2 if name == "DisplayMath" else 1
            while name == "Code" and self.source.startswith(mark, start + width):
                width += 1
            plain = " ".join(value.split())
            if plain:
                self._flow.kept(plain, start, end, (start + width, end - width))
            else:
                self._flow.add(Kind.EMPTY, start, end)
        elif name == "InlineHtml":
            self._inline_html(value, start, end)
        else:
            self._flow.add(Kind.EMPTY, start, end)

    def _inline_html(self, markup: str, start: int, end: int) -> None:
        token = next(iter(tokenize(markup, capture_source=True)), None)
        name = (token and token.tag) or ""
        if token is None or not name:
            self._flow.add(Kind.EMPTY, start, end)
        elif name == "br":
            self._flow.add(Kind.BREAK, start, end)
        elif token.type is TokenType.END_TAG:
            self._flow.add(Kind.CLOSE, start, end, "<" + name)
        elif name in VOID or token.self_closing:
            self._flow.add(Kind.EMPTY, start, end)
        else:
            attributes = dict(token.attrs or ())
            stays = attributes.get("translate", "").lower() == "no" or "notranslate" in attributes.get("class", "")
            self._flow.add(Kind.OPEN, start, end, "<" + name, keeps=stays or name in CODE)

    def _start_inline(self, tag: str, data: Any, start: int, end: int) -> None:
        if self._skipped:
            self._skipped += 1
            return
        self._reach(start)
        if data and str(data["link_type"]).startswith("Collapsed") and self.source.startswith("[]", end):
            end += 2  # the range that pulldown-cmark gives leaves them out
        if tag in _EMPHASIS:
            self._position = start + self._width(tag, start)
            self._flow.add(Kind.OPEN, start, self._position, tag)
        elif tag == "Image":
            self._start_image(data, start, end)
        elif isinstance(data["link_type"], dict) or data["link_type"] in ("Autolink", "Email"):
            width = 2 if isinstance(data["link_type"], dict) else 1
            inner = (start + width, end - width)
            self._flow.kept(" ".join(self.source[slice(*inner)].split()), start, end, inner)
            self._position = end
            self._skipped = 1
        else:
            self._links.append((len(self._flow.pieces), end))
            self._position = start + 1
            self._flow.add(Kind.OPEN, start, self._position, tag)
            self._flow.pieces[-1].instead = "short" if data["link_type"] in _SHORT_REFERENCES else ""

    def _start_image(self, data: Any, start: int, end: int) -> None:
        self._flow.add(Kind.EMPTY, start, end)
        if self._outer or data["link_type"] in _SHORT_REFERENCES:  # words that are a label stay
            self._position = end
            self._skipped = 1
        else:
            self._outer = self._flow, end
            self._flow = Flow(self.source)
            self._position = start + 2

    def _end_inline(self, tag: str, data: Any, start: int, end: int) -> None:
        if self._skipped:
            self._skipped -= 1
        elif tag in _EMPHASIS:
            width = self._width(tag, start)
            self._reach(end - width)
            self._flow.add(Kind.CLOSE, end - width, end, tag)
            self._position = end
        elif tag == "Link":
            self._close_link(*self._links.pop())
        elif self._outer:
            self.blocks.append(Block("Image", self._flow))
            self._flow, self._position = self._outer
            self._outer = None

    def _close_link(self, first: int, end: int) -> None:
        """A link by its own words, [house], needs these as its label once they are translated: [Haus][house]."""
        opening = self._flow.pieces[first]
        self._flow.add(Kind.CLOSE, self._position, end, "Link")
        inside = self._flow.pieces[first + 1 : -1]
        if opening.instead and any(piece.kind is Kind.WORDS for piece in inside):
            label = " ".join(self.source[opening.end : self._position].split())
            self._flow.pieces[-1].instead = f"][{label}]"
        opening.instead = ""
        self._position = end

    def _width(self, tag: str, start: int) -> int:
        return 2 if tag == "Strong" or (tag == "Strikethrough" and self.source.startswith("~~", start)) else 1
