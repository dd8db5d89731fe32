"""Carries stretches of a source sentence over to its translation: the inline markup of a document goes with its words.

The decoder's attention says which source tokens each target token was read from. Every element takes the run of target
words that holds most of the attention on its own source words, nested elements stay nested, none is lost and none is
doubled: the projection of tags by alignment of Bergamot (Bogoychev et al. 2021), with runs instead of single tokens.
Knows neither a document's format nor where an alignment comes from.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import accumulate

ENOUGH = 0.5  # share of a word's attention on an element that puts the word inside
MOST_COMPARED = 1_000_000  # characters of one text times those of the other: comparing takes time in proportion
LEAST = 0.15  # below this no word of the translation comes from the element


@dataclass(slots=True, frozen=True)
class Stretch:
    """Characters `start` to `end` of a text; an empty one stands between two characters."""

    start: int
    end: int


@dataclass(slots=True, frozen=True)
class Alignment:
    """Which source tokens each target token was read from: the characters of the tokens that stand for text in either
    sentence, and the attention, (target tokens, source tokens), each row with a sum of at most 1."""

    source: list[Stretch]
    target: list[Stretch]
    attention: list[list[float]]


def project(elements: Sequence[Stretch], alignment: Alignment, source: str, target: str) -> list[Stretch]:
    """Where each element of `source` stands in `target`, in the order of `elements`, which are properly nested; of
    those with the same words the outer one comes first. Results are nested in the same way and never overlap otherwise.
    Raises ValueError for elements that cross."""
    words = words_of(target, alignment.target)
    projector = Projector(source, target, words, Weights(alignment, source, target, words))
    order = sorted_places(elements)
    projector.place(tree_of([elements[place] for place in order]), 0, len(words))
    placed = {place: projector.found[rank] for rank, place in enumerate(order)}
    return [placed[place] for place in range(len(elements))]


def sorted_places(elements: Sequence[Stretch]) -> list[int]:
    """The places of elements sorted by their start, outer ones first. A source that was translated itself has them in
    the order of another language. An empty element stays before the one that begins where it stands."""
    begun: set[int] = set()  # places in the text where an element with words begins
    keys: list[tuple[int, bool, int]] = []
    for one in elements:
        leads = one.start == one.end and one.start not in begun
        keys.append((one.start, not leads, -one.end))
        if one.start < one.end:
            begun.add(one.start)
    return sorted(range(len(elements)), key=lambda place: keys[place])


def words_of(text: str, tokens: Sequence[Stretch]) -> list[Stretch]:
    """Tokens that make one word together in one stretch, without the white space around it. Where words are not spaced,
    every token counts as a word."""
    words: list[Stretch] = []
    for token in tokens:
        piece = trimmed(text, token)
        if piece.start == piece.end:
            continue
        if words and words[-1].end == piece.start and continues(text, piece.start):
            words[-1] = Stretch(words[-1].start, piece.end)
        else:
            words.append(piece)
    return words


def trimmed(text: str, token: Stretch) -> Stretch:
    """A token without the white space around it: that before a word belongs to its first token."""
    piece = text[token.start : token.end]
    start = token.start + len(piece) - len(piece.lstrip())
    return Stretch(start, max(start, token.start + len(piece.rstrip())))


def continues(text: str, place: int) -> bool:
    """Whether the characters before and behind a place belong to one word."""
    before, after = text[place - 1], text[place]
    return all(character.isalnum() and not is_ideograph(character) for character in (before, after))


def is_ideograph(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or character >= "\U00020000"


class Weights:
    """How much of each target word's attention falls on a stretch of the source."""

    def __init__(self, alignment: Alignment, source: str, target: str, words: Sequence[Stretch]) -> None:
        tokens = [trimmed(source, token) for token in alignment.source]
        self.starts, self.ends = [token.start for token in tokens], [token.end for token in tokens]
        rows = [self.row_of(word, alignment) for word in words]
        self.align_last_mark(rows, alignment, source, target, words)
        self.sums = [list(accumulate(row, initial=0.0)) for row in rows]  # (words, source tokens + 1)

    @staticmethod
    def row_of(word: Stretch, alignment: Alignment) -> list[float]:
        """The mean attention of a word's tokens, with a sum of 1."""
        rows = [
            row
            for token, row in zip(alignment.target, alignment.attention, strict=True)
            if token.start < word.end and word.start < token.end
        ]
        summed = [sum(column) for column in zip(*rows, strict=True)]
        total = sum(summed)
        return [one / total for one in summed] if total else [0.0] * len(alignment.source)

    @staticmethod
    def align_last_mark(
        rows: list[list[float]], alignment: Alignment, source: str, target: str, words: Sequence[Stretch]
    ) -> None:
        """The mark that ends a sentence comes from the mark that ends the source: a decoder, when it ends, looks
        anywhere."""
        if not words or not alignment.source:
            return
        last, token = words[-1], alignment.source[-1]
        marks = target[last.start : last.end], source[token.start : token.end].strip()
        if all(mark and not any(map(str.isalnum, mark)) for mark in marks):
            rows[-1] = [0.0] * (len(alignment.source) - 1) + [1.0]

    def of(self, word: int, element: Stretch) -> float:
        """The share of a word's attention on an element."""
        return self.before(word, element.end) - self.before(word, element.start)

    def before(self, word: int, place: int) -> float:
        """The share of a word's attention on the source before a character; a token that goes on behind it counts by
        its characters: where words are not spaced, an element may begin within a token."""
        token = bisect_right(self.starts, place) - 1
        if token < 0:
            return 0.0
        start, end = self.starts[token], self.ends[token]
        part = min((place - start) / (end - start), 1.0) if end > start else 1.0
        sums = self.sums[word]
        return sums[token] + part * (sums[token + 1] - sums[token])


