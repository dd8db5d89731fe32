"""German."""

from __future__ import annotations

from decimal import Decimal

from app.text.characters import one_of
from app.text.languages.magnitude import Marks, Scale, magnitude_finder, magnitude_writer
from app.text.languages.number_words import number_hints, number_reader
from app.text.languages.profile import (
    AFTERNOON_HOUR,
    BE,
    CLOCK,
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
    Numbers,
    Ordinals,
    Profile,
    Times,
    date_patterns,
    numeral_reader,
)
from app.text.languages.units import BEHIND_A_NUMBER, SPACE, Unit, Units

MONTHS = [
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
]

WEEKDAYS = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonnabend", "Sonntag"]
SHORT_NAMES = [
    *[("Mo", "Mo"), ("Di", "Di"), ("Mi", "Mi"), ("Do", "Do"), ("Fr", "Fr"), ("Sa", "Sa"), ("So", "So")],
    *[("Jan", "Jan"), ("Feb", "Feb"), ("März?", "März"), ("Apr", "Apr"), ("Mai", "Mai"), ("Juni?", "Juni")],
    *[("Juli?", "Juli"), ("Aug", "Aug"), ("Sept?", "Sep"), ("Okt", "Okt"), ("Nov", "Nov"), ("Dez", "Dez")],
]

