"""Times of day, of which a translation could lose half: "3 pm" is "15 Uhr", and "3点半" half past three."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.text.languages.profile import Profile
from app.text.rules.rule import Encoding, Languages, Proposal, Rule
from app.text.sentence import Sentence
from app.text.spans import Span

TIME = "time"
TIME_IN_WORDS = "time in words"


def times(sentence: Sentence, languages: Languages) -> list[Span]:
    """The times of day of a sentence."""
    source, target = languages.source, languages.target
    if source.times is None or target.times is None:
        return []
    matches = [match for pattern in source.times.patterns for match in re.finditer(pattern, sentence.text)]
    return [Span(*match.span(), *written(match, source, target)) for match in matches]


def written(match: re.Match[str], source: Profile, target: Profile) -> tuple[str, str]:
    """A time that a pattern of the source language matched, as the target language writes it, and its kind."""
    assert target.times is not None
    at = target.times.at if match.groupdict().get("at") is not None else ""
    if words := in_words(match.groupdict(), source, target.times.in_words):
        return at + words, TIME_IN_WORDS
    return at + target.times.written(*source.time_of(match)), TIME


def in_words(groups: dict[str, str | None], source: Profile, words: Callable[[int, int], str]) -> str:
    """A time without its half of the day that the source says in words, such as "half past two", as the target says it;
    empty for any other."""
    parts = ("half", "quarter", "to", "half_to", "words")
    if not any(groups.get(part) for part in parts) or any(groups.get(part) for part in ("am", "noon", "pm")):
        return ""
    hour, quarter = source.numeral_value(groups["hour"] or ""), groups.get("quarter")
    minutes = 30 if groups.get("half") else source.numeral_value(groups.get("minute") or "")
    if quarter:
        minutes = 45 if quarter.startswith("三") else 15
    place = hour * 60 + (-minutes if groups.get("to") else minutes) - (30 if groups.get("half_to") else 0)
    return words((place // 60 - 1) % 12 + 1, place % 60) if hour <= 12 else ""


def as_they_are(sentence: Sentence, languages: Languages, encoding: Encoding) -> Proposal | None:
    """The times as words, where the language says the half of the day in a word that the model may know."""
    source = languages.source
    if source.times is None or not source.times.half_in_a_word:
        return None
    if not any(span.kind == TIME for span in sentence.spans):
        return None
    return Proposal(sentence.without(lambda span: span.kind == TIME), margin=0.0)


RULE = Rule(replace=times, propose=as_they_are)
