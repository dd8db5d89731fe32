"""Chinese numbers with a magnitude word: 14亿, 1.4万亿, 三千五百万. Chinese counts by ten thousands."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal

from app.text.languages.magnitude import CURRENCY, DIGITS, Magnitude, Marks, decimals_of
from app.text.languages.number_words import FEW, NumberInWords

MARKS = Marks(decimal=".", group=",", read_groups=",")
NUMERALS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
SMALL = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
CHARACTERS = "".join([*NUMERALS, *SMALL, *LARGE])
# Units of measurement that begin with a magnitude word (千克), parts (万分之一), more than a number (三千多万).
NO_END = "(?![克米瓦赫卡字焦伏帕升]|分之|分[钟鐘]|[多余餘来來几幾][千万萬亿億])"
WORDS = re.compile(rf"(?<![{CHARACTERS}数數几幾多第\d.,])[{CHARACTERS}]{{2,24}}+{NO_END}")
WITH_DIGITS = re.compile(
    rf"(?<![A-Za-z\d.,第{CHARACTERS}])(?:{CURRENCY} ?|[￥])?"
    rf"(?P<parts>(?:{DIGITS} ?[十百千]?[万萬亿億]{{1,2}}|{DIGITS} ?千){{1,3}}+)(?![{CHARACTERS}\d]){NO_END}"
)
# 两千多万 is more than twenty million.
MORE_WORDS = re.compile(
    rf"(?<![{CHARACTERS}数数几幾多第\d.,])(?P<words>[{CHARACTERS}]{{1,8}}+)[多余餘][万萬亿億]{{1,2}}"
)
MORE_DIGITS = re.compile(rf"(?<![A-Za-z\d.,第{CHARACTERS}])(?P<digits>{DIGITS}) ?[多余餘][万萬亿億]{{1,2}}")
PART = re.compile(rf"({DIGITS}) ?([十百千]?)([万萬亿億]{{0,2}})")
MOST_DECIMALS = 4
HINT = re.compile("[二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九两兩]")
# Not the third of a row, nor a Wednesday, nor March, nor 十分, "very".
IN_WORDS = re.compile(
    rf"(?<![{CHARACTERS}数數几幾多第期周拜\d.,])(?!十分(?![之钟鐘]))[{CHARACTERS}]{{1,24}}+{NO_END}(?![月几幾多余餘来來点點届屆]|世[纪紀]|[周週]年)"
)


def magnitudes(text: str) -> Iterator[Magnitude]:
    """The numbers of a text with a magnitude word, in digits and in numerals."""
    for match in WITH_DIGITS.finditer(text):
        value = value_of_parts(match["parts"])
        if value:
            currency = text[match.start() : match.start("parts")]
            yield Magnitude(match.start(), match.end(), (value,), currency)
    for pattern, group in ((MORE_WORDS, "words"), (MORE_DIGITS, "digits")):
        for match in pattern.finditer(text):
            count = value_of_numerals(match[group]) if group == "words" else MARKS.value(match[group])
            if count:
                size = math.prod(LARGE[character] for character in match.group() if character in LARGE)
                yield Magnitude(match.start(), match.end(), (Decimal(count) * size,), is_more=True)
    for match in WORDS.finditer(text):
        number = needs_rule(match.group()) and value_of_numerals(match.group())
        if number:
            yield Magnitude(match.start(), match.end(), (Decimal(number),))


def numbers_in_words(text: str) -> Iterator[NumberInWords]:
    """三百二十, 二十五, 三; the digits of a year, 二〇二四, too."""
    for match in IN_WORDS.finditer(text):
        numerals = match.group()
        if len(numerals) > 2 and set(numerals) <= set(NUMERALS):
            value: int | None = int("".join(str(NUMERALS[numeral]) for numeral in numerals))
        else:
            value = value_of_numerals(numerals)
        if value is not None:
            yield NumberInWords(match.start(), match.end(), value, value > FEW)


def hints(text: str) -> set[float]:
    """All numbers up to 99 that the numerals of a text may say: 第三, 星期三, 二十多."""
    return {value_of_numerals(numerals) or 0 for numerals in HINT.findall(text)} | ({2} if "双" in text else set())


def value_of_parts(text: str) -> Decimal | None:
    """The value of 14亿 or 1亿2000万; None if a part is no number, or larger than the one before it."""
    total, last = Decimal(0), None
    for match in PART.finditer(text):
        value = MARKS.value(match[1])
        if value is None:
            return None
        size = SMALL.get(match[2], 1)
        for character in match[3]:
            size *= LARGE[character]
        if last is not None and value * size >= last:
            return None
        total, last = total + value * size, size
    return total


def needs_rule(numerals: str) -> bool:
    return bool(set(numerals) & {"千", *LARGE})


def value_of_numerals(text: str) -> int | None:
    """The value of 三千五百万; None if the characters are no number."""
    if NUMERALS.get(text[0], text[0] == "十") == 0:
        return None
    total = section = 0  # of what stands before the last large unit, and behind it
    digit: int | None = None
    unit, large = 10**4, 10**16  # the last ones
    is_exact = False  # whether a zero stands before the digit
    for character in text:
        if character in NUMERALS:
            if digit:
                return None
            digit = NUMERALS[character]
            is_exact = is_exact or digit == 0
        elif character in SMALL:
            if SMALL[character] >= unit or digit == 0 or (digit is None and (section or character != "十")):
                return None
            unit = SMALL[character]
            section += (digit if digit is not None else 1) * unit
            digit, is_exact = None, False
        else:
            size = LARGE[character]
            section += digit or 0
            if size == large or not (section or total):
                return None
            if size > large:  # 一万亿
                total = (total + section) * size
            else:
                total += section * size
            section, digit, unit, large, is_exact = 0, None, 10**4, size, False
    if digit and not is_exact and len(text) > 1:  # 三万五 is 35,000
        last = text[-2]
        digit *= {**SMALL, **LARGE}.get(last, 10) // 10
    return total + section + (digit or 0)


def with_magnitude(value: Decimal) -> str:
    """`14亿`, `350万`, `3500`; empty for a fraction."""
    for size, name in ((10**12, "万亿"), (10**8, "亿"), (10**4, "万")):
        count = value / size
        if count >= 1 and decimals_of(count) <= MOST_DECIMALS:
            return f"{count.normalize():f}{name}"
    return f"{value.normalize():f}" if not decimals_of(value) else ""
