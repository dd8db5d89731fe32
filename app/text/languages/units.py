"""Units and currencies: the signs that all languages share, and how a language reads and writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.text.characters import LETTER

SPACE = "[ \u00a0\u202f]"
BEHIND_A_NUMBER = r"(?<=[\d½¼¾⅓⅔⅛] )"
# The names of units by the signs for them. A sign that stands before a number stands there in some languages only.
CURRENCY_SIGNS = (
    {sign: sign for sign in ("HK$", "NT$", "C$", "A$")}
    | {"US$": "$", "$": "$"}
    | {"€": "€", "£": "£", "¥": "¥", "￥": "¥", "₹": "₹", "₩": "₩"}
)
CURRENCY_CODES = {"USD": "$", "EUR": "€", "GBP": "£", "CHF": "CHF", "CNY": "yuan", "RMB": "yuan", "JPY": "yen"}
SIGNS = {sign: sign for sign in ("%", "km", "m", "cm", "mm", "kg", "g", "mi", "ft", "l", "°C", "°F", "km/h", "mph")}
SIGNS |= {"L": "l", "lb": "lb", "lbs": "lb", "° C": "°C", "° F": "°F", "h": "hour", "min": "minute", "mn": "minute"}
ALL_SIGNS = SIGNS | CURRENCY_SIGNS | CURRENCY_CODES
MOVING_SIGNS = {"%": "%"} | CURRENCY_SIGNS | CURRENCY_CODES  # whose place or distance depends on the language
# Names that may stand for one another.
VAGUE = {"¥": {"yuan", "yen"}, "pound": {"£", "lb"}}


def either(words: Mapping[str, object]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


SIGN_BEFORE = re.compile(rf"(?<!{LETTER})(?P<sign>{either(CURRENCY_SIGNS | CURRENCY_CODES)}){SPACE}?\Z")
SIGN_BEHIND = re.compile(rf"{SPACE}?(?P<sign>{either(ALL_SIGNS)})(?!{LETTER}|[/²³])")
LONGEST_SIGN = 5  # with the space


@dataclass(frozen=True, slots=True)
class Unit:
    """The words of a unit behind a number: `pattern` is a regular expression of all of them; `one` and `several` are
    written, and empty for a unit whose word depends on the words around it too much."""

    pattern: str
    one: str = ""
    several: str = ""


class Units:
    """How a language reads and writes units and currencies.

    With `sign_first` the sign of a currency stands before its number; `gap` is the white space between a number and the
    sign behind it. A language that `spells` writes the words of currencies for their signs. `takes_plural(value)`
    is whether a unit behind this number has its plural. `decimals_behind` is a regular expression of the decimals of a
    number that stand behind its unit.
    """

    def __init__(
        self,
        words: Mapping[str, Unit],
        *,
        gap: str,
        sign_first: bool = False,
        spells: bool = False,
        spaced: bool = True,
        decimals_behind: str = "(?!)",
        takes_plural: Callable[[Decimal], bool] = lambda value: value != 1,
    ) -> None:
        self.words, self.gap, self.sign_first, self.spells = words, gap, sign_first, spells
        self.takes_plural, self.decimals_behind = takes_plural, re.compile(decimals_behind)
        end = f"(?!{LETTER}|-{LETTER})" if spaced else ""
        self.names = list(words)
        groups = "|".join(f"(?P<u{place}>{unit.pattern})" for place, unit in enumerate(words.values()))
        self.behind = re.compile(rf"{SPACE if spaced else SPACE + '?'}(?:{groups}){end}", re.IGNORECASE)

    def word_at(self, text: str, place: int) -> tuple[str, int] | None:
        """The name of the unit whose word stands behind a number that ends at `place`, and where the word ends."""
        match = self.behind.match(text, place)
        if match is None:
            return None
        return next(name for n, name in enumerate(self.names) if match[f"u{n}"] is not None), match.end()

    def word(self, name: str, value: Decimal) -> str:
        """The word of a unit behind a number; empty for one that the language does not write."""
        unit = self.words.get(name)
        return "" if unit is None else unit.several if self.takes_plural(value) else unit.one

    def with_sign(self, number: str, sign: str) -> str:
        """`€5`, `5 €`, `CHF 5`, `20%`"""
        if sign not in CURRENCY_SIGNS and sign not in CURRENCY_CODES:
            return number + (self.gap if sign == "%" else " ") + sign
        if not self.sign_first:
            return number + (" " if sign in CURRENCY_CODES else self.gap) + sign
        return sign + (" " if sign in CURRENCY_CODES else "") + number


def sign_before(text: str, place: int) -> re.Match[str] | None:
    """The sign of a currency before a number that begins at `place`."""
    return SIGN_BEFORE.search(text, max(place - LONGEST_SIGN, 0), place)


def sign_behind(text: str, place: int) -> re.Match[str] | None:
    """The sign of a unit behind a number that ends at `place`."""
    return SIGN_BEHIND.match(text, place)


def names_at(text: str, start: int, end: int, units: Units | None) -> Iterator[str]:
    """The names of the units beside a number of a text."""
    before, behind = sign_before(text, start), sign_behind(text, end)
    if before:
        yield ALL_SIGNS[before["sign"]]
    if behind:
        yield ALL_SIGNS[behind["sign"]]
    elif units is not None and (word := units.word_at(text, end)):
        yield word[0]
