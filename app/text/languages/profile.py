"""The facts of a language that the rules of a text, the splitter and the pipeline ask for. These ask a profile and name
no language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from app.text.characters import LETTER
from app.text.languages.magnitude import Magnitude, Marks
from app.text.languages.number_words import NumberInWords
from app.text.languages.units import Units

Convert = Callable[[str], str]

# Parts of the patterns of dates and times.
DAY, YEAR = r"(?P<day>3[01]|[12]\d|0?[1-9])", r"(?P<year>[12]\d{3})"
DECADE = r"(?:1[1-9]|20)\d0"
MINUTE = r"(?P<minute>[0-5]\d)"
CLOCK = rf"(?<![\d.,:])(?P<hour>[01]?\d|2[0-3]):{MINUTE}(?![\d:])"
AFTERNOON_HOUR = "(?P<hour>1[3-9]|2[0-3])"
NOT_IN_A_NUMBER = r"(?<![\w.,:/-])"
FIRST = DAY.replace("day", "first")  # of a range of days
# The words before a date that depend on the language: before a day, before a month, before a day that something is, and
# before the first of several days.
ON, IN, BE, FROM = "on", "in", "be", "from"


def number(text: str) -> int:
    """The value of decimal digits; 0 for any other text."""
    return int(text) if text.isdecimal() else 0


def numeral_reader(words: Mapping[str, int]) -> Callable[[str], int]:
    """A function that gives the value of digits, or of one of the words, such as those for an hour and its minutes; 0
    for any other text."""

    def value(text: str) -> int:
        return words.get(text.lower(), 0) or number(text)

    return value


def unchanged(text: str) -> str:
    return text


def no_plurals(term: str) -> Sequence[str]:
    return ()


def as_it_is(replacement: str, following: str) -> str:
    return following


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """How a language writes dates.

    `patterns` are regular expressions with the groups `month`, `day`, `year` and, for a word before the date, `on`,
    `in`, `be` and `from`; of several days, from `first` to `day`. `written(month, day, year)` is the date as the
    language writes it; a day or year of 0 is left out. `before` has the words to put before such a date, by group.
    `range_written(month, first, day, year, in_words)` is a range of days, `in_words` that say when something is: "from
    May 5 to 7". `joint` is a regular expression of what stands between two days, and `between` what the language writes
    before the first and the second: "from May 5 to June 7". `months` are the names of the months; a language that
    numbers them has none.
    """

    patterns: Sequence[str]
    written: Callable[[int, int, int], str]
    before: Mapping[str, str]
    range_written: Callable[[int, int, int, int, bool], str]
    joint: str
    between: tuple[str, str]
    months: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How a language writes times of day.

    `patterns` are regular expressions with the groups `hour`, `minute`, `half`, `am`, `noon`, `pm` and, for a word
    before the time, `at`. Times in words have `half` or `quarter` for 30 or 15 minutes, `to` if the minutes are those
    before the hour, `half_to` if half an hour more is, and `words` if none of these tells that it is in words.
    `written(hour, minute, certain)` is the time as the language writes it: `hour` is 0 to 23, and only if `certain` is
    the half of the day known. `in_words(hour, minute)` is the time as people say it, with an hour of 1 to 12; empty
    where they would not. `clock` has patterns of times in figures that need no rule. `at` is the word to put before
    a time, and `it_is` what says that it is that time (group `it_is`). `twelve_pm` is the hour that twelve in the
    afternoon or evening means. With `half_in_a_word`, texts say the half of the day in a word of its own that a model
    may know, so that it may also read the time itself.
    """

    patterns: Sequence[str]
    written: Callable[[int, int, bool], str]
    in_words: Callable[[int, int], str]
    at: str
    it_is: str
    clock: Sequence[str] = (CLOCK,)
    twelve_pm: int = 12
    half_in_a_word: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordinals:
    """How a language writes ordinals in digits. `pattern` is a regular expression of these and of larger ones in words,
    with the group `number`, and `written(value)` is the ordinal as the language writes it."""

    pattern: str
    written: Callable[[int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fractions:
    """How a language writes fractions in words. `pattern` is a regular expression with the groups `part`, `whole` and,
    for a word behind them that says of what, possibly `of`; `wholes` has the values of the second. `with_half` is one
    of numbers and a half, `half_behind` of those with a `unit` between both, `percent` of hundredths, all with the
    group `part`. `written(part, whole)` is the fraction as the language writes it, and `of` such a word behind it.
    `with_half_unit(count, unit)` is a number and a half of a unit, by its name; empty if it cannot write that."""

    pattern: str
    with_half: str = ""
    half_behind: str = ""
    percent: str = ""
    with_half_unit: Callable[[int, str], str] = lambda count, unit: ""
    wholes: Mapping[str, int]
    written: Callable[[int, int], str]
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedParts:
    """How a language writes numbered parts of a text. `pattern` is a regular expression with the groups `part` and
    `number`; `parts` has the names that all languages share by the words of the former, and `forms` how they are
    written, by name."""

    pattern: str
    parts: Mapping[str, str]
    forms: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decades:
    """How a language writes decades. `pattern` is a regular expression with the groups `decade`, its first year or the
    last two digits of that, `in`, the words that say that something is in it, and possibly `century`.
    `written(decade, is_in)` is the decade as the language writes it, with such words if `is_in`."""

    pattern: str
    written: Callable[[int, bool], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How a language writes numbers.

    `magnitudes(text)` finds numbers with a magnitude word, and `with_magnitude(value)` writes one; empty for one that
    it cannot write. `in_words(text)` finds numbers in words, and `hints(text)` gives all numbers that the words may
    speak of. `more_than` is the word before a number of which there are more. `labels` is a regular expression of words
    before a number that is a name and no amount, such as "version".
    """

    marks: Marks
    magnitudes: Callable[[str], Iterable[Magnitude]]
    with_magnitude: Callable[[Decimal], str]
    in_words: Callable[[str], Iterable[NumberInWords]]
    hints: Callable[[str], set[float]]
    more_than: str
    units: Units
    labels: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A language. The defaults hold for one that has no file of its own.

    `spaced`: words have spaces between them, and so have sentences.
    `wide_marks`: the language's own form of ASCII punctuation; `before_marks`: white space before ! and ?.
    `letters`: class of the characters that its words are written in; `quotes`: its quotation marks;
    `inner_quotes`: those of a quotation in another one.
    `joints`: the words before the last item of an enumeration, "and" and "or" first.
    `date_units`: characters behind a number that name a unit of dates and times.
    `nouns_capitalised`: every noun has a capital, so a capital tells no name; then only a title does.
    `title_words`: the titles that stand before a name, by names that all languages share: a regular expression, and the
    title as it is written before a name kept. `offices`: regular expression of words behind a title that are no name.
    `before_places`: words behind which a name without an article is that of a town.
    `names_by_sound`: regular expression of names of other letters as it writes them; then titles stand behind a name.
    `surnames`: those of one character, in Latin letters.
    `short_forms`: abbreviations, by names that all languages share: a regular expression, and the form to write.
    `not_names`: regular expression of capitalised words that are no names.
    `always_capital`: regular expression of words, besides names, that have a capital inside a sentence.
    `name_margin`: by how much a translation with a rare name kept must be likelier to be preferred, in log probability
    a token.
    `short_names`: short names of the weekdays from Monday on, and of the months: a regular expression, and the form to
    write; `full_names`: the full ones in the same order.
    `numbered_parts`: how it writes numbered parts of a text.
    `abbreviations`: regular expression of abbreviations, without their full stop, that do not end a sentence.
    `plurals`: the regular plurals of a term that can be formed without a dictionary, and mistaken for no other word.
    `elided_words`: regular expression of words that are written together with the next one, with their apostrophe.
    `clitics`: regular expression of endings with their apostrophe that are words of their own.
    `numeral_value`: the value of digits or of the language's numerals.
    `negations`: regular expression of words that surely negate a sentence; `negation_hints`: of all that may.
    `without_names`: a text without the numbers that other languages write as names, such as those of months.
    `before_model`, `after_model`: conversions between scripts, by the language code that the model goes by, and by that
    and the code that a client asked for.
    `scripts`: conversions of a text in any script of the language, by the code of the result.
    `linked`: the words of a translation behind the replacement of a span, as they go with it: between "deux millions"
    and "personnes" goes a "de".
    `function_characters`: characters that few sentences of the language do without, of one without spaces.
    `emoji_names`: the language in which emoji are spelled out for a classifier.
    `sample_sentence`, `sample_opinion`: texts to try a translator and a classifier with.
    """

    code: str = ""
    spaced: bool = True
    wide_marks: Mapping[str, str] = field(default_factory=dict)
    before_marks: str = ""
    letters: str = "A-Za-z\u00c0-\u024f"
    quotes: tuple[str, str] = ('"', '"')
    inner_quotes: tuple[str, str] = ("'", "'")
    joints: tuple[str, ...] = ()
    date_units: str = ""
    nouns_capitalised: bool = False
    title_words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    offices: str = ""
    before_places: Sequence[str] = ()
    names_by_sound: str = ""
    surnames: Mapping[str, str] = field(default_factory=dict)
    short_forms: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    short_names: Sequence[tuple[str, str]] = ()
    full_names: Sequence[str] = ()
    not_names: str = ""
    always_capital: str = ""
    name_margin: float = 0.1
    numbered_parts: NumberedParts | None = None
    abbreviations: str = ""
    plurals: Callable[[str], Sequence[str]] = no_plurals
    elided_words: str = ""
    clitics: str = ""
    numeral_value: Callable[[str], int] = number
    negations: str = ""
    negation_hints: str = ""
    without_names: Convert = unchanged
    before_model: Mapping[str, Convert] = field(default_factory=dict)
    after_model: Mapping[tuple[str, str], Convert] = field(default_factory=dict)
    scripts: Mapping[str, Convert] = field(default_factory=dict)
    function_characters: str = ""
    emoji_names: str = "en"
    dates: Dates | None = None
    times: Times | None = None
    numbers: Numbers | None = None
    ordinals: Ordinals | None = None
    fractions: Fractions | None = None
    decades: Decades | None = None
    linked: Callable[[str, str], str] = as_it_is
    sample_sentence: str = "A man is standing on a ladder."
    sample_opinion: str = "I love this phone"

    @property
    def titles(self) -> str:
        """Regular expression of all titles."""
        return "|".join(pattern for pattern, _ in self.title_words.values())

    @property
    def narrow_marks(self) -> dict[int, str]:
        """A translation table from the language's own punctuation to that of ASCII."""
        return str.maketrans({wide: mark for mark, wide in self.wide_marks.items()})

    def date_of(self, match: re.Match[str]) -> tuple[int, int, int]:
        """The month, day and year of a date that one of the patterns matched; 0 for a part that it does not name."""
        assert self.dates is not None
        groups = match.groupdict()
        name = groups["month"].rstrip(".").lower()
        month = self.numeral_value(name)
        if not name.isdecimal() and self.dates.months:
            month = 1 + next(n for n, month in enumerate(self.dates.months) if month.lower().startswith(name))
        day, year = (self.numeral_value(groups.get(part) or "") for part in ("day", "year"))
        return month, day, year

    def time_of(self, match: re.Match[str]) -> tuple[int, int, bool]:
        """The hour and minute of a time that one of the patterns matched, and whether the half of the day is
        certain."""
        assert self.times is not None
        groups = match.groupdict()
        hour, quarter = self.numeral_value(groups["hour"]), groups.get("quarter")
        minute = 30 if groups.get("half") else self.numeral_value(groups.get("minute") or "")
        if quarter:  # "quarter", or its number before it
            minute = 15 * (self.numeral_value(quarter[:1]) or 1)
        if groups.get("to") or groups.get("half_to"):
            place = 60 * hour + (-minute if groups.get("to") else minute) - (30 if groups.get("half_to") else 0)
            hour, minute = divmod(place if place >= 60 else place + 12 * 60, 60)
        forenoon, afternoon = groups.get("am"), groups.get("pm") or (groups.get("noon") and hour < 11)
        certain = bool(forenoon or afternoon or groups.get("noon") or hour > 12)
        if hour == 12 and forenoon:
            hour = 0
        elif hour == 12 and afternoon:
            hour = self.times.twelve_pm
        elif afternoon and hour < 12:
            hour += 12
        return hour % 24, minute, certain


def date_patterns(
    months: Sequence[str],
    short: str,
    before: Mapping[str, str],
    days: Sequence[str],
    ranges: Sequence[str],
    *,
    in_word: str,
) -> list[str]:
    """The patterns of a language whose months have names, `short` in their short form: each of `ranges` and `days`, in
    which `{month}` stands for the month, a month with its year, and a month alone behind `in_word`, with its capital,
    since "May", "march" and "mars" are other words too. `before` has patterns of the words before a date, by group."""
    names = "|".join(months)
    month = rf"(?P<month>(?:{names}|{names.title()}|{names.upper()})\b|(?:{short})(?:\.|\b))"
    words = {group: f"(?P<{group}>{pattern})" for group, pattern in before.items()}
    before_day, before_month = "|".join(words.values()), "|".join(words[group] for group in words if group != FROM)
    end = rf"(?![:.,]?\d|{LETTER}|%)"
    dates = [(before_day, one) for one in [*ranges, *days]] + [(before_month, f"{{month}} {YEAR}")]
    return [
        *(rf"(?<!{LETTER})(?i:{words})?{date.replace('{month}', month)}{end}" for words, date in dates),
        rf"(?<!{LETTER})(?P<{IN}>(?i:{in_word})){month}{end}",
    ]
