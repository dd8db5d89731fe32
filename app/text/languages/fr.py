"""French."""

from __future__ import annotations

import re
from decimal import Decimal

from app.text.languages.magnitude import Marks, Scale, magnitude_finder, magnitude_writer
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
    Numbers,
    Profile,
    Times,
    date_patterns,
    numeral_reader,
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


MARKS = Marks(decimal=",", group="\u202f", read_groups=" \u00a0\u202f")
WORDS = ["une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"]
MINUTES = {5: "cinq", 10: "dix", 15: "et quart", 20: "vingt", 25: "vingt-cinq", 30: "et demie"}
CLOCK_WORDS = {word: number for number, word in enumerate(WORDS, 1)} | {"midi": 12, "minuit": 12}
CLOCK_WORDS |= {word: number for number, word in MINUTES.items()}
# Without such a word before it, "deux heures et demie" is a duration.
HOUR_IN_WORDS = (
    r"(?<![\w-])(?:(?P<at>[àÀ] )|(?<=[Ii]l est )|(?<=vers )|(?<=avant )|(?<=après )|(?<=dès ))"
    rf"(?P<hour>(?:(?i:{'|'.join(WORDS)})|1[0-2]|[1-9])(?= heure)|midi|minuit)(?P<words> heures?)?"
)
# The function words that may stand behind a number where no noun does.
NO_NOUN = (
    r"(?:de|en|dans|à|au|aux|et|ou|sur|sous|pour|par|des|du|avec|sans|entre|chez|vers|est|sont|était|étaient|a|ont|avait"
    r"|avaient|ne|n['’]|pas|plus|moins|que|qui|mais|y|il|elle|ils|elles|nous|vous|je|on|vivent|habitent)(?![\w-])|d['’]"
)
ARTICLE = re.compile(r"^ ?(?:les |des |l['’])(?=[^\W\d])", re.IGNORECASE)
SILENT = "(?:[aeiouyéèêàâîôœ]|h(?:abit|ectar|eur|erb|istoir|omm|onn|ôpit|ôt))"
DE_BEFORE_VOWEL = re.compile(rf"^( (?:million|milliard|billion)s? )de (?={SILENT})")


def time_in_words(hour: int, minute: int) -> str:
    """`deux heures et demie`, `trois heures moins le quart`, `deux heures dix`"""
    late = {60 - minutes: f"moins {words.replace('et quart', 'le quart')}" for minutes, words in MINUTES.items()}
    minutes = MINUTES.get(minute) or late.get(minute)
    hour = hour if minute <= 30 else hour % 12 + 1
    return f"{WORDS[hour - 1]} heure{'s' if hour > 1 else ''} {minutes}" if minutes else ""


def linked(replacement: str, following: str) -> str:
    """`2 millions de` and `2 millions d'` before a noun, since "million" is one itself. A model may have put an article
    there, or a "de" before a vowel."""
    following = DE_BEFORE_VOWEL.sub(r"\1d'", following)
    noun = ARTICLE.sub("", following).lstrip()
    if not re.search(r"\d (?:million|milliard|billion)s?$", replacement, re.IGNORECASE) or not noun[:1].isalpha():
        return following
    if re.match(NO_NOUN, noun):
        return following
    link = " d'" if re.match(SILENT, noun, re.IGNORECASE) else " de "
    return (link.upper() if replacement.isupper() else link) + noun


NUMBERS = Numbers(
    marks=MARKS,
    magnitudes=magnitude_finder(
        MARKS,
        {"(?i:mille)": 10**3, "(?i:millions?)": 10**6, "(?i:milliards?)|Mds?": 10**9, "(?i:billions?)": 10**12},
        {word: str(number) for number, word in enumerate(WORDS, 1)}
        | {"un": "1", "un demi": "0.5", "cent": "100", "vingt": "20"},
        half="(?!)",
        to="à",
        between=("entre", "et"),
        link=r" (?i:de)(?= )",
    ),
    with_magnitude=magnitude_writer(
        MARKS,
        [
            Scale(10**12, "billion", "billions"),
            Scale(10**9, "milliard", "milliards"),
            Scale(10**6, "million", "millions"),
        ],
        several_from=Decimal(2),
    ),
    more_than="plus de ",
    labels=r"[Vv]ersion|[Cc]hapitre|[Ss]ection|[Pp]artie|[Ff]igure|[Tt]ableau|[Pp]age|[Nn]°|n[o°]|[Tt]él\.?|[Tt]éléphone",
    measures=(
        r"pour cent|(?:kilo|milli|centi)?mètres?|milles?|(?:kilo)?grammes?|kilos?|livres?|tonnes?|litres?|dollars?"
        r"|euros?|centimes?|degrés?|fois|secondes?|minutes?|heures?|jours?|semaines?|mois|ans"
    ),
)

PROFILE = Profile(
    code="fr",
    always_capital=r"\w{3,}(?:icains?|aliens?|gnols?|mands?|glais|çais|nois|isses?|ésiens?|rains?)",
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
            rf"{HOUR_IN_WORDS} et (?:(?P<half>demie?)|(?P<quarter>quart))(?![\w-])",
            rf"{HOUR_IN_WORDS} (?:(?P<to>moins) )?(?P<minute>vingt-cinq|vingt|dix|cinq)(?![\w-])",
            rf"{HOUR_IN_WORDS} (?P<to>moins) le (?P<quarter>quart)(?![\w-])",
        ],
        written=written_time,
        in_words=time_in_words,
        at="à ",
    ),
    numeral_value=numeral_reader(CLOCK_WORDS),
    numbers=NUMBERS,
    linked=linked,
    sample_sentence="Un homme est debout sur une échelle.",
)
