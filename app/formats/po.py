"""Catalogues of gettext: a msgid is the text, its translation is written into the msgstr; all else stays.

The lines are read by the parser of `polib`, which also checks their order; where the strings stand in the document is
noted as it reads them. A message that has a translation keeps it.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from textwrap import TextWrapper

import polib  # type: ignore[import-untyped]

from app.formats.document import Document, FormatError, Text
from app.formats.passages import Composite
from app.formats.values import content

SYNTAXES = {  # by the flags of xgettext
    "c-format": "printf",
    "objc-format": "printf",
    "php-format": "printf",
    "java-printf-format": "printf",
    "boost-format": "printf",
    "python-format": "python",
    "python-brace-format": "python",
    "java-format": "icu",
    "qt-format": "qt",
    "kde-format": "qt",
    "qt-plural-format": "qt",
}
WIDTH = 79  # of a line, as xgettext wraps
PLURAL_FORMS = re.compile(
    r"nplurals\s{0,9}=\s{0,9}(\d{1,2})\s{0,9};\s{0,9}plural\s{0,9}=([^;\n]{1,500})", re.IGNORECASE
)
ORDER = "an entry is msgid, msgid_plural where it has plural forms, then msgstr"
STRING = {"mi": "msgid", "mp": "msgid_plural", "ms": "msgstr", "mx": "msgstr[]"}
NAMES = {**STRING, "mc": "a string", "ct": "msgctxt"}
QUOTED = re.compile(r'(?:msgstr\[\d{1,2}\]\s*)?"(?:[^"\\]|\\.)*+"\s*')  # a string as polib cuts it out of its line


@dataclass(slots=True)
class Lines:
    """A string of the catalogue: the numbers of its lines, and its value."""

    first: int
    last: int
    pieces: list[str]

    @property
    def value(self) -> str:
        return str(polib.unescape("".join(self.pieces)))


@dataclass(slots=True)
class Entry:
    flags: list[str] = field(default_factory=list)
    obsolete: bool = False
    ids: list[Lines] = field(default_factory=list)  # msgid, and msgid_plural
    translations: list[Lines] = field(default_factory=list)


class Reader(polib._POFileParser):  # type: ignore[misc]
    """Notes where strings stand; `polib` knows lines and which may follow which."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("")
        self.fhandle = lines
        self.current_state: str = "st"
        self.entries: list[Entry] = []
        self.entry = Entry()
        self.string: Lines | None = None

    def process(self, symbol: str) -> None:
        token = self.current_token
        if (symbol, self.current_state) not in self.transitions:
            raise OSError(f"line {self.current_line}: {NAMES.get(symbol, 'this')} does not belong here: {ORDER}")
        if (symbol in STRING or symbol == "mc") and not QUOTED.fullmatch(token):
            raise OSError(f'line {self.current_line}: write the string in double quotes, with \\" for those in it')
        if symbol == "mc":
            if self.string is not None:
                self.string.pieces.append(token[1:-1])
                self.string.last = self.current_line - 1
            return
        begins = symbol == "mi" or symbol not in STRING
        if begins and self.entry.translations:
            self.entries.append(self.entry)
            self.entry = Entry()
        if symbol == "fl":
            self.entry.flags += [flag.strip() for flag in token[2:].split(",")]
        self.string = None
        if symbol in STRING:
            quote = token.find('"')
            self.string = Lines(self.current_line - 1, self.current_line - 1, [token[quote + 1 : -1]])
            (self.entry.ids if symbol in ("mi", "mp") else self.entry.translations).append(self.string)
            self.entry.obsolete |= bool(self.entry_obsolete)
        self.current_state = symbol


