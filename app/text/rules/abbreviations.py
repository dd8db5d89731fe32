"""Abbreviations of the language itself: "e.g." is "z. B." in German, and "No. 5" is "Nr. 5". A model that has not read
them takes them for words, or for the end of a sentence."""

from __future__ import annotations

import re

from app.text.characters import LETTER
from app.text.rules.rule import Languages, Rule
from app.text.sentence import Sentence
from app.text.spans import Span


def abbreviations(sentence: Sentence, languages: Languages) -> list[Span]:
    """The abbreviations of a sentence that the target language has too."""
    source, target = languages.source.short_forms, languages.target.short_forms
    spans: list[Span] = []
    for name, (pattern, _) in source.items():
        if name in target:
            matches = re.finditer(rf"(?<!{LETTER})(?<!{LETTER}\.)(?:{pattern})", sentence.text)
            spans += [Span(*match.span(), target[name][1], "abbreviation") for match in matches]
    return spans


RULE = Rule(replace=abbreviations)
