"""The translation of a document: its texts are translated side by side, and their inline elements go with their words;
all else in it stays (`app/formats`)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count, product
from typing import Any

from app.formats import OPTIONS, Document, FormatError, Inline, Text, parse
from app.formats.detection import format_of
from app.formats.files import NO_OPTIONS
from app.pipeline.concurrency import off_loop, together
from app.pipeline.errors import PipelineError
from app.pipeline.marked import Assembly, Marked, pieces_of
from app.pipeline.word_parts import around_words, at_ending, kept_units, notes
from app.text.projection import Stretch
from app.text.sentence import has_letters

# No-break, thin and other spaces of a width of their own. The ideographic one is the usual space of its scripts.
HARD_SPACE = re.compile(r"[\n ]*+(?P<hard>[\u00a0\u2000-\u200a\u202f\u205f])\s*+")
Kinds = tuple[str, str]  # of the characters before and behind a space
LETTERS = ("letter", "letter")
GAP = re.compile(r"\s++")
PREFIX_LETTERS = "kqxjzwvyugh"
TEXT = "text"  # the format of a plain text
Translate = Callable[[Marked], Awaitable[Marked]]


def check_options(format: str, options: Mapping[str, Any]) -> None:
    """Raises PipelineError where a format has no such options."""
    known = OPTIONS.get(format, ())
    if unknown := [name for name in options if name not in known]:
        message = f"{unknown[0]} is no option of {format}, which has {', '.join(known) or 'none'}."
        errors = [{"field": "format_options", "message": message}]
        raise PipelineError("invalid-request", message, field="format_options", errors=errors)


def document_of(
    source: str, format: str, syntax: str, options: Mapping[str, Any] = NO_OPTIONS
) -> MaskedDocument | None:
    """A text as a document of the format named or, without one, of the format that it plainly has; None for plain text.
    `options` are those of the format. Raises PipelineError where the text does not parse in the format named."""
    check_options(format, options)
    named = format != TEXT
    found = format if named else format_of(source)
    if found is None:
        return None
    try:
        document = parse(source, found, syntax=syntax, **options)
    except FormatError as error:
        if not named:
            return None  # plain text that only looked like a document
        raise PipelineError("malformed-document", error.detail) from error
    return MaskedDocument(source, document)


class MaskedDocument:
    """A document, parsed from `source`, whose texts have placeholders for their kept inlines."""

    def __init__(self, source: str, document: Document) -> None:
        self.source, self.document = source, document
        self.texts = [MaskedText(text) for text in document.texts]

    @property
    def words(self) -> str:
        """The texts without their kept inlines, to detect their language."""
        return "\n".join(text.marked.text for text in self.texts)

    async def translated(self, translate: Translate) -> str:
        """The document with its texts translated; `translate` gives the translation of a text and where its elements
        stand there."""

        async def restored(text: MaskedText) -> Text:
            translation = await translate(text.marked)
            return await off_loop(translation.text, lambda: text.restored(translation))

        translations = await together([restored(text) for text in self.texts])
        return await off_loop(self.source, lambda: self.document.render(translations))


class MaskedText:
    """A text whose kept inlines and units are placeholders, such as a template has, which every translation keeps. The
    other inlines are its elements, and behind them the hard spaces between its words, which go with these."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.kept, self.inside = kept_stretches(text)
        raised = set(notes(text.plain, text.inlines))
        self.notes = {number for number, one in enumerate(self.kept) if one in raised}
        self.others = [one for one in text.inlines if id(one) not in self.inside]
        self.spaces = hard_spaces(text, self.kept)
        self.prefix = free_prefix(text.plain)
        plain, end = "", 0
        borders, shifts = [0], [0]  # places from which on the masked text is longer, and by how much
        for number, one in enumerate(self.kept):
            gap = " " if number in self.notes else ""  # a model loses a word that a placeholder touches
            plain += text.plain[end : one.start] + gap + self.placeholder(number)
            end = one.end
            borders.append(end)
            shifts.append(len(plain) - end)
        plain += text.plain[end:]

        def moved(place: int) -> int:
            return place + shifts[bisect_right(borders, place) - 1]

        elements = around_words(text.plain, [Stretch(one.start, one.end) for one in self.others])
        elements += [Stretch(place, place + 1) for place in self.spaces]
        self.marked = Marked(plain, tuple(Stretch(moved(one.start), moved(one.end)) for one in elements))

    def placeholder(self, number: int) -> str:
        return f"{{{self.prefix}{number}}}"

    def kept_words(self, number: int) -> str:
        """The words of a kept stretch, nothing for a number that there is none of."""
        return "".join(self.text.plain[one.start : one.end] for one in self.kept[number : number + 1])

    def restored(self, translation: Marked) -> Text:
        """The translation with the kept inlines in their places. One that a translation has lost stands at its end, and
        the first of one that it has doubled counts."""
        assembly = Assembly(len(self.marked.elements))
        places: dict[int, Stretch] = {}
        matches = list(re.finditer(rf"\{{{self.prefix}(\d{{1,9}})\}}", translation.text))
        borders = [0, *(border for match in matches for border in match.span()), len(translation.text)]
        pieces = pieces_of(translation, borders)
        for place, match in enumerate(matches):
            if int(match[1]) in self.notes:
                before, elements = pieces[2 * place]
                pieces[2 * place] = before.rewritten(before.text.rstrip()), elements
        assembly.add(*pieces[0])
        for match, (inside, inner), piece in zip(matches, pieces[1::2], pieces[2::2], strict=True):
            number = int(match[1])
            words = self.kept_words(number) if number not in places else ""
            if words:
                places[number] = Stretch(assembly.length, assembly.length + len(words))
            assembly.add(inside.replaced(words), inner)
            assembly.add(*piece)
        for number in range(len(self.kept)):
            if number not in places:
                words = self.kept_words(number)
                assembly.add(Marked(" " if assembly.last.isalnum() else ""))
                places[number] = Stretch(assembly.length, assembly.length + len(words))
                assembly.add(Marked(words))
        whole = assembly.marked()
        moved = {id(one): place for one, place in zip(self.others, whole.elements, strict=False)}
        for one in self.others:
            moved[id(one)] = at_ending(self.text.plain, one, whole.text, moved[id(one)])
        for key, (number, start, end) in self.inside.items():
            moved[key] = Stretch(places[number].start + start, places[number].start + end)
        inlines = [
            Inline(moved[id(one)].start, moved[id(one)].end, one.before, one.after, one.kept)
            for one in self.text.inlines
        ]
        # Outer ones came first, and stay so where they begin at the same place.
        words = with_hard_spaces(whole.text, self.text.plain)
        for place, there in zip(self.spaces, whole.elements[len(self.others) :], strict=True):
            words = with_space_at(words, there, self.text.plain[place])
        characters = list(words)
        for kept in places.values():  # it has its own spaces
            characters[kept.start : kept.end] = whole.text[kept.start : kept.end]
        return Text(
            "".join(characters),
            tuple(sorted(inlines, key=lambda one: (one.start, one.start < one.end and -one.end))),
        )


