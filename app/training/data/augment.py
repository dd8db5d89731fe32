"""Changes sentence pairs so that a translator learns to copy placeholders, and to translate texts without a final stop,
in lower case, or beside a link or an emoji."""

from __future__ import annotations

import random
from collections import Counter

from app.text.rules.names import begins_sentence, capitalised
from app.text.sentence import PLACEHOLDER
from app.text.spans import between, find_spans
from app.text.tokenizer import PLACEHOLDER_TOKENS

ENDS = ".!?。！？"  # marks at the end of sentences
# Letters of a name that begins a sentence. Shorter words are often no names: "In" and "So" begin English and German
# sentences.
SHORTEST_FIRST_NAME = 4


def augment(source: str, target: str, rate: float, rng: random.Random) -> tuple[str, str]:
    """Change a pair, in each of three ways with probability `rate`: drop the last mark of both sides, lower the source,
    put one more placeholder before or after both sides."""
    if rng.random() < rate and source.endswith(tuple(ENDS)) and target.endswith(tuple(ENDS)):
        source, target = source[:-1].rstrip(), target[:-1].rstrip()  # French puts a space before a mark
    if rng.random() < rate:
        source = source.lower()  # placeholders are in lower case already
    if rng.random() < rate:
        used = [int(number) for number in PLACEHOLDER.findall(source)]
        count = max(used, default=-1) + 1
        if count < len(PLACEHOLDER_TOKENS):
            if rng.random() < 0.5 or used:  # placeholders are numbered in the order of the source
                source, target = f"{source} <ph{count}>", f"{target} <ph{count}>"
            else:
                source, target = f"<ph0> {source}", f"<ph0> {target}"
    return source, target


def mask_pair(source: str, target: str, rate: float, rng: random.Random) -> tuple[str, str]:
    """Replace texts that occur exactly once on each side by placeholders, each with probability `rate`.

    These are spans and, so that copying is learnt from many words, names: words with a capital, except short ones that
    begin a sentence. Placeholders are numbered in the order of the source. A pair with the text of a placeholder in it
    is left as it is.
    """
    if rate <= 0 or PLACEHOLDER.search(source) or PLACEHOLDER.search(target):
        return source, target
    here, there = copyable(source), copyable(target)
    chosen = [text for text in here if text in there and rng.random() < rate][: len(PLACEHOLDER_TOKENS)]
    tokens = dict(zip(chosen, PLACEHOLDER_TOKENS, strict=False))
    return substitute(source, here, tokens), substitute(target, there, tokens)


def copyable(text: str) -> dict[str, int]:
    """The start of each span and name that occurs once, in order."""
    spans: list[tuple[str, int]] = []
    start = 0
    kept = find_spans(text)
    for stretch, span in zip(between(text, kept), [*kept, None], strict=True):
        spans += [(match.group(), start + match.start()) for match in capitalised(stretch)]
        if span is not None:
            spans.append((span.replacement, span.start))
            start = span.end
    count = Counter(piece for piece, _ in spans)
    return {
        piece: start
        for piece, start in spans
        if count[piece] == 1 and (len(piece) >= SHORTEST_FIRST_NAME or not begins_sentence(text, start, piece))
    }


def substitute(text: str, places: dict[str, int], tokens: dict[str, str]) -> str:
    """Replace the pieces that have a token; `places` are the starts of all pieces."""
    for piece, start in sorted(places.items(), key=lambda item: item[1], reverse=True):
        if piece in tokens:
            text = text[:start] + tokens[piece] + text[start + len(piece) :]
    return text
