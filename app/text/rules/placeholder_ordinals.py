"""Ordinals of placeholders, as the target language writes them: "{n}th" is "{n}." in German, "{n}e" in French, 第{n} in
Chinese."""

from __future__ import annotations

import re

from app.text.languages.profile import Profile
from app.text.rules.rule import Languages, Rule
from app.text.sentence import Sentence
from app.text.spans import Span

PLACEHOLDER = re.compile(r"\{{1,2}[^{}]*\}{1,2}")
EXAMPLES = (4, 1, 2, 3)  # numbers to read in place of a placeholder, for each ending one
LONGEST_BEFORE = 1  # characters of an ordinal before its number


def placeholder_ordinals(sentence: Sentence, languages: Languages) -> list[Span]:
    placeholders = [span for span in sentence.spans if PLACEHOLDER.fullmatch(span.replacement)]
    found = (ordinal(sentence.text, span, languages.source, languages.target) for span in placeholders)
    return [span for span in found if span is not None]


def ordinal(text: str, placeholder: Span, source: Profile, target: Profile) -> Span | None:
    """The ordinal of a placeholder; None if it is none, whatever number stands in its place."""
    if source.ordinals is None or target.ordinals is None:
        return None
    pattern = re.compile(source.ordinals.pattern)
    before, behind = text[: placeholder.start], text[placeholder.end :]
    for value in EXAMPLES:
        number = str(value)
        read = before + number + behind
        found = pattern.search(read, max(0, placeholder.start - LONGEST_BEFORE))
        if read == source.ordinals.written(value):  # "4." alone, which in a text may end a sentence
            start, end = 0, len(read)
        elif found is not None and found.span("number") == (placeholder.start, placeholder.start + len(number)):
            start, end = found.span()
        else:
            continue
        replacement = target.ordinals.written(value).replace(number, placeholder.replacement)
        return Span(start, placeholder.end + end - placeholder.start - len(number), replacement, "placeholder ordinal")
    return None


RULE = Rule(replace=placeholder_ordinals)
