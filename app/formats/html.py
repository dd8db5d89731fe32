"""HTML: the words between its block elements, and those of the attributes that a reader sees.

turbohtml's tokenizer, which follows the WHATWG standard, tells where every token stands. The document is never written
from a tree: translations go into the source, and all else of it stays.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from turbohtml import Element, Token, TokenType, parse_fragment, tokenize

from app.formats import flow, rendering
from app.formats.document import Document, Text
from app.formats.escaped_tags import keep_escaped_tags
from app.formats.flow import Flow, Kind, Unit
from app.formats.html_kept import BLOCKS, CODE, VOID, mask
from app.formats.rendering import Edits

_ATTRIBUTES = ("alt", "title", "placeholder", "aria-label", "aria-description", "aria-placeholder")
_LABELLED = ("optgroup", "option", "track")
_BUTTONS = ("submit", "button", "reset")
_DESCRIPTIONS = ("description", "og:title", "og:description", "twitter:title", "twitter:description")
_STYLE_SHEETS = ("link", "style")  # their title names a set of style sheets

# Contexts of units: the quote around an attribute's value, or one of these.
_WORDS = "words"
_UNQUOTED = "unquoted"


class HtmlDocument:
    """A parsed HTML document or fragment."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.units = units(source)
        self.texts: Sequence[Text] = [unit.text for unit in self.units]

    def render(self, translations: Sequence[Text]) -> str:
        return rendering.rendered(self.source, self.units, translations, write)

    @property
    def parts(self) -> Iterator[str | Document]:
        """The document as stretches that can be written one by one."""
        place = 0
        for first, last in rendering.overlapping(self.units):
            units = self.units[first:last]
            end = max(unit.end for unit in units)
            yield HtmlStretch(self.source, units, (place, end))
            place = end
        yield self.source[place:]


class HtmlStretch:
    """A part of an HTML document, with at least one text at its end."""

    def __init__(self, source: str, units: Sequence[Unit], stretch: tuple[int, int]) -> None:
        self.source, self.units, self.stretch = source, units, stretch
        self.texts: Sequence[Text] = [unit.text for unit in units]

    def render(self, translations: Sequence[Text]) -> str:
        return rendering.rendered(self.source, self.units, translations, write, self.stretch)


def parse(source: str) -> HtmlDocument:
    """Every text is HTML, so nothing is refused."""
    return HtmlDocument(source)


def units(source: str) -> list[Unit]:
    """The texts of an HTML source, in order."""
    return _Parser(source).units()


def write(translation: Text, unit: Unit, edits: Edits) -> str:
    """A translation as HTML."""
    text = rendering.wrapped(rendering.written(translation, unit, edits, _escape), unit, edits.source)
    return f'"{text}"' if unit.context == _UNQUOTED else text


def _escape(words: str, unit: Unit) -> str:
    """Write words as HTML, each character as the source writes it where it does."""
    quote = '"' if unit.context == _UNQUOTED else unit.context
    result = []
    for position, char in enumerate(words):
        behind = words[position + 1 : position + 2]
        if char in unit.spellings:
            result.append(unit.spellings[char])
        elif char == "&":
            result.append("&" if behind.isspace() else "&amp;")
        elif char == "<" and unit.context == _WORDS:
            result.append("<" if behind.isspace() or behind.isdigit() else "&lt;")
        elif char == quote:
            result.append("&quot;" if char == '"' else "&#39;")
        else:
            result.append(char)
    return "".join(result)


