"""Simplified and Traditional Chinese, converted by OpenCC. Models read and write Simplified alone (`zh`); texts in
Traditional are converted on their way in, answers on their way out."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

NUMERAL = "[二三四五]?十[一二三四五六七八九]?|[一二三四五六七八九]"  # up to 59
DIGITS = {digit: place for place, digit in enumerate("一二三四五六七八九", 1)} | {"两": 2, "兩": 2}


def simplified(text: str) -> str:
    """A Chinese text in Simplified characters. One that is in Traditional as a whole gets the words of the mainland
    too (`軟體` to `软件`); in any other only the characters change, since such words can mean something else there."""
    return str(converter("tw2sp" if script(text) == "zh-Hant" else "t2s").convert(text))


def traditional(text: str) -> str:
    """A Simplified text in the characters and words of Taiwan."""
    return str(converter("s2twp").convert(text))


def script(text: str) -> str:
    """`zh-Hans`, `zh-Hant`, or `zh` where all characters are the same in both, or as many are of either."""
    # The national character sets of the mainland and of Taiwan are each of one kind of characters.
    simple = sum(in_charset(c, "gb2312") and not in_charset(c, "big5") for c in text)
    complex_ = sum(in_charset(c, "big5") and not in_charset(c, "gb2312") for c in text)
    if simple == complex_:
        return "zh"
    return "zh-Hans" if simple > complex_ else "zh-Hant"


@cache
def converter(name: str) -> OpenCC:
    """Loaded when first asked for, in about 10 ms: a service without Chinese never needs it."""
    from opencc import OpenCC  # not needed to train on packed data

    return OpenCC(name)


def in_charset(character: str, charset: str) -> bool:
    return bool(character.encode(charset, "ignore"))


def number(text: str) -> int:
    """What digits say, or Chinese numerals up to 59; 0 for an empty text."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (10 * DIGITS.get(tens, 1) if ten else 0) + DIGITS.get(ones, 0)