class Message:
    """An entry: its texts are those of the msgids, rendered into the lines of its msgstrs."""

    def __init__(self, lines: list[str], entry: Entry, contents: Sequence[Document], forms: Sequence[int]) -> None:
        """`lines` are those of the msgstrs; `forms` says for each plural form whose translation it takes."""
        self.lines, self.entry, self.contents, self.forms = lines, entry, contents, forms
        self.texts: Sequence[Text] = [t for c in contents for t in c.texts]

    def render(self, translations: Sequence[Text]) -> str:
        if all(new is old for new, old in zip(translations, self.texts, strict=True)):
            return "".join(self.lines)
        values: list[str] = []
        at = 0
        for part in self.contents:
            values.append(part.render(translations[at : at + len(part.texts)]))
            at += len(part.texts)
        body = self.lines[0]
        indent = body[: len(body) - len(body.lstrip())]
        end = re.search(r"[\r\n]*\Z", self.lines[-1])
        final = end.group() if end else ""
        newline = re.search(r"\r?\n?\Z", body)
        between = (newline.group() if newline else "") or final or "\n"
        plural = len(self.entry.ids) > 1
        written = [
            line
            for form, index in enumerate(self.forms)
            for line in quoted(f"msgstr[{form}]" if plural else "msgstr", values[index])
        ]
        return between.join(indent + line for line in written) + final


def plain_reason(error: Exception) -> str:
    """The parser's reason in plain words."""
    unknown = re.search(r"Syntax error.*line (\d+)", str(error))
    return f"line {unknown[1]}: this is neither a comment nor a part of an entry: {ORDER}" if unknown else str(error)


def parse(source: str, *, syntax: str = "auto", overwrite: bool = False) -> Document:
    """Parse a PO or POT file.

    `syntax` is that of messages without a flag such as c-format. `overwrite` also takes messages that have a
    translation. Raises FormatError with the line that cannot be read.
    """
    lines = re.findall(r"[^\n]*\n|[^\n]+\Z", source)
    reader = Reader([line.removeprefix("\ufeff") if not i else line for i, line in enumerate(lines)])
    try:
        reader.parse()
    except (OSError, ValueError, IndexError) as error:
        raise FormatError(f"The catalogue cannot be read: {plain_reason(error)}.") from None
    entries = [*reader.entries, reader.entry]
    header = next((e for e in entries if e.ids and e.translations and not e.ids[0].value and not e.obsolete), None)
    plural_forms = PLURAL_FORMS.search(header.translations[0].value) if header else None
    parts: list[str | Document] = []
    place = 0
    for entry in entries:
        if entry is header or entry.obsolete or not entry.ids or not entry.translations:
            continue
        if any(t.value for t in entry.translations) and not overwrite:
            continue
        first, last = entry.translations[0].first, entry.translations[-1].last
        if not contiguous(entry.translations):
            continue
        chosen = next((SYNTAXES[flag] for flag in entry.flags if flag in SYNTAXES), syntax)
        contents = [content(string.value, chosen) for string in entry.ids]
        if not any(c.texts for c in contents) or not all(c.texts for c in contents):
            continue
        forms = plurals(entry, plural_forms)
        parts += ("".join(lines[place:first]), Message(lines[first : last + 1], entry, contents, forms))
        place = last + 1
    return Composite([*parts, "".join(lines[place:])])


def contiguous(strings: Sequence[Lines]) -> bool:
    """Whether no comment stands between the forms of a translation."""
    return all(later.first == earlier.last + 1 for earlier, later in pairwise(strings))


def plurals(entry: Entry, header: re.Match[str] | None) -> list[int]:
    """For each form of the translation the index of the msgid whose translation it takes: 0, or 1 for the plural."""
    if len(entry.ids) < 2:
        return [0]
    count = int(header[1]) if header else len(entry.translations)
    singular = 0
    if header:
        try:
            singular = gettext.c2py(header[2].strip())(1)
        except (ValueError, OverflowError, RecursionError):
            singular = 0
    count = max(count, 1)
    return [0 if form == singular and count > 1 else 1 for form in range(count)]


def quoted(keyword: str, value: str) -> list[str]:
    """The lines of a string: one, or an empty one and the string behind it, cut at line breaks and at spaces."""
    escaped = [polib.escape(line) for line in value.splitlines(keepends=True)] if value else [""]
    if len(escaped) == 1 and len(keyword) + 3 + len(escaped[0]) <= WIDTH:
        return [f'{keyword} "{escaped[0]}"']
    wrapper = TextWrapper(WIDTH - 2, drop_whitespace=False, break_long_words=False, break_on_hyphens=False)
    pieces = [piece for line in escaped for piece in (wrapper.wrap(line) if len(line) > WIDTH - 2 else [line])]
    return [f'{keyword} ""', *(f'"{piece}"' for piece in pieces)]
