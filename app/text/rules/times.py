"""Times of day, of which a translation could lose half: "3 pm" is "15 Uhr", and "3点半" half past three."""

from __future__ import annotations

import re

from app.text.languages.profile import Profile
from app.text.rules.rule import Encoding, Languages, Proposal, Rule
from app.text.sentence import Sentence
from app.text.spans import Span

TIME = "time"
TIME_IN_WORDS = "time in words"
DASH = re.compile(r" ?[-–—] ?")


def times(sentence: Sentence, languages: Languages) -> list[Span]:
    """The times of day of a sentence."""
    source, target = languages.source, languages.target
    if source.times is None or target.times is None:
        return []
    matches = [match for pattern in source.times.patterns for match in re.finditer(pattern, sentence.text)]
    spans = [Span(*match.span(), *written(match, source, target)) for match in matches]
    return with_ranges(sorted(spans, key=lambda span: span.start), sentence.text)


def with_ranges(spans: list[Span], text: str) -> list[Span]:
    """The times, and those with a dash between them as one: a model loses the dash between two placeholders."""
    found: list[Span] = []
    for span in spans:
        before = found[-1] if found else None
        if before is not None and (dash := DASH.fullmatch(text, before.end, span.start)):
            replacement = f"{before.replacement}{dash.group()}{span.replacement}"
            found[-1] = Span(before.start, span.end, replacement, before.kind)
        else:
            found.append(span)
    return found


def written(match: re.Match[str], source: Profile, target: Profile) -> tuple[str, str]:
    """A time that a pattern of the source language matched, as the target language writes it, and its kind."""
    assert target.times is not None
    groups = match.groupdict()
    at = target.times.at if groups.get("at") is not None else target.times.it_is if groups.get("it_is") else ""
    hour, minute, certain = source.time_of(match)
    words = target.times.in_words((hour - 1) % 12 + 1, minute) if is_in_words(match) and hour <= 12 else ""
    if words:
        return at + words, TIME_IN_WORDS
    return at + target.times.written(hour, minute, certain), TIME


def is_in_words(match: re.Match[str]) -> bool:
    """Whether a text says a time in words, such as "half past two", and not the half of the day."""
    groups = match.groupdict()
    parts = ("half", "quarter", "to", "half_to", "words")
    return any(groups.get(part) for part in parts) and not any(groups.get(part) for part in ("am", "noon", "pm"))


def as_they_are(sentence: Sentence, languages: Languages, encoding: Encoding) -> Proposal | None:
    """The times as words, where the language says the half of the day in a word that the model may know."""
    source = languages.source
    if source.times is None or not source.times.half_in_a_word:
        return None
    if not any(span.kind == TIME for span in sentence.spans):
        return None
    return Proposal(sentence.without(lambda span: span.kind == TIME), margin=0.0)


RULE = Rule(replace=times, propose=as_they_are)
