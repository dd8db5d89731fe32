"""Ordinals in digits, as the target language writes them: "3rd" is "3." in German, "3e" in French, 第3 in Chinese.

A model may also read them, which gets the words around them right, where its translation says the same ordinals.
"""

from __future__ import annotations

import re

from app.text.languages.profile import Profile
from app.text.rules.rule import Encoding, Languages, Proposal, Rule
from app.text.sentence import Sentence
from app.text.spans import Span

ORDINAL = "ordinal"
# How much less likely a translation may be that has read the ordinals, in log probability a token.
MARGIN = -0.3


def ordinals(sentence: Sentence, languages: Languages) -> list[Span]:
    """The ordinals of a sentence in digits."""
    target = languages.target.ordinals
    if target is None:
        return []
    found = matches(sentence.text, languages.source)
    return [Span(*match.span(), target.written(value), ORDINAL) for match, value in found]


def matches(text: str, language: Profile) -> list[tuple[re.Match[str], int]]:
    """The ordinals of a text in digits, with their values."""
    if language.ordinals is None:
        return []
    found = ((match, language.numeral_value(match["number"])) for match in re.finditer(language.ordinals.pattern, text))
    return [(match, value) for match, value in found if value]


def read_ordinals(sentence: Sentence, languages: Languages, encoding: Encoding) -> Proposal | None:
    """The sentence with its ordinals among the words."""
    if not any(span.kind == ORDINAL for span in sentence.spans):
        return None
    values = {value for _, value in matches(sentence.text, languages.source)}

    def accepts(source: str, translation: str) -> bool:
        return values <= said(translation, languages.target)

    return Proposal(sentence.without(lambda span: span.kind == ORDINAL), MARGIN, accepts)


def said(text: str, language: Profile) -> set[float]:
    """The ordinals of a text in digits and in words: numbers that its words speak of ("third") and do not name."""
    in_digits = {float(value) for match, value in matches(text, language)}
    if language.numbers is None:
        return in_digits
    return in_digits | language.numbers.hints(text) - {one.value for one in language.numbers.in_words(text)}


RULE = Rule(replace=ordinals, propose=read_ordinals)
