"""A text that is rewritten step by step and remembers where each of its characters stood at first, so that what a model
says about a token can be shown in the user's own text. Takes linear time. Knows no language and no model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from app.text.normalize import IDEOGRAPHIC
from app.text.projection import Offsets

IDEOGRAPHS = re.compile(f"{IDEOGRAPHIC.pattern}+")


@dataclass(slots=True, frozen=True)
class Traced:
    """Character `n` of `text` stands for those from `starts[n]` to `ends[n]` of the first text."""

    text: str
    starts: list[int]
    ends: list[int]

    @classmethod
    def of(cls, text: str) -> Traced:
        return cls(text, list(range(len(text))), list(range(1, len(text) + 1)))

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters `start` to `end` stood at first; white space around them does not count."""
        piece = self.text[start:end]
        start, end = start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        if start >= end:  # nothing, or only white space
            here = self.starts[start] if start < len(self.text) else (self.ends[-1] if self.ends else 0)
            return here, here
        return min(self.starts[start:end]), max(self.ends[start:end])

    def sub(self, pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], str]) -> Traced:
        """`pattern.sub`: each character of a replacement stands for all that the match stood for."""
        parts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        behind = 0
        for match in pattern.finditer(self.text):
            start, end = match.span()
            new = match.expand(replacement) if isinstance(replacement, str) else replacement(match)
            parts += self.text[behind:start], new
            starts += self.starts[behind:start]
            ends += self.ends[behind:start]
            if new and start < end:
                starts += [self.starts[start]] * len(new)
                ends += [self.ends[end - 1]] * len(new)
            behind = end
        parts.append(self.text[behind:])
        return Traced("".join(parts), starts + self.starts[behind:], ends + self.ends[behind:])

    def unwrapped(self, pattern: re.Pattern[str]) -> Traced:
        """With the last group of each match in place of the match."""
        kept: list[int] = []
        behind = 0
        for match in pattern.finditer(self.text):
            kept += range(behind, match.start())
            kept += range(*match.span(pattern.groups))
            behind = match.end()
        kept += range(behind, len(self.text))
        return Traced(
            "".join(self.text[place] for place in kept),
            [self.starts[place] for place in kept],
            [self.ends[place] for place in kept],
        )

    def rewritten(self, text: str) -> Traced:
        """The same with another text of the same length."""
        return Traced(text, self.starts, self.ends)

    def stripped(self) -> Traced:
        start = len(self.text) - len(self.text.lstrip())
        end = max(start, len(self.text.rstrip()))
        return Traced(self.text[start:end], self.starts[start:end], self.ends[start:end])

    def composed(self) -> Traced:
        """In the normalisation form NFC. It keeps the number of characters of the decomposed form, by which characters
        of before and after are compared."""
        text = unicodedata.normalize("NFC", self.text)
        if text == self.text:
            return self
        places = [place for place, one in enumerate(self.text) for _ in unicodedata.normalize("NFD", one)]
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for one in text:
            stop = at + len(unicodedata.normalize("NFD", one))
            starts.append(self.starts[places[at]])
            ends.append(self.ends[places[stop - 1]])
            at = stop
        return Traced(text, starts, ends)

    def converted(self, convert: Callable[[str], str]) -> Traced:
        """In another script, in which only runs of ideographs change; where the length changes, runs are compared with
        what `convert` makes of their characters one by one."""
        text = convert(self.text)
        if len(text) == len(self.text):
            return self.rewritten(text)
        old, new = list(IDEOGRAPHS.finditer(self.text)), list(IDEOGRAPHS.finditer(text))
        if IDEOGRAPHS.split(self.text) != IDEOGRAPHS.split(text):
            borders = [((0, len(self.text)), (0, len(text)))]
        else:
            borders = [(one.span(), other.span()) for one, other in zip(old, new, strict=True)]
        starts: list[int] = []
        ends: list[int] = []
        behind = 0
        for (first, last), (other_first, other_last) in borders:
            starts += self.starts[behind:first]
            ends += self.ends[behind:first]
            by_character = "".join(map(convert, self.text[first:last]))
            offsets = Offsets(text[other_first:other_last], by_character)
            for n in range(other_last - other_first):
                begin = min(first + offsets.of(n), last - 1)
                starts.append(self.starts[begin])
                ends.append(self.ends[max(begin, min(first + offsets.of(n + 1), last) - 1)])
            behind = last
        return Traced(text, starts + self.starts[behind:], ends + self.ends[behind:])
