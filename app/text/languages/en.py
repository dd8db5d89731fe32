"""English."""

from __future__ import annotations

from decimal import Decimal

from app.text.characters import LETTER, one_of
from app.text.languages.magnitude import Marks, Scale, magnitude_finder, magnitude_writer
from app.text.languages.number_words import number_hints, number_reader
from app.text.languages.profile import (
    BE,
    DAY,
    DECADE,
    FIRST,
    FROM,
    IN,
    MINUTE,
    NOT_IN_A_NUMBER,
    ON,
    YEAR,
    Dates,
    Decades,
    Fractions,
    NumberedParts,
    Numbers,
    Ordinals,
    Profile,
    Times,
    date_patterns,
    numeral_reader,
)
from app.text.languages.units import BEHIND_A_NUMBER, SPACE, Unit, Units

MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
SHORT_NAMES = [
    *[("Mon", "Mon"), ("Tues?", "Tue"), ("Wed", "Wed"), ("Thu(?:rs?)?", "Thu"), ("Fri", "Fri"), ("Sat", "Sat")],
    *[("Sun", "Sun"), ("Jan", "Jan"), ("Feb", "Feb"), ("Mar", "Mar"), ("Apr", "Apr"), ("May", "May"), ("June?", "Jun")],
    *[("July?", "Jul"), ("Aug", "Aug"), ("Sept?", "Sep"), ("Oct", "Oct"), ("Nov", "Nov"), ("Dec", "Dec")],
]
TH = "(?:st|nd|rd|th)?"
TO = " ?(?:[-–—]|(?<= )(?:to|through|until)(?= )) ?"
PARTS = ["chapter", "section", "page", "article", "volume", "lesson", "unit", "part"]
SHORT_MONTHS = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"

ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
BELOW_HUNDRED = {word: value for value, word in enumerate(ONES)} | {word: 20 + 10 * n for n, word in enumerate(TENS)}
BELOW_HUNDRED |= {
    f"{ten}{joint}{one}": BELOW_HUNDRED[ten] + value
    for ten in TENS
    for value, one in enumerate(ONES[1:10], 1)
    for joint in "- "
}
ORDINALS = {"first": 1, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12, "once": 1, "twice": 2}
ORDINALS |= {ten[:-1] + "ie": BELOW_HUNDRED[ten] for ten in TENS} | {"dozen": 12, "couple": 2, "second": 2, "half": 2}
LARGER_ORDINALS = {f"{word}th": value for value, word in enumerate(ONES) if value > 12}
LARGER_ORDINALS |= {ten[:-1] + "ieth": BELOW_HUNDRED[ten] for ten in TENS}
SMALL_ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
LARGER_ORDINALS |= {
    f"{ten}{joint}{one}": BELOW_HUNDRED[ten] + value
    for ten in TENS
    for value, one in enumerate(SMALL_ORDINALS, 1)
    for joint in "- "
}
WHOLES = {3: "third", 4: "quarter", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth", 9: "ninth", 10: "tenth"}
WHOLE_WORDS = {word: value for value, word in WHOLES.items()} | {"fourth": 4}
SCALES = {"(?i:thousand)": 10**3, "(?i:million)|mn": 10**6, "(?i:billion)|bn": 10**9, "(?i:trillion)|tn": 10**12}


def written_date(month: int, day: int, year: int) -> str:
    """`March 12, 2024`"""
    return MONTHS[month - 1] + (f" {day}" if day else "") + ("," if day and year else "") + (f" {year}" if year else "")


def written_range(month: int, first: int, day: int, year: int, in_words: bool) -> str:
    """`from May 5 to 7, 2024`, `May 5–7, 2024`"""
    days = f"from {MONTHS[month - 1]} {first} to {day}" if in_words else f"{MONTHS[month - 1]} {first}–{day}"
    return days + (f", {year}" if year else "")


def written_time(hour: int, minute: int, certain: bool) -> str:
    """`3 pm`, `3:05 pm`; `3:00` where the half of the day is not known."""
    if not certain:
        return f"{hour}:{minute:02}"
    return f"{hour % 12 or 12}" + (f":{minute:02}" if minute else "") + (" pm" if hour >= 12 else " am")


def written_fraction(part: int, whole: int) -> str:
    """`two thirds`, `one quarter`"""
    return f"{ONES[part]} {WHOLES[whole]}" + ("s" if part > 1 else "")


def written_half(count: int, unit: str) -> str:
    """`two and a half weeks`"""
    if unit not in ("second", "minute", "hour", "day", "week", "month", "year"):
        return ""
    return f"{ONES[count] if count < len(ONES) else count} and a half {unit}s"


def written_decade(decade: int, is_in: bool) -> str:
    """`in the 1980s`"""
    return ("in the " if is_in else "") + f"{decade}s"


# Digits before the ending that they have. With another, as in "2th", it is no ordinal.
BEFORE_ENDING = r"\d{0,5}(?i:(?<!1)(?:1(?=st)|2(?=nd)|3(?=rd))|(?:1\d|[04-9])(?=th))"


def written_ordinal(value: int) -> str:
    """`1st`, `22nd`, `11th`"""
    suffix = "th" if value // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{suffix}"


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


MARKS = Marks(decimal=".", group=",", read_groups=",")
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
CLOCK_WORDS = {word: number for number, word in enumerate(WORDS, 1)} | {"twenty": 20, "twenty-five": 25}
BEHIND_A_TIME = r"(?:(?<=[AaPp][Mm][-–])|(?<=[Mm]\.[-–]))"  # in a range, such as 9am-5pm
BEFORE_WORDS = r"(?<![\w-])(?P<at>[Aa]t )?"
MINUTES_IN_WORDS = "(?P<minute>(?i:twenty-five|twenty|ten|five))"
HOUR = rf"(?P<hour>(?i:{'|'.join(WORDS)})|1[0-2]|[1-9])(?! ?[ap]\.?m\b)(?![\w:-]|[.,]\d)"
MINUTES = {5: "five", 10: "ten", 20: "twenty", 25: "twenty-five"}


def time_in_words(hour: int, minute: int) -> str:
    """`half past two`, `quarter to three`, `ten past two`, `two o'clock`"""
    if not minute:
        return f"{WORDS[hour - 1]} o'clock"
    side, minutes, hour = ("past", minute, hour) if minute <= 30 else ("to", 60 - minute, hour % 12 + 1)
    words = {15: "quarter", 30: "half"} | MINUTES
    return f"{words[minutes]} {side} {WORDS[hour - 1]}" if minutes in words else ""


IN_WORDS = number_reader(BELOW_HUNDRED, {"hundred": 100} | SCALES, joint="(?: and |[ -])?")
UNITS = Units(
    {
        "km/h": Unit("kilomet(?:er|re)s? (?:per|an) hour", "kilometer per hour", "kilometers per hour"),
        "mph": Unit("miles? (?:per|an) hour", "mile per hour", "miles per hour"),
        "km": Unit("kilomet(?:er|re)s?", "kilometer", "kilometers"),
        "m": Unit("met(?:er|re)s?", "meter", "meters"),
        "cm": Unit("centimet(?:er|re)s?", "centimeter", "centimeters"),
        "mm": Unit("millimet(?:er|re)s?", "millimeter", "millimeters"),
        "mi": Unit("miles?", "mile", "miles"),
        "ft": Unit("feet|foot", "foot", "feet"),
        "in": Unit("inch(?:es)?", "inch", "inches"),
        "kg": Unit("kilo(?:gram)?s?", "kilogram", "kilograms"),
        "g": Unit("grams?", "gram", "grams"),
        "t": Unit("tons?|tonnes?"),
        "oz": Unit("ounces?", "ounce", "ounces"),
        "l": Unit("lit(?:er|re)s?", "liter", "liters"),
        "%": Unit("percent|per ?cent", "percent", "percent"),
        "°C": Unit("degrees? (?:Celsius|centigrade)", "degree Celsius", "degrees Celsius"),
        "°F": Unit("degrees? Fahrenheit", "degree Fahrenheit", "degrees Fahrenheit"),
        "degree": Unit("degrees?"),
        "$": Unit("(?:US )?dollars?", "dollar", "dollars"),
        "€": Unit("euros?", "euro", "euros"),
        "£": Unit("pounds? sterling|British pounds?", "pound", "pounds"),
        "pound": Unit("pounds?|quid"),
        "yuan": Unit("yuan|renminbi", "yuan", "yuan"),
        "yen": Unit("(?:Japanese )?yen", "yen", "yen"),
        "CHF": Unit("Swiss francs?", "Swiss franc", "Swiss francs"),
        "cent": Unit("cents?"),
        "times": Unit("times"),
        "second": Unit("seconds?"),
        "minute": Unit("minutes?"),
        "hour": Unit("hours?"),
        "day": Unit("days?"),
        "week": Unit("weeks?"),
        "month": Unit("months?"),
        "year": Unit("years?"),
    },
    gap="",
    sign_first=True,
)
NUMBERS = Numbers(
    marks=MARKS,
    magnitudes=magnitude_finder(
        MARKS,
        SCALES,
        {word: str(number) for word, number in BELOW_HUNDRED.items()} | {"half a": "0.5", "a hundred": "100"},
        IN_WORDS,
        half=" and a half",
        to="to",
        between=("between", "and"),
    ),
    with_magnitude=magnitude_writer(
        MARKS,
        [Scale(10**12, "trillion", "trillion"), Scale(10**9, "billion", "billion"), Scale(10**6, "million", "million")],
        several_from=Decimal(2),
    ),
    more_than="more than ",
    labels=r"[Vv]ersions?|[Cc]hapters?|[Ss]ections?|[Pp]arts?|[Ff]igures?|[Tt]ables?|[Pp]ages?|[Nn]o\.|[Rr]elease|[Bb]uild",
    in_words=IN_WORDS,
    hints=number_hints(BELOW_HUNDRED, ORDINALS),
    units=UNITS,
)

PROFILE = Profile(
    code="en",
    not_names="|".join(["(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?", *MONTHS]),
    always_capital=r"I(?:['’].*)?|(?!Hum|Art|Veter|Civil|Orph)\w+ans?|\w+(?:ese|ish|ench|utch|eeks?|urks?|oles?|anes?|wedes?)",
    abbreviations="approx|incl|excl|Eq|[Cc]h|[Aa]rt|[Pp]ara|[Mm]in|[Mm]ax|[Tt]el|[Ff]igs?|Apt|Ave|Blvd",
    plurals=plurals,
    joints=("and", "or", "&"),
    clitics="'s",
    title_words={
        "mr": (r"Mr\.?|Mister", "Mr."),
        "mrs": (r"Mrs\.?|Ms\.?|Miss", "Mrs."),
        "dr": (r"Dr\.?|Doctor", "Dr."),
        "prof": (r"Prof\.?|Professor", "Prof."),
    },
    offices=r"President|Speaker|Chair\w*|Secretary|Ambassador|Prime|Vice|Mayor|Chancellor|Justice|Commissioner|Minister"
    "|Right|And|Who|Strange",
    before_places=("in", "from", "near", "to"),
    short_names=SHORT_NAMES,
    full_names=[*WEEKDAYS, *MONTHS],
    short_forms={
        "tsp": (BEHIND_A_NUMBER + r"tsps?\b\.?", "tsp"),
        "tbsp": (BEHIND_A_NUMBER + r"tbsps?\b\.?", "tbsp"),
        "figure": (rf"[Ff]igs?\.(?={SPACE}?\d)", "fig."),
        "eg": (rf"[Ee]\.{SPACE}?g\.", "e.g."),
        "ie": (rf"[Ii]\.{SPACE}?e\.", "i.e."),
        "etc": (r"etc\.", "etc."),
        "cf": (r"[Cc]f\.", "cf."),
        "no": (rf"[Nn]os?\.(?={SPACE}?\d)", "no."),
        "page": (rf"pp?\.(?={SPACE}?\d)", "p."),
        "ff": (r"(?<=\d )ff\.", "ff."),
        "approx": (r"[Aa]pprox\.", "approx."),
        "incl": (r"incl\.", "incl."),
        "or": ("(?!)", "or"),
        "among": ("(?!)", "among others"),
        "messrs": (r"Messrs\.?", "Messrs."),
        "avenue": (r"Ave\.", "Ave."),
        "boulevard": (r"Blvd\.", "Blvd."),
        "chapter": (rf"[Cc]h(?:ap)?\.(?={SPACE}?\d)", "ch."),
        "article": (rf"[Aa]rt\.(?={SPACE}?\d)", "art."),
        "paragraph": (rf"[Pp]ara\.(?={SPACE}?\d)", "para."),
        "at_least": (rf"[Mm]in\.(?={SPACE}?\d)", "at least"),
        "at_most": (rf"[Mm]ax\.(?={SPACE}?\d)", "max."),
        "if_necessary": ("(?!)", "if necessary"),
        "possibly": ("(?!)", "possibly"),
        "as_a_rule": ("(?!)", "as a rule"),
        "or_similar": ("(?!)", "or similar"),
        "currently": ("(?!)", "currently"),
        "plus": ("(?!)", "plus"),
        "see_above": ("(?!)", "see above"),
        "see_below": ("(?!)", "see below"),
        "bc": (r"(?<=\d )B\.?C\.?(?!\w)", "BC"),
        "ad": (r"(?<=\d )A\.?D\.?(?!\w)", "AD"),
        "also_known_as": (r"a\.k\.a\.|aka(?!\w)", "a.k.a."),
        "with": (r"w/(?= )", "with"),
        "without": (r"w/o(?= )", "without"),
        "appointment": ("(?!)", "appointment"),
        "please": ("(?!)", "please"),
        "telephone": (r"[Tt]el\.(?= ?[:\d+(])", "tel."),
    },
    numbered_parts=NumberedParts(
        pattern=rf"\b(?i:(?P<part>{'|'.join(PARTS)}) (?P<number>\d{{1,4}}|{'|'.join(WORDS)}))(?![\w-]|[.,:]\d)",
        parts={part: part for part in PARTS},
        forms={part: f"{part} {{}}" for part in PARTS},
    ),
    negations=r"(?i:\b(?:not|never|nobody|nothing|cannot|disagree\w*|dislike[sd]?|disapprove\w*|distrust\w*"
    r"|by no means|in no way)\b|n't\b)",
    negation_hints=r"(?i)\b(?:no\w*|neither|nor|never|cannot|without|hardly|barely|lacks?|lacking|fail\w*|un\w+|in\w{4,}"
    r"|im\w+|dis\w+|non\w*|refuse\w*|avoid\w*|forbid\w*|prevent\w*|stop\w*|rather|else|only|until|few|little)\b|n't\b|less\b",
    dates=Dates(
        patterns=date_patterns(
            MONTHS,
            SHORT_MONTHS,
            {FROM: "from (?:the )?", ON: "on (?:the )?", IN: "in ", BE: r"the |(?<=\bis )|(?<=\bwas )"},
            [
                rf"{{month}} {DAY}{TH}(?:,? {YEAR})?",
                rf"(?<![\d.,:]){DAY}{TH}(?: of)? {{month}}(?:,? {YEAR})?",
            ],
            [
                rf"{{month}} {FIRST}{TH}{TO}{DAY}{TH}(?:,? {YEAR})?",
                rf"(?<![\d.,:]){FIRST}{TH}{TO}{DAY}{TH}(?: of)? {{month}}(?:,? {YEAR})?",
            ],
            in_word="in ",
        ),
        written=written_date,
        before={ON: "on ", IN: "in ", BE: ""},
        range_written=written_range,
        joint=" (?:to|until|through) ",
        between=("from ", " to "),
        months=MONTHS,
    ),
    times=Times(
        patterns=[
            rf"(?:{NOT_IN_A_NUMBER}|{BEHIND_A_TIME})(?P<at>[Aa]t )?(?P<hour>1[0-2]|0?[1-9])(?:[:.]{MINUTE})? ?"
            r"(?i:(?P<am>a\.m\.?(?!\s*$)|am\b)|(?P<pm>p\.m\.?(?!\s*$)|pm\b))(?!\w)",
            rf"{BEFORE_WORDS}(?:[Aa] )?(?:(?P<half>[Hh]alf)|(?P<quarter>[Qq]uarter)|{MINUTES_IN_WORDS}(?: minutes)?)"
            rf" (?P<words>past) {HOUR}",
            rf"{BEFORE_WORDS}(?:[Aa] )?(?:(?P<quarter>[Qq]uarter)|{MINUTES_IN_WORDS} minutes) (?P<to>to) {HOUR}",
            rf"{BEFORE_WORDS}(?P<hour>(?i:{'|'.join(WORDS)})) (?P<words>o['’]clock)\b",
            rf"(?:(?P<at>[Aa]t )|(?<=\bis )|(?<=['’]s )){MINUTES_IN_WORDS} (?P<to>to) {HOUR}",
        ],
        written=written_time,
        in_words=time_in_words,
        at="at ",
        it_is="it is ",
    ),
    numeral_value=numeral_reader({"a": 1} | CLOCK_WORDS | LARGER_ORDINALS),
    numbers=NUMBERS,
    ordinals=Ordinals(
        pattern=rf"{NOT_IN_A_NUMBER}(?P<number>{BEFORE_ENDING}|(?i:{one_of(LARGER_ORDINALS)}))"
        rf"(?i:(?<=[a-z](?:st|nd|rd|th))|st|nd|rd|th)(?!{LETTER}|-\w)",
        written=written_ordinal,
    ),
    fractions=Fractions(
        pattern=rf"(?<![\w-])(?i:(?P<part>(?P<single>a(?= \w+ of )|one)|{'|'.join(WORDS[1:9])})[ -]"
        rf"(?P<whole>{one_of(WHOLE_WORDS)})(?(single)|s))"
        rf"(?!{LETTER}|-\w| (?:of an hour|past|to)\b)",
        with_half=rf"(?<![\w-])(?i:(?P<part>{'|'.join(WORDS)}) and a half)(?!{LETTER}|-\w)",
        with_half_unit=written_half,
        wholes=WHOLE_WORDS,
        written=written_fraction,
        of=" of",
    ),
    decades=Decades(
        pattern=rf"(?P<in>\b[Ii]n the )?(?<![\w.,:/-])['’]?"
        rf"(?P<decade>{DECADE}|(?<=[Tt]he )[2-9]0|(?<=[Tt]he ['’])[2-9]0)['’]?s\b",
        written=written_decade,
    ),
)
