"""Words that the vocabulary of a model cannot spell, and strings that are no words: they are kept as they are."""

from __future__ import annotations

import re
from itertools import pairwise

from app.text.rules.rule import Encoding, Languages, Rule
from app.text.sentence import Sentence
from app.text.spans import Span

# An ideograph counts as a word.
WORD_START = re.compile(r"(?<=\s)(?=\S)|(?<=[\u4e00-\u9fff])(?=\S)|(?<=\S)(?=[\u4e00-\u9fff])")
# Keys, hashes, random typing; a dozen times the same letter. Scripts without spaces have long words.
OVERLONG = re.compile(
    r"[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\U0003ffff]{50}|([^\W\d_\u2e80-\U0003ffff])\1{11}"
)


def untranslatable(sentence: Sentence, languages: Languages, encoding: Encoding) -> list[Span]:
    """The words of a sentence that the vocabulary cannot spell or that are no words, neighbours as one span."""
    stretches = sentence.stretches
    if encoding.is_complete and not any(map(OVERLONG.search, stretches)):
        return []
    spans: list[Span] = []
    starts = [0, *(span.end for span in sentence.merged)]
    for start, stretch in zip(starts, stretches, strict=True):
        borders = [0, *(match.start() for match in WORD_START.finditer(stretch)), len(stretch)]
        for begin, end in pairwise(borders):
            word = stretch[begin:end].rstrip()
            first, last = start + begin, start + begin + len(word)
            if encoding.is_spelled(first, last) and not OVERLONG.search(word):
                continue
            while first < last and is_mark(sentence.text[first], first, encoding):
                first += 1
            while first < last and is_mark(sentence.text[last - 1], last - 1, encoding):
                last -= 1
            if spans and not sentence.text[spans[-1].end : first].strip():
                first = spans.pop().start
            spans.append(Span(first, last, sentence.written[first:last], "word"))
    return spans


def is_mark(character: str, place: int, encoding: Encoding) -> bool:
    """Whether it is punctuation that the model can read."""
    return not character.isalnum() and encoding.is_spelled(place, place + 1)


RULE = Rule(protect=untranslatable)
