"""German."""

from __future__ import annotations

from app.text.languages.profile import (
    AFTERNOON_HOUR,
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
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
]

WEEKDAYS = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonnabend", "Sonntag"]

NUMBER_WORDS = [
    *("null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht"),
    *("neun", "zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn"),
    *("achtzehn", "neunzehn", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "hundert", "tausend"),
]


def written_date(month: int, day: int, year: int) -> str:
    """`12. März 2024`"""
    return (f"{day}. " if day else "") + MONTHS[month - 1] + (f" {year}" if year else "")


def written_time(hour: int, minute: int, certain: bool) -> str:
    """`15 Uhr`, `15:05 Uhr`"""
    return f"{hour}" + (f":{minute:02}" if minute else "") + " Uhr"


PROFILE = Profile(
    code="de",
    nouns_capitalised=True,
    not_names="|".join([*WEEKDAYS, *MONTHS]),
    titles=r"Herrn?|Frau|Familie|Dr\.|Prof\.",
    abbreviations=r"Fr|inkl|exkl|zzgl|\d{1,2}",  # a number with a full stop is an ordinal
    number_words=dict(zip(NUMBER_WORDS, WORDED_NUMBERS, strict=True)),
    magnitudes={"Tausend": 10**3, "tausend": 10**3, "Million": 10**6, "Milliarde": 10**9, "Billion": 10**12},
    unit_words={
        "mi": "Meilen?",
        "km": "Kilometern?|Kilometer",
        "m": "Metern?|Meter",
        "ft": "Fuß",
        "kg": "Kilo(?:gramm)?",
        "lb": "Pfund",
        "l": "Litern?|Liter",
        "%": "Prozent",
        "$": "Dollars?",
        "€": "Euros?",
        "¥": "Yuan|Yen",
    },
    negations=r"(?i:\b(?:nicht|nie|niemals|niemand\w*|nichts|kein\w*)\b)",
    negation_hints=r"(?i:\b(?:n[ie]\w*|kein\w*|weder|noch|ohne|un\w+|kaum|nur|wenig\w*|fehl\w*|verbo?iet\w*|sondern|statt"
    r"|miss\w*|bis|los|ander\w*|sonst)\b|los\b|los[ems]\w?\b|frei\b)",
    dates=Dates(
        patterns=date_patterns(
            MONTHS,
            "Jan|Feb|Aug|Sept?|Okt|Nov|Dez",
            {ON: "am ", IN: "im ", BE: "de[rn] "},
            [rf"(?<![\d.,:]){DAY}[.] {{month}}(?: {YEAR})?"],
            in_word="im ",
        ),
        written=written_date,
        before={ON: "am ", IN: "im ", BE: "der "},
        months=MONTHS,
    ),
    # Before 13 Uhr the half of the day may be left to the context.
    times=Times(
        patterns=[rf"{NOT_IN_A_NUMBER}(?P<at>[Uu]m )?{AFTERNOON_HOUR}(?:[:.]{MINUTE})? Uhr\b(?! ?\d)"],
        written=written_time,
        at="um ",
    ),
    sample_sentence="Ein Mann steht auf einer Leiter.",
)
