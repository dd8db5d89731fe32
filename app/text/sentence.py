"""A sentence on its way to a translator: its clean text and the spans of it that the model does not read."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from app.text.characters import UNSPACED
from app.text.normalize import clean, narrowed, visible
from app.text.spans import FIXED, GIVEN, Span, between, find_spans

PLACEHOLDER = re.compile(r"<ph(\d{1,9})>")
Part = TypeVar("Part")
FEWEST_SHOUTED_LETTERS = 6
LATIN = r"[^\W\d_\u0e00-\uffff]"  # and Greek, Cyrillic and others with spaces between words
UNSPACED_MARK = re.compile(rf"(?<={LATIN}{LATIN})([,;!?])(?={LATIN})")


@dataclass(slots=True, frozen=True)
class Sentence:
    """`text` is clean (`app/text/normalize.py`) outside of its spans, and in the script of the model; `spans` are in
    order and do not overlap. `fixed` are those that the analysis found, whatever rules have made of them since.
    `written` is the text in the script of its author, or `text` again where the two differ in length. `is_calmed` says
    that it is a single word in capitals that the model knows in small letters."""

    text: str
    spans: tuple[Span, ...] = ()
    fixed: tuple[Span, ...] = ()
    written: str = ""
    is_calmed: bool = False

    @property
    def merged(self) -> list[Span]:
        """The spans, those that touch as one, the first with a capital where it begins the sentence."""
        joined = self.joined
        if joined and not joined[0].start:
            joined[0] = replace(joined[0], replacement=self.beginning(joined[0]))
        return joined

    @property
    def joined(self) -> list[Span]:
        """The spans as they stand inside of a sentence, those that touch as one. A space goes between two that would
        run into each other where a rule has rewritten one: Chinese writes dates and times without a space."""
        joined: list[Span] = []
        for span in self.spans:
            if joined and joined[-1].end == span.start:
                before = joined.pop()
                is_word = before.replacement[-1].isalnum() and span.replacement[0].isalnum()
                gap = " " if is_word and (self.is_rewritten(before) or self.is_rewritten(span)) else ""
                span = Span(before.start, span.end, before.replacement + gap + span.replacement)
            joined.append(span)
        return joined

    @property
    def stretches(self) -> list[str]:
        """The text before, between and behind the merged spans."""
        return between(self.text, self.merged)

    @property
    def shown(self) -> str:
        """The text with the replacements in it."""
        return interleaved(self.stretches, [span.replacement for span in self.merged])

    def rewritten(self, convert: Callable[[str], str]) -> str:
        """The text with the replacements in it, and the stretches between them converted."""
        return interleaved(list(map(convert, self.stretches)), [span.replacement for span in self.merged])

    @property
    def is_changed(self) -> bool:
        """Whether a rule has rewritten a span."""
        return any(map(self.is_rewritten, self.spans))

    def is_rewritten(self, span: Span) -> bool:
        place = slice(span.start, span.end)
        return span.replacement not in (self.text[place], self.written[place])

    @property
    def masked(self) -> str:
        """The text with placeholders for its spans."""
        return mask(self.text, self.merged)

    @property
    def has_words(self) -> bool:
        """Whether there is anything to translate."""
        return any(map(has_letters, self.stretches))

    @property
    def is_shouted(self) -> bool:
        """Whether all is in capitals, which models have hardly read. A single short word may be an abbreviation, and so
        may Latin letters in a text without spaces."""
        if self.is_calmed:
            return True
        text = " ".join(self.stretches)
        if not text.isupper() or UNSPACED.search(text):
            return False
        return len(text.split()) > 1 and sum(map(str.isalpha, text)) >= FEWEST_SHOUTED_LETTERS

    def with_spans(self, spans: Iterable[Span]) -> Sentence:
        """The sentence with more spans. Of new ones that overlap, the first and longest wins; none may split a span
        that is there, but it may cover one that the request did not ask for."""
        proposed = sorted(spans, key=lambda span: (span.start, -span.end))
        if not proposed:
            return self
        starts, ends = [old.start for old in self.spans], [old.end for old in self.spans]
        chosen: list[Span] = []
        covered = set[Span]()
        for span in proposed:
            overlapped = self.spans[bisect_right(ends, span.start) : bisect_left(starts, span.end)]
            is_split = any(
                old.start < span.start or span.end < old.end or old.kind == GIVEN != span.kind for old in overlapped
            )
            if not is_split and not (chosen and span.start < chosen[-1].end):
                chosen.append(span)
                covered.update(overlapped)
        kept = [old for old in self.spans if old not in covered]
        return replace(self, spans=in_order([*kept, *chosen]))

    def without(self, is_read: Callable[[Span], bool]) -> Sentence:
        """The sentence with some spans among the words that the model reads; fixed spans that such a span covers are
        spans again."""
        kept = [span for span in self.spans if not is_read(span)]
        covering = [span for span in self.spans if is_read(span) and span.kind != FIXED]
        again = [old for span in covering for old in self.fixed if span.start <= old.start < span.end]
        return replace(self, spans=in_order([*kept, *again]))

    def beginning(self, span: Span) -> str:
        """The replacement of a joined span at the beginning of a sentence: with a capital if the text has one there and
        a rule or the request has rewritten the span."""
        begins = self.text[:1].isupper() and self.is_rewritten(span)
        return (span.replacement[:1].upper() if begins else span.replacement[:1]) + span.replacement[1:]


def analyse(text: str, convert: Callable[[str], str] | None = None) -> Sentence:
    """Finds the fixed spans of a text and cleans the rest; `convert` puts it into the script of the model. Full-width
    digits are those of ASCII, in spans too: rules know no others."""
    text = narrowed(text)
    found, cleaned = find_spans(text), clean(text)
    if not found or cleaned == text:
        written = between(cleaned, found)
    else:
        # Placeholders keep the spans from being cleaned. Cleaning would compose `>` with the mark behind it to `≯`.
        written = PLACEHOLDER.split(clean(mask(text, found).replace(">\u0338", "> \u0338")))[::2]
        if len(written) > len(found) + 1 and (seen := visible(text)) != text:
            return analyse(seen, convert)  # invisible characters stood in a placeholder that a user has written
    if " " in cleaned and UNSPACED_MARK.search(cleaned):  # without any space it is a row of data
        written = [UNSPACED_MARK.sub(r"\1 ", stretch) for stretch in written]
    stretches = written
    if convert is not None:
        stretches = PLACEHOLDER.split(convert(interleaved(written, placeholders(len(found)))))[::2]
    replacements = [span.replacement for span in found]
    spans: list[Span] = []
    place = 0
    for stretch, replacement in zip(stretches, replacements, strict=False):
        start = place + len(stretch)
        place = start + len(replacement)
        spans.append(Span(start, place, replacement))
    text, original = interleaved(stretches, replacements), interleaved(written, replacements)
    return Sentence(text, tuple(spans), tuple(spans), original if len(original) == len(text) else text)


def mask(text: str, spans: Sequence[Span]) -> str:
    """The text with placeholders for spans, numbered as they occur. Spans must not touch."""
    return interleaved(between(text, spans), placeholders(len(spans)))


def placeholders(count: int) -> list[str]:
    return [f"<ph{number}>" for number in range(count)]


def interleaved(stretches: list[str], others: list[str]) -> str:
    return "".join(alternated(stretches, others))


def alternated(stretches: Sequence[Part], others: Sequence[Part]) -> list[Part]:
    """One of the stretches, one of the others, and so on; the stretches are one more."""
    rest = [part for pair in zip(stretches[:-1], others, strict=True) for part in pair]
    return [*rest, stretches[-1]]


def in_order(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: span.start))


def has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)
