"""Dates, written in the language of the translation by rule: a model that errs by a month says something else.

A date takes the small words before it along that depend on it: "on March 12" is "am 12. März", "in May 1990" is "en mai
1990".
"""

from __future__ import annotations

import re
from functools import cache

from app.text.chinese import NUMERAL, number
from app.text.spans import LETTER, Shown

MONTHS = {
    language: names.split(", ")
    for language, names in {
        "en": "January, February, March, April, May, June, July, August, September, October, November, December",
        "de": "Januar, Februar, März, April, Mai, Juni, Juli, August, September, Oktober, November, Dezember",
        "fr": "janvier, février, mars, avril, mai, juin, juillet, août, septembre, octobre, novembre, décembre",
    }.items()
}
SHORT = {"en": "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec", "de": "Jan|Feb|Aug|Sept?|Okt|Nov|Dez", "fr": "janv|déc"}
DAY, YEAR = r"(?P<day>3[01]|[12]\d|0?[1-9])", r"(?P<year>[12]\d{3})"
# Words before a day, before a month, and before a day that something is.
ON, IN, BE = "on", "in", "be"
READ = {
    "en": {ON: "on (?:the )?", IN: "in ", BE: r"the |(?<=\bis )|(?<=\bwas )"},
    "de": {ON: "am ", IN: "im ", BE: "de[rn] "},
    "fr": {BE: "(?<=c[’']est )le |(?<=sommes )le ", ON: "le ", IN: "en "},
}
WRITTEN = {
    "en": {ON: "on ", IN: "in ", BE: ""},
    "de": {ON: "am ", IN: "im ", BE: "der "},
    "fr": {ON: "le ", IN: "en ", BE: "le "},
    "zh": {ON: "", IN: "", BE: ""},
}


def dates(text: str, source: str, target: str) -> list[Shown]:
    """Where dates stand in a text, and how the target writes them; none of languages that this does not know."""
    if target not in WRITTEN:
        return []
    found = [match for pattern in patterns(source) for match in pattern.finditer(text)]
    return [Shown(*match.span(), written(match, source, target)) for match in found]


@cache
def patterns(language: str) -> list[re.Pattern[str]]:
    """What is a date: a day of a month, or a month, of a year maybe. A month alone counts only behind `in`, and with
    its capital, since "May", "march" and "mars" are other words too."""
    if language == "zh":
        month = (
            rf"(?<![\d零〇一二三四五六七八九十])(?:{YEAR}年)?(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])月"
        )
        return [
            re.compile(rf"{month}(?P<day>3[01]|[12]\d|0?[1-9]|{NUMERAL})[日号號]"),
            re.compile(rf"{month}(?![\d亮])份?"),
        ]
    if language not in MONTHS:
        return []
    names = "|".join(MONTHS[language])
    month = rf"(?P<month>(?:{names}|{names.title()}|{names.upper()})\b|(?:{SHORT[language]})(?:\.|\b))"
    words = "|".join(f"(?P<{kind}>{words})" for kind, words in READ[language].items())
    before, after = rf"(?<!{LETTER})(?i:{words})?", rf"(?![:.,]?\d|{LETTER}|%)"
    if language == "en":
        ending = "(?:st|nd|rd|th)?"
        days = [rf"{month} {DAY}{ending}(?:,? {YEAR})?", rf"(?<![\d.,:]){DAY}{ending}(?: of)? {month}(?:,? {YEAR})?"]
    else:
        days = [rf"(?<![\d.,:]){DAY}{'(?:er)?' if language == 'fr' else '[.]'} {month}(?: {YEAR})?"]
    found = [f"{before}{date}{after}" for date in [*days, f"{month} {YEAR}"]]
    return [re.compile(date) for date in [*found, rf"(?<!{LETTER})(?P<in>(?i:{READ[language][IN]})){month}{after}"]]


def written(match: re.Match[str], source: str, target: str) -> str:
    found = match.groupdict()
    name = found["month"].rstrip(".").lower()
    if source == "zh":
        month = number(name)
    else:
        month = 1 + next(place for place, known in enumerate(MONTHS[source]) if known.lower().startswith(name))
    date = shown_date(target, month, number(found.get("day") or ""), number(found.get("year") or ""))
    kind = next((kind for kind in (BE, ON, IN) if found.get(kind) is not None), None)
    return WRITTEN[target][kind] + date if kind else date


def shown_date(language: str, month: int, day: int = 0, year: int = 0) -> str:
    """A month, of which day and year may be told, as a language writes it."""
    if language == "zh":
        return (f"{year}年" if year else "") + f"{month}月" + (f"{day}日" if day else "")
    name = MONTHS[language][month - 1]
    if language == "en":
        return name + (f" {day}" if day else "") + ("," if day and year else "") + (f" {year}" if year else "")
    ordinal = f"{day}." if language == "de" else "1er" if day == 1 else f"{day}"
    return (f"{ordinal} " if day else "") + name + (f" {year}" if year else "")
