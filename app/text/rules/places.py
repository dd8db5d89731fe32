"""Towns whose names are words: "in Essen" is not in food. Behind such a preposition, and without an article, a name
stands."""

from __future__ import annotations

import re
from functools import cache

from app.text.characters import LETTER, one_of
from app.text.languages import profile_of
from app.text.languages.places import towns
from app.text.rules.rule import Languages, Rule
from app.text.sentence import Sentence
from app.text.spans import Span


def places(sentence: Sentence, languages: Languages) -> list[Span]:
    """The towns of a sentence, as the target language writes them."""
    if not languages.source.before_places or not languages.target.code:
        return []
    names = {here: name for name, here in towns(languages.source.code).items()}
    there = towns(languages.target.code)
    matches = pattern(languages.source.code).finditer(sentence.text)
    return [Span(*match.span(), there[names[match.group()]], "place") for match in matches]


@cache
def pattern(language: str) -> re.Pattern[str]:
    before = "|".join(rf"(?<=\b{word} )" for word in profile_of(language).before_places)
    return re.compile(rf"(?:{before})(?:{one_of(towns(language).values())})(?!{LETTER}|-| [A-ZÀ-Þ\d])")


RULE = Rule(replace=places)
