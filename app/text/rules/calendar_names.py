"""Names of weekdays and months beside each other, as the target language writes them: "Mon-Fri" is "Mo-Fr" in German. A
model lets short names stand and mixes up long ones; alone such a name may be another word ("Sun", "May")."""

from __future__ import annotations

import re
from functools import cache

from app.text.characters import LETTER, without
from app.text.languages import profile_of
from app.text.languages.profile import Profile
from app.text.rules.rule import Languages, Rule
from app.text.sentence import Sentence
from app.text.spans import Span


def names(sentence: Sentence, languages: Languages) -> list[Span]:
    """Two names and more with a dash, a slash or an ampersand between them, or three and more with commas; beside these
    also a short one alone."""
    if not languages.source.short_names or not languages.target.short_names:
        return []
    name, row = patterns(languages.source.code)
    found = list(row.finditer(sentence.text))
    if found:
        alone, rest = short_name(languages.source.code), without(sentence.text, [match.span() for match in found])
        found += alone.finditer(rest)
    return [Span(*match.span(), written(match.group(), name, languages), "names") for match in found]


def written(row: str, name: re.Pattern[str], languages: Languages) -> str:
    """A row of names, and what stands between them, as the target language writes it."""
    forms = [form for _, form in names_of(languages.target)]
    result, last = "", 0
    for match in name.finditer(row):
        if last:
            result += joint(row[last : match.start()], languages)
        result += forms[int((match.lastgroup or "")[1:])]
        last = match.end()
    return result


def joint(text: str, languages: Languages) -> str:
    """The target writes its own comma, "and" or ampersand between two names, and keeps any other mark."""
    target, gap = languages.target, " " if languages.target.spaced else ""
    if text.strip(" ,") in (languages.source.joints[0], "&"):
        return f"{gap}{target.joints[0]}{gap}"
    if text.strip() in (",", "，", "、"):
        return ", " if target.spaced else "、"
    return text


def names_of(language: Profile) -> list[tuple[str, str]]:
    """The full and the short names, each with its regular expression; "May" is a full one."""
    return [*((name, name) for name in language.full_names), *language.short_names]


@cache
def patterns(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """One name, of which the group that matches tells the place, and several beside each other."""
    profile = profile_of(language)
    found = [pattern for pattern, _ in names_of(profile)]
    groups = "|".join(f"(?P<n{place}>{pattern})" for place, pattern in enumerate(found))
    # A full stop that ends the sentence stays.
    name = rf"(?<!{LETTER})(?:{'|'.join(found)})(?!{LETTER})(?:\.(?!\s*\Z))?"
    also = re.escape(profile.joints[0])
    tight, loose = " ?[-–/&] ?", f"(?:,? {also} |{'' if profile.spaced else also + '|'} ?[-–/&,，、] ?)"
    row = re.compile(f"{name}(?:{loose}{name}){{2,18}}|{name}(?:{tight}{name}){{1,18}}")
    return re.compile(rf"(?:{groups})(?!{LETTER})\.?"), row


@cache
def short_name(language: str) -> re.Pattern[str]:
    """A short name that is no full one, such as "May"."""
    profile = profile_of(language)
    names = "|".join(pattern for pattern, form in profile.short_names if form not in profile.full_names)
    return re.compile(rf"(?<!{LETTER}|-)(?:{names})(?!{LETTER}|-)(?:\.(?!\s*\Z))?")


RULE = Rule(replace=names)
