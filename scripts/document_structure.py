"""The structure of a document without its words, as other parsers than those of app.formats see it.

Two documents have the same structure where these are equal: blocks, cells, cues, keys and entries in the same order;
within one of them the same inline marks and placeholders, in any order, since words change places in a translation.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree

import javaproperties
import package_structure
import polib
from markdown_it import MarkdownIt
from markdown_it.token import Token

Structure = list[object]

STAYS = frozenset({"script", "style", "pre", "code", "kbd", "samp", "tt", "var", "svg", "math", "textarea", "iframe"})
_ARIA = ("aria-label", "aria-description", "aria-placeholder")
TRANSLATED = frozenset({"alt", "title", "placeholder", "label", "value", "content", *_ARIA})
INLINES = """
    a abbr b bdi bdo br cite code data del dfn em font i img input ins kbd label mark q s samp small span strike strong
    sub sup time tt u var wbr
"""
INLINE = frozenset(INLINES.split())
PLACEHOLDER = re.compile(
    r"\{\{.*?\}\}|%\(\w+\)[#0+ -]*\d*(?:\.\d+)?[a-zA-Z]"
    r"|%(?:\d+\$)?[-#0+']*\d*(?:\.\d+)?(?:hh?|ll?|[Lzjt])?[sdiuoxXfFeEgGcp@]"
    r"(?![A-Za-z])|%[1-9]\b|</?[A-Za-z][^<>]*>|\$t\([^)]*\)|\\[nrt](?![a-z])|&[a-z]+;|\$\{\w+\}"
)
ICU_MARK = re.compile(
    r"[{}#]|(?<=,)\s*(?:plural|select|selectordinal)\s*,"
    r"|(?:=\d+|\b(?:zero|one|two|few|many|other|male|female|true|false))\s*(?=\{)"
)
ICU = re.compile(r",\s*(?:plural|select|selectordinal)\s*,")
# HTML tags, written where Markdown marks would not be parsed as such.
TAGS = {"<em>": "em_open", "</em>": "em_close", "<strong>": "strong_open", "</strong>": "strong_close"}
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def message(text: str) -> object:
    """A message: whether it has words, and the sorted placeholders."""
    if ICU.search(text):
        return sorted(mark.strip() for mark in ICU_MARK.findall(text))
    found = PLACEHOLDER.findall(text)
    found += re.findall(r"\{[^{}]*\}", re.sub(r"\{\{.*?\}\}", "", text))
    return (has_letters(text), sorted(found), text.count("\n\n"))


def has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


class Html(HTMLParser):
    """Tags, comments and everything else that stays, in blocks; whether each block has words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: Structure = []
        self.inline: list[str] = []
        self.words = False
        self.open: list[str] = []

    def end_block(self, *what: object) -> None:
        if self.inline or self.words:
            self.blocks.append((self.words, sorted(self.inline)))
        self.inline, self.words = [], False
        if what:
            self.blocks.append(what)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = [f"{key}={has_letters(value or '') if key in TRANSLATED else value}" for key, value in attrs]
        if tag in INLINE:
            self.inline.append(" ".join([tag, *values]))
        else:
            self.end_block("start", tag, *values)
        if tag in STAYS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in INLINE:
            self.inline.append(f"/{tag}")
        else:
            self.end_block("end", tag)
        if tag in self.open:
            del self.open[self.open.index(tag) :]

    def handle_data(self, data: str) -> None:
        if self.open:
            self.inline.append(data)
        else:
            self.words = self.words or has_letters(data)

    def handle_comment(self, data: str) -> None:
        self.inline.append(f"<!--{data}")

    def handle_decl(self, decl: str) -> None:
        self.end_block("declaration", decl)

    def handle_pi(self, data: str) -> None:
        self.end_block("instruction", data)


def html(source: str) -> Structure:
    parser = Html()
    parser.feed(source)
    parser.close()
    parser.end_block()
    return parser.blocks


def markdown(source: str) -> Structure:
    blocks: Structure = []
    for token in MARKDOWN.parse(source):
        if token.type == "inline":
            blocks.append((has_letters(words(token)), sorted(marks(token.children or []))))
        elif token.type == "html_block":
            blocks += html(token.content)
        else:
            blocks.append((token.type, token.markup, token.info, token.content, sorted(token.attrs.items())))
    return blocks


def words(token: Token) -> str:
    return "".join(child.content for child in token.children or [] if child.type == "text")


def marks(tokens: list[Token]) -> Iterator[str]:
    """Inline marks; a line break that only wraps a line is no mark, and emphasis is the same mark in either
    notation."""
    for token in tokens:
        if token.type in ("text", "softbreak", "text_special"):
            continue
        if token.content in TAGS:
            yield f"{TAGS[token.content]}  []"
            continue
        attributes = sorted((name, value) for name, value in token.attrs.items() if name not in ("alt", "title"))
        yield f"{token.type} {'' if token.type == 'image' else token.content} {attributes}"