@dataclass(slots=True)
class Element:
    """An element and the elements directly inside of it, by their places in the list."""

    place: int
    stretch: Stretch
    children: list[Element] = field(default_factory=list)


def tree_of(elements: Sequence[Stretch]) -> list[Element]:
    """The outermost elements, each with those inside of it. Raises ValueError where elements cross or are unsorted."""
    roots: list[Element] = []
    around: list[Element] = []
    for place, stretch in enumerate(elements):
        while around and not (stretch.start < around[-1].stretch.end or stretch.end <= around[-1].stretch.end):
            around.pop()
        # An empty element at the end of others may stand in any of them or right behind them: it stays at the end of
        # the outermost.
        while stretch.start == stretch.end and len(around) > 1 and around[-2].stretch.end == stretch.start:
            around.pop()
        element = Element(place, stretch)
        if around and (stretch.start < around[-1].stretch.start or stretch.end > around[-1].stretch.end):
            raise ValueError("elements must be nested and sorted by their start, outer ones first")
        (around[-1].children if around else roots).append(element)
        around.append(element)
    return roots


class Projector:
    """Gives each element a run of words, outer ones first; inner ones choose among the words of the outer."""

    def __init__(self, source: str, target: str, words: list[Stretch], weights: Weights) -> None:
        self.source, self.target, self.words, self.weights = source, target, words, weights
        self.found: dict[int, Stretch] = {}  # by the place of the element

    def place(self, siblings: Sequence[Element], first: int, last: int) -> None:
        """Find room for elements side by side among the words `first` to `last` (exclusive)."""
        taken: list[tuple[int, int]] = []
        filled = [one for one in siblings if self.source[one.stretch.start : one.stretch.end].strip()]
        shares = {one.place: [self.weights.of(word, one.stretch) for word in range(first, last)] for one in filled}
        for element in sorted(filled, key=lambda one: -sum(shares[one.place])):
            run = self.run_of(element, shares, first, taken)
            if run is None:
                continue
            taken.append(run)
            self.found[element.place] = Stretch(self.words[run[0]].start, self.words[run[1] - 1].end)
            for child in element.children:
                if child.stretch.start == element.stretch.end:
                    end = self.found[element.place].end
                    self.fill(child, Stretch(end, end))
            self.place([one for one in element.children if one.place not in self.found], *run)
        for element in siblings:
            if element.place not in self.found:
                self.place_empty(element, first, last, taken)

    def run_of(
        self, element: Element, shares: dict[int, list[float]], first: int, taken: Sequence[tuple[int, int]]
    ) -> tuple[int, int] | None:
        """The run of free words with most of their attention on an element rather than beside it or on its siblings;
        None where no word looks at it."""
        own = shares[element.place]
        if not own:
            return None
        if self.is_all(element.stretch) and not taken:
            return first, first + len(own)
        others = [shares[place] for place in shares if place != element.place]
        gains = [
            share - max([ENOUGH, *(other[word] for other in others)]) if free(first + word, taken) else float("-inf")
            for word, share in enumerate(own)
        ]
        start, end = largest_run(gains)
        if start < end:
            return self.with_children(element, (first + start, first + end), (first, first + len(own)), taken)
        word = max(range(len(own)), key=lambda word: own[word] if free(first + word, taken) else -1.0)
        enough = own[word] >= LEAST and free(first + word, taken)
        return (first + word, first + word + 1) if enough else None

    def with_children(
        self, element: Element, run: tuple[int, int], room: tuple[int, int], taken: Sequence[tuple[int, int]]
    ) -> tuple[int, int]:
        """The run of an element, and the word beside it that comes from an inner element which has none in the run."""
        start, end = run
        for child in element.children:
            shares = {word: self.weights.of(word, child.stretch) for word in range(*room)}
            best = max(shares, key=lambda word: shares[word])
            is_beside = best in (start - 1, end) and free(best, taken)
            if is_beside and shares[best] >= LEAST and max(shares[word] for word in range(start, end)) < LEAST:
                start, end = min(start, best), max(end, best + 1)
        return start, end

    def is_all(self, stretch: Stretch) -> bool:
        """Whether an element holds every word of the source."""
        return not (self.source[: stretch.start].strip() or self.source[stretch.end :].strip())

    def place_empty(self, element: Element, first: int, last: int, taken: Sequence[tuple[int, int]]) -> None:
        """An element without words stands where it parts what came from before it and from behind it best."""
        before = Stretch(0, element.stretch.start)
        shares = [self.weights.of(word, before) for word in range(first, last)]
        crossing = sum(shares)  # with all words behind it
        # One between words stays between words: a line break at the end would part nothing.
        is_between = self.source[: before.end].strip() and self.source[before.end :].strip() and len(self.words) > 1
        best, border = float("inf") if is_between and not first else crossing, first
        for word, share in enumerate(shares, start=first):
            crossing += 1 - 2 * share
            inside = any(start < word + 1 < end for start, end in taken)
            is_end = is_between and word + 1 == len(self.words)
            if crossing < best and not inside and not is_end:
                best, border = crossing, word + 1
        at = self.place_at(element.stretch.start, border, first, last)
        self.fill(element, Stretch(at, at))

    def fill(self, element: Element, stretch: Stretch) -> None:
        """Put an element and all inside of it at one place."""
        self.found[element.place] = stretch
        for child in element.children:
            self.fill(child, stretch)

    def place_at(self, start: int, border: int, first: int, last: int) -> int:
        """The character for an element before the word `border`: beside the word that it touches in the source."""
        touches_next = start < len(self.source) and not self.source[start].isspace()
        touches_last = start > 0 and not self.source[start - 1].isspace()
        if border == last or (border > first and touches_last and not touches_next):
            return self.words[border - 1].end if border else len(self.target)
        return self.words[border].start


