"""A translator for tests: capital letters for words, and whatever it is told about inline elements."""

from __future__ import annotations

from app.formats import Document, Text, parse


def shouted(text: Text) -> Text:
    """The text in capitals, but for what is kept; every character stays where it is."""
    kept = [(inline.start, inline.end) for inline in text.inlines if inline.kept]
    letters = list(text.plain)
    for index, letter in enumerate(letters):
        if len(letter.upper()) == 1 and not any(start <= index < end for start, end in kept):
            letters[index] = letter.upper()
    return Text("".join(letters), text.inlines)


def shout(source: str, format: str, **options: object) -> str:
    """The document with all its texts in capitals."""
    document = parsed(source, format, **options)
    return document.render([shouted(text) for text in document.texts])


def translate(source: str, format: str, words: dict[str, Text | str], **options: object) -> str:
    """The document with the texts that `words` has replaced."""
    document = parsed(source, format, **options)
    unused = set(words) - {text.plain for text in document.texts}
    assert not unused, f"no such text: {unused}; there are {[text.plain for text in document.texts]}"
    rendered: list[Text] = []
    for text in document.texts:
        translation = words.get(text.plain, text)
        rendered.append(Text(translation) if isinstance(translation, str) else translation)
    return document.render(rendered)


def plains(source: str, format: str, **options: object) -> list[str]:
    return [text.plain for text in parsed(source, format, **options).texts]


def parsed(source: str, format: str, **options: object) -> Document:
    document = parse(source, format, **options)
    assert document.render(document.texts) == source
    return document
