"""Translators for the tests: they change every word, and say where the inline elements went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.formats import Inline, Text, parse

Translator = Callable[[Text], Text]


def capitals(text: Text) -> Text:
    """Every letter but the first one of a word in upper case, kept words as they are."""
    kept = {position for inline in text.inlines if inline.kept for position in range(inline.start, inline.end)}

    def changed(position: int, char: str) -> str:
        first = position == 0 or not text.plain[position - 1].isalnum()
        return char if first or position in kept or len(char.upper()) != 1 else char.upper()

    return Text("".join(changed(position, char) for position, char in enumerate(text.plain)), text.inlines)


def words(**dictionary: str) -> Translator:
    """Word by word, at the same places in the sentence."""

    def translate(text: Text) -> Text:
        kept = [(inline.start, inline.end) for inline in text.inlines if inline.kept and inline.end > inline.start]
        offsets = [0]  # where each character of the source stands in the target
        target = ""
        position = 0
        while position < len(text.plain):
            end = next((end for start, end in kept if start == position), position)
            stop = end
            while end == position and stop < len(text.plain) and text.plain[stop].isalnum():
                stop += 1
            stop = max(stop, position + 1)
            source = text.plain[position:stop]
            target += source if end > position else dictionary.get(source, source)
            offsets += [len(target)] * (stop - position)
            position = stop
        moved = (replace(one, start=offsets[one.start], end=offsets[one.end]) for one in text.inlines)
        return Text(target, tuple(moved))

    return translate


def translated(source: str, format: str, translate: Translator) -> str:
    document = parse(source, format)
    assert document.render(document.texts) == source
    return document.render([translate(text) for text in document.texts])


def given(*translations: str | Text) -> Translator:
    """These translations, one a text, whatever the text."""
    rest = iter(translations)

    def translate(text: Text) -> Text:
        following = next(rest)
        return following if isinstance(following, Text) else Text(following)

    return translate


def plains(source: str, format: str) -> Sequence[str]:
    return [text.plain for text in parse(source, format).texts]


def nests(text: Text) -> bool:
    """Whether the inlines of a text are sorted, inside of the text, and one in another or apart."""
    opened: list[Inline] = []
    start = 0
    for inline in text.inlines:
        if not start <= inline.start <= inline.end <= len(text.plain):
            return False
        start = inline.start
        while opened and opened[-1].end <= inline.start:
            opened.pop()
        if opened and inline.end > opened[-1].end:
            return False
        if inline.end > inline.start:
            opened.append(inline)
    return True
