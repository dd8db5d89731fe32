"""Words in letters that the source language is not written in, such as a Chinese name in an English sentence or a brand
in a Chinese one: they are kept as they are."""

from __future__ import annotations

import re

from app.text.characters import CJK
from app.text.rules.rule import Encoding, Languages, Rule
from app.text.sentence import Sentence
from app.text.spans import Span

IDEOGRAPHS = re.compile(rf"[{CJK}]+(?: [{CJK}]+)*")
# Figures between and behind such words belong to them: iPhone 15 Pro.
WORDS = re.compile(
    r"[A-Za-z\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f'’&+.-]*(?: [A-Za-z0-9\u00c0-\u024f][\w'’&+.-]*)*", re.ASCII
)
FEWEST_LETTERS = 3  # one or two may be half of a Chinese word, as in T恤 and 卡拉OK


def foreign(sentence: Sentence, languages: Languages, encoding: Encoding) -> list[Span]:
    """The foreign words of a sentence, neighbours as one span."""
    pattern = IDEOGRAPHS if languages.source.spaced else WORDS
    found: list[Span] = []
    for match in pattern.finditer(sentence.text):
        start, end = match.start(), match.start() + len(match.group().rstrip("'’&+.-"))
        letters = sum(map(str.isalpha, match.group()))
        if languages.source.spaced or letters >= FEWEST_LETTERS:
            found.append(Span(start, end, sentence.written[start:end], "foreign"))
    return found


RULE = Rule(protect=foreign)
