"""Writes a translated text with its inline elements, placeholders and line breaks into the syntax of a document."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.formats.document import Inline, Text


@dataclass(slots=True, frozen=True)
class Separator:
    """Stands between two lines of a text, in place of the characters `start` to `end`.

    At the border of two subtitle cues inline elements are closed and opened anew.
    """

    start: int
    end: int
    source: str
    border: bool


@dataclass(slots=True, frozen=True)
class Placeholder:
    """A kept piece of a text: how a translator reads it, and how the document writes it."""

    plain: str
    source: str


def written(
    text: Text,
    kept: Sequence[Placeholder],
    separators: Sequence[Separator],
    write: Callable[[str], str],
    last: Mapping[str, str],
) -> str:
    """The source of `text`; `write` gives that of its words. Each of `kept` is written once, where the text has it.

    `last` names by its source each empty element that ends another one, whose opening mark it gives: offsets cannot
    tell whether it stands in front of the closing mark or behind it.
    """
    inlines = nested(located(text, kept))
    sources = iter(assigned(text.plain, [i for i in inlines if is_placeholder(i)], kept, write))
    out: list[str] = []
    stack: list[Inline] = []
    at = 0

    def advance(place: int, around: str | None = None) -> None:
        """Writes the words up to `place`, and closes the elements that end there, but for the one named."""
        while stack and stack[-1].end <= place and not (stack[-1].end == place and stack[-1].before == around):
            words(stack[-1].end)
            out.append(stack.pop().after)
        words(place)

    def words(place: int) -> None:
        nonlocal at
        if place > at:
            out.append(write(text.plain[at:place]))
            at = place

    events: list[Separator | Inline] = [*separators, *inlines]
    # At one place a line ends before an element begins.
    for event in sorted(events, key=lambda e: (e.start, isinstance(e, Inline))):
        around = last.get(event.before) if isinstance(event, Inline) and event.start == event.end else None
        advance(event.start, around)
        if isinstance(event, Separator):
            out.extend(i.after for i in reversed(stack) if event.border)
            out.append(event.source)
            out.extend(i.before for i in stack if event.border)
            at = max(at, event.end)
        elif is_placeholder(event):
            out.append(next(sources))
            at = max(at, event.end)
        elif event.end > event.start:
            out.append(event.before)
            stack.append(event)
        else:
            out.append(event.before + event.after)
    advance(len(text.plain))
    return "".join(out)


def is_placeholder(inline: Inline) -> bool:
    return inline.kept and not inline.before and inline.end > inline.start


def nested(inlines: Sequence[Inline]) -> list[Inline]:
    """The inlines in order of their starts; one that crosses the end of another ends with it."""
    result: list[Inline] = []
    open_ends: list[int] = []
    for inline in sorted(around_placeholders(inlines), key=lambda i: i.start):
        while open_ends and open_ends[-1] <= inline.start:
            open_ends.pop()
        if open_ends and inline.end > open_ends[-1] and inline.end > inline.start:
            inline = replace(inline, end=open_ends[-1])
        result.append(inline)
        open_ends.append(inline.end)
    return result


def around_placeholders(inlines: Sequence[Inline]) -> list[Inline]:
    """The inlines; one that begins or ends inside of a placeholder takes all of it in."""
    ranges = sorted((i.start, i.end) for i in inlines if is_placeholder(i))

    def moved(place: int, side: int) -> int:
        index = bisect(ranges, (place,)) - 1
        inside = index >= 0 and ranges[index][0] < place < ranges[index][1]
        return ranges[index][side] if inside else place

    return [i if is_placeholder(i) else replace(i, start=moved(i.start, 0), end=moved(i.end, 1)) for i in inlines]


def located(text: Text, kept: Sequence[Placeholder]) -> list[Inline]:
    """The inlines of the text, and placeholders that its words hold without an inline around them."""
    counts: dict[str, int] = defaultdict(int)
    for placeholder in kept:
        counts[placeholder.plain] += 1
    inlines = list(text.inlines)
    covered = sorted((i.start, i.end) for i in inlines if i.kept)
    for start, end in covered:
        counts[text.plain[start:end]] -= 1
    for plain in sorted(counts, key=len, reverse=True):
        start = 0
        while counts[plain] > 0 and plain and (place := text.plain.find(plain, start)) >= 0:
            start = place + len(plain)
            after = bisect(covered, (place, start))
            if (after and covered[after - 1][1] > place) or (after < len(covered) and covered[after][0] < start):
                continue
            covered.insert(after, (place, start))
            inlines.append(Inline(place, start, "", "", kept=True))
            counts[plain] -= 1
    return inlines


def assigned(
    plain: str, inlines: Sequence[Inline], kept: Sequence[Placeholder], write: Callable[[str], str]
) -> list[str]:
    """The sources of kept inlines: of the placeholder that reads alike, else of the next one left, else words."""
    left: dict[str, deque[int]] = defaultdict(deque)
    for index, placeholder in enumerate(kept):
        left[placeholder.plain].append(index)
    chosen: list[int | None] = []
    for inline in inlines:
        alike = left.get(plain[inline.start : inline.end])
        chosen.append(alike.popleft() if alike else None)
    others = deque(sorted(index for indices in left.values() for index in indices))
    return [
        kept[index].source
        if index is not None
        else kept[others.popleft()].source
        if others
        else write(plain[inline.start : inline.end])
        for index, inline in zip(chosen, inlines, strict=True)
    ]
