"""French."""

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
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
]

NUMBER_WORDS = [
    *("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit"),
    *("neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept"),
    *("dix-huit", "dix-neuf", "vingt", "trente", "quarante", "cinquante", "soixante", "cent", "mille"),
]


def written_date(month: int, day: int, year: int) -> str:
    """`1er mars 2024`, `12 mars 2024`"""
    ordinal = ("1er " if day == 1 else f"{day} ") if day else ""
    return ordinal + MONTHS[month - 1] + (f" {year}" if year else "")


def written_time(hour: int, minute: int, certain: bool) -> str:
    """`15 h`, `15 h 05`"""
    return f"{hour} h" + (f" {minute:02}" if minute else "")


PROFILE = Profile(
    code="fr",
    abbreviations=r"Me|Dr|Pr|Ste?|Bd|c\.-à-d|[A-Z]\.-[A-Z]",
    elided_words=r"(?<!\w)(?i:[cdjlmnst]|qu)'",
    titles=r"M\.|Mme|Mlle|Dr|Pr|Monsieur|Madame",
    number_words=dict(zip(NUMBER_WORDS, WORDED_NUMBERS, strict=True)),
    magnitudes={"mille": 10**3, "million": 10**6, "milliard": 10**9, "billion": 10**12},
    unit_words={
        "mi": "miles?|milles",
        "km": "kilomètres?",
        "m": "mètres?",
        "ft": "pieds?",
        "kg": "kilo(?:gramme)?s?",
        "lb": "livres?",
        "l": "litres?",
        "%": "pour cent|pourcent",
        "$": "dollars?",
        "€": "euros?",
        "¥": "yuans?|yens?",
    },
    negations=r"(?i:\b(?:ne |n')[^.!?;,]{0,40}\b(?:pas|jamais|rien|personne|aucune?)\b)",
    negation_hints=r"(?i:\b(?:ne|n'|non|ni|pas|jamais|rien|personne|aucune?|sans|guère|in\w{3,}|im\w+|ir\w+|dé\w+|mal\w*|peu"
    r"|plus|que|avant|sauf|interdi\w*|manqu\w*|sinon|autre\w*|seulement)\b|\bn')",
    dates=Dates(
        patterns=date_patterns(
            MONTHS,
            "janv|déc",
            {BE: "(?<=c[’']est )le |(?<=sommes )le ", ON: "le ", IN: "en "},
            [rf"(?<![\d.,:]){DAY}(?:er)? {{month}}(?: {YEAR})?"],
            in_word="en ",
        ),
        written=written_date,
        before={ON: "le ", IN: "en ", BE: "le "},
        months=MONTHS,
    ),
    # "de 9 h à 18 h" is a span of time, and "15 heures de train" a duration.
    times=Times(
        patterns=[
            rf"{NOT_IN_A_NUMBER}(?<!h )(?<!heures )(?P<at>[àÀ] ){AFTERNOON_HOUR} ?(?:heures|h)\b(?! ?\d)",
            rf"{NOT_IN_A_NUMBER}(?P<at>[àÀ] )(?P<hour>2[0-3]|1?\d) ?h ?{MINUTE}(?!\w)",
        ],
        written=written_time,
        at="à ",
    ),
    sample_sentence="Un homme est debout sur une échelle.",
)
