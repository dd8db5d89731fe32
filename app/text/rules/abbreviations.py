"""Abbreviations of the language itself: "e.g." is "z. B." in German, and "No. 5" is "Nr. 5". A model that has not read
them takes them for words, or for the end of a sentence."""

from __future__ import annotations

import re
from functools import cache

from app.text.characters import LETTER
from app.text.languages import profile_of
from app.text.rules.rule import Languages, Rule
from app.text.sentence import Sentence
from app.text.spans import Span


def abbreviations(sentence: Sentence, languages: Languages) -> list[Span]:
    """The abbreviations of a sentence that the target language has too."""
    target = languages.target.short_forms
    matches = short_form(languages.source.code).finditer(sentence.text) if languages.source.short_forms else ()
    found = [(match, match.lastgroup or "") for match in matches]
    return [Span(*match.span(), target[name][1], "abbreviation") for match, name in found if name in target]


@cache
def short_form(language: str) -> re.Pattern[str]:
    """Any abbreviation of a language; the group that matches has its name."""
    forms = "|".join(f"(?P<{name}>{pattern})" for name, (pattern, _) in profile_of(language).short_forms.items())
    return re.compile(rf"(?<!{LETTER})(?<!{LETTER}\.)(?:{forms})")


RULE = Rule(replace=abbreviations)
