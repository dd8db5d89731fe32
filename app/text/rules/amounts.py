"""Numbers with a unit or a currency, as the target language writes them: "€5" is "5 €" in German, "5欧元" in Chinese.

A model may also read the words of a unit ("5 miles"), which gets the words around them right; signs it does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from app.text.characters import DIGIT, LETTER
from app.text.languages.magnitude import DIGITS
from app.text.languages.profile import Numbers, Profile
from app.text.languages.units import MOVING_SIGNS, SPACE, sign_before, sign_behind
from app.text.rules.magnitudes import magnitudes, written
from app.text.rules.number_marks import is_labelled, number_marks, rewritten
from app.text.rules.rule import Encoding, Languages, Proposal, Rule
from app.text.sentence import Sentence
from app.text.spans import Span

SIGNED = "amount with a sign"
WORDED = "amount"
AROUND_UNIT = "amount around its unit"  # a model loses the half behind it
# How much less likely a translation may be that has read the unit, in log probability a token.
MARGIN = -0.3
# No end of a range, no part of a date, and no "$5k".
NUMBER = re.compile(rf"(?<!{LETTER})(?<![.,:/+–−-]){DIGITS}(?!{LETTER}|['’:/]|[.,]\d|{SPACE}?[-–]{SPACE}?\d)")


@dataclass(slots=True, frozen=True)
class Quantity:
    """A number where it stands in a sentence, its value, and the number as the target language writes it."""

    start: int
    end: int
    value: Decimal
    written: str


def amounts(sentence: Sentence, languages: Languages) -> list[Span]:
    """The numbers of a sentence that have a unit or a currency."""
    source, target = languages.source.numbers, languages.target.numbers
    if source is None or target is None:
        return []
    case = str.upper if sentence.is_shouted else str
    spans: list[Span] = []
    for number in quantities(sentence.text, source, target):
        if not is_labelled(sentence.text, number.start, source):
            spans += with_sign(number, sentence.text, languages.target) or with_word(number, sentence, languages, case)
    return spans


def quantities(text: str, source: Numbers, target: Numbers) -> Iterator[Quantity]:
    for one in source.magnitudes(text):
        if len(one.values) == 1 and not one.is_more and (number := written(one, target)):
            number = number.removeprefix(one.currency)
            yield Quantity(one.start + len(one.currency), one.end, one.values[0], number)
    for match in NUMBER.finditer(text) if DIGIT.search(text) else ():
        number = rewritten(match.group(), source.marks, target.marks, is_amount=True) or ""
        value = source.marks.value(match.group())
        if number and value is not None:
            yield Quantity(*match.span(), value, number)
    for word in source.in_words(text):
        if word.value > 1:
            yield Quantity(word.start, word.end, Decimal(word.value), target.marks.written(Decimal(word.value)))


def with_sign(number: Quantity, text: str, target: Profile) -> list[Span]:
    """A number with the sign of a currency before or behind it, or of percent."""
    before, behind = sign_before(text, number.start), sign_behind(text, number.end)
    match = before or behind
    if match is None or target.numbers is None or match["sign"] not in MOVING_SIGNS:
        return []
    units, sign = target.numbers.units, match["sign"]
    is_spelled = units.spells or (not units.sign_first and any(map(str.isalpha, number.written)))
    word = units.word(MOVING_SIGNS[sign], number.value) if is_spelled and sign != "%" else ""
    replacement = (
        joined(number.written, word, target) if word else units.with_sign(number.written, sign.replace("￥", "¥"))
    )
    span = Span(before.start() if before else number.start, number.end if before else match.end(), replacement, SIGNED)
    return [span] if replacement != text[span.start : span.end] else []


def with_word(number: Quantity, sentence: Sentence, languages: Languages, case: Callable[[str], str]) -> list[Span]:
    """A number with the word of a unit behind it."""
    source, target = languages.source.numbers, languages.target.numbers
    found = source.units.word_at(sentence.text, number.end) if source is not None else None
    if source is None or target is None or not found:
        return []
    name, end = found
    value, written, kind = number.value, number.written, WORDED
    if value == value.to_integral() and (decimals := source.units.decimals_behind.match(sentence.text, end)):
        value, end = value + Decimal(f"0.{decimals.group()}"), decimals.end()
        written, kind = target.marks.written(value), AROUND_UNIT
    word = target.units.word(name, value)
    return [Span(number.start, end, case(joined(written, word, languages.target)), kind)] if word else []


def joined(number: str, word: str, target: Profile) -> str:
    """`5 miles`, `3 millions de dollars`, `5美元`"""
    return number + (target.linked(number, f" {word}") if target.spaced else word)


def read_units(sentence: Sentence, languages: Languages, encoding: Encoding) -> Proposal | None:
    """The sentence with the words of units, and numbers in words, among the words."""
    if not any(span.kind == WORDED for span in sentence.spans):
        return None
    read = sentence.without(lambda span: span.kind == WORDED)
    return Proposal(read.with_spans([*magnitudes(read, languages), *number_marks(read, languages)]), MARGIN)


RULE = Rule(replace=amounts, propose=read_units)
