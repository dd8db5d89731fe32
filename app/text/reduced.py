"""Sentences without the brackets of titles, the marks of quotations in quotations and of quoted words, and without
repetitions, which translators drop, leave in the source language or go on with for ever.

The words stay, and where a translator tells how they stand in its translation, the brackets or marks go around them
again and the copies behind them. Knows no translator.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from app.text.characters import CJK
from app.text.languages.profile import Convert, Profile
from app.text.marks import nested_quotations
from app.text.projection import Stretch
from app.text.spans import find_spans

BRACKETS = {"《": "》", "〈": "〉", "【": "】"}
BRACKETED = re.compile(
    "|".join(f"{opening}[^《》〈〉【】\n]{{1,100}}{closing}" for opening, closing in BRACKETS.items())
)
NESTED = "‘"  # the opening mark of a quotation in another one
QUOTED = "“"  # that of a word among others, as in: the "old" house
QUOTED_WORD = re.compile(
    rf"(?<=[^\W\d_] )(?:[\"“„](?!\s)|«\s?)[^\W\d_]{{2,30}}(?:(?<!\s)[\"”“]|\s?»)(?= [^\W\d_])"
    rf"|(?<=[{CJK}])[“「][{CJK}]{{1,4}}[”」](?=[{CJK}])"
)
SQUARE = ("[", "]")  # for 【】 where words have spaces; the others are quotation marks there
# Three times and more: a word may stand twice for its sense ("had had", "看看"), but for one with a capital and one
# without. Laughter is a word of its own.
REPEATED = re.compile(
    r"(?<!\w)(?P<word>[^\W\d_]{1,20})(?P<copies>(?:,? (?P=word)(?!\w)){2,99}| (?!(?-i:(?P=word)))(?P=word)(?!\w))",
    re.IGNORECASE,
)
REPEATED_UNSPACED = re.compile(rf"(?P<word>(?![哈呵嘿嘻啊呀哇呜嗯])[{CJK}]{{1,4}}?)(?P<copies>(?P=word){{2,99}})")
MARK = re.compile(r"[\"“”„«»「『\[【（(]")
COPY = re.compile(r"(,? )(\w+)")
WORDS = re.compile(r"\w(?:.*\w)?", re.DOTALL)
LAST_WORD = re.compile(r"\S+\Z")
MOST_IDEOGRAPHS = 6  # that stand for one word


class Case(Enum):
    SMALL = auto()
    CAPITAL = auto()


@dataclass(slots=True, frozen=True)
class Part:
    """Words of a sentence, `start` to `end`, and what is cut beside them: brackets, of which `opening` is the first, or
    copies of the words, each as the marks and spaces before it and its case where that is not the first one's."""

    start: int
    end: int
    cuts: tuple[Stretch, ...]
    opening: str = ""
    copies: tuple[tuple[str, Case | None], ...] = ()

    def is_crossed(self, element: Stretch) -> bool:
        """Whether an element begins or ends in what is cut, or goes through the words."""
        start, end = min(self.start, self.cuts[0].start), self.cuts[-1].end
        is_around = element.start <= start and end <= element.end
        is_inside = self.opening and self.start <= element.start and element.end <= self.end
        return element.start < end and start < element.end and not (is_around or is_inside)


@dataclass(slots=True, frozen=True)
class Insertion:
    """Goes in at a place: behind the words that end there, or, if it `opens`, before those that begin there."""

    place: int
    text: str
    opens: bool = False