def cues(source: str) -> Structure:
    """Blocks between empty lines, without the words of cues; the lines and tags of cues count."""
    blocks: Structure = []
    tags: list[str] = []
    for block in re.split(r"\r?\n(?:[ \t]*\r?\n)+", source):
        lines = block.splitlines()
        time = next((place for place, line in enumerate(lines) if "-->" in line), None)
        if time is None:
            blocks.append(block if re.match(r"(WEBVTT|NOTE|STYLE|REGION)\b", block) else len(lines))
            continue
        text = lines[time + 1 :]
        tags += re.findall(r"</?[A-Za-z\d][^<>]*>|\{\\[^{}]*\}", "\n".join(text))
        blocks.append((lines[: time + 1], [has_letters(line) for line in text]))
    return [*blocks, sorted(tags)]


def value_of(value: object) -> object:
    if isinstance(value, list):
        return [value_of(child) for child in value]
    if isinstance(value, tuple):
        return [value[0], value_of(value[1])]
    return message(value) if isinstance(value, str) and has_letters(value) else value


def json_(source: str) -> Structure:
    def pairs(members: list[tuple[str, object]]) -> object:
        return [(f"key {name}", child) for name, child in members]

    return [value_of(json.loads(source.removeprefix("\ufeff"), object_pairs_hook=pairs, parse_float=str))]


def table(source: str) -> Structure:
    delimiter = max(",;\t|", key=source.split("\n", 1)[0].count)
    rows = csv.reader(io.StringIO(source, newline=""), delimiter=delimiter)
    return [[message(cell) if has_letters(cell) else cell for cell in row] for row in rows]


def catalogue(source: str) -> Structure:
    """Entries, each with its comments; a translation has the placeholders of its message."""
    found = polib.pofile(source + "\n")
    result: Structure = [found.metadata, found.header]
    for entry in found:
        forms = list(entry.msgstr_plural.values()) or [entry.msgstr]
        stays = (entry.msgctxt, entry.msgid, entry.msgid_plural, entry.comment, entry.tcomment, entry.flags)
        wanted = [message(entry.msgid), message(entry.msgid_plural)]
        result.append((*stays, entry.occurrences, [not form or message(form) in wanted for form in forms]))
    return result


def xml(source: str) -> Structure:
    """The strings and units of a catalogue without their words; a unit without a translation counts by its source."""
    result: Structure = []
    waiting = [ElementTree.fromstring(source.encode())]
    while waiting:
        element = waiting.pop()
        name = local(element)
        if name in ("string", "item"):
            result.append((name, element.attrib, inner(element)))
        elif name in ("trans-unit", "segment"):
            parts = {local(child): child for child in element}
            target = parts.get("target")
            if target is None or not "".join(target.itertext()).strip():
                target = parts["source"]
            result.append((name, element.attrib, ElementTree.tostring(parts["source"]).rstrip(), inner(target)))
        else:
            result.append((name, element.attrib))
        waiting += reversed([child for child in element if local(child) not in ("source", "target")])
    return result


def local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def inner(element: ElementTree.Element) -> object:
    """The elements inside an element and the placeholders of its text, in any order; whether it has words."""
    elements = sorted(
        f"{local(child)} {sorted(child.attrib.items())}" for child in element.iter() if child is not element
    )
    whole = "".join(element.itertext())
    return elements, sorted(PLACEHOLDER.findall(whole)), has_letters(whole)


def properties(source: str) -> Structure:
    """Comments, white space and entries; for a value its placeholders, and the quotes of a MessageFormat."""
    found: Structure = []
    for entry in javaproperties.parse(source):
        if isinstance(entry, javaproperties.KeyValue):
            value = str(entry.value)
            found.append((entry.key, message(value) if has_letters(value) else value))
        else:
            found.append(entry.source)
    return found


def text(source: str) -> Structure:
    return [(line == "", line[: len(line) - len(line.lstrip())], has_letters(line)) for line in source.split("\n")]


def messages(source: str) -> Structure:
    return [message(source)]


STRUCTURES: dict[str, Callable[[str], Structure]] = {
    "html": html,
    "markdown": markdown,
    "srt": cues,
    "vtt": cues,
    "json": json_,
    "csv": table,
    "po": catalogue,
    "xliff": xml,
    "android": xml,
    "properties": properties,
    "messages": messages,
    "text": text,
}


def difference(source: bytes, translation: bytes, format: str) -> str:
    """The differences in structure; empty where there are none."""
    before, after = structure(source, format), structure(translation, format)
    for one, other in zip(before, after, strict=False):
        if one != other:
            return f"{str(one)[:600]}\n    became {str(other)[:600]}"
    return "" if len(before) == len(after) else f"{len(before)} pieces became {len(after)}"


def structure(data: bytes, format: str) -> Structure:
    if format in package_structure.KINDS:
        return package_structure.structure(data, format)
    return STRUCTURES[format](data.decode("utf-8", "replace"))
