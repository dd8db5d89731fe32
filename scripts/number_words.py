"""Numbers as words, up to a million, in the languages of the translators."""

from __future__ import annotations


def split(text: str) -> list[str]:
    return text.split()


ENGLISH = split(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
ENGLISH_TENS = split("_ _ twenty thirty forty fifty sixty seventy eighty ninety")
GERMAN = split(
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn"
)
GERMAN_TENS = split("_ _ zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
FRENCH = split(
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf"
)
FRENCH_TENS = split("_ _ vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt")
CHINESE = "零一二三四五六七八九"


def in_words(number: int, language: str) -> str:
    """A number below 1,000,000 as words of `en`, `de`, `fr` or `zh`."""
    return {"en": english, "de": german, "fr": french, "zh": chinese}[language](number)


def english(number: int) -> str:
    if number < 20:
        return ENGLISH[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return ENGLISH_TENS[tens] + (f"-{ENGLISH[ones]}" if ones else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{ENGLISH[hundreds]} hundred" + (f" and {english(rest)}" if rest else "")
    thousands, rest = divmod(number, 1000)
    joint = " and " if 0 < rest < 100 else " "
    return f"{english(thousands)} thousand" + (f"{joint}{english(rest)}" if rest else "")


def german(number: int, last: bool = True) -> str:
    """`last`: whether nothing follows, which makes "ein" into "eins"."""
    if number == 1 and not last:
        return "ein"
    if number < 20:
        return GERMAN[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return (f"{german(ones, last=False)}und" if ones else "") + GERMAN_TENS[tens]
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{german(hundreds, last=False)}hundert" + (german(rest, last) if rest else "")
    thousands, rest = divmod(number, 1000)
    return f"{german(thousands, last=False)}tausend" + (german(rest, last) if rest else "")


def french(number: int, last: bool = True) -> str:
    """`last`: whether nothing follows, where "cents" and "quatre-vingts" have an s."""
    if number < 20:
        return FRENCH[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        if tens in (7, 9):
            ones += 10
        if not ones:
            return FRENCH_TENS[tens] + ("s" if tens == 8 and last else "")
        joint = " et " if ones in (1, 11) and tens < 8 else "-"
        return f"{FRENCH_TENS[tens]}{joint}{FRENCH[ones]}"
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        head = "cent" if hundreds == 1 else f"{FRENCH[hundreds]} cent"
        if not rest:
            return head + ("s" if hundreds > 1 and last else "")
        return f"{head} {french(rest, last)}"
    thousands, rest = divmod(number, 1000)
    head = "mille" if thousands == 1 else f"{french(thousands, last=False)} mille"
    return head + (f" {french(rest, last)}" if rest else "")


def chinese(number: int) -> str:
    """A two is 两 before 千 and 万, and at the beginning before 百."""
    if number >= 10_000:
        head, rest = divmod(number, 10_000)
        words = ("两" if head == 2 else chinese(head)) + "万"
        return words + ("零" if 0 < rest < 1000 else "") + (below_ten_thousand(rest, head=False) if rest else "")
    return below_ten_thousand(number)


def below_ten_thousand(number: int, head: bool = True) -> str:
    """`head`: whether the words begin here, where ten is 十 and not 一十."""
    words, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if not digit:
            gap = bool(words)
            continue
        two = digit == 2 and (unit == 1000 or (unit == 100 and head and not words))
        ten = unit == 10 and digit == 1 and head and not words
        words += ("零" if gap else "") + ("" if ten else "两" if two else CHINESE[digit]) + name
        gap = False
    return words or CHINESE[0]
