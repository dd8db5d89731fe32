"""Brings posts and reviews into one form: what the sentiment corpora hide (names, links) and take apart
(punctuation) is hidden and put together in every text alike, and emoji are called by their names, in training and in
service."""

from __future__ import annotations

import html
import re
from functools import lru_cache

from app.text.characters import CJK, CJK_MARKS, EMOJI
from app.text.languages import profile_of
from app.text.normalize import normalize

HANDLE = re.compile(r"(?<![\w@])@\w{1,60}")
LINK = re.compile(rf"(?:https?://|www\.)[^\s<>\"“”{CJK_MARKS}{CJK}]*+")
# Treebank style: `is n't`, `You 'll`, `( or so )`, `fun , but`.
APART = re.compile(r"(?i) (?=n't\b|'(?:s|re|ve|ll|d|m)\b|(?:[,.!?]+|[;:)])(?: |$))|(?<=(?<!\S)\() ")
ELONGATED = re.compile(r"(\w)\1{3,}")
REPEATED = re.compile(rf"({EMOJI})\1*+")
FIRST_PICTURE = "\u2600"
SKIN = re.compile("[\U0001f3fb-\U0001f3ff]")


def plain_post(text: str, language: str = "en") -> str:
    """What a classifier reads: the normalised text of a post, with `@user` for handles, `http` for links, no entities,
    rejoined punctuation, letters repeated at most three times and the names of emoji; Chinese in Simplified characters.
    May be empty."""
    profile = profile_of(language)
    convert = profile.before_model.get(profile.code)
    text = convert(text) if convert else text
    text = html.unescape(text) if "&" in text else text
    text = normalize(REPEATED.sub(lambda match: named(match[1], profile.emoji_names), text))
    text = LINK.sub("http", HANDLE.sub("@user", text))
    return ELONGATED.sub(r"\1\1\1", APART.sub("", text))


@lru_cache(maxsize=4096)
def named(symbol: str, language: str) -> str:
    """The short name that Unicode's CLDR gives an emoji, between spaces; the symbol itself where it has none, or is a
    sign such as © or an arrow."""
    if symbol[0] < FIRST_PICTURE:
        return symbol
    from emoji import demojize  # training on packed corpora does without

    return demojize(SKIN.sub("", symbol), delimiters=(" ", " "), language=language).replace("_", " ")
