"""Times of day of which a translation could lose half: "3 pm" is "15 Uhr", and "3点半" half past three."""

from __future__ import annotations

import re
from functools import cache

from app.text.chinese import NUMERAL, number
from app.text.spans import Shown

AT = {"en": "at ", "de": "um ", "fr": "à ", "zh": ""}
HOUR, LATE, MINUTE = r"(?P<hour>1[0-2]|0?[1-9])", "(?P<hour>1[3-9]|2[0-3])", r"(?P<minute>[0-5]\d)"
FREE = r"(?<![\w.,:/-])"  # of other numbers
CHINESE_AT = "(?P<at>(?<![从從到至是为為约約近])|在)?"
CHINESE_DAY = "(?:(?P<am>凌晨|清晨|早上|早晨|上午)|(?P<noon>中午)|(?P<pm>下午|傍晚|晚上))"
CHINESE_HOUR = rf"(?P<hour>1\d|2[0-4]|\d|{NUMERAL}|[两兩])[点點]"
CHINESE_MINUTE = rf"(?:(?P<half>半)|(?P<minute>[0-5]?\d|{NUMERAL})分)"
HALF_DAYS = [(5, "凌晨"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上")]  # until when
TIMES = {
    "en": [
        rf"{FREE}(?P<at>[Aa]t )?{HOUR}(?:[:.]{MINUTE})? ?"
        r"(?i:(?P<am>a\.m\.?(?!\s*$)|am\b)|(?P<pm>p\.m\.?(?!\s*$)|pm\b))(?!\w)"
    ],
    "de": [rf"{FREE}(?P<at>[Uu]m )?{LATE}(?:[:.]{MINUTE})? Uhr\b(?! ?\d)"],
    "fr": [  # not of "de 9 h à 18 h"
        rf"{FREE}(?<!h )(?<!heures )(?P<at>[àÀ] ){LATE} ?(?:heures|h)\b(?! ?\d)",
        rf"{FREE}(?P<at>[àÀ] )(?P<hour>2[0-3]|1?\d) ?h ?{MINUTE}(?!\w)",
    ],
    # An hour alone may be a point of a list.
    "zh": [
        rf"{CHINESE_AT}{CHINESE_DAY}{CHINESE_HOUR}(?:{CHINESE_MINUTE}|[钟鐘整])?",
        rf"{CHINESE_AT}(?<![\d十.:：]){CHINESE_HOUR}{CHINESE_MINUTE}",
    ],
}


def times(text: str, source: str, target: str) -> list[Shown]:
    """Where times stand in a text, and how the target writes them; none of languages that this does not know."""
    if target not in AT:
        return []
    found = [match for pattern in patterns(source) for match in pattern.finditer(text)]
    return [Shown(*match.span(), written(match, source, target)) for match in found]


@cache
def patterns(language: str) -> list[re.Pattern[str]]:
    return [re.compile(time) for time in TIMES.get(language, [])]


def written(match: re.Match[str], source: str, target: str) -> str:
    found = match.groupdict()
    hour, minute = number(found["hour"]), 30 if found.get("half") else number(found.get("minute") or "")
    forenoon, afternoon = found.get("am"), found.get("pm") or (found.get("noon") and hour < 11)
    sure = bool(forenoon or afternoon or found.get("noon") or hour > 12)  # of which half of the day it is
    if hour == 12 and (forenoon or (afternoon and source == "zh")):
        hour = 0  # 12 am, 晚上12点
    elif afternoon and hour < 12:
        hour += 12
    hour %= 24
    half = hour % 12 or 12
    if target == "en":
        time = (f"{half}" if sure else f"{hour}") + (f":{minute:02}" if minute or not sure else "")
        time += (" pm" if hour >= 12 else " am") if sure else ""
    elif target == "de":
        time = f"{hour}" + (f":{minute:02}" if minute else "") + " Uhr"
    elif target == "fr":
        time = f"{hour} h" + (f" {minute:02}" if minute else "")
    else:
        name = next(name for until, name in HALF_DAYS if hour < until)
        time = f"{name}{half if hour else 0}点" + (f"{minute}分" if minute else "")
    return (AT[target] if found.get("at") is not None else "") + time
