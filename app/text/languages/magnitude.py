"""Numbers with a magnitude word in languages that count by thousands: "1.4 billion", "1,4 Milliarden"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.text.characters import LETTER, one_of
from app.text.languages.number_words import THOUSAND, Reader

SPACE = "[ \u00a0\u202f]"
DIGITS = r"\d{1,12}(?!\d)(?:[.,'’ \u00a0\u202f]\d{1,12}(?!\d)){0,5}"
CURRENCY = r"(?:[€$£¥₹]|[A-Z]{1,3}\$|EUR|USD|GBP|CHF)"
MOST_COUNT = 1000  # times a magnitude word; but for the largest word, a number with more is written in digits
LARGEST = Decimal(10) ** 18
MOST_DECIMALS = 3  # of "1.234 million"; a number with more is written in digits


@dataclass(frozen=True, slots=True)
class Marks:
    """`decimal` is the decimal mark, `group` that between groups of three digits, and `read_groups` has the characters
    that are read as such."""

    decimal: str
    group: str
    read_groups: str

    def value(self, text: str) -> Decimal | None:
        """The value of digits with marks; None if the marks stand where the language puts none. A single mark before
        one, two or more than three digits is a decimal mark in any language."""
        grouped = rf"[1-9]\d{{0,2}}(?P<mark>[{re.escape(self.read_groups)}])\d{{3}}(?:(?P=mark)\d{{3}})*"
        if re.fullmatch(rf"(?:\d+|{grouped})(?:{re.escape(self.decimal)}\d+)?", text):
            digits = re.sub(rf"[{re.escape(self.read_groups)}]", "", text).replace(self.decimal, ".")
            return Decimal(digits)
        if re.fullmatch(r"\d+[.,](?!\d{3}$)\d+", text):
            return Decimal(text.replace(",", "."))
        return None

    def written(self, value: Decimal, decimals: int | None = None) -> str:
        """The number in digits; `decimals` is how many stand behind the mark, those that it needs if None."""
        plain = f"{value.normalize():f}" if decimals is None else f"{value:.{decimals}f}"
        whole, _, rest = plain.partition(".")
        return f"{int(whole):,}".replace(",", self.group) + (self.decimal + rest if rest else "")


@dataclass(frozen=True, slots=True)
class Scale:
    """A magnitude, and its name with one and with several."""

    size: int
    one: str
    several: str


@dataclass(frozen=True, slots=True)
class Magnitude:
    """A number with a magnitude word, or both ends of a range: where it stands, a currency sign before it,
    and whether there is more than that."""

    start: int
    end: int
    values: tuple[Decimal, ...]
    currency: str = ""
    is_more: bool = False


def magnitude_finder(
    marks: Marks, scales: Mapping[str, int], words: Mapping[str, str], in_words: Reader, *, half: str, to: str,
    between: tuple[str, str], link: str = "",
) -> Callable[[str], list[Magnitude]]:  # fmt: skip
    """A function that finds numbers with a magnitude word, in their order. `scales` has regular expressions of those
    words, `words` numbers in letters that may stand before one, `in_words` finds longer ones ("one hundred and five
    thousand"), `half` has the words for half more, `link` the word between the number and its noun. `to` and `between`
    are the words of a range, of which the lower end may lack the magnitude word."""
    spelled = one_of(words)
    names = "|".join(f"(?P<s{n}>{name})" for n, name in enumerate(scales))
    number = rf"(?:{DIGITS}|(?i:{spelled}))"
    pattern = re.compile(
        rf"(?<![\w.,:/+-])(?:(?i:{between[0]}) (?P<least>{number}) {between[1]} "
        rf"|(?P<low>{number}) {to} |(?P<start>{DIGITS})[-–])?(?P<number>(?:{CURRENCY} ?)?{number})"
        rf"(?P<half>{half})?(?:{SPACE}|(?<=\d))(?:{names})(?!{LETTER}|-{LETTER})(?:{link})?"
    )
    hint = re.compile("|".join(scales))
    linked = re.compile(rf"(?:{link})?")
    sizes = list(scales.values())

    def value_of(text: str) -> Decimal | None:
        word = words.get(text.lower())
        return Decimal(word) if word else marks.value(text)

    def with_one_word(text: str) -> Iterator[Magnitude]:
        for match in pattern.finditer(text):
            size = next(size for n, size in enumerate(sizes) if match[f"s{n}"])
            prefix = re.match(rf"(?:{CURRENCY} ?)?", match["number"])
            assert prefix is not None
            value = value_of(match["number"][prefix.end() :])
            if value is None:
                continue
            value += Decimal("0.5") if match["half"] else 0
            low = next((part for part in ("least", "low", "start") if match[part]), None)
            lower = value_of(match[low]) if low else None
            if low == "start":
                if lower is not None:
                    yield Magnitude(match.start(low), match.end(), (lower * size, value * size))
                continue
            yield Magnitude(match.start("number"), match.end(), (value * size,), prefix.group())
            if low and lower is not None and lower < value:
                yield Magnitude(match.start(low), match.end(low), (lower * size,))

    def find(text: str) -> list[Magnitude]:
        if not hint.search(text):
            return []
        in_letters = [one for one in in_words(text) if one.is_plain and one.value >= THOUSAND]
        years = [one for one in in_letters if is_year(one.value)]  # none of their words is a number by itself
        found = [one for one in with_one_word(text) if not any(year.start <= one.start < year.end for year in years)]
        for one in in_letters:
            if one not in years:
                behind = linked.match(text, one.end)
                found.append(Magnitude(one.start, behind.end() if behind else one.end, (Decimal(one.value),)))
        return exclusive(found)

    return find


def is_year(value: int) -> bool:
    """Whether a number in words may be a year, which has no marks: "two thousand and five"."""
    return 1000 < value < 2100 and value % 1000 != 0


def exclusive(found: Iterable[Magnitude]) -> list[Magnitude]:
    """Of those that overlap the first and longest."""
    chosen: list[Magnitude] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not chosen or one.start >= chosen[-1].end:
            chosen.append(one)
    return chosen


def magnitude_writer(marks: Marks, scales: Sequence[Scale], several_from: Decimal) -> Callable[[Decimal], str]:
    """A function that writes a number with the largest of `scales` that it reaches, or in digits if it reaches none or
    has many decimals; `several_from` is the first number above one that takes the plural. Empty for a fraction."""

    def write(value: Decimal) -> str:
        for scale in scales:
            count = value / scale.size
            if count >= 1 and decimals_of(count) <= MOST_DECIMALS and (count < MOST_COUNT or scale is scales[0]):
                return f"{marks.written(count)} {scale.several if count >= several_from else scale.one}"
        return marks.written(value) if not decimals_of(value) else ""

    return write


def decimals_of(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return max(0, -exponent)