def free(word: int, taken: Sequence[tuple[int, int]]) -> bool:
    return not any(start <= word < end for start, end in taken)


def largest_run(gains: Sequence[float]) -> tuple[int, int]:
    """The run with the largest sum, empty where no gain is above 0 (Kadane's algorithm)."""
    best, sum_, start, run = 0.0, 0.0, 0, (0, 0)
    for place, gain in enumerate(gains):
        if sum_ <= 0:
            sum_, start = 0.0, place
        sum_ += gain
        if sum_ > best:
            best, run = sum_, (start, place + 1)
    return run


class Offsets:
    """Maps characters of a text to those of its other version, such as a normalised or a restored one."""

    def __init__(self, before: str, after: str, anchors: Sequence[tuple[int, int, str]] = ()) -> None:
        """`anchors` are stretches of `before` (start, end) and what stands for them in `after`, in order: placeholders
        and their spans. Only the text between them is compared, since letters of a placeholder may stand in a link."""
        self.starts: list[int] = []
        self.blocks: list[tuple[int, int, int, int]] = []
        self.same = before == after
        begin = other = 0
        for start, end, replacement in anchors:
            place = after.find(replacement, other)
            if place < 0:
                continue
            self.compare(before, after, (begin, start, other, place))
            self.add(start, end, place, place + len(replacement))
            begin, other = end, place + len(replacement)
        self.compare(before, after, (begin, len(before), other, len(after)))

    def compare(self, before: str, after: str, block: tuple[int, int, int, int]) -> None:
        start, end, other, other_end = block
        one, two = before[start:end], after[other:other_end]
        if one == two or len(one) * len(two) > MOST_COMPARED:
            self.add(*block)
            return
        for _, *found in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
            self.add(start + found[0], start + found[1], other + found[2], other + found[3])

    def add(self, first: int, last: int, other_first: int, other_last: int) -> None:
        if first < last or other_first < other_last:
            self.starts.append(first)
            self.blocks.append((first, last, other_first, other_last))

    def of(self, place: int) -> int:
        """The place in the other version; inside of a part that was replaced, in proportion."""
        if self.same or not self.blocks:
            return place
        first, last, other_first, other_last = self.blocks[max(bisect_right(self.starts, place) - 1, 0)]
        if place >= last:
            return other_last
        return other_first + (place - first) * (other_last - other_first) // (last - first)

    def stretch(self, one: Stretch) -> Stretch:
        return Stretch(self.of(one.start), self.of(one.end))
