"""Dates, written in the language of the translation by rule: a model that errs by a month says something else.

A date takes along the words before it that depend on it: "on March 12" is "am 12. März", "in May 1990" is "en mai
1990", "from May 5 to 7" is "vom 5. bis 7. Mai".
"""

from __future__ import annotations

import re
from itertools import chain, pairwise

from app.text.languages.profile import BE, FROM, IN, ON, Profile
from app.text.rules.rule import Languages, Rule
from app.text.sentence import Sentence
from app.text.spans import Span


def dates(sentence: Sentence, languages: Languages) -> list[Span]:
    """The dates of a sentence: a day or several days of a month, a month with its year, or one behind a word such as
    `in`; and from one day to another."""
    source, target = languages.source, languages.target
    if source.dates is None or target.dates is None:
        return []
    matches = [match for pattern in source.dates.patterns for match in re.finditer(pattern, sentence.text)]
    spans = [Span(start_of(match), match.end(), written(match, source, target), "date") for match in matches]
    days = sorted((match for match in matches if is_day(match)), key=re.Match.start)
    for first, last in pairwise(days):
        if re.fullmatch(source.dates.joint, sentence.text[first.end() : last.start()]):
            ends = (target.dates.written(*source.date_of(one)) for one in (first, last))
            replacement = "".join(chain.from_iterable(zip(target.dates.between, ends, strict=True)))
            spans.append(Span(first.start(), last.end(), replacement, "date"))
    return spans


def start_of(match: re.Match[str]) -> int:
    """Where a date begins: without the word before the first of two days, where it is no such one."""
    groups = match.groupdict()
    return match.start() if groups.get("first") or groups.get(FROM) is None else match.end(FROM)


def is_day(match: re.Match[str]) -> bool:
    groups = match.groupdict()
    return groups.get("day") is not None and not groups.get("first")


def written(match: re.Match[str], source: Profile, target: Profile) -> str:
    """A date that a pattern of the source language matched, as the target language writes it."""
    assert target.dates is not None
    month, day, year = source.date_of(match)
    if first := match.groupdict().get("first"):
        in_words = any(match.groupdict().get(word) is not None for word in (ON, FROM))
        return target.dates.range_written(month, source.numeral_value(first), day, year, in_words)
    before = next((word for word in (BE, ON, IN) if match.groupdict().get(word) is not None), None)
    return (target.dates.before[before] if before else "") + target.dates.written(month, day, year)


RULE = Rule(replace=dates)
