"""Teaches a translator to carry placeholders over: masks, in a sentence pair, what both sides have alike."""

from __future__ import annotations

import random
import re

from app.text.tokenizer import PLACEHOLDER_TOKENS

COPIED = re.compile(r"(?<![\w<])(?:\d[\d.,:]*\d|\d|\w*[A-ZÄÖÜ]\w+|%\w|https?://\S+)(?!\w)")


def mask_copies(source: str, target: str, rate: float, rng: random.Random) -> tuple[str, str]:
    """Replace numbers and names that stand exactly once on each side, each with probability `rate`, by the
    placeholder tokens `<ph0>`, `<ph1>` and so on, in the order of the source."""
    if rate <= 0:
        return source, target
    words = COPIED.findall(source)
    others = COPIED.findall(target)
    copies = [w for w in words if words.count(w) == 1 and others.count(w) == 1]
    chosen = [word for word in copies if rng.random() < rate][: len(PLACEHOLDER_TOKENS)]
    for placeholder, word in zip(PLACEHOLDER_TOKENS, chosen, strict=False):
        whole = re.compile(rf"(?<![\w<]){re.escape(word)}(?!\w)")
        source = whole.sub(placeholder, source, count=1)
        target = whole.sub(placeholder, target, count=1)
    return source, target
