"""From the pieces of a paragraph to texts with inline markup.

HTML and Markdown share this: a parser feeds a `Flow` with pieces in order of the source, contiguous and with their
offsets, and `units` makes texts of them, which `rendering` writes. Knows no markup language.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from app.formats.document import Inline, Text
from app.formats.layout import is_continued


class Kind(Enum):
    WORDS = auto()  # characters to translate
    SPACE = auto()  # white space, one space to the reader
    OPEN = auto()
    CLOSE = auto()
    EMPTY = auto()  # an element without words
    BREAK = auto()  # a hard line break, with the white space around it
    KEPT = auto()  # words that stay


@dataclass(slots=True)
class Piece:
    """A stretch of source, `start` to `end`."""

    kind: Kind
    start: int
    end: int
    plain: str = ""  # WORDS and KEPT: as the translator reads it; OPEN and CLOSE: the name of the element
    inner: tuple[int, int] | None = None  # KEPT: where its words are, between the marks
    keeps: bool = False  # OPEN: the words of this element stay; BREAK: no sentence goes on behind it;
    # EMPTY: there is white space on both sides, which is part of it
    instead: str = ""  # CLOSE: to write in place of the source, once the words before it have changed
    partner: int = -1  # OPEN and CLOSE: index of the other one


@dataclass(slots=True)
class Span:
    """Where an inline element stands in the source: its first mark, its words where they are kept, its last mark."""

    before: tuple[int, int]
    words: tuple[int, int] | None
    after: tuple[int, int]
    instead: str = ""  # of the last mark, once the words have changed
    ends: tuple[str, str] | None = None  # of an empty element at the end of another one: the marks of that one


@dataclass(slots=True)
class Unit:
    """A text of a document, and what is needed to write its translation in its place."""

    text: Text
    start: int
    end: int
    context: str = ""  # for the writer of the format: an attribute's quotes, a table's cell
    spellings: dict[str, str] = field(default_factory=dict)  # character -> the escape that stands for it
    spaced: set[str] = field(default_factory=set)  # marks that have their own white space around them
    spans: dict[tuple[str, str, str], list[Span]] = field(default_factory=lambda: defaultdict(list))
    line_break: str = ""  # source of the first white space that wraps a line

    def move(self, offset: int) -> None:
        """Shift the unit within its document."""
        self.start += offset
        self.end += offset
        for spans in self.spans.values():
            for span in spans:
                span.before = (span.before[0] + offset, span.before[1] + offset)
                span.after = (span.after[0] + offset, span.after[1] + offset)
                if span.words:
                    span.words = (span.words[0] + offset, span.words[1] + offset)


class Flow:
    """The pieces of one paragraph. Offsets of pieces that follow one another must meet."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.pieces: list[Piece] = []

    def add(self, kind: Kind, start: int, end: int, plain: str = "", *, keeps: bool = False) -> None:
        self.pieces.append(Piece(kind, start, end, plain, keeps=keeps))

    def move(self, source: str, offset: int) -> None:
        """Make it a flow of a source in which its own begins at `offset`."""
        self.source = source
        for piece in self.pieces:
            piece.start += offset
            piece.end += offset
            if piece.inner:
                piece.inner = (piece.inner[0] + offset, piece.inner[1] + offset)

    def words(self, plain: str, start: int, end: int) -> None:
        """Characters. Where they stand for themselves, ASCII white space in them is apart."""
        if plain != self.source[start:end]:
            self.add(Kind.SPACE if plain in ("\n", "\r\n") else Kind.WORDS, start, end, plain)
            return
        position = start
        for word in _split_spaces(plain):
            self.add(Kind.SPACE if word[0] in _SPACES else Kind.WORDS, position, position + len(word), word)
            position += len(word)

    def kept(self, plain: str, start: int, end: int, inner: tuple[int, int]) -> None:
        """Words that stay, with marks around `inner`."""
        self.pieces.append(Piece(Kind.KEPT, start, end, plain, inner))


_SPACES = " \t\n\r\f"
_BYTE_ORDER_MARK = "\ufeff"


