"""The options of each method, as the OpenAPI document has those of its route. For one that is left
out or None the service's default holds. `tests/clients` holds each class to the schema of its route."""

from __future__ import annotations

from typing import Literal, TypedDict

Format = Literal[
    "text", "html", "markdown", "messages", "srt", "vtt", "json", "csv", "po", "xliff", "android", "properties"
]
FileFormat = Literal[Format, "docx", "odt", "epub"]
Syntax = Literal["auto", "icu", "printf", "python", "i18next", "qt", "android"]


class SentimentOptions(TypedDict, total=False):
    language: str | None
    """`auto` (the default) detects; a code skips detection."""
    model: str | None
    prefer: Literal["quality", "speed"] | None
    """Which of several models answers, by what was measured; not with `model`."""
    truncate: bool | None
    """Read only the beginning of a text that is too long to be read at once."""
    sentences: bool | None
    """Give the sentiment of each sentence, and the score `mixed`."""
    explain: bool | None
    """Say what each token contributed."""


class FormatOptions(TypedDict, total=False):
    columns: list[str | int] | None
    """Of `csv`: names or numbers (from 1) of the columns to translate."""
    delimiter: str | None
    """Of `csv`: the separator."""
    header: Literal["auto", "keep", "translate"] | None
    """Of `csv`: what becomes of the first row."""
    keys: list[str] | None
    """Of `json`: translate only what is under these keys."""
    skip: list[str] | None
    """Of `json`: keep what stands at these keys."""
    overwrite: bool | None
    """Of `po` and `xliff`: translate entries that have a translation anew."""


class TranslationOptions(TypedDict, total=False):
    source: str | None
    """`auto` (the default) detects; a code skips detection."""
    model: str | None
    prefer: Literal["quality", "speed"] | None
    """Which of several models answers, by what was measured; not with `model`."""
    beam: int | None
    """Beam width, 1 to 16; 1 is the fastest."""
    syntax: Syntax | None
    """How placeholders of programs are written."""
    format_options: FormatOptions | None
    """How to read a document of its format."""
    glossary: dict[str, str] | str | None
    """Translations by term, or the name of a glossary of the service."""
    do_not_translate: list[str] | None
    """Words that stay as they are."""


class TranslateOptions(TranslationOptions, total=False):
    format: Format | None
    """What the text is. All of a document but its words stays as it is."""
    check: bool | None
    """Compare the facts of each sentence with those of its translation."""
    explain: bool | None
    """Say how each token of the translation was written."""


class NextWordsOptions(TypedDict, total=False):
    language: str | None
    """`auto` (the default) detects; a code skips detection."""
    model: str | None
    prefer: Literal["quality", "speed"] | None
    """Which of several models answers, by what was measured; not with `model`."""
    truncate: bool | None
    """Read the end of a text that is too long instead of refusing it."""
    count: int | None
    """How many words, ten by default."""


class GenerateOptions(TypedDict, total=False):
    language: str | None
    """`auto` (the default) detects; a code skips detection."""
    model: str | None
    prefer: Literal["quality", "speed"] | None
    """Which of several models answers, by what was measured; not with `model`."""
    truncate: bool | None
    """Read the end of a text that is too long instead of refusing it."""
    temperature: float | None
    """Below 1 likely words become likelier; 0 always takes the likeliest."""
    top_p: float | None
    """Draw from the likeliest tokens that together have this probability."""
    seed: int | None
    """The same seed gives the same text; without one, each time another."""
    length: int | None
    """Most tokens, words or pieces of them, to write."""


class FileOptions(TranslationOptions, total=False):
    format: FileFormat | None
    """What the file is, where the end of its name does not tell."""
    name: str | None
    """Name of the file, where it is given as bytes."""
