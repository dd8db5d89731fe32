"""Ordinals of placeholders, as the target language writes them: "{n}th" is "{n}." in German, "{n}e" in French, 第{n} in
Chinese."""

from __future__ import annotations

import re

from app.text.languages.profile import Profile
from app.text.rules.rule import Languages, Rule
from app.text.sentence import Sentence
from app.text.spans import Span

PLACEHOLDER = re.compile(r"\{{1,2}[^{}]*\}{1,2}")
# Numbers to read in place of a placeholder. The last three have endings of their own in some languages.
EXAMPLES = (4, 1, 2, 3)
EXAMPLE = str(EXAMPLES[0])
LONGEST_BEFORE = 1  # characters of an ordinal before its number


def placeholder_ordinals(sentence: Sentence, languages: Languages) -> list[Span]:
    placeholders = [span for span in sentence.spans if PLACEHOLDER.fullmatch(span.replacement)]
    found = (ordinal(sentence.text, span, languages.source, languages.target) for span in placeholders)
    return [span for span in found if span is not None]


def ordinal(text: str, placeholder: Span, source: Profile, target: Profile) -> Span | None:
    """The ordinal of a placeholder; None if it is none, as an example in its place shows."""
    if source.ordinals is None or target.ordinals is None:
        return None
    read = text[: placeholder.start] + EXAMPLE + text[placeholder.end :]
    found = re.compile(source.ordinals.pattern).search(read, max(0, placeholder.start - LONGEST_BEFORE))
    if read == source.ordinals.written(EXAMPLES[0]):  # "4." alone, which in a text may end a sentence
        start, end = 0, len(read)
    elif found is not None and found.start("number") == placeholder.start:
        start, end = found.span()
    else:
        return None
    before, behind = read[start : placeholder.start], read[placeholder.start + len(EXAMPLE) : end]
    alike = (one for one in EXAMPLES if source.ordinals.written(one) == f"{before}{one}{behind}")
    value = next(alike, EXAMPLES[0])
    replacement = target.ordinals.written(value).replace(str(value), placeholder.replacement)
    return Span(start, placeholder.end + len(behind), replacement, "placeholder ordinal")


RULE = Rule(replace=placeholder_ordinals)
