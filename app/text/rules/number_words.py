"""Numbers in words, in digits: a model mistakes "soixante-dix" for "sixty". It may also read the words, which get the
words around them right, where its translation says the same number."""

from __future__ import annotations

from decimal import Decimal

from app.text.rules.rule import Encoding, Languages, Proposal, Rule
from app.text.sentence import Sentence
from app.text.spans import Span

IN_WORDS = "number in words"
LARGEST = 999  # others are magnitudes, or years
# How much less likely a translation may be that has read the words, in log probability a token.
MARGIN = -0.3


def number_words(sentence: Sentence, languages: Languages) -> list[Span]:
    """The numbers in words that can be nothing else."""
    source, target = languages.source.numbers, languages.target.numbers
    if source is None or target is None:
        return []
    found = [one for one in source.in_words(sentence.text) if one.is_plain and one.value <= LARGEST]
    return [Span(one.start, one.end, target.marks.written(Decimal(one.value)), IN_WORDS) for one in found]


def read_words(sentence: Sentence, languages: Languages, encoding: Encoding) -> Proposal | None:
    """The sentence with these numbers among the words."""
    if not any(span.kind == IN_WORDS for span in sentence.spans):
        return None
    return Proposal(sentence.without(lambda span: span.kind == IN_WORDS), MARGIN)


RULE = Rule(replace=number_words, propose=read_words)
