"""Brings posts and reviews into one form: what the sentiment corpora hide (names, links) and take apart
(punctuation) is hidden and put together in every text alike, in training and in service."""

from __future__ import annotations

import html
import re

from app.text.chinese import simplified
from app.text.normalize import normalize

HANDLE = re.compile(r"(?<![\w@])@\w{1,60}")
LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]*+")
# Treebank style: `is n't`, `You 'll`, `( or so )`, `fun , but`.
APART = re.compile(r"(?i) (?=n't\b|'(?:s|re|ve|ll|d|m)\b|(?:[,.!?]+|[;:)])(?: |$))|(?<=(?<!\S)\() ")
ELONGATED = re.compile(r"(\w)\1{3,}")


def plain_post(text: str, language: str = "en") -> str:
    """What a classifier reads: the normalised text of a post, with `@user` for handles, `http` for links, no entities,
    rejoined punctuation and letters repeated at most three times; Chinese in Simplified characters. May be empty."""
    if language.startswith("zh"):
        text = simplified(text)
    text = normalize(html.unescape(text) if "&" in text else text)
    text = LINK.sub("http", HANDLE.sub("@user", text))
    return ELONGATED.sub(r"\1\1\1", APART.sub("", text))
