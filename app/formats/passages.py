"""The core that message, subtitle, table and catalogue formats share: tokens of a document become translatable texts.

A format cuts its source into tokens whose sources joined are the source again. `compose` makes nodes of them: a
`Passage` is one text with its inline elements, a string is a stretch that stays. Nodes nest: a JSON value is a `Field`
around the nodes of the message in it, so that every format resolves only its own escapes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from app.formats.document import Document, Inline, Text
from app.formats.layout import borders, cuts, joint, runs_on
from app.formats.tokens import COUNTING, FLOWING, SOFT, Kind, Token, Writer, WriterFactory, paired, remembered
from app.formats.writing import Placeholder, Separator, written

# Letters that belong to a placeholder: {n}th, {size}px.
SUFFIX = re.compile(r"\ufffc[A-Za-z]{1,3}(?![A-Za-z])")
LONGEST = 600  # characters of a sentence that is read over line breaks: a file may have no full stop at all


class Composite:
    """Nodes and strings in a row: a document."""

    def __init__(self, parts: Sequence[str | Document]) -> None:
        self.parts = parts
        self.texts: Sequence[Text] = [t for part in parts if not isinstance(part, str) for t in part.texts]

    def render(self, translations: Sequence[Text]) -> str:
        if len(translations) != len(self.texts):
            raise ValueError(f"{len(self.texts)} texts need as many translations, not {len(translations)}")
        sources: list[str] = []
        at = 0
        for part in self.parts:
            if isinstance(part, str):
                sources.append(part)
                continue
            count = len(part.texts)
            sources.append(part.render(translations[at : at + count]))
            at += count
        return "".join(sources)


class Field:
    """A value inside of another format: `source` as it stands there, `value` as `content` reads it."""

    def __init__(self, source: str, value: str, content: Document, encode: Writer) -> None:
        self.source, self.value, self.content, self.encode = source, value, content, encode
        self.texts: Sequence[Text] = content.texts

    def render(self, translations: Sequence[Text]) -> str:
        value = self.content.render(translations)
        return self.source if value == self.value else self.encode(value)


class Passage:
    """One text, which may run over several lines, and the texts inside of its placeholders."""

    def __init__(self, tokens: Sequence[Token], lines: Sequence[tuple[int, int]], writer: WriterFactory) -> None:
        """`lines` are the ranges of `tokens` that belong to the text; between two of them stands a line break."""
        self.tokens, self.lines, self.writer = tokens, lines, writer
        self.text, self.lengths = self._read()
        self.texts: Sequence[Text] = [
            self.text,
            *(t for token in tokens if token.node is not None for t in token.node.texts),
        ]

    def _read(self) -> tuple[Text, list[int]]:
        """The text, and the length of each of its lines."""
        pairs = paired(self.tokens)
        open_at: dict[int, int] = {}
        inlines: dict[int, Inline] = {}  # by the index of the token that begins it
        plain = ""
        parts: list[str] = []
        length = 0
        lengths: list[int] = []
        for line, (first, last) in enumerate(self.lines):
            if line:
                tail = parts[-1][-1:] if parts else ""
                gap = joint(tail, next((t.plain for t in self.tokens[first:last] if t.plain), ""))
                parts.append(gap)
                length += len(gap)
            before = length
            for index in range(first, last):
                token = self.tokens[index]
                if index in pairs:
                    if token.kind is Kind.OPEN:
                        open_at[index] = length
                        inlines[index] = Inline(length, length, token.source, self.tokens[pairs[index]].source)
                    else:
                        opening = pairs[index]
                        if opening in inlines:
                            inlines[opening] = replace(inlines[opening], end=length)
                    continue
                if token.kind is Kind.WORDS:
                    parts.append(token.plain)
                elif token.kind is Kind.KEPT:
                    parts.append(token.plain)
                    inlines[index] = Inline(length, length + len(token.plain), "", "", kept=True)
                else:
                    inlines[index] = Inline(length, length, token.source, "")
                length += len(token.plain) if token.kind in (Kind.WORDS, Kind.KEPT) else 0
            lengths.append(length - before)
        plain = "".join(parts)
        return Text(plain, tuple(inlines[index] for index in sorted(inlines))), lengths

    def render(self, translations: Sequence[Text]) -> str:
        own, at = translations[0], 1
        sources: list[str] = []
        for token in self.tokens:
            if token.node is None:
                sources.append(token.source)
            else:
                count = len(token.node.texts)
                sources.append(token.node.render(translations[at : at + count]))
                at += count
        if own is self.text or own == self.text:
            return "".join(sources)
        first, last = self.lines[0][0], self.lines[-1][1]
        kept = [
            Placeholder(token.plain, source)
            for token, source in zip(self.tokens[first:last], sources[first:last], strict=True)
            if token.kind is Kind.KEPT
        ]
        separators = self._separators(own, sources)
        words = written(own, kept, separators, self.writer(self.tokens[first:last]), self._last())
        return "".join(sources[:first]) + words + "".join(sources[last:])

    def _last(self) -> dict[str, str]:
        """By the source of an empty element at the end of another one the opening mark of that one."""
        pairs = paired(self.tokens)
        return {
            token.source: self.tokens[pairs[index + 1]].source
            for index, (token, after) in enumerate(pairwise(self.tokens))
            if token.kind in (Kind.EMPTY, Kind.MARK) and after.kind is Kind.CLOSE and index + 1 in pairs
        }

    def _separators(self, translation: Text, sources: Sequence[str]) -> list[Separator]:
        """The line breaks, with the marks beside them, at the places where the lines of `translation` end. Where it has
        fewer words than there are lines, soft line breaks go, the last ones first, so that each cue keeps a word."""
        gaps = [range(before, after) for (_, before), (after, _) in pairwise(self.lines)]
        soft = [i for i, gap in enumerate(gaps) if any(self.tokens[at].name == SOFT for at in gap)]
        excess = max(0, len(gaps) - len(borders(translation))) if gaps else 0
        dropped = set(soft[max(0, len(soft) - excess) :])
        lengths = self.lengths[:1]
        for index, length in enumerate(self.lengths[1:]):
            lengths[-1:] = [lengths[-1] + 1 + length] if index in dropped else [lengths[-1], length]
        places = iter(cuts(translation, lengths))
        separators: list[Separator] = []
        marks = ""  # beside the line breaks that go
        for index, gap in enumerate(gaps):
            if index in dropped:
                marks += "".join(sources[at] for at in gap if self.tokens[at].kind is Kind.MARK)
                continue
            start, end = next(places)
            border = any(self.tokens[at].kind is Kind.BORDER for at in gap)
            separators.append(Separator(start, end, marks + "".join(sources[at] for at in gap), border))
            marks = ""
        if marks:
            separators.append(Separator(len(translation.plain), len(translation.plain), marks, border=False))
        return separators


def compose(tokens: Sequence[Token], writer: WriterFactory = remembered) -> list[str | Document]:
    """Texts, and what stays between them, of tokens in the order of the document."""
    parts: list[str | Document] = []
    passage: list[Token] = []  # with the line breaks that its sentence runs over
    before = ""  # the last line of the passage
    length = 0
    line: list[Token] = []
    gap: list[Token] = []
    for token in [*tokens, Token(Kind.BREAK, "")]:
        if token.kind not in (Kind.LINE, Kind.BORDER, Kind.BREAK):
            line.append(token)
            continue
        if line or token.kind is not Kind.BREAK:
            reading = "".join("\ufffc" if t.kind is Kind.KEPT else t.plain for t in line)
            joined = len(gap) == 1 and gap[0].kind is not Kind.BREAK and length + len(reading) <= LONGEST
            if joined and passage and runs_on(before, reading, strict=gap[0].name not in (SOFT, FLOWING)):
                passage += [*gap, *line]
                length += len(reading)
            else:
                parts += [*finished(passage, writer), *(t.source for t in gap)]
                passage, length = line, len(reading)
            line, gap, before = [], [], reading
        gap.append(token)
    return [*parts, *finished(passage, writer), *(t.source for t in gap)]


def finished(tokens: list[Token], writer: WriterFactory) -> list[str | Document]:
    """The passage of these tokens, or, where neither a word nor an ordinal is to be translated, the tokens as they
    are."""
    reading = "".join("\ufffc" if t.kind is Kind.KEPT else t.plain for t in tokens if t.kind in (Kind.WORDS, Kind.KEPT))
    counts = len(reading.strip()) > 1 and any(t.name == COUNTING for t in tokens)
    if not counts and not any(map(str.isalpha, SUFFIX.sub("", reading))):
        return [t.source if t.node is None else t.node for t in tokens]
    tokens = [piece for token in tokens for piece in parted(token)]
    pairs = paired(tokens)
    tokens = [
        replace(t, kind=Kind.MARK) if t.kind in (Kind.OPEN, Kind.CLOSE) and index not in pairs else t
        for index, t in enumerate(tokens)
    ]
    lines: list[tuple[int, int]] = []
    start = 0
    for index, token in enumerate([*tokens, Token(Kind.LINE, "")]):
        if token.kind in (Kind.LINE, Kind.BORDER):
            lines.append(trimmed(tokens, start, index))
            start = index + 1
    return [Passage(tokens, unwrapped(tokens, pairs, lines), writer)]


def parted(token: Token) -> list[Token]:
    """Words without the white space at their ends, which may turn out to be at the end of a line."""
    plain = token.plain
    if token.kind is not Kind.WORDS or token.source != plain or plain.strip() == plain:
        return [token]
    body = plain.strip()
    start = len(plain) - len(plain.lstrip())
    pieces = (plain[:start], body, plain[start + len(body) :])
    return [Token(Kind.WORDS, piece, piece) for piece in pieces if piece]


def trimmed(tokens: Sequence[Token], first: int, last: int) -> tuple[int, int]:
    """The range of a line without white space and marks at its ends."""
    while first < last and outside(tokens[first]):
        first += 1
    while first < last and outside(tokens[last - 1]):
        last -= 1
    return first, last


def outside(token: Token) -> bool:
    return token.kind is Kind.MARK or (token.kind is Kind.WORDS and not token.plain.strip())


def unwrapped(tokens: Sequence[Token], pairs: dict[int, int], lines: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges without the elements around each line, or around all of them: those stay around the translation."""
    while True:
        first, last = lines[0][0], lines[-1][1] - 1
        if all(start < end and tokens[start].kind is Kind.OPEN and pairs.get(start) == end - 1 for start, end in lines):
            lines = [trimmed(tokens, start + 1, end - 1) for start, end in lines]
        elif first < lines[0][1] and last >= lines[-1][0] and first < last and pairs.get(first) == last:
            lines = [(first + 1, lines[0][1]), *lines[1:]] if len(lines) > 1 else [(first + 1, last)]
            lines = [*lines[:-1], (lines[-1][0], last)]
            lines = [trimmed(tokens, start, end) for start, end in lines]
        else:
            return lines
