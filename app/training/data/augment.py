"""Makes a sentence pair teach what users need: that placeholders are copied, and texts without a final stop, in lower
case or beside a link or an emoji."""

from __future__ import annotations

import random
from collections import Counter

from app.text.rules.names import begins_sentence, capitalised
from app.text.sentence import PLACEHOLDER
from app.text.spans import between, find_spans
from app.text.tokenizer import PLACEHOLDER_TOKENS

ENDS = ".!?。！？"  # of sentences
NAME_AT_THE_START = 4  # letters of what begins a sentence alike in two languages; shorter is "In", "So", "On"


def augment(source: str, target: str, rate: float, rng: random.Random) -> tuple[str, str]:
    """Change a pair, each way with probability `rate`: drop the last mark of both sides, lower the source's case, put
    one more placeholder before or behind both sides."""
    if rng.random() < rate and source.endswith(tuple(ENDS)) and target.endswith(tuple(ENDS)):
        source, target = source[:-1].rstrip(), target[:-1].rstrip()  # French puts a space before a mark
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


def mask_pair(source: str, target: str, rate: float, rng: random.Random) -> tuple[str, str]:
    """Put placeholders for what stands exactly once and alike on both sides, each with probability `rate`.

    Masked are spans and, so that copying is learnt from many words, names: words with a capital, save short ones that
    begin a sentence. The numbers follow the order of the source. A pair that has a placeholder's text already is left
    as it is.
    """
    if rate <= 0 or PLACEHOLDER.search(source) or PLACEHOLDER.search(target):
        return source, target
    here, there = copyable(source), copyable(target)
    chosen = [text for text in here if text in there and rng.random() < rate][: len(PLACEHOLDER_TOKENS)]
    tokens = dict(zip(chosen, PLACEHOLDER_TOKENS, strict=False))
    return substitute(source, here, tokens), substitute(target, there, tokens)


def copyable(text: str) -> dict[str, int]:
    """Where each span and name stands that occurs once, in order."""
    found: list[tuple[str, int]] = []
    start = 0
    spans = find_spans(text)
    for stretch, span in zip(between(text, spans), [*spans, None], strict=True):
        found += [(match.group(), start + match.start()) for match in capitalised(stretch)]
        if span is not None:
            found.append((span.replacement, span.start))
            start = span.end
    count = Counter(piece for piece, _ in found)
    return {
        piece: start
        for piece, start in found
        if count[piece] == 1 and (len(piece) >= NAME_AT_THE_START or not begins_sentence(text, start, piece))
    }


def substitute(text: str, places: dict[str, int], tokens: dict[str, str]) -> str:
    """Replace the pieces at `places` that have a token."""
    for piece, start in sorted(places.items(), key=lambda item: item[1], reverse=True):
        if piece in tokens:
            text = text[:start] + tokens[piece] + text[start + len(piece) :]
    return text
