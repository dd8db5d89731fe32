"""Words that a text already has in the letters of the target language, and its own language does not write in: 小明 in
an English text on its way to Chinese, "iPhone 15 Pro" in a Chinese one on its way to English."""

from __future__ import annotations

import re

from app.text.rules.rule import Encoding, Languages, Rule
from app.text.sentence import Sentence
from app.text.spans import Span

FEWEST_LETTERS = 3  # of a word in letters; an ideograph is a word


def own_script(sentence: Sentence, languages: Languages, encoding: Encoding) -> list[Span]:
    """The stretches of a sentence that need no translation."""
    source, target = languages.source, languages.target
    if source.letters == target.letters:
        return []
    fewest = FEWEST_LETTERS if target.spaced else 1
    # Numbers and words in the same letters go along: "iPhone 15 Pro", "O'Neill & Co".
    word = rf"[{target.letters}0-9]++(?:[.'+-][{target.letters}0-9]++)*+"
    more = rf"(?: (?:& )?{word})*+" if target.spaced else ""
    matches = re.finditer(rf"(?<![{target.letters}0-9<])(?=[{target.letters}]){word}{more}", sentence.text)
    return [
        Span(*match.span(), match.group(), "word")
        for match in matches
        if sum(map(str.isalpha, match.group())) >= fewest
    ]


RULE = Rule(protect=own_script)
