"""Elements around a part of a word: H<sub>2</sub>O, x<sup>2</sup>, <b>T</b>om, old<sup>1</sup>.

No part of a word stands for a part of its translation. A formula is the same in every language, so it is a unit that is
kept with the elements in it, and so is the number of a note behind a word. Any other element goes around its words as a
whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence

from app.formats import Inline, Text
from app.text.characters import CJK
from app.text.projection import Stretch

LETTER = rf"[^\W_{CJK}]"  # or a digit, of a script that puts spaces between words
JOINT = r"(?:[=+−*/^·<>≤≥]|(?<=\d)[.,](?=\d)|[-–](?=\d))"
WORD = re.compile(rf"{LETTER}+")
FORMULA = re.compile(rf"{LETTER}+(?:{JOINT}{LETTER}+)*+(?:[+−](?!\w))?")
LONGEST = 100  # characters of a formula
LETTERS = re.compile(r"[^\W\d_]+")
SYMBOLS = re.compile(r"[^\W\d_]{1,2}|(?:[A-Z][a-z]?)+")  # of quantities, units and elements
ORDINAL = re.compile(r"\d+(?:st|nd|rd|th|n?de?|er|re|[eè](?:me)?|te[nrs]?|[oa])|[IVX]+(?:er|re|[eè](?:me)?)")
NUMERAL = re.compile(r"\d{1,9}|(?<![^\W\d_])[IVX]{1,9}")
ENDING = re.compile(rf"[^\W\d_{CJK}]*")


def kept_units(text: Text) -> list[Stretch]:
    """The formulas and the numbers of notes that have elements in them, in order; none overlaps a kept inline."""
    elements = [one for one in text.inlines if one.start < one.end]
    kept = [Stretch(one.start, one.end) for one in elements if one.kept]
    if len(kept) == len(elements):
        return []
    starts = sorted(one.start for one in kept)
    units: list[Stretch] = []
    covered = 0
    found = [*kept, *formulas(text.plain, elements), *notes(text.plain, elements)]
    for number, one in sorted(enumerate(found), key=lambda pair: (pair[1].start, pair[1].end)):
        holds_kept = bisect_left(starts, one.start) < bisect_left(starts, one.end)
        if number >= len(kept) and one.start >= covered and not holds_kept:
            units.append(one)
        covered = max(covered, one.end)
    return units


def formulas(plain: str, elements: Sequence[Inline]) -> Iterator[Stretch]:
    """The words written in symbols in which an element begins or ends, with all of the elements that do."""
    bordering: dict[int, list[Inline]] = defaultdict(list)
    for one in elements:
        bordering[one.start].append(one)
        bordering[one.end].append(one)
    borders = sorted(bordering)
    for match in FORMULA.finditer(plain):
        start, end = match.span()
        within = borders[bisect_right(borders, start) : bisect_left(borders, end)]
        inside = [one for place in within for one in bordering[place]]
        if not inside:
            continue
        start, end = min(start, *(one.start for one in inside)), max(end, *(one.end for one in inside))
        if end - start <= LONGEST and is_formula(plain[start:end], start, inside):
            yield Stretch(start, end)


def is_formula(word: str, place: int, inside: Sequence[Inline]) -> bool:
    """Whether a word that stands at `place`, with elements `inside`, is written in symbols. Those of an index may be
    whole words."""
    scripts = [one for one in inside if one.before.lower().startswith(("<sub", "<sup"))]
    lowered = [one for one in scripts if one.before.lower().startswith("<sub")]
    is_ordinal = ORDINAL.fullmatch(word) and not lowered
    if not FORMULA.fullmatch(word) or is_ordinal or (word.isalpha() and not scripts):
        return False
    letters = list(word)
    for one in lowered:
        letters[one.start - place : one.end - place] = " " * (one.end - one.start)
    return all(SYMBOLS.fullmatch(run) for run in LETTERS.findall("".join(letters)))


def notes(plain: str, elements: Sequence[Inline]) -> Iterator[Stretch]:
    """The raised numbers and marks directly behind words."""
    for one in elements:
        is_raised = one.before.lower().startswith("<sup") and plain[max(one.start - 1, 0) : one.start].isalpha()
        if is_raised and not LETTERS.search(plain, one.start, one.end):
            yield Stretch(one.start, one.end)


def around_words(plain: str, elements: Sequence[Stretch]) -> list[Stretch]:
    """Properly nested elements, each that begins or ends inside of a word around all of it. Where one ends in a word in
    which another begins, the first has the word."""
    words = [Stretch(*match.span()) for match in WORD.finditer(plain)]
    starts = [word.start for word in words]

    def word_at(place: int) -> Stretch | None:
        """The word that goes on over a place."""
        index = bisect_left(starts, place) - 1
        return words[index] if index >= 0 and place < words[index].end else None

    taken: set[int] = set()  # ends of words that an element from before them goes around
    for one in elements:
        word = word_at(one.end)
        if word and one.start < word.start:
            taken.add(word.end)
    result: list[Stretch] = []
    for one in elements:
        start, end = one.start, one.end
        if start < end:
            first, last = word_at(start), word_at(end)
            end = last.end if last else end
            if first:
                start = first.end if first.end < end and first.end in taken else first.start
        result.append(Stretch(start, end))
    return result


def at_ending(plain: str, element: Inline, translation: str, place: Stretch) -> Stretch:
    """Where an element around the last letters of an ordinal or an abbreviation, 21<sup>st</sup> or M<sup>me</sup>,
    stands in a translation that has it at `place`, around whole words: behind the number there too, if letters are
    (21<sup>e</sup>); else around nothing, since no whole word is raised."""
    if (
        not plain[element.start : element.end].isalpha()
        or not plain[max(element.start - 1, 0) : element.start].isalnum()
    ):
        return place
    word = plain[plain.rfind(" ", 0, element.start) + 1 : element.end]
    is_raised = element.before.lower().startswith("<sup")
    if not is_raised and not ORDINAL.fullmatch(word):
        return place
    own = word[: element.start - element.end]
    numbers = NUMERAL.finditer(translation, place.start, place.end)
    number = next((one for one in numbers if not own.isdigit() or one.group() == own), None)
    if number is None:
        return Stretch(place.end, place.end) if is_raised else place
    ending = ENDING.match(translation, number.end())
    assert ending is not None, "matches nothing, too"
    return Stretch(*ending.span())
