"""Makes a sentence pair look as what users type: no final stop, all lower case, a link or an emoji beside it."""

from __future__ import annotations

import random

from app.text.protect import PLACEHOLDER
from app.text.tokenizer import PLACEHOLDER_TOKENS


def augment(source: str, target: str, rate: float, rng: random.Random) -> tuple[str, str]:
    """Change a pair, each way with probability `rate`: drop the final stop of both sides, lower the source's case,
    put one more placeholder before or behind both sides."""
    if rng.random() < rate and source.endswith(".") and target.endswith("."):
        source, target = source[:-1], target[:-1]
    if rng.random() < rate:
        source = source.lower()  # placeholders are lower case already
    if rng.random() < rate:
        used = [int(number) for number in PLACEHOLDER.findall(source)]
        count = max(used, default=-1) + 1
        if count < len(PLACEHOLDER_TOKENS):
            if rng.random() < 0.5 or used:  # spans are numbered in the order of the source
                source, target = f"{source} <ph{count}>", f"{target} <ph{count}>"
            else:
                source, target = f"<ph0> {source}", f"<ph0> {target}"
    return source, target
