"""French."""

from __future__ import annotations

import re
from decimal import Decimal

from app.text.characters import LETTER, one_of
from app.text.languages.magnitude import Marks, Scale, magnitude_finder, magnitude_writer
from app.text.languages.number_words import ROMANS, number_hints, number_reader
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
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
]
SHORT_NAMES = [
    *[("[Ll]un", "lun."), ("[Mm]ar", "mar."), ("[Mm]er", "mer."), ("[Jj]eu", "jeu."), ("[Vv]en", "ven.")],
    *[("[Ss]am", "sam."), ("[Dd]im", "dim."), ("[Jj]anv", "janv."), ("[Ff]évr?", "févr."), ("[Mm]ars", "mars")],
    *[("[Aa]vr", "avr."), ("[Mm]ai", "mai"), ("[Jj]uin", "juin"), ("[Jj]uil", "juil."), ("[Aa]oût", "août")],
    *[("[Ss]ept", "sept."), ("[Oo]ct", "oct."), ("[Nn]ov", "nov."), ("[Dd]éc", "déc.")],
]

ONES = [
    *("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"),
    *("treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"),
]
TENS = {"vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60, "quatre-vingt": 80}
SWISS_TENS = {"septante": 70, "huitante": 80, "octante": 80, "nonante": 90}
BELOW_HUNDRED = {word: value for value, word in enumerate(ONES)} | TENS | SWISS_TENS
BELOW_HUNDRED |= {
    f"{ten}{joint}{one}": tens + value
    for ten, tens in (TENS | SWISS_TENS).items()
    for value, one in enumerate(ONES[1 : 20 if ten in ("soixante", "quatre-vingt") else 10], 1)
    for joint in (("-", " ", " et ", "-et-") if value in (1, 11) else ("-", " "))
}
BELOW_HUNDRED |= {word.replace("quatre-vingt", "quatre vingt"): value for word, value in BELOW_HUNDRED.items()}
BELOW_HUNDRED |= {"une": 1, "quatre-vingts": 80, "quatre vingts": 80}
STEMS = {"premi": 1, "second": 2, "quatri": 4, "cinqui": 5, "neuvi": 9, "onzi": 11, "douz": 12, "treizi": 13}
STEMS |= {"quinz": 15, "trent": 30, "quarant": 40, "cinquant": 50, "soixant": 60, "doubl": 2, "demi": 2, "fois": 1}
WHOLES = {3: "tiers", 4: "quart", 5: "cinquième", 6: "sixième", 7: "septième", 8: "huitième", 9: "neuvième"}
WHOLES |= {10: "dixième"}
WHOLE_WORDS = {word + plural: value for value, word in WHOLES.items() for plural in ("", "s")}
LARGER_ORDINALS = {
    re.sub("q$", "qu", re.sub("f$", "v", re.sub("e?s?$", "", word))) + "ième": value
    for word, value in BELOW_HUNDRED.items()
    if value > 12
}
SCALES = {
    "(?i:mille)|k(?=[€$£])": 10**3,
    "(?i:millions?)|M(?=[€$£])": 10**6,
    "(?i:milliards?)|Mds?": 10**9,
    "(?i:billions?)": 10**12,
}


def written_date(month: int, day: int, year: int) -> str:
    """`1er mars 2024`, `12 mars 2024`"""
    ordinal = ("1er " if day == 1 else f"{day} ") if day else ""
    return ordinal + MONTHS[month - 1] + (f" {year}" if year else "")


def written_range(month: int, first: int, day: int, year: int, in_words: bool) -> str:
    """`du 1er au 7 mai 2024`, `5–7 mai 2024`"""
    start = "1er" if first == 1 else f"{first}"
    return (f"du {start} au " if in_words else f"{start}–") + written_date(month, day, year)


def written_time(hour: int, minute: int, certain: bool) -> str:
    """`15 h`, `15 h 05`"""
    return f"{hour} h" + (f" {minute:02}" if minute else "")


def written_fraction(part: int, whole: int) -> str:
    """`deux tiers`, `un quart`"""
    return f"{ONES[part]} {WHOLES[whole]}" + ("s" if part > 1 and whole != 3 else "")


def written_decade(decade: int, is_in: bool) -> str:
    """`dans les années 1980`"""
    return ("dans les " if is_in else "") + f"années {decade}"


MARKS = Marks(decimal=",", group="\u202f", read_groups=" \u00a0\u202f")
WORDS = ["une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"]
MINUTES = {5: "cinq", 10: "dix", 15: "et quart", 20: "vingt", 25: "vingt-cinq", 30: "et demie"}
CLOCK_WORDS = {word: number for number, word in enumerate(WORDS, 1)} | {"midi": 12, "minuit": 12}
CLOCK_WORDS |= {word: number for number, word in MINUTES.items()}
# Without such a word before it, "deux heures et demie" is a duration.
HOUR_IN_WORDS = (
    r"(?<![\w-])(?:(?P<at>[àÀ] )|(?P<it_is>[Ii]l est )|(?<=vers )|(?<=avant )|(?<=après )|(?<=dès ))"
    rf"(?P<hour>(?:(?i:{'|'.join(WORDS)})|1[0-2]|[1-9])(?= heure)|midi|minuit)(?P<words> heures?)?"
)
# The function words that may stand behind a number where no noun does.
NO_NOUN = (
    r"(?:de|en|dans|à|au|aux|et|ou|sur|sous|pour|par|des|du|avec|sans|entre|chez|vers|est|sont|était|étaient|a|ont|avait"
    r"|avaient|ne|n['’]|pas|plus|moins|que|qui|mais|y|il|elle|ils|elles|nous|vous|je|on|vivent|habitent)(?![\w-])|d['’]"
)
ARTICLE = re.compile(r"^ ?(?:les |des |l['’])(?=[^\W\d])", re.IGNORECASE)
OF = {"le ": "du ", "la ": "de la ", "l'": "de l'", "les ": "des "}
OF_THE = re.compile(r"^ (le |la |l'|les )")
SILENT = "(?:[aeiouyéèêàâîôœ]|h(?:abit|ectar|eur|erb|istoir|omm|onn|ôpit|ôt))"
DE_BEFORE_VOWEL = re.compile(rf"^( (?:million|milliard|billion)s? )de (?={SILENT})")


def time_in_words(hour: int, minute: int) -> str:
    """`deux heures et demie`, `trois heures moins le quart`, `deux heures dix`, `une heure`"""
    late = {60 - minutes: f"moins {words.replace('et quart', 'le quart')}" for minutes, words in MINUTES.items()}
    minutes = f" {words}" if (words := MINUTES.get(minute) or late.get(minute)) else ""
    hour = hour if minute <= 30 else hour % 12 + 1
    return f"{WORDS[hour - 1]} heure{'s' if hour > 1 else ''}{minutes}" if minutes or not minute else ""


def linked(replacement: str, following: str) -> str:
    """`2 millions de` and `2 millions d'` before a noun, since "million" is one itself. A model may have put an article
    there, or a "de" before a vowel. Percents are of something: "20 % des gens"."""
    following = DE_BEFORE_VOWEL.sub(r"\1d'", following)
    if replacement.endswith("%"):
        return OF_THE.sub(lambda match: f" {OF[match[1]]}", following)
    noun = ARTICLE.sub("", following).lstrip()
    if not re.search(r"\d (?:million|milliard|billion)s?$", replacement, re.IGNORECASE) or not noun[:1].isalpha():
        return following
    if re.match(NO_NOUN, noun):
        return following
    link = " d'" if re.match(SILENT, noun, re.IGNORECASE) else " de "
    return (link.upper() if replacement.isupper() else link) + noun


IN_WORDS = number_reader(BELOW_HUNDRED, {"cents?": 100} | SCALES, joint="[ -]?")
UNITS = Units(
    {
        "km/h": Unit("kilomètres? (?:par |à l['’])heure", "kilomètre à l'heure", "kilomètres à l'heure"),
        "mph": Unit("mil(?:le)?s? (?:par |à l['’])heure", "mile à l'heure", "miles à l'heure"),
        "km": Unit("kilomètres?", "kilomètre", "kilomètres"),
        "m": Unit("mètres?", "mètre", "mètres"),
        "cm": Unit("centimètres?", "centimètre", "centimètres"),
        "mm": Unit("millimètres?", "millimètre", "millimètres"),
        "mi": Unit("miles?|milles?", "mile", "miles"),
        "ft": Unit("pieds?", "pied", "pieds"),
        "in": Unit("pouces?", "pouce", "pouces"),
        "kg": Unit("kilo(?:gramme)?s?", "kilogramme", "kilogrammes"),
        "g": Unit("grammes?", "gramme", "grammes"),
        "t": Unit("tonnes?"),
        "oz": Unit("onces?", "once", "onces"),
        "l": Unit("litres?", "litre", "litres"),
        "%": Unit("pour cent|pourcent", "pour cent", "pour cent"),
        "°C": Unit("degrés? Celsius", "degré Celsius", "degrés Celsius"),
        "°F": Unit("degrés? Fahrenheit", "degré Fahrenheit", "degrés Fahrenheit"),
        "degree": Unit("degrés?"),
        "$": Unit("dollars?", "dollar", "dollars"),
        "€": Unit("euros?", "euro", "euros"),
        "£": Unit("livres? sterlings?", "livre sterling", "livres sterling"),
        "pound": Unit("livres?"),
        "yuan": Unit("yuans?|renminbi", "yuan", "yuans"),
        "yen": Unit("yens?", "yen", "yens"),
        "CHF": Unit("francs? suisses?", "franc suisse", "francs suisses"),
        "cent": Unit("cents?|centimes?"),
        "times": Unit("fois"),
        "second": Unit("secondes?"),
        "minute": Unit("minutes?"),
        "hour": Unit("heures?"),
        "day": Unit("jours?|journées?"),
        "week": Unit("semaines?"),
        "month": Unit("mois"),
        "year": Unit("ans?|années?"),
    },
    gap="\u00a0",
    takes_plural=lambda value: value >= 2,
)
NUMBERS = Numbers(
    marks=MARKS,
    magnitudes=magnitude_finder(
        MARKS,
        SCALES,
        {word: str(number) for word, number in BELOW_HUNDRED.items()} | {"un demi": "0.5", "cent": "100"},
        IN_WORDS,
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
    in_words=IN_WORDS,
    hints=number_hints(BELOW_HUNDRED, STEMS),
    units=UNITS,
)

PROFILE = Profile(
    code="fr",
    joints=("et", "ou", "ainsi que", "&"),
    quotes=("«\u00a0", "\u00a0»"),
    inner_quotes=("“", "”"),
    before_marks=" ",
    always_capital=r"\w{3,}(?:icains?|aliens?|gnols?|mands?|glais|çais|nois|isses?|ésiens?|rains?)",
    abbreviations=r"[Cc]hap|[Aa]rt|[Aa]l|[Mm]in|[Mm]ax|[Tt]él|[Ff]ig|Me|Dr|Pr|Ste?|Bd|c\.-à-d|[A-Z]\.-[A-Z]",
    elided_words=r"(?<!\w)(?i:[cdjlmnst]|qu)'",
    title_words={
        "mr": (r"M\.|Monsieur", "M."),
        "mrs": ("Mme|Mlle|Madame|Mademoiselle", "Mme"),
        "dr": ("Dr|[Dd]octeur", "Dr"),
        "prof": ("Pr|[Pp]rofesseur", "Pr"),
    },
    offices="Le|La|Les|Présidente?",
    before_places=("à", "de", "vers"),
    short_names=SHORT_NAMES,
    full_names=["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", *MONTHS],
    short_forms={
        "tsp": (BEHIND_A_NUMBER + r"c\. ?à ?(?:c\.|café\b)", "c. à c."),
        "tbsp": (BEHIND_A_NUMBER + r"c\. ?à ?(?:s\.|soupe\b)", "c. à s."),
        "figure": (rf"[Ff]ig\.(?={SPACE}?\d)", "fig."),
        "eg": (rf"[Pp](?:ar|\.){SPACE}?ex\.", "p. ex."),
        "ie": (r"[Cc]\.-à-d\.", "c.-à-d."),
        "etc": (r"etc\.", "etc."),
        "cf": (r"[Cc]f\.", "cf."),
        "no": (rf"[Nn]°|n[oº](?={SPACE}?\d)", "n°"),
        "page": (rf"pp?\.(?={SPACE}?\d)", "p."),
        "ff": (r"(?<=\d )sqq?\.", "sq."),
        "approx": (r"[Ee]nv\.", "env."),
        "incl": (r"incl\.", "incl."),
        "or": ("(?!)", "ou"),
        "among": ("(?!)", "entre autres"),
        "messrs": (r"MM\.(?= [A-ZÀ-Þ])", "MM."),
        "avenue": (r"[Aa]v\.(?= [A-ZÀ-Þ])", "av."),
        "boulevard": (r"[Bb](?:oule)?v?d\.?(?= [A-ZÀ-Þ])", "bd"),
        "chapter": (rf"[Cc]hap\.(?={SPACE}?\d)", "chap."),
        "article": (rf"[Aa]rt\.(?={SPACE}?\d)", "art."),
        "paragraph": (rf"[Aa]l\.(?={SPACE}?\d)", "al."),
        "at_least": (rf"[Mm]in\.(?={SPACE}?\d)", "au moins"),
        "at_most": (rf"[Mm]ax\.(?={SPACE}?\d)", "max."),
        "if_necessary": ("(?!)", "le cas échéant"),
        "possibly": ("(?!)", "éventuellement"),
        "as_a_rule": ("(?!)", "en général"),
        "or_similar": ("(?!)", "ou similaire"),
        "currently": ("(?!)", "actuellement"),
        "plus": ("(?!)", "plus"),
        "see_above": ("(?!)", "voir ci-dessus"),
        "see_below": ("(?!)", "voir ci-dessous"),
        "bc": (rf"(?<=\d )av\.{SPACE}?J\.-C\.", "av. J.-C."),
        "ad": (rf"(?<=\d )apr\.{SPACE}?J\.-C\.", "apr. J.-C."),
        "also_known_as": ("(?!)", "alias"),
        "with": ("(?!)", "avec"),
        "without": ("(?!)", "sans"),
        "appointment": (r"(?:RDV|[Rr]dv)(?!\w)", "rendez-vous"),
        "please": (r"[Ss]\.?[Vv]\.?[Pp]\.?(?!\w)", "s.v.p."),
        "telephone": (r"[Tt]él\.(?= ?[:\d+(])", "tél."),
    },
    negations=r"(?i:\b(?:ne |n')[^.!?;,]{0,40}\b(?:pas|jamais|rien|personne|aucune?|nullement|aucunement)\b)",
    negation_hints=r"(?i:\b(?:ne|n'|non|ni|pas|jamais|rien|personne|aucune?|sans|guère|in\w{3,}|im\w+|ir\w+|dé\w+|mal\w*|peu"
    r"|plus|que|avant|sauf|interdi\w*|manqu\w*|contre|refus\w*|détest\w*|sinon|autre\w*|seulement)\b|\bn')",
    dates=Dates(
        patterns=date_patterns(
            MONTHS,
            "janv|déc",
            {FROM: "du ", BE: "(?<=c[’']est )le |(?<=sommes )le ", ON: "le ", IN: "en "},
            [rf"(?<![\d.,:]){DAY}(?:er)? {{month}}(?: {YEAR})?"],
            [rf"(?<![\d.,:]){FIRST}(?:er)? ?(?:[-–—]|(?<= )au(?= )) ?{DAY} {{month}}(?: {YEAR})?"],
            in_word="en ",
        ),
        written=written_date,
        before={ON: "le ", IN: "en ", BE: "le "},
        range_written=written_range,
        joint=" (?:jusqu['’])?au ",
        between=("du ", " au "),
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
            # Else "une heure" is a duration.
            rf"{HOUR_IN_WORDS}(?<=heure)(?= ?[.,;!?]|\s*\Z)",
        ],
        written=written_time,
        in_words=time_in_words,
        at="à ",
        it_is="il est ",
        clock=(CLOCK, rf"(?<![\d.,:])(?P<hour>[01]?\d|2[0-3]) ?(?:h|heures?)(?![a-z])(?: ?{MINUTE}(?!\d))?"),
    ),
    numeral_value=numeral_reader({"un": 1} | CLOCK_WORDS | ROMANS | LARGER_ORDINALS),
    numbers=NUMBERS,
    ordinals=Ordinals(
        pattern=rf"{NOT_IN_A_NUMBER}(?P<number>1(?=[eè]?re|er)|\d{{1,6}}(?=i?[eè]me|e(?!r))|[IVX]+(?=e)"
        rf"|(?i:{one_of(LARGER_ORDINALS)}))(?:(?<=ième)|i?[eè]me|er|[eè]?re|e)s?(?!{LETTER})",
        written=lambda value: "1er" if value == 1 else f"{value}e",
    ),
    fractions=Fractions(
        pattern=rf"(?<![\w-])(?P<part>(?i:un|{'|'.join(WORDS[1:9])})) (?P<whole>(?i:{one_of(WHOLE_WORDS)}))"
        r"(?![\w-]| d['’]heure)",
        half_behind=rf"(?<![\w-])(?<!à )(?<!vers )(?<!avant )(?<!après )(?<!dès )(?<!est )"
        rf"(?P<part>(?i:une?|{'|'.join(WORDS[1:])}))(?P<unit> [^\W\d_]{{2,20}}) et demie?(?![\w-])",
        wholes=WHOLE_WORDS,
        written=written_fraction,
        of=" de",
    ),
    decades=Decades(
        pattern=rf"(?P<in>\b[Dd]ans les )?\bann[ée]es (?P<decade>{DECADE}|[2-9]0)(?![\w%]|[.,]\d)",
        written=written_decade,
    ),
    linked=linked,
    sample_sentence="Un homme est debout sur une échelle.",
    sample_opinion="J'adore ce téléphone",
)