class Reduced:
    """A sentence without the cuts of its parts."""

    def __init__(self, text: str, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.cuts = sorted((cut for part in parts for cut in part.cuts), key=lambda cut: cut.start)
        ends = [0, *(cut.end for cut in self.cuts)]
        starts = [*(cut.start for cut in self.cuts), len(text)]
        self.text = "".join(text[start:end] for start, end in zip(ends, starts, strict=True))

    @property
    def quotes(self) -> bool:
        """Whether marks of inner quotations are cut."""
        return any(part.opening == NESTED for part in self.parts)

    @property
    def words(self) -> list[Stretch]:
        """Where the words of the parts stand in the text."""
        return [self.moved(Stretch(part.start, part.end)) for part in self.parts]

    def moved(self, one: Stretch) -> Stretch:
        """A stretch of the sentence in the text."""
        start, end = (
            place - sum(min(cut.end, place) - cut.start for cut in self.cuts if cut.start < place)
            for place in (one.start, one.end)
        )
        return Stretch(start, end)

    def insertions(
        self, translation: str, places: Sequence[Stretch], target: Profile, convert: Convert | None = None
    ) -> list[Insertion] | None:
        """The cut brackets and copies, to be inserted into a translation that has the words of the parts at `places`;
        None where it lacks some, or has a phrase for a repeated word. `convert` brings marks into its script."""
        result: list[Insertion] = []
        for part, place in zip(self.parts, places, strict=True):
            found = WORDS.search(translation, place.start, place.end)
            if found is None:
                return None
            if part.opening == QUOTED:  # around one word, which may stand behind an article or a preposition
                word = word_of(found.group(), target)
                found = WORDS.search(translation, found.end() - len(word), found.end()) if word else None
                if found is None or MARK.match(translation, found.start() - 1):
                    return None  # or the translator has put marks of its own around it
            if part.opening:
                first, last = (convert(mark) if convert else mark for mark in marks_of(part.opening, target))
                result += (Insertion(found.start(), first, opens=True), Insertion(found.end(), last))
                continue
            word = word_of(found.group(), target)
            if not word:
                return None
            words = (gap_of(gap, target) + cased(word, case) for gap, case in part.copies)
            result.append(Insertion(found.end(), "".join(words)))
        return result


def reduced(text: str, elements: Sequence[Stretch]) -> Reduced | None:
    """The sentence without brackets, these quotation marks and repetitions; None where it has none of them. What an
    element goes through stays."""
    found = (*bracketed(text), *quoted(text), *repeated(text))
    parts = [part for part in found if not any(map(part.is_crossed, elements))]
    return Reduced(text, parts) if parts else None


def bracketed(text: str) -> Iterator[Part]:
    for match in BRACKETED.finditer(text):
        start, end = match.span()
        if any(map(str.isalpha, match.group())):
            yield Part(start + 1, end - 1, (Stretch(start, start + 1), Stretch(end - 1, end)), match.group()[0])


def quoted(text: str) -> Iterator[Part]:
    """The quotations in other ones, else the quoted words."""
    places, opening = list(nested_quotations(text)), NESTED
    if not places:
        places, opening = [match.span() for match in QUOTED_WORD.finditer(text)], QUOTED
    for start, end in unkept(text, places):
        words = WORDS.search(text, start, end)
        if words is not None and any(map(str.isalpha, words.group())):
            first = end - len(text[start + 1 : end].lstrip())
            last = start + len(text[start : end - 1].rstrip())
            yield Part(first, last, (Stretch(start, first), Stretch(last, end)), opening)


def unkept(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places of a text that share no character with one of its spans."""
    spans = find_spans(text) if places else []
    return [(start, end) for start, end in places if not any(span.start < end and start < span.end for span in spans)]


def repeated(text: str) -> Iterator[Part]:
    for match in REPEATED.finditer(text):
        copies = tuple((copy[1], case_of(copy[2], match["word"])) for copy in COPY.finditer(match["copies"]))
        yield Part(*match.span("word"), (Stretch(*match.span("copies")),), copies=copies)
    for match in REPEATED_UNSPACED.finditer(text):
        count = len(match["copies"]) // len(match["word"])
        gap = ", " if len(match["word"]) == 1 else " "
        yield Part(*match.span("word"), (Stretch(*match.span("copies")),), copies=((gap, Case.SMALL),) * count)


def marks_of(opening: str, target: Profile) -> tuple[str, str]:
    if opening == NESTED:
        return target.inner_quotes
    if opening == QUOTED:
        return target.quotes
    if not target.spaced:
        return opening, BRACKETS[opening]
    return SQUARE if opening == "【" else target.quotes


def gap_of(gap: str, target: Profile) -> str:
    """The marks and spaces between two copies, as the target language writes them."""
    return gap if target.spaced else target.wide_marks.get(gap.strip(), "")


def word_of(words: str, target: Profile) -> str:
    """The word that is repeated of those that stand for one: the last, behind an article or a pronoun; nothing where a
    phrase stands for it."""
    if not target.spaced:
        return words if len(words) <= MOST_IDEOGRAPHS else ""
    return LAST_WORD.findall(words)[0] if len(words.split()) <= 2 else ""


def case_of(copy: str, word: str) -> Case | None:
    """How the first letter of a copy differs from that of the word."""
    if copy == word:
        return None
    return Case.CAPITAL if copy[0].isupper() else Case.SMALL


def cased(word: str, case: Case | None) -> str:
    if case is None:
        return word
    return (word[:1].upper() if case is Case.CAPITAL else word[:1].lower()) + word[1:]
