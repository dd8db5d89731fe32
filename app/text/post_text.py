"""Brings posts and reviews into one form, in training and in service: marks of HTML and Markdown go, handles and links
are hidden and punctuation is joined, since some of the corpora come so, emoji are spelled out, and rows of stars become
ratings."""

from __future__ import annotations

import html
import re
from functools import lru_cache

from app.text.characters import CJK, CJK_MARKS, EMOJI
from app.text.languages import profile_of
from app.text.markup import rewrites, without_markup
from app.text.normalize import normalize, traced
from app.text.traced import Traced

# Patterns begin with the character that they look for: `re` finds it much faster than a look-behind.
HANDLE = re.compile(r"@(?<![\w@]@)\w{1,60}")
LINK = re.compile(rf"(?:https?://|www\.)[^\s<>\"“”{CJK_MARKS}{CJK}]*+")
# Treebank style: `is n't`, `You 'll`, `( or so )`, `fun , but`.
APART = re.compile(r"(?i) (?:(?=n't\b|'(?:s|re|ve|ll|d|m)\b|(?:[,.!?]+|[;:)])(?: |$))|(?<=(?<!\S)\( ))")
ELONGATED = re.compile(r"(\w)\1{3,}")
REPEATED = re.compile(rf"({EMOJI})\1*+")
# A row of at least two stars, full before empty, perhaps with a half one: ★★★½☆.
STARS = re.compile(r"(?=[★⭐☆✩]\ufe0f?[★⭐☆✩½])((?:[★⭐]\ufe0f?)*)(½?)([☆✩]*)")
USUAL_STARS = 5  # of a rating whose empty stars are left out
FIRST_PICTURE = "\u2600"
# As html.unescape finds them; it decodes the longest name that a match begins with.
ENTITY = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
SKIN = re.compile("[\U0001f3fb-\U0001f3ff]")


def plain_post(text: str, language: str = "en") -> str:
    """The text of a post as a classifier reads it: normalised, in the script of the models, with `@user` for handles,
    `http` for links, no markup, no entities, joined punctuation, letters repeated at most three times, the names of
    emoji and `2/5` for ★★☆☆☆. May be empty."""
    profile = profile_of(language)
    convert = profile.before_model.get(profile.code)
    text = without_markup(convert(text) if convert else text)
    text = html.unescape(text) if "&" in text else text
    if not text.isascii():
        text = STARS.sub(rating, text)
        text = REPEATED.sub(lambda match: named(match[1], profile.emoji_names), text)
    text = LINK.sub("http", HANDLE.sub("@user", normalize(text)))
    return ELONGATED.sub(lambda match: 3 * match[1], APART.sub("", text))


def traced_post(text: str, language: str = "en") -> Traced:
    """`plain_post`, and where in the text each of its characters stood."""
    profile = profile_of(language)
    convert = profile.before_model.get(profile.code)
    result = Traced.of(text).converted(convert) if convert else Traced.of(text)
    for pattern, replacement in rewrites(result.text):
        result = result.unwrapped(pattern) if replacement is None else result.sub(pattern, replacement)
    result = result.sub(ENTITY, lambda match: html.unescape(match[0]))
    result = result.sub(STARS, rating)
    result = traced(result.sub(REPEATED, lambda match: named(match[1], profile.emoji_names)))
    result = result.sub(HANDLE, "@user").sub(LINK, "http")
    return result.sub(APART, "").sub(ELONGATED, r"\1\1\1")


def rating(stars: re.Match[str]) -> str:
    """A row of stars as a number of full ones and of all, between spaces."""
    full = len(stars[1].replace("\ufe0f", ""))
    most = max(full + len(stars[2]) + len(stars[3]), USUAL_STARS)
    return f" {full}{'.5' if stars[2] else ''}/{most} "


@lru_cache(maxsize=4096)
def named(symbol: str, language: str) -> str:
    """The short name of an emoji in Unicode's CLDR, between spaces; the symbol itself if it has none, or is a sign such
    as © or an arrow."""
    if symbol[0] < FIRST_PICTURE:
        return symbol
    from emoji import demojize  # here, since training on packed corpora does without it

    return demojize(SKIN.sub("", symbol), delimiters=(" ", " "), language=language).replace("_", " ")