def _split_spaces(text: str) -> Iterator[str]:
    """Runs of ASCII white space, of other white space and of anything else, in turn."""

    def kind(char: str) -> int:
        return 0 if char in _SPACES else 1 if char.isspace() or char == _BYTE_ORDER_MARK else 2

    begin = 0
    for position in range(1, len(text)):
        if kind(text[position]) != kind(text[begin]):
            yield text[begin:position]
            begin = position
    if begin < len(text):
        yield text[begin:]


def _paired(pieces: list[Piece], source: str) -> list[Piece]:
    """Elements that are closed get their partners; what is left over, or crosses another, becomes empty.

    An element that keeps its words, or a link that is named like its target, becomes one kept piece, one without words
    an empty one.
    """
    open_at: list[int] = []
    open_names: Counter[str] = Counter()
    for index, piece in enumerate(pieces):
        if piece.kind is Kind.OPEN:
            open_at.append(index)
            open_names[piece.plain] += 1
        elif piece.kind is Kind.CLOSE and open_names[piece.plain]:
            while True:
                opening = open_at.pop()
                open_names[pieces[opening].plain] -= 1
                if pieces[opening].plain == piece.plain:
                    pieces[opening].partner = index
                    piece.partner = opening
                    break
    result: list[Piece] = []
    index = 0
    while index < len(pieces):
        piece = pieces[index]
        if piece.kind is Kind.OPEN and piece.partner >= 0:
            closing = pieces[piece.partner]
            keeps = piece.keeps or _names_target(pieces[index : piece.partner + 1], source)
            inside = pieces[index + 1 : piece.partner] if keeps else ()
            if keeps:
                plain = " ".join("".join(p.plain for p in inside if p.kind in _WITH_WORDS).split())
                kind = Kind.KEPT if plain else Kind.EMPTY
                result.append(Piece(kind, piece.start, closing.end, plain, (piece.end, closing.start)))
                index = piece.partner + 1
                continue
        if piece.kind in (Kind.OPEN, Kind.CLOSE) and piece.partner < 0:
            piece = Piece(Kind.EMPTY, piece.start, piece.end)
        result.append(piece)
        index += 1
    return _without_wordless(result)


# A word of programs, such as Acme-py, acme.js, AcmeKit or acme2.
_NAME = re.compile(r"[^\W_]+(?:[-_.][^\W_]+)+|[^\W\d_]+\d+|[^\W\d_]*[a-z][A-Z][^\W_]*")


def _names_target(element: Sequence[Piece], source: str) -> bool:
    """Whether the only word of an element is a name that stands in its marks too, where a link has its target."""
    if len(element) != 3 or element[1].kind is not Kind.WORDS or not _NAME.fullmatch(element[1].plain):
        return False
    name = element[1].plain.casefold()
    return any(name in source[mark.start : mark.end].casefold() for mark in (element[0], element[2]))


_WITH_WORDS = (Kind.WORDS, Kind.KEPT, Kind.SPACE)


def _without_wordless(pieces: list[Piece]) -> list[Piece]:
    """Elements with neither words nor spaces become one empty piece; partners are indices into the result."""
    result: list[Piece] = []
    opened: list[int] = []
    content_at: list[bool] = []  # for each that is open: whether it has words
    for piece in pieces:
        if piece.kind is Kind.OPEN:
            opened.append(len(result))
            content_at.append(False)
        elif piece.kind is Kind.CLOSE:
            opening, content = opened.pop(), content_at.pop()
            if not content:
                kind = Kind.BREAK if any(p.kind is Kind.BREAK for p in result[opening:]) else Kind.EMPTY
                start = result[opening].start
                del result[opening:]
                result.append(Piece(kind, start, piece.end))
                continue
            if content_at:
                content_at[-1] = True
            result[opening].partner = len(result)
            piece.partner = opening
        elif content_at and piece.kind not in (Kind.EMPTY, Kind.BREAK):
            content_at[-1] = True
        if piece.kind is Kind.SPACE and result and result[-1].kind is Kind.EMPTY:
            apart = result[-2] if len(result) > 1 else None
            if apart and (apart.kind is Kind.SPACE or apart.keeps) and apart.kind is not Kind.OPEN:
                between = 2 if apart.kind is Kind.SPACE else 1
                result[-between:] = [Piece(Kind.EMPTY, result[-between].start, piece.end, keeps=True)]
                continue
        result.append(piece)
    return result