def kept_stretches(text: Text) -> tuple[list[Stretch], dict[int, tuple[int, int, int]]]:
    """The kept inlines and the units of a text, in order, and of each inline in one of them, by its id, which one and
    from where to where in it."""
    inlines = [one for one in text.inlines if one.kept and one.start < one.end]
    units = kept_units(text)
    kept = sorted([*(Stretch(one.start, one.end) for one in inlines), *units], key=lambda one: one.start)
    starts = [one.start for one in kept]
    inside: dict[int, tuple[int, int, int]] = {}
    for one in text.inlines:
        number = bisect_right(starts, one.start) - 1
        around = kept[number] if number >= 0 else Stretch(0, 0)
        is_inside = one.end <= around.end if one.start < one.end else around.start < one.start < around.end
        if is_inside:
            inside[id(one)] = (number, one.start - around.start, one.end - around.start)
    return kept, inside


def hard_spaces(text: Text, kept: Sequence[Stretch]) -> list[int]:
    """The places of the hard spaces between two words. No word tells where those beside numbers and marks belong in a
    translation, but the kinds of their neighbours do (`with_hard_spaces`)."""
    kept_ends = [one.end for one in kept]

    def is_kept(place: int) -> bool:
        index = bisect_right(kept_ends, place)
        return index < len(kept) and kept[index].start <= place

    found = (match for match in HARD_SPACE.finditer(text.plain) if between(text.plain, match) == LETTERS)
    return [match.start("hard") for match in found if not is_kept(match.start("hard"))]


