"""Keyboard accelerators of menus: the mark (`&File`, `_File`) is taken out of the text and put on a letter of its
translation, as in the guides of Qt and GTK: on the same letter where there is one, else on the first one; behind words
of a script without such keys as `文件(&F)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from app.formats.document import Document, Text
from app.formats.messages.patterns import PATTERNS, scan
from app.formats.passages import Composite
from app.formats.tokens import Kind

# At the beginning of a word; inside of one only where a small letter follows: "E&xit", but "AT&T", "Q&A".
MARKS = {
    "&": re.compile(
        r"(?<![&\w])&(?=[A-Za-z0-9])(?![A-Za-z0-9#]{1,31};)|(?<=[A-Z])&(?=[a-z])|(?<=[a-z])&(?=[a-z])(?![a-z]{1,31};)"
    ),
    "_": re.compile(r"(?<![_\w/.(-])_(?=[A-Za-z])(?!\w{0,60}_)|(?<=\A[A-Z])_(?=[a-z])"),
}
LABEL_END = re.compile(r"[.… :]*+(?:\t[^\t]*)?\s*\Z")  # also before a key that does the same: "Find &Next\tF3"
LONGEST = 100  # characters of a message that may have an accelerator: of a menu or a button


class Accelerated:
    """A message with the mark of an accelerator in front of the letter `key`. Written twice, the mark is itself."""

    def __init__(self, source: str, place: int, parse: Callable[[str], Document]) -> None:
        self.source, self.mark, self.key = source, source[place], source[place + 1]
        without = source[:place] + source[place + 1 :]
        self.is_doubled = self.mark * 2 in without
        self.content = parse(without.replace(self.mark * 2, self.mark))
        self.texts: Sequence[Text] = self.content.texts

    def render(self, translations: Sequence[Text]) -> str:
        if all(new == old for new, old in zip(translations, self.texts, strict=True)):
            return self.source
        message = self.content.render(translations)
        if self.is_doubled:
            message = message.replace(self.mark, self.mark * 2)
        label = message.rpartition("\t")[0]
        place = self.place(label if label.strip() else message)
        if place is None:
            end = LABEL_END.search(message)
            place = end.start() if end else len(message)
            return f"{message[:place]}({self.mark}{self.key.upper()}){message[place:]}"
        return message[:place] + self.mark + message[place:]

    def place(self, message: str) -> int | None:
        """Of a letter outside of placeholders and tags."""
        letters: list[int] = []
        at = 0
        for token in scan(message, PATTERNS["auto"]):
            if token.kind is Kind.WORDS and token.source == token.plain:
                letters += [at + i for i, c in enumerate(token.source) if c.isalnum() and ord(c) < 0x2E80]
            at += len(token.source)
        same = [i for i in letters if message[i].casefold() == self.key.casefold()]
        initial = [i for i in same if not i or not message[i - 1].isalnum()]
        return next(iter([*initial, *same, *letters]), None)


def accelerated(source: str, marks: str, parse: Callable[[str], Document]) -> Document:
    """The message parsed without the mark of its accelerator, if it has exactly one. Where several lines have one, each
    line is a label of its own."""
    lines = source.splitlines(keepends=True)
    if sum(place_of_mark(line, marks) is not None for line in lines) > 1:
        return Composite([one_accelerated(line, marks, parse) for line in lines])
    return one_accelerated(source, marks, parse)


def one_accelerated(source: str, marks: str, parse: Callable[[str], Document]) -> Document:
    place = place_of_mark(source, marks)
    if place is not None:
        found = Accelerated(source, place, parse)
        if found.texts:
            return found
    return parse(source)


def place_of_mark(source: str, marks: str = "&_") -> int | None:
    """Where the mark of the only accelerator of a message stands."""
    if len(source) > LONGEST:
        return None
    for mark in marks:
        places = [match.start() for match in MARKS[mark].finditer(source)]
        if len(places) == 1 and source.replace(mark * 2, "").count(mark) == 1:
            return places[0]
    return None
