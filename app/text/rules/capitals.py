"""Titles in which every word has a capital ("Show All Items"): a model may take the words for names. It may also read
them with small letters."""

from __future__ import annotations

import re
from dataclasses import replace

from app.text.characters import LETTER
from app.text.rules.rule import Encoding, Languages, Proposal, Rule
from app.text.sentence import Sentence

WORD = re.compile(rf"(?<!{LETTER})(?:(?![\d_]){LETTER})+(?!{LETTER})")
FEWEST = 5  # words with a capital
LONG = 4  # letters of a word that has a capital in a title
MARGIN = 0.0


def in_small_letters(sentence: Sentence, languages: Languages, encoding: Encoding) -> Proposal | None:
    """The sentence with small letters but at its beginning."""
    source = languages.source
    if source.nouns_capitalised or sentence.text[-1:] in (".", "!", "?") or sentence.is_shouted:
        return None
    spans = sentence.merged
    words = [word for word in WORD.finditer(sentence.text) if not any(s.start <= word.start() < s.end for s in spans)]
    capitals = [word for word in words if word.group().istitle()]
    if len(capitals) < FEWEST or any(word.group()[0].islower() and len(word.group()) >= LONG for word in words):
        return None
    kept = re.compile(rf"{source.always_capital or '(?!)'}|{source.not_names or '(?!)'}")
    text = sentence.text
    for word in capitals[capitals[0].start() == 0 :]:
        if not kept.fullmatch(word.group()):
            text = text[: word.start()] + word.group().lower() + text[word.end() :]
    if text == sentence.text or len(text) != len(sentence.text):
        return None
    return Proposal(replace(sentence, text=text), MARGIN)


RULE = Rule(propose=in_small_letters)