class _Parser:
    """One pass over the tokens of a source."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.seen, self.holes = mask(source)
        self.hole_starts = [hole.start for hole in self.holes]
        self.flow = Flow(source)
        self.found: list[Unit] = []
        self.in_noscript = False

    def units(self) -> list[Unit]:
        self._tokens(0, len(self.seen))
        self._bound()
        return sorted(self.found, key=lambda unit: unit.start)

    def _bound(self) -> None:
        """No sentence goes on over this place."""
        for links in flow.separate_links(self.flow, "a"):
            keep_escaped_tags(links)
            self.found += flow.units(links, _WORDS)
        self.flow = Flow(self.source)

    def _tokens(self, begin: int, end: int) -> None:
        """Go through the tokens of `seen[begin:end]`. Each ends where the next one begins."""
        text = self.seen[begin:end]
        line_starts = [begin, *accumulate((len(line) + 1 for line in text.split("\n")), initial=begin)][1:]
        previous, previous_start = None, begin
        in_noscript = False
        for token in tokenize(text, resolve_references=False, capture_source=True):
            start = line_starts[token.line - 1] + token.col
            in_noscript = self._token(previous, previous_start, start, in_noscript)
            previous, previous_start = token, start
        self._token(previous, previous_start, end, in_noscript)

    def _token(self, token: Token | None, start: int, end: int, in_noscript: bool) -> bool:
        """Take a token, or what the tokenizer left out; tells whether the content of <noscript> follows."""
        if token is None:
            stop, name = start, ""
        elif token.type is TokenType.TEXT:
            if in_noscript and self.in_noscript:
                self.flow.add(Kind.EMPTY, start, end)
            elif in_noscript:  # one text to a browser that runs scripts, markup to others
                self.in_noscript = True
                self._tokens(start, end)
                self.in_noscript = False
            else:
                self._text(token.data or "", start, end)
            return False
        else:
            stop, name = min(start + len(token.source or ""), end), token.tag or ""
            self._markup(token, name, start, stop)
        if stop < end:
            self.flow.add(Kind.EMPTY, stop, end)
        return name == "noscript" and token is not None and token.type is TokenType.START_TAG

    def _markup(self, token: Token, name: str, start: int, end: int) -> None:
        if token.type is TokenType.CHARACTER_REFERENCE:
            self.flow.words(token.data or "", start, end)
        elif name in BLOCKS:
            self._bound()
        elif name == "br":
            self.flow.add(Kind.BREAK, start, end)
        elif token.type is TokenType.END_TAG:
            self.flow.add(Kind.CLOSE, start, end, name)
        elif token.type is TokenType.START_TAG and name not in VOID:
            self.flow.add(Kind.OPEN, start, end, name, keeps=name in CODE)
        else:
            self.flow.add(Kind.EMPTY, start, end)
        if token.type is TokenType.START_TAG:
            self._attributes(token, name, start, end)

    def _text(self, data: str, start: int, end: int) -> None:
        text = self.seen[start:end]
        slices = [text] if text.startswith(data) else text.split("</>")  # which the tokenizer leaves out
        if not "".join(slices).startswith(data):
            self.flow.add(Kind.EMPTY, start, end)
            return
        left = len(data)
        for index, words in enumerate(slices):
            if index:
                self.flow.add(Kind.EMPTY, start, start + 3)
                start += 3
            stop = start + min(len(words), left)
            self._words(self.flow, start, stop)
            left -= stop - start
            if stop < start + len(words):  # a tag that the end of the document cuts off
                self.flow.add(Kind.EMPTY, stop, end)
                return
            start = stop

    def _words(self, target: Flow, start: int, end: int) -> None:
        """Characters that stand for themselves, and holes among them."""
        for index in range(bisect_left(self.hole_starts, start), len(self.holes)):
            hole = self.holes[index]
            if hole.start >= end:
                break
            target.words(self.source[start : hole.start], start, hole.start)
            if hole.bounds and target is self.flow:
                self._bound()
                target = self.flow
            elif hole.bounds:
                target.add(Kind.BREAK, hole.start, hole.end, keeps=True)
            elif hole.plain:
                target.kept(hole.plain, hole.start, hole.end, hole.inner)
            else:
                target.add(Kind.EMPTY, hole.start, hole.end)
            start = hole.end
        target.words(self.source[start:end], start, end)

    def _attributes(self, token: Token, name: str, start: int, end: int) -> None:
        """The values of attributes that a reader sees, as texts of their own."""
        attributes = dict(reversed(token.attrs or ()))
        if not attributes or attributes.get("translate", "").lower() == "no":
            return
        wanted = [key for key in _ATTRIBUTES if key in attributes and not (key == "title" and name in _STYLE_SHEETS)]
        if name in _LABELLED and "label" in attributes:
            wanted.append("label")
        if name == "input" and attributes.get("type", "").lower() in _BUTTONS and "value" in attributes:
            wanted.append("value")
        if name == "meta" and attributes.get("name", attributes.get("property", "")).lower() in _DESCRIPTIONS:
            wanted.append("content")
        if not wanted:
            return
        # The same tag with a name that stands anywhere; only a tree tells where attributes are.
        tag = "<x" + self.seen[start + 1 + len(name) : end]
        element = parse_fragment(tag, source_locations=True).select_one("x")
        location = element.source_location if isinstance(element, Element) else None
        for key in wanted:
            if location and key in location.attrs:
                offset = start + 1 + len(name) - 2
                self._value(key, location.attrs[key].start_offset + offset, location.attrs[key].end_offset + offset)

    def _value(self, key: str, start: int, end: int) -> None:
        """The value of an attribute that stands at `start` to `end`: name="value"."""
        _, equals, value = self.seen[start:end].partition("=")
        value = value.lstrip(" \t\n\f")
        if not equals or not value:
            return
        quote = value[0] if value[0] in "\"'" else ""
        start = end - len(value) + len(quote)
        end -= len(quote)
        target = Flow(self.source)
        position = start
        for token in tokenize(self.seen[start:end].replace("<", " "), resolve_references=False, capture_source=True):
            if token.type is TokenType.TEXT:
                length = len(token.data or "")
                self._words(target, position, position + length)
            else:
                length = len(token.source or "")
                behind = self.seen[position + length : min(position + length + 1, end)]
                is_text = self.seen[position + length - 1] != ";" and (behind == "=" or behind.isalnum())
                plain = self.source[position : position + length] if is_text else token.data or ""
                target.words(plain, position, position + length)
            position += length
        found = flow.units(target, quote or _UNQUOTED)
        self.found += [unit for unit in found if quote or (unit.start, unit.end) == (start, end)]