def _trimmed(pieces: list[Piece]) -> tuple[int, int]:
    """The range of pieces without the white space, the empty elements and the marks around all of it, which stay."""
    first, last = 0, len(pieces) - 1

    def outside(piece: Piece) -> bool:
        return piece.kind in (Kind.SPACE, Kind.EMPTY, Kind.BREAK) or (
            piece.kind is Kind.WORDS and (piece.plain.isspace() or piece.plain == _BYTE_ORDER_MARK)
        )

    while first <= last:
        if outside(pieces[first]):
            first += 1
        elif outside(pieces[last]):
            last -= 1
        elif pieces[first].kind is Kind.OPEN and pieces[first].partner == last and not pieces[last].instead:
            first, last = first + 1, last - 1
        else:
            break
    return first, last + 1


def _has_words(pieces: Sequence[Piece]) -> bool:
    return any(piece.kind is Kind.WORDS and any(map(str.isalpha, piece.plain)) for piece in pieces)


def _joined_breaks(pieces: list[Piece]) -> list[Piece]:
    """White space around a line break is part of the break, and so is another break."""
    result: list[Piece] = []
    for piece in pieces:
        last = result[-1] if result else None
        if last and last.kind is Kind.BREAK and piece.kind in (Kind.BREAK, Kind.SPACE):
            last.end = piece.end
            last.keeps = last.keeps or piece.kind is Kind.BREAK
        elif last and last.kind is Kind.SPACE and piece.kind is Kind.BREAK:
            result[-1] = Piece(Kind.BREAK, last.start, piece.end, keeps=piece.keeps)
        else:
            result.append(piece)
    return result