ONES = [
    *("null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"),
    *("dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"),
]
TENS = ["zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]
BELOW_HUNDRED = {word: value for value, word in enumerate(ONES)} | {word: 20 + 10 * n for n, word in enumerate(TENS)}
BELOW_HUNDRED |= {f"{one}und{ten}": BELOW_HUNDRED[ten] + BELOW_HUNDRED[one] for ten in TENS for one in ONES[1:10]}
BELOW_HUNDRED |= {word.replace("ß", "ss"): value for word, value in BELOW_HUNDRED.items()}
BELOW_HUNDRED |= {"eins": 1, "eine": 1, "einer": 1, "einem": 1, "einen": 1, "zwo": 2}
STEMS: dict[str, float] = {
    "erst": 1,
    "dritt": 3,
    "siebt": 7,
    "dutzend": 12,
    "beide": 2,
    "doppel": 2,
    "halb": 2,
    "paar": 2,
}
STEMS |= {"anderthalb": 1.5, "eineinhalb": 1.5, "zweieinhalb": 2.5, "dreieinhalb": 3.5}
LARGER_ORDINALS = {
    word + ending: value
    for stem, value in BELOW_HUNDRED.items()
    for word in [stem + ("ste" if value >= 20 else "te")]
    for ending in ["", *"nrms"]
    if value > 12
}
WHOLES = {3: "Drittel", 4: "Viertel", 5: "Fünftel", 6: "Sechstel", 7: "Siebtel", 8: "Achtel", 9: "Neuntel"}
WHOLES |= {10: "Zehntel"}
WHOLE_WORDS = {word.lower() + ending: value for value, word in WHOLES.items() for ending in ["", "s", "n"]}
SCALES = {
    r"(?i:tausend)|Tsd\.?": 10**3,
    r"(?i:million(?:en)?)|Mill?\.|Mio\.?": 10**6,
    r"(?i:milliarden?)|Mrd\.?": 10**9,
    r"(?i:billion(?:en)?)|Bio\.": 10**12,
    r"(?i:billiarden?)": 10**15,
}

MONTH_NUMBER = "(?P<month>1[0-2]|0?[1-9])"
BEFORE_DATE = "|".join(rf"(?<=\b{word} )" for word in ("[Vv]om", "[Bb]is", "zum", "[Aa]b", "[Ss]eit", "[Ss]eit dem"))


def written_date(month: int, day: int, year: int) -> str:
    """`12. März 2024`"""
    return (f"{day}. " if day else "") + MONTHS[month - 1] + (f" {year}" if year else "")


def written_range(month: int, first: int, day: int, year: int, in_words: bool) -> str:
    """`vom 5. bis 7. Mai 2024`, `5.–7. Mai 2024`"""
    return (f"vom {first}. bis " if in_words else f"{first}.–") + written_date(month, day, year)


def written_time(hour: int, minute: int, certain: bool) -> str:
    """`15 Uhr`, `15:05 Uhr`"""
    return f"{hour}" + (f":{minute:02}" if minute else "") + " Uhr"


def written_fraction(part: int, whole: int) -> str:
    """`zwei Drittel`"""
    return f"{ONES[part]} {WHOLES[whole]}"


def written_decade(decade: int, is_in: bool) -> str:
    """`in den 1980ern`"""
    return f"in den {decade}ern" if is_in else f"{decade}er"


MARKS = Marks(decimal=",", group=".", read_groups=".")
WORDS = ["eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"]
CLOCK_WORDS = {word: number for number, word in enumerate(WORDS, 1)} | {"ein": 1, "zwanzig": 20}
BEFORE_WORDS = r"(?<![\w-])(?P<at>[Uu]m )?"
MINUTES_BEHIND = r"(?i:fünf|zehn|fünfzehn|zwanzig|dreißig|vierzig|fünfzig|\w+und\w+zig)\b"  # `zwei Uhr dreißig`
HOUR = rf"(?P<hour>{'|'.join(WORDS)}|1[0-2]|[1-9])(?![\w:-]|[.,]\d)"


def time_in_words(hour: int, minute: int) -> str:
    """`halb drei`, `Viertel nach zwei`, `fünf vor halb drei`, `ein Uhr`"""
    here, following = WORDS[hour - 1], WORDS[hour % 12]
    times = {
        0: f"{'ein' if hour == 1 else here} Uhr",
        5: f"fünf nach {here}",
        10: f"zehn nach {here}",
        15: f"Viertel nach {here}",
        20: f"zwanzig nach {here}",
        25: f"fünf vor halb {following}",
        30: f"halb {following}",
        35: f"fünf nach halb {following}",
        40: f"zwanzig vor {following}",
        45: f"Viertel vor {following}",
        50: f"zehn vor {following}",
        55: f"fünf vor {following}",
    }
    return times.get(minute, "")


# Behind such a word, or before a small letter, a number with a full stop is an ordinal, and ends no sentence.
ARTICLES = [*("der", "die", "das", "dem", "den", "des", "im", "am", "zum", "zur", "vom", "beim", "ins", "in", "seit")]
ARTICLES += [
    stem + ending
    for stem in ("ein", "kein", "mein", "dein", "sein", "ihr", "unser", "dies", "jed")
    for ending in ("", "e", "em", "en", "er", "es")
]
BEFORE_ORDINAL = "|".join(rf"(?<=\b{word} )" for word in [*ARTICLES, *map(str.title, ARTICLES)])
ORDINAL = (
    rf"(?:{NOT_IN_A_NUMBER}(?=\d{{1,3}}\. [A-Za-zÄÖÜäöü])(?:{BEFORE_ORDINAL}|(?=\d+\. [a-zäöü]))"
    r"|(?<![\w-])(?=[A-Za-z]))"
    rf"(?P<number>\d+|(?i:{one_of(LARGER_ORDINALS)}))(?:(?<=\d)\.)?(?!\w|-\w)"
)
IN_WORDS = number_reader(BELOW_HUNDRED, {"hundert": 100} | SCALES, joint="(?: und |und| )?")
UNITS = Units(
    {
        "km/h": Unit("Kilometern? (?:pro|in der) Stunde|Stundenkilometern?", *["Kilometer pro Stunde"] * 2),
        "mph": Unit("Meilen? (?:pro|in der) Stunde", "Meile pro Stunde", "Meilen pro Stunde"),
        "km": Unit("Kilometern?", "Kilometer", "Kilometer"),
        "m": Unit("Metern?", "Meter", "Meter"),
        "cm": Unit("[ZC]entimetern?", "Zentimeter", "Zentimeter"),
        "mm": Unit("Millimetern?", "Millimeter", "Millimeter"),
        "mi": Unit("Meilen?", "Meile", "Meilen"),
        "ft": Unit("Fuß", "Fuß", "Fuß"),
        "in": Unit("Zoll", "Zoll", "Zoll"),
        "kg": Unit("Kilo(?:gramm)?s?", "Kilogramm", "Kilogramm"),
        "g": Unit("Gramm", "Gramm", "Gramm"),
        "t": Unit("Tonnen?"),
        "oz": Unit("Unzen?", "Unze", "Unzen"),
        "l": Unit("Litern?", "Liter", "Liter"),
        "%": Unit("Prozent", "Prozent", "Prozent"),
        "°C": Unit("Grad Celsius", "Grad Celsius", "Grad Celsius"),
        "°F": Unit("Grad Fahrenheit", "Grad Fahrenheit", "Grad Fahrenheit"),
        "degree": Unit("Grad"),
        "$": Unit("(?:US-)?Dollars?", "Dollar", "Dollar"),
        "€": Unit("Euros?", "Euro", "Euro"),
        "£": Unit("Pfund Sterling|britische Pfund", "Pfund", "Pfund"),
        "pound": Unit("Pfund"),
        "yuan": Unit("Yuan|Renminbi", "Yuan", "Yuan"),
        "yen": Unit("(?:japanische )?Yen", "Yen", "Yen"),
        "CHF": Unit("(?:Schweizer )?Franken", "Schweizer Franken", "Schweizer Franken"),
        "cent": Unit("Cents?"),
        "times": Unit("[Mm]al"),
        "second": Unit("Sekunden?"),
        "minute": Unit("Minuten?"),
        "hour": Unit("Stunden?"),
        "day": Unit("Tage?n?"),
        "week": Unit("Wochen?"),
        "month": Unit("Monate?n?"),
        "year": Unit("Jahre?n?"),
    },
    gap=" ",
)
NUMBERS = Numbers(
    marks=MARKS,
    magnitudes=magnitude_finder(
        MARKS,
        SCALES,
        {word: str(number) for word, number in BELOW_HUNDRED.items()}
        | {"eine halbe": "0.5", "einer halben": "0.5", "hundert": "100", "einhundert": "100"}
        | {"anderthalb": "1.5", "eineinhalb": "1.5", "zweieinhalb": "2.5", "dreieinhalb": "3.5"},
        IN_WORDS,
        half="(?!)",
        to="bis",
        between=("zwischen", "und"),
    ),
    with_magnitude=magnitude_writer(
        MARKS,
        [
            Scale(10**12, "Billion", "Billionen"),
            Scale(10**9, "Milliarde", "Milliarden"),
            Scale(10**6, "Million", "Millionen"),
        ],
        several_from=Decimal("1.001"),
    ),
    more_than="mehr als ",
    labels=r"Version|Kapitel|Abschnitt|Teil|Abb\.|Abbildung|Tabelle|Seite|Nr\.|Release|Build",
    in_words=IN_WORDS,
    hints=number_hints(BELOW_HUNDRED, STEMS),
    units=UNITS,
)

PROFILE = Profile(
    code="de",
    nouns_capitalised=True,
    joints=("und", "oder", "sowie", "&"),
    quotes=("„", "“"),
    inner_quotes=("‚", "‘"),
    not_names="|".join([*WEEKDAYS, *MONTHS]),
    # "seine Frau Anna" is his wife.
    title_words={
        "mr": ("Herrn?", "Herr"),
        "mrs": ("(?<!ie )(?<!ne )(?<!re )(?<!er )Frau|Fräulein", "Frau"),
        "family": ("Familie", "Familie"),
        "dr": (r"Dr\.|Doktor", "Dr."),
        "prof": (r"Prof\.|Professor", "Prof."),
    },
    offices=r"Doktor\w*|Professor\w*|Präsident\w*|\w*[Mm]inister\w*|\w*[Kk]anzler\w*|Richter\w*|Direktor\w*|Lehrer\w*"
    r"|\w*[Mm]eister\w*|Kolleg\w*|Ober|Nachbar\w*|Vorsitzende\w*|Pfarrer\w*|Kommissar\w*|Kapitän|General|Oberst|Hauptmann"
    r"|Major|Abgeordnete\w*|Staats\w*|Gott|Dr|Prof",
    before_places=("in", "nach", "aus", "bei"),
    short_names=SHORT_NAMES,
    full_names=[*(day for day in WEEKDAYS if day != "Sonnabend"), *MONTHS],
    short_forms={
        "tsp": (BEHIND_A_NUMBER + r"TL\b", "TL"),
        "tbsp": (BEHIND_A_NUMBER + r"EL\b", "EL"),
        "figure": (rf"Abb\.(?={SPACE}?\d)", "Abb."),
        "eg": (rf"[Zz]\.{SPACE}?B\.", "z. B."),
        "ie": (rf"[Dd]\.{SPACE}?h\.", "d. h."),
        "etc": (r"usw\.|etc\.", "usw."),
        "cf": (r"[Vv]gl\.", "vgl."),
        "no": (rf"Nr\.(?={SPACE}?\d)", "Nr."),
        "page": (rf"S\.(?={SPACE}?\d)", "S."),
        "ff": (r"(?<=\d )ff\.", "ff."),
        "approx": (r"[Cc]a\.", "ca."),
        "incl": (r"inkl\.", "inkl."),
        "or": (r"bzw\.", "bzw."),
        "among": (rf"[Uu]\.{SPACE}?a\.(?!{SPACE}?m\.)", "u. a."),
        "messrs": ("(?!)", "die Herren"),
        "chapter": (rf"Kap\.(?={SPACE}?\d)", "Kap."),
        "article": (rf"Art\.(?={SPACE}?\d)", "Art."),
        "paragraph": (rf"Abs\.(?={SPACE}?\d)", "Abs."),
        "at_least": (rf"[Mm]ind\.(?={SPACE}?\d)", "mind."),
        "at_most": (rf"[Mm]ax\.(?={SPACE}?\d)", "max."),
        "if_necessary": (r"[Gg]gf\.", "ggf."),
        "possibly": (r"[Ee]vtl\.", "evtl."),
        "as_a_rule": (rf"[Ii]\.{SPACE}?d\.{SPACE}?R\.", "i. d. R."),
        "or_similar": (rf"[Oo]\.{SPACE}?[äÄ]\.", "o. Ä."),
        "currently": (rf"[Zz]\.{SPACE}?Zt?\.", "z. Z."),
        "plus": (r"[Zz]zgl\.", "zzgl."),
        "see_above": (rf"[Ss]\.{SPACE}?o\.", "s. o."),
        "see_below": (rf"[Ss]\.{SPACE}?u\.", "s. u."),
        "bc": (rf"(?<=\d )v\.{SPACE}?Chr\.", "v. Chr."),
        "ad": (rf"(?<=\d )n\.{SPACE}?Chr\.", "n. Chr."),
        "also_known_as": ("(?!)", "alias"),
        "with": ("(?!)", "mit"),
        "without": ("(?!)", "ohne"),
        "appointment": ("(?!)", "Termin"),
        "please": ("(?!)", "bitte"),
        "telephone": (r"Tel\.(?= ?[:\d+(])", "Tel."),
    },
    abbreviations=r"Fr|inkl|exkl|zzgl|[Gg]gf|[Ee]vtl|[Mm]ind|[Mm]ax|Kap|Abb|Abs|Art|Tel|Str"
    r"|\d{1,2}",  # a number with a full stop is an ordinal
    negations=r"(?i:\b(?:nicht|nie|niemals|niemand\w*|nichts|kein\w*)\b)",
    negation_hints=r"(?i:\b(?:n[ie]\w*|kein\w*|weder|noch|ohne|un\w+|kaum|nur|wenig\w*|fehl\w*|verbo?iet\w*|sondern|statt"
    r"|miss\w*|wider\w*|gegen\w*|ab\w*|hass\w*|bis|los|ander\w*|sonst)\b|los\b|los[ems]\w?\b|frei\b)",
    dates=Dates(
        patterns=[
            *date_patterns(
                MONTHS,
                "Jan|Feb|Aug|Sept?|Okt|Nov|Dez",
                {FROM: "vom ", ON: "am ", IN: "im ", BE: "de[rn] "},
                [rf"(?<![\d.,:]){DAY}[.] {{month}}(?: {YEAR})?"],
                [rf"(?<![\d.,:]){FIRST}[.]? ?(?:[-–—]|(?<= )bis(?: zum)?(?= )) ?{DAY}[.] {{month}}(?: {YEAR})?"],
                in_word="im ",
            ),
            # In figures; without a year they may be decimals, but for those behind such a word.
            rf"(?P<on>\b[Aa]m )?{NOT_IN_A_NUMBER}{DAY}\.{MONTH_NUMBER}\.{YEAR}(?![.,]?\d)",
            rf"(?:(?P<on>\b[Aa]m )|{BEFORE_DATE}){DAY}\.{MONTH_NUMBER}(?:\.(?!\d|\s*\Z)|(?=\.\s*\Z))",
        ],
        written=written_date,
        before={ON: "am ", IN: "im ", BE: "der "},
        range_written=written_range,
        joint=" bis (?:zum )?",
        between=("vom ", " bis "),
        months=MONTHS,
    ),
    # Before 13 Uhr the half of the day may be left to the context.
    times=Times(
        patterns=[
            rf"{NOT_IN_A_NUMBER}(?P<at>[Uu]m )?{AFTERNOON_HOUR}(?:[:.]{MINUTE})? Uhr\b(?! ?\d)",
            rf"{NOT_IN_A_NUMBER}(?P<at>[Uu]m )?(?P<hour>1[0-2]|0?[1-9])[:.]{MINUTE} Uhr\b",
            rf"{BEFORE_WORDS}(?:(?P<minute>(?i:fünf)) (?:(?P<to>vor)|nach) )?(?P<half_to>[Hh]alb) {HOUR}",
            rf"{BEFORE_WORDS}(?P<quarter>[Vv]iertel) (?:(?P<to>vor)|nach) {HOUR}",
            rf"{BEFORE_WORDS}(?P<minute>(?i:fünf|zehn|zwanzig)) (?:(?P<to>vor)|(?P<words>nach)) {HOUR}",
            # The number in `ein Uhr` is an article elsewhere, so models take it for one.
            rf"{BEFORE_WORDS}(?P<hour>[Ee]in) (?P<words>Uhr)\b(?! ?\d| {MINUTES_BEHIND})",
        ],
        written=written_time,
        in_words=time_in_words,
        at="um ",
        it_is="es ist ",
        clock=(CLOCK, rf"(?<![\d.,:])(?P<hour>[01]?\d|2[0-3])(?:[.]{MINUTE})? Uhr\b"),
    ),
    numeral_value=numeral_reader({"einem": 1, "eines": 1, "andert": 1} | CLOCK_WORDS | LARGER_ORDINALS),
    numbers=NUMBERS,
    ordinals=Ordinals(pattern=ORDINAL, written=lambda value: f"{value}."),
    fractions=Fractions(
        pattern=rf"(?<![\w-])(?P<part>(?i:eine[ms]|ein|{'|'.join(WORDS[1:9])}))"
        rf" ?(?P<whole>(?i:{'|'.join(WHOLES.values())})[sn]?)(?![\w-]| {HOUR.replace('hour', 'following')})",
        with_half=rf"(?<![\w-])(?P<part>(?i:andert(?=halb)|(?:ein|{'|'.join(WORDS[1:])})(?=einhalb)))"
        r"(?i:(?:ein)?halb)(?![\w-])",
        wholes=WHOLE_WORDS,
        written=written_fraction,
        of=" von",
    ),
    decades=Decades(
        pattern=rf"(?P<in>\b[Ii]n den )?(?<![\w.,:/-])"
        rf"(?P<decade>{DECADE}|[2-9]0(?=er[- ]Jahre)|(?<=[Dd]ie )[2-9]0(?=er [a-zäöü]))ern?(?:[- ]Jahren?)?(?![\w-])",
        written=written_decade,
    ),
    sample_sentence="Ein Mann steht auf einer Leiter.",
    sample_opinion="Ich liebe dieses Handy",
)
