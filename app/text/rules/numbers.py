"""Numbers among the words that a model reads.

A placeholder says that something stands there, and not whether that is a year, an hour or an age, on which the words
around it depend: "in 1998", "at 9 o'clock", "9 years old".
"""

from __future__ import annotations

import re

from app.text.rules.rule import Encoding, Languages, Proposal, Rule
from app.text.sentence import Sentence
from app.text.spans import FIXED, Span

SMALL = re.compile(r"\d{1,4}")
# How much less likely a translation may be that has read the numbers, in log probability a token.
MARGIN = -0.05


def read_numbers(sentence: Sentence, languages: Languages, encoding: Encoding) -> Proposal | None:
    """The sentence with its numbers of up to four digits among the words."""
    small = {span.start for span in sentence.merged if is_small(span, sentence)}
    if not small:
        return None
    return Proposal(sentence.without(lambda span: span.start in small), MARGIN)


def is_small(span: Span, sentence: Sentence) -> bool:
    is_number = span.kind == FIXED and SMALL.fullmatch(span.replacement) is not None
    return is_number and not sentence.is_rewritten(span)


RULE = Rule(propose=read_numbers)