def _lines(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """The pieces between line breaks that end a sentence, an item of a list, a line of an address, and between pipes
    outside of elements ("News | Our shop").

    A single break goes on with the sentence where no mark ends it and the next line begins with a small letter.
    """
    begin = 0
    last_char = ""
    depth = 0
    for index, piece in enumerate(pieces):
        depth += (piece.kind is Kind.OPEN) - (piece.kind is Kind.CLOSE)
        if (
            depth == 0
            and piece.plain == "|"
            and all(p.kind is Kind.SPACE for p in (*pieces[index - 1 : index], *pieces[index + 1 : index + 2]))
        ):
            yield pieces[begin:index]
            begin = index + 1
        elif piece.kind is Kind.BREAK:
            following = next((p for p in pieces[index + 1 : index + 9] if p.kind in (Kind.WORDS, Kind.KEPT)), None)
            goes_on = following is not None and following.kind is Kind.WORDS and is_continued(following.plain)
            if piece.keeps or not goes_on or last_char in _SENTENCE_ENDS:
                yield pieces[begin:index]
                begin = index + 1
        elif piece.kind in (Kind.WORDS, Kind.KEPT):
            last_char = piece.plain[-1]
    yield pieces[begin:]


_SENTENCE_ENDS = ".!?:;…。！？：；"


def separate_links(links: Flow, name: str) -> list[Flow]:
    """A row of links, elements called `name`, with no words between them is no sentence: each is a text of its own."""
    depth = 0
    count = 0
    bounds = [0]
    for index, piece in enumerate(links.pieces):
        if piece.kind is Kind.OPEN and piece.plain == name:
            if depth == 0:
                bounds.append(index)
            depth += 1
        elif piece.kind is Kind.CLOSE and piece.plain == name and depth:
            depth -= 1
            if depth == 0:
                bounds.append(index + 1)
                count += 1
        elif depth == 0 and piece.kind in (Kind.WORDS, Kind.KEPT) and any(map(str.isalnum, piece.plain)):
            return [links]
    if count < 2:
        return [links]
    parts = []
    for begin, end in zip(bounds, [*bounds[1:], len(links.pieces)], strict=True):
        part = Flow(links.source)
        part.pieces = links.pieces[begin:end]
        parts.append(part)
    return parts


def units(flow: Flow, context: str = "") -> list[Unit]:
    """The texts of a flow: one for each of its lines, none where no word is to translate."""
    result = []
    for line in _lines(_joined_breaks(flow.pieces)):
        if not _has_words(line):
            continue
        pieces = _paired(line, flow.source)
        first, after_last = _trimmed(pieces)
        if not _has_words(pieces[first:after_last]):
            continue
        for piece in pieces:
            if piece.partner >= 0:
                piece.partner -= first
        result.append(_unit(flow.source, pieces[first:after_last], context))
    return result


def _is_spaced(piece: Piece) -> bool:
    return piece.kind is Kind.BREAK or (piece.kind is Kind.EMPTY and piece.keeps)


def _unit(source: str, pieces: list[Piece], context: str) -> Unit:
    unit = Unit(Text(""), pieces[0].start, pieces[-1].end, context)
    plain, places = _plain(source, pieces, unit)
    unit.text = Text(plain, tuple(_inlines(source, pieces, places, unit)))
    bare = "".join(p.plain for p in pieces if p.kind is Kind.WORDS and p.plain == source[p.start : p.end])
    for character in unit.spellings.keys() & set(bare):  # it needs its escape only where it stands
        del unit.spellings[character]
    return unit


def _plain(source: str, pieces: list[Piece], unit: Unit) -> tuple[str, list[int]]:
    """The words as they are read, and where in them each piece stands. Spellings and line break go to the unit.

    White space at the beginning, behind other white space and before the marks at the end is none to a reader: it
    becomes part of the mark beside it.
    """
    plain: list[str] = []
    length = 0
    ends_in_space = True
    places = [0] * len(pieces)
    last_words = max(index for index, piece in enumerate(pieces) if piece.kind in (Kind.WORDS, Kind.KEPT))
    for index, piece in enumerate(pieces):
        places[index] = length
        spelling = source[piece.start : piece.end]
        if piece.kind in (Kind.WORDS, Kind.KEPT):
            plain.append(piece.plain)
            length += len(piece.plain)
            ends_in_space = False
            is_spelled = piece.kind is Kind.WORDS and piece.plain != spelling
            if is_spelled and len(piece.plain) == 1 and piece.plain not in _SPACES:
                unit.spellings.setdefault(piece.plain, spelling)
            continue
        if piece.kind is Kind.SPACE and not unit.line_break and "\n" in spelling:
            unit.line_break = spelling
        if piece.kind is not Kind.SPACE and not _is_spaced(piece):
            continue
        if index < last_words and not ends_in_space:
            plain.append(" ")
            length += 1
            ends_in_space = True
        elif piece.kind is Kind.SPACE and index > last_words:
            pieces[index + 1].start = piece.start
        elif piece.kind is Kind.SPACE:
            pieces[index - 1].end = piece.end
    return "".join(plain), places


def _inlines(source: str, pieces: list[Piece], places: list[int], unit: Unit) -> Iterator[Inline]:
    """The inlines of a text in order. Where they stand in the source goes to the unit."""
    parents: list[tuple[str, str, int]] = []
    for piece, begin in zip(pieces, places, strict=True):
        end = begin
        if piece.kind is Kind.CLOSE:
            parents.pop()
            continue
        if piece.kind in (Kind.WORDS, Kind.SPACE):
            continue
        if piece.kind is Kind.OPEN:
            closing = pieces[piece.partner]
            span = Span((piece.start, piece.end), None, (closing.start, closing.end), closing.instead)
            end = places[piece.partner]
        elif piece.kind is Kind.KEPT:
            inner = piece.inner or (piece.start, piece.end)
            span = Span((piece.start, inner[0]), inner, (inner[1], piece.end))
            end = begin + len(piece.plain)
        else:
            span = Span((piece.start, piece.end), None, (piece.end, piece.end))
            if parents and parents[-1][2] == begin:
                span.ends = parents[-1][:2]
        before, after = source[slice(*span.before)], source[slice(*span.after)]
        if piece.kind is Kind.OPEN:
            parents.append((before, after, end))
        if _is_spaced(piece):
            unit.spaced.add(before)
        kept = piece.kind is Kind.KEPT
        unit.spans[before, after, piece.plain if kept else ""].append(span)
        yield Inline(begin, end, before, after, kept)
