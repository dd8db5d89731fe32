"""From the pieces of a paragraph to a text with inline markup, and from its translation back to source.

HTML and Markdown share this: a parser feeds a `Flow` with pieces in order of the source, contiguous and with their
offsets; `units` makes texts of them, and `rendered` writes translations into the source. Knows no markup language.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from app.formats.document import FormatError, Inline, Text


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
    keeps: bool = False  # OPEN: the words of this element stay; BREAK: there is more than one;
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


Escape = Callable[[str, Unit], str]
"""Writes words as source; gets the words up to the next mark."""


class Flow:
    """The pieces of one paragraph. Offsets of pieces that follow one another must meet."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.pieces: list[Piece] = []

    def add(self, kind: Kind, start: int, end: int, plain: str = "", *, keeps: bool = False) -> None:
        self.pieces.append(Piece(kind, start, end, plain, keeps=keeps))

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


def _split_spaces(text: str) -> Iterator[str]:
    """Runs of ASCII white space, of other white space and of anything else, in turn."""

    def kind(char: str) -> int:
        return 0 if char in _SPACES else 1 if char.isspace() else 2

    begin = 0
    for position in range(1, len(text)):
        if kind(text[position]) != kind(text[begin]):
            yield text[begin:position]
            begin = position
    if begin < len(text):
        yield text[begin:]


def _paired(pieces: list[Piece]) -> list[Piece]:
    """Elements that are closed get their partners; what is left over, or crosses another, becomes empty.

    An element that keeps its words becomes one kept piece, one without words an empty one.
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
            inside = pieces[index + 1 : piece.partner] if piece.keeps else ()
            if piece.keeps:
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
    """The range of pieces without the white space, the empty elements and the marks around all of it."""
    first, last = 0, len(pieces) - 1

    def outside(piece: Piece) -> bool:
        return piece.kind in (Kind.SPACE, Kind.EMPTY, Kind.BREAK) or (
            piece.kind is Kind.WORDS and piece.plain.isspace()
        )

    while first <= last:
        if outside(pieces[first]):
            first += 1
        elif outside(pieces[last]):
            last -= 1
        elif pieces[first].kind is Kind.OPEN and pieces[first].partner == last:
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
            result[-1] = Piece(Kind.BREAK, last.start, piece.end)
        else:
            result.append(piece)
    return result


def _lines(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """The pieces between line breaks that end a sentence, an item of a list, a line of an address.

    A single break goes on with the sentence where no mark ends it and the next line begins with a small letter.
    """
    begin = 0
    last_char = ""
    for index, piece in enumerate(pieces):
        if piece.kind is Kind.BREAK:
            following = next((p for p in pieces[index + 1 : index + 9] if p.kind in (Kind.WORDS, Kind.KEPT)), None)
            goes_on = following is not None and following.kind is Kind.WORDS and following.plain[0].islower()
            if piece.keeps or not goes_on or last_char in _SENTENCE_ENDS:
                yield pieces[begin:index]
                begin = index + 1
        elif piece.kind in (Kind.WORDS, Kind.KEPT):
            last_char = piece.plain[-1]
    yield pieces[begin:]


_SENTENCE_ENDS = ".!?:;…。！？：；"


def units(flow: Flow, context: str = "") -> list[Unit]:
    """The texts of a flow: one for each of its lines, none where no word is to translate."""
    result = []
    for line in _lines(_joined_breaks(flow.pieces)):
        if not _has_words(line):
            continue
        pieces = _paired(line)
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
    plain: list[str] = []
    length = 0
    ends_in_space = True  # white space at the beginning, and after other white space, belongs to the mark before it
    places = [0] * len(pieces)  # where in plain each piece stands
    last_words = max(index for index, piece in enumerate(pieces) if piece.kind in (Kind.WORDS, Kind.KEPT))
    for index, piece in enumerate(pieces):
        places[index] = length
        if piece.kind in (Kind.WORDS, Kind.KEPT):
            plain.append(piece.plain)
            length += len(piece.plain)
            ends_in_space = False
            if piece.kind is Kind.WORDS and len(piece.plain) == 1 and piece.plain not in _SPACES:
                written_as = source[piece.start : piece.end]
                if written_as != piece.plain:
                    unit.spellings.setdefault(piece.plain, written_as)
        elif piece.kind is Kind.SPACE:
            if not unit.line_break and "\n" in source[piece.start : piece.end]:
                unit.line_break = source[piece.start : piece.end]
            if index < last_words and not ends_in_space:
                plain.append(" ")
                length += 1
                ends_in_space = True
            elif index > last_words:  # white space before closing marks at the end: part of the next mark
                pieces[index + 1].start = piece.start
            else:
                pieces[index - 1].end = piece.end
        elif _is_spaced(piece) and not ends_in_space and index < last_words:
            plain.append(" ")
            length += 1
            ends_in_space = True
    inlines: list[Inline] = []
    parents: list[tuple[str, str, int]] = []
    for index, piece in enumerate(pieces):
        if piece.kind is Kind.CLOSE:
            parents.pop()
        begin = places[index]
        if piece.kind in (Kind.EMPTY, Kind.BREAK):
            span = Span((piece.start, piece.end), None, (piece.end, piece.end))
            end = begin
            if parents and parents[-1][2] == begin:
                span.ends = parents[-1][:2]
        elif piece.kind is Kind.OPEN:
            closing = pieces[piece.partner]
            span = Span((piece.start, piece.end), None, (closing.start, closing.end), closing.instead)
            end = places[piece.partner]
        elif piece.kind is Kind.KEPT:
            inner = piece.inner or (piece.start, piece.end)
            span = Span((piece.start, inner[0]), inner, (inner[1], piece.end))
            end = begin + len(piece.plain)
        else:
            continue
        before, after = source[slice(*span.before)], source[slice(*span.after)]
        inline = Inline(begin, end, before, after, piece.kind is Kind.KEPT)
        inlines.append(inline)
        if piece.kind is Kind.OPEN:
            parents.append((before, after, end))
        unit.spans[before, after, piece.plain if piece.kind is Kind.KEPT else ""].append(span)
        if _is_spaced(piece):
            unit.spaced.add(before)
    unit.text = Text("".join(plain), tuple(inlines))
    return unit


class Role(Enum):
    WORDS = auto()
    BEFORE = auto()
    AFTER = auto()
    KEPT = auto()


@dataclass(slots=True)
class Output:
    """What is written of a text: words and spaces, which may wrap, and marks, which stay as they are."""

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
    source: str, units: Sequence[Unit], translations: Sequence[Text], write: Callable[[Text, Unit, Edits], str]
) -> str:
    """The source with the translations in place of its texts. What is the same as before stays as it is."""
    if len(translations) != len(units):
        raise FormatError(f"The document has {len(units)} texts, but {len(translations)} translations were given.")
    edits = Edits(source)
    for unit, translation in sorted(
        zip(units, translations, strict=True), key=lambda pair: (pair[0].start, -pair[0].end), reverse=True
    ):
        if translation == unit.text:
            continue
        edits.replace(unit.start, unit.end, write(translation, unit, edits))
    return edits.slice(0, len(source))
