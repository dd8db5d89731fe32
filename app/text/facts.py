"""Compares a translation with its source: do they say the same numbers, dates, times, units, links and names, has an
enumeration as many items, and is one negated where the other is? Doubt is not reported: what is reported is a
difference that both profiles can tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from app.text.characters import LETTER
from app.text.enumeration import differs, enumerated
from app.text.figures import LINK, Text, changed_units
from app.text.languages import profile_of
from app.text.languages.profile import Profile
from app.text.normalize import normalize
from app.text.rules.rule import Languages

TIME_PARTS = 2  # hour and minute
Kind = Literal["number", "date", "unit", "link", "name", "negation", "item"]
Change = tuple[Kind, str]
# A small letter before a capital in a word, and what tells one model of a product from another. With "Innen", a German
# word names women and men.
BRAND = re.compile(
    r"(?<![\w@./{-])(?=[A-Za-z]{4})[A-Za-z]*[a-z][A-Z](?!nnen)[A-Za-z]*(?![\w@./(-])"
    r"(?: (?:\d{1,4}|Pro|Max|Plus|Mini|Air|Ultra|Lite)(?![\w.-]\w))*"
)
OWN_WORD = re.compile(r"(?<![A-Za-z\u00c0-\u024f])[A-Z][a-z\u00df-\u00ff]{2,30}(?![A-Za-z\u00c0-\u024f])")
NAME = r"[A-Z\u00c0-\u00de][\w'-]{1,30}"


@dataclass(slots=True, frozen=True)
class FactWarning:
    """A fact of a sentence that its translation changes."""

    sentence: str
    kind: Kind
    detail: str


def compare(source: str, translation: str, languages: Languages) -> list[FactWarning]:
    """The facts that differ between a sentence and its translation."""
    changes = Facts(normalize(source), languages).changed_by(normalize(translation))
    return [FactWarning(source, kind, detail) for kind, detail in changes]


class Facts:
    """The facts of a sentence. `text` is normalised."""

    def __init__(self, text: str, languages: Languages) -> None:
        self.text, self.languages = text, languages
        self.source = Text(text, languages.source)
        self.links = Counter(LINK.findall(text))
        self.names = [*names_of(text, languages), *brands_of(text)]
        self.items = enumerated(text, languages.source)
        self.is_negated = is_negated(text, languages.source)
        # A name in letters that the target language does not write in is the source's, or garbled.
        self.own_words = set(OWN_WORD.findall(text)) if languages.target.names_by_sound else set()

    def __bool__(self) -> bool:
        """Whether a translation could change one."""
        return bool(self.source.figures or self.links or self.names or self.items or self.is_negated or self.own_words)

    def changed_by(self, translation: str) -> list[Change]:
        """The facts that a translation changes, each with its kind and the fault."""
        target = Text(translation, self.languages.target)
        lost_links = self.links - Counter(LINK.findall(translation))
        changes: list[Change] = [("link", f"{link} is lost") for link in lost_links]
        changes += figures(self.source, target)
        lost, new = changed_units(self.source.figures.units, target.figures.units)
        if lost and new:
            changes.append(("unit", f"{', '.join(sorted(lost))} became {', '.join(sorted(new))}"))
        changes += lost_names(self.names, translation, self.languages)
        if self.own_words:
            known = self.text.lower()  # "Mac" is in "Macs"
            words = {word for word in OWN_WORD.findall(translation) if word.lower() not in known}
            changes += [("name", f"{word} is not in the source") for word in sorted(words)]
        if differs(self.items, translation, self.languages.target):
            changes.append(("item", f"the translation does not have the {len(self.items)} items of the source"))
        return changes + list(negation(self.text, translation, self.languages))


def figures(source: Text, target: Text) -> Iterator[Change]:
    """Dates, times and numbers. A number may stand in words on one side, and a date in figures."""
    few = {source: source.figures.few, target: target.figures.few}
    for mine, other, side in ((source, target, "the translation"), (target, source, "the source")):
        numbers = other.figures.numbers
        known = other.hints.union(*numbers)
        parts = {float(part) for dates in other.figures.dates for date in dates for part in date}
        others = {len(min(date)) for date in unmatched(other.figures.dates, mine.figures.dates)}
        for date in map(min, unmatched(mine.figures.dates, other.figures.dates)):
            is_other = len(date) == TIME_PARTS and TIME_PARTS in others  # "ten to nine" does not say 9:50
            is_there = not is_other and any({float(part), float(part % 12)} & known for part in date if part)
            if not is_there and not is_month_of(date, other.text, other.language):
                yield "date", f"{'-'.join(map(str, date))} is not in {side}"
        for values in unmatched(mine.figures.numbers, numbers):
            if not values & (other.hints | parts):
                yield "number", f"{min(values):,.10g} is not in {side}"
        few[mine] = Counter({value: count for value, count in few[mine].items() if value not in known | parts})
    if few[source] and few[target]:
        lost, new = (", ".join(f"{value:g}" for value in sorted(few[one])) for one in (source, target))
        yield "number", f"{lost} became {new}"


def unmatched(mine: Sequence[frozenset[Any]], other: Sequence[frozenset[Any]]) -> Iterator[frozenset[Any]]:
    """The figures that the other text has none for, each of which counts once."""
    rest = list(other)
    for one in mine:
        match = next((candidate for candidate in rest if candidate & one), None)
        if match is None:
            yield one
        else:
            rest.remove(match)


def is_month_of(date: tuple[int, ...], text: str, language: Profile) -> bool:
    """Whether a date is a month alone that a text may name: patterns know it only behind certain words."""
    months = language.dates.months if language.dates is not None else ()
    return len(date) == 3 and not any(date[1:]) and (not months or months[date[0] - 1][:3].lower() in text.lower())


@dataclass(slots=True, frozen=True)
class Name:
    """A name, with a title or one that has a capital inside: where it stands in a sentence, the word of it that must be
    in the translation, and the name of the title."""

    start: int
    end: int
    word: str
    title: str
    written: str  # the name with its title, as the target language writes it


def names_of(text: str, languages: Languages) -> list[Name]:
    """Names beside a title, in letters that the target language can keep."""
    source, titles = languages.source, languages.target.title_words
    if not source.titles or not titles or (source.names_by_sound and languages.target.names_by_sound):
        return []
    names: list[Name] = []
    for title, match in titled(text, source, titled_surname if source.surnames else titled_name):
        name = source.surnames.get(match["name"]) or match["name"].removesuffix("'s")
        word = titles[title][1] if title in titles else ""
        start, end = match.span() if word else match.span("name")
        end = end if source.surnames else match.start("name") + len(name)
        written = f"{name}{word}" if languages.target.names_by_sound else f"{word} {name}".lstrip()
        names.append(Name(start, end, name.split()[-1], title, written))
    return names


def brands_of(text: str) -> list[Name]:
    """Names with a capital inside, such as iPhone 15 Pro."""
    return [Name(*match.span(), match.group(), "", match.group()) for match in BRAND.finditer(text)]


def titled(
    text: str, language: Profile, pattern: Callable[[str], re.Pattern[str]]
) -> Iterator[tuple[str, re.Match[str]]]:
    """The titles beside a name, each with the match of both."""
    for match in pattern(language.code).finditer(text):
        yield next(title for title in language.title_words if match[title]), match


@cache
def titled_name(language: str) -> re.Pattern[str]:
    """A name behind a title, of which the last counts ("Frau Dr. Sommer"), or before it; the group that matches has the
    name of the title."""
    profile = profile_of(language)
    titles = title_groups(profile)
    if profile.names_by_sound:
        return re.compile(rf"(?P<name>{NAME}|{profile.names_by_sound}) ?(?:{titles})")
    name = rf"(?!(?:{profile.offices})(?!{LETTER})){NAME}"
    return re.compile(rf"(?<!{LETTER})(?:(?:{profile.titles}) )??(?:{titles}) (?P<name>{name}(?: {name})?)")


@cache
def titled_surname(language: str) -> re.Pattern[str]:
    """A surname of one character before its title, and not the end of a longer name."""
    profile = profile_of(language)
    surnames = "".join(profile.surnames)
    return re.compile(rf"(?<![{surnames}·])(?P<name>[{surnames}])(?:{title_groups(profile)})")


def title_groups(profile: Profile) -> str:
    """Regular expression of all titles, with a group for each."""
    return "|".join(f"(?P<{title}>{pattern})" for title, (pattern, _) in profile.title_words.items())


def lost_names(names: list[Name], translation: str, languages: Languages) -> Iterator[Change]:
    """Names that a translation lacks, or that have another title there."""
    if not names:
        return
    folded, by_sound = translation.lower(), bool(languages.target.names_by_sound)
    titles = Counter(title for title, _ in titled(translation, languages.target, titled_name))
    for name in names:
        is_there = re.search(rf"(?<!{LETTER}){re.escape(name.word.lower())}(?:e?s)?(?!{LETTER})", folded)
        if not is_there and not (by_sound and titles[name.title]):
            yield "name", f"{name.word} is not in the translation"
        elif name.title in languages.target.title_words and not titles[name.title]:
            yield "name", f"the title of {name.word} is not in the translation"
        titles[name.title] -= 1


def is_negated(text: str, language: Profile) -> bool:
    """Whether a sentence is surely negated. Not of questions, where a negation may say nothing ("isn't it?")."""
    is_question = text.rstrip().endswith(("?", "？"))
    return bool(language.negations) and not is_question and re.search(language.negations, text) is not None


def negation(source: str, translation: str, languages: Languages) -> Iterator[Change]:
    if any(text.rstrip().endswith(("?", "？")) for text in (source, translation)):
        return
    for text, language, other, theirs, detail in (
        (source, languages.source, translation, languages.target, "the source is negated, the translation is not"),
        (translation, languages.target, source, languages.source, "the translation is negated, the source is not"),
    ):
        if is_negated(text, language) and theirs.negation_hints and not re.search(theirs.negation_hints, other):
            yield "negation", detail
