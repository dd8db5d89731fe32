"""compare_structure.py PATH...: real HTML and Markdown documents through app.formats, with capitals for a translation.

With its own texts a document must come back byte for byte; with the texts in capitals only their letters may change.
Parsers other than those of app.formats compare: Python's html.parser and markdown-it-py.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from document_structure import MARKDOWN, STAYS, TRANSLATED
from markdown_it.token import Token

from app.formats import FORMATS, Text, parse

SUFFIXES = {".html": "html", ".htm": "html", ".md": "markdown"}


def in_capitals(text: Text) -> Text:
    """A stand-in for a translation: other words, the same inlines around them."""
    kept = {position for inline in text.inlines if inline.kept for position in range(inline.start, inline.end)}
    chars = (
        char if position in kept or len(char.upper()) != 1 else char.upper() for position, char in enumerate(text.plain)
    )
    return Text("".join(chars), text.inlines)


class Events(HTMLParser):
    """An HTML document as a list: tags and all that stays as it is, other words without case and white space."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[tuple[str, ...]] = []
        self._open: list[str] = []

    def _add(self, kind: str, *what: str) -> None:
        if kind == "words" and self.events and self.events[-1][0] == "words":
            self.events[-1] = (kind, self.events[-1][1] + what[0])
        else:
            self.events.append((kind, *what))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = [f"{k}={_loose(v or '') if k in TRANSLATED else v}" for k, v in attrs]
        self._add("start", tag, *values)
        if tag in STAYS:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._add("end", tag)
        if tag in self._open:
            del self._open[self._open.index(tag) :]

    def handle_data(self, data: str) -> None:
        if self._open:
            self._add("stays", data)
        elif words := _loose(data):
            self._add("words", words)

    def handle_comment(self, data: str) -> None:
        self._add("comment", data)

    def handle_decl(self, decl: str) -> None:
        self._add("declaration", decl)

    def handle_pi(self, data: str) -> None:
        self._add("instruction", data)


def _loose(words: str) -> str:
    return "".join(words.split()).upper()


def html_events(source: str) -> list[tuple[str, ...]]:
    events = Events()
    events.feed(source)
    events.close()
    return events.events


def markdown_events(source: str) -> list[tuple[str, ...]]:
    """A Markdown document as a list of its tokens; words without case and white space."""
    return list(_markdown_tokens(MARKDOWN.parse(source)))


def _markdown_tokens(tokens: list[Token]) -> Iterator[tuple[str, ...]]:
    words = ""
    for token in tokens:
        if token.type in ("text", "softbreak", "text_special"):
            words += _loose(token.content)
            continue
        if words:
            yield ("words", words)
            words = ""
        attributes = sorted(f"{name}={value}" for name, value in token.attrs.items() if name != "alt")
        if token.children is None or token.type not in ("inline", "image"):
            content = _loose(token.content) if token.type.startswith("html") else token.content
            yield (token.type, token.markup, content, *attributes)
        else:
            yield (token.type, *attributes)
            yield from _markdown_tokens(token.children)
    if words:
        yield ("words", words)


def difference(source: str, format: str) -> str:
    """The unwanted change in a document; empty where there is none."""
    document = parse(source, format)
    if document.render(document.texts) != source:
        return "not the same source again"
    rendered = document.render([in_capitals(text) for text in document.texts])
    events = html_events if format == "html" else markdown_events
    before, after = events(source), events(rendered)
    for one, other in zip(before, after, strict=False):
        if one != other:
            return f"{str(one)[:300]}\n    became {str(other)[:300]}"
    return "" if len(before) == len(after) else f"{len(before)} pieces became {len(after)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", type=Path, nargs="+", help="files, or folders with files of these names")
    parser.add_argument("--sample", type=int, default=0, help="so many files of each format, at random; 0: all")
    parser.add_argument("--max-bytes", type=int, default=2_000_000, help="larger files are left out")
    arguments = parser.parse_args()
    files: dict[str, list[Path]] = {format: [] for format in FORMATS}
    for path in arguments.paths:
        for file in sorted(path.rglob("*") if path.is_dir() else [path]):
            if file.suffix.lower() in SUFFIXES and file.is_file() and file.stat().st_size <= arguments.max_bytes:
                files[SUFFIXES[file.suffix.lower()]].append(file)
    failed = 0
    for format, found in files.items():
        if not found:
            continue
        chosen = random.Random(0).sample(found, min(arguments.sample or len(found), len(found)))
        begin, size = time.perf_counter(), 0
        good = 0
        for file in chosen:
            source = file.read_bytes().decode("utf-8", "replace")
            size += len(source)
            if changed := difference(source, format):
                failed += 1
                print(f"{file}: {changed}")
            else:
                good += 1
        print(f"{format}: {good} of {len(chosen)} documents, {size / 1e6:.1f} MB, {time.perf_counter() - begin:.0f} s")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
