"""English."""

from __future__ import annotations

from app.text.languages.profile import (
    BE,
    DAY,
    IN,
    MINUTE,
    NOT_IN_A_NUMBER,
    ON,
    WORDED_NUMBERS,
    YEAR,
    Dates,
    Profile,
    Times,
    date_patterns,
)

MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
SHORT_MONTHS = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"

NUMBER_WORDS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight"),
    *("nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "hundred", "thousand"),
]


def written_date(month: int, day: int, year: int) -> str:
    """`March 12, 2024`"""
    return MONTHS[month - 1] + (f" {day}" if day else "") + ("," if day and year else "") + (f" {year}" if year else "")


def written_time(hour: int, minute: int, certain: bool) -> str:
    """`3 pm`, `3:05 pm`; `3:00` where the half of the day is not known."""
    if not certain:
        return f"{hour}:{minute:02}"
    return f"{hour % 12 or 12}" + (f":{minute:02}" if minute else "") + (" pm" if hour >= 12 else " am")


def plurals(term: str) -> list[str]:
    """`boxes`, `batteries`, `carts`"""
    if not term[-1:].isalpha() or not term.isascii():
        return []
    capital = term.isupper() and len(term) > 1  # as in "APIs"
    if not capital and term.endswith(("s", "x", "z", "ch", "sh")):
        return [term + "es"]
    if not capital and term.endswith("y") and term[-2:-1] not in (*"aeiou", ""):
        return [term[:-1] + "ies"]
    return [term + "s"]


PROFILE = Profile(
    code="en",
    not_names="|".join(["(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?", *MONTHS]),
    abbreviations="approx|incl|excl|Eq",
    plurals=plurals,
    clitics="'s",
    titles=r"Mr\.?|Mrs\.?|Ms\.?|Dr\.?|Prof\.?",
    number_words=dict(zip(NUMBER_WORDS, WORDED_NUMBERS, strict=True)),
    magnitudes={"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12},
    unit_words={
        "mi": "miles?",
        "km": "kilomet(?:er|re)s?",
        "m": "met(?:er|re)s?",
        "ft": "feet|foot",
        "kg": "kilo(?:gram)?s?",
        "lb": "pounds?",
        "l": "lit(?:er|re)s?",
        "%": "percent|per cent",
        "$": "dollars?",
        "€": "euros?",
        "¥": "yuan|yen",
    },
    negations=r"(?i:\b(?:not|never|nobody|nothing|cannot)\b|n't\b)",
    negation_hints=r"(?i)\b(?:no\w*|neither|nor|never|cannot|without|hardly|barely|lacks?|lacking|fail\w*|un\w+|in\w{4,}"
    r"|im\w+|dis\w+|non\w*|refuse\w*|avoid\w*|forbid\w*|prevent\w*|stop\w*|rather|else|only|until|few|little)\b|n't\b|less\b",
    dates=Dates(
        patterns=date_patterns(
            MONTHS,
            SHORT_MONTHS,
            {ON: "on (?:the )?", IN: "in ", BE: r"the |(?<=\bis )|(?<=\bwas )"},
            [
                rf"{{month}} {DAY}(?:st|nd|rd|th)?(?:,? {YEAR})?",
                rf"(?<![\d.,:]){DAY}(?:st|nd|rd|th)?(?: of)? {{month}}(?:,? {YEAR})?",
            ],
            in_word="in ",
        ),
        written=written_date,
        before={ON: "on ", IN: "in ", BE: ""},
        months=MONTHS,
    ),
    times=Times(
        patterns=[
            rf"{NOT_IN_A_NUMBER}(?P<at>[Aa]t )?(?P<hour>1[0-2]|0?[1-9])(?:[:.]{MINUTE})? ?"
            r"(?i:(?P<am>a\.m\.?(?!\s*$)|am\b)|(?P<pm>p\.m\.?(?!\s*$)|pm\b))(?!\w)"
        ],
        written=written_time,
        at="at ",
    ),
)