def with_space_at(translation: str, place: Stretch, space: str) -> str:
    """The translation with a hard space in place of the common one where the other stands by its words. Two words that
    are one now, or stand apart, have none."""
    if place.end - place.start > 1 or translation[place.start : place.end] == space:
        return translation  # only the piece that it stands in is known, or it is there
    at = place.start if translation[place.start : place.start + 1] == " " else place.start - 1
    if at < 0 or translation[at] != " ":
        return translation
    return translation[:at] + space + translation[at + 1 :]


def with_hard_spaces(translation: str, source: str) -> str:
    """The translation with the hard spaces of the source that stand beside a number or a mark: between a number and a
    word, before a question mark. A model reads and writes them as spaces. Of several such places the same ones have
    them, and all where the translation has fewer or more of them."""
    if not HARD_SPACE.search(source):
        return translation
    spaces: dict[Kinds, deque[str]] = defaultdict(deque)
    for match in GAP.finditer(source):
        hard = HARD_SPACE.search(match.group())
        spaces[between(source, match)].append(hard["hard"] if hard else " ")
    spaces.pop(LETTERS, None)
    counts = Counter(between(translation, match) for match in GAP.finditer(translation))
    for kinds, found in spaces.items():
        if len(found) != counts[kinds]:
            spaces[kinds] = deque([next((space for space in found if space != " "), " ")] * counts[kinds])

    def space(match: re.Match[str]) -> str:
        found = spaces.get(between(translation, match))
        space = found.popleft() if found else " "
        return space if match.group() == " " else match.group()

    return GAP.sub(space, translation)


def between(text: str, space: re.Match[str]) -> Kinds:
    """The kinds of the characters before and behind a space: letters, digits, and each mark for itself."""
    before, after = text[max(space.start() - 1, 0) : space.start()], text[space.end() : space.end() + 1]
    first, second = ("letter" if one.isalpha() else "digit" if one.isdigit() else one for one in (before, after))
    return first, second


def free_prefix(text: str) -> str:
    """Letters that begin no placeholder of a text, as few as possible: a placeholder must not get long."""
    combined = ("".join(letters) for length in count(1) for letters in product(PREFIX_LETTERS, repeat=length))
    return next(prefix for prefix in combined if f"{{{prefix}" not in text)


async def by_pieces(source: Marked, translate: Translate) -> Marked:
    """The translation of a text whose model gives no alignment: the pieces between its elements, one by one."""
    words = [one for one in source.elements if one.start == one.end or source.text[one.start : one.end].strip()]
    borders = sorted({0, len(source.text), *(place for one in words for place in (one.start, one.end))})
    if len(borders) == 1:
        return source
    pieces = pieces_of(source, borders)

    async def translated(piece: Marked) -> Marked:
        body = piece.text.strip()
        if not has_letters(body):
            return piece  # from marks alone a model would make up words
        translation = (await translate(Marked(body))).text
        start = piece.text.find(body)
        text = piece.text[:start] + translation + piece.text[start + len(body) :]
        return Marked(text, tuple(Stretch(0, len(text) if one.end > one.start else 0) for one in piece.elements))

    assembly = Assembly(len(source.elements))
    for translation, (_, places) in zip(await together([translated(one) for one, _ in pieces]), pieces, strict=True):
        assembly.add(translation, places)
    return assembly.marked()
