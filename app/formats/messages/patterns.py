"""Placeholders and escapes of message syntaxes that a regular expression describes in full.

C: ISO C 7.21.6.1 with POSIX positions, `%'d`, `%m`, Java's and Objective-C's conversions. Python: "printf-style String
Formatting" and "Format String Syntax" of the library reference. Qt: QString::arg. i18next: interpolation and nesting;
Vue I18n: linked messages and pipes. All quantifiers are bounded or possessive: time is linear in the message.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.formats.templates import is_boundary
from app.formats.tokens import Kind, Token, Writer, paired, remembered

# Sequences of a backslash and a letter, as people paste them out of source code, and characters. \N is the line break
# of subtitles in ASS; \N{DASH} is a character in Python.
LINES = r"(?P<line>\r\n|\n|\r|\\r\\n|\\n|\\r|\\N(?!\{))"
# White space at its ends belongs to the break; a tab parts columns.
BREAKS = r"(?P<brk>\t|\\[tfvba0](?![A-Za-z0-9])|\\[tfvb](?=[A-Z])|<br\s?/?>)"
ESCAPES = r"""
    (?P<code>\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2} | \\u[0-9A-Fa-f]{4} | \\U[0-9A-Fa-f]{8}
      | \\x[0-9A-Fa-f]{2})
  | \\(?P<char>["'@?\\/])"""
# A Windows path is no sequence of escapes. Its folders may have spaces.
PATH = r"""
    (?<![A-Za-z])[A-Za-z]:\\(?!n(?:[A-Z\\\s%]|\Z))
    (?:[^\\/:*?"<>|\r\n]{1,80}\\{1,2}){0,20}+[^\s\\/:*?"<>|]{0,100}+(?<![.,;!)])"""
TAG = r"(?P<tag></?[A-Za-z0-9][\w:.-]{0,40}+(?:\s[^<>]{0,1000}+)?/?>)"
ENTITY = r"(?P<entity>&(?:[A-Za-z][A-Za-z0-9]{1,31}|\#\d{1,7}|\#[xX][0-9A-Fa-f]{1,6});)"

CONVERSION = r"""%(?:\d{1,2}\$)?[-+\ \#0'I,(]{0,5}+(?:\*(?:\d{1,2}\$)?|\d{1,4})?(?:\.(?:\*(?:\d{1,2}\$)?|\d{0,4}))?
    (?:hh?|ll?|[qjztL])?(?:<PRI[a-zA-Z0-9]{2,8}>|[tT][A-Za-z]|[diouxXeEfFgGaAcCsSpnmbBhH@])"""
# "100% sure": with the flag of a space no letter follows.
PRINTF = rf"(?!%[-+\#0'I,(]{{0,5}}\ [A-Za-z]{{2}}){CONVERSION}"
PYTHON_PERCENT = r"""%(?:\([^()]{0,60}+\))?(?!\ [A-Za-z]{2})[-+\ \#0]{0,5}+(?:\*|\d{1,4})?(?:\.(?:\*|\d{0,4}))?[hlL]?
    [diouxXeEfFgGcrsa]"""
PYTHON_BRACES = r"\{(?:[^{}\n]|\{[^{}\n]{0,40}+\}){0,100}+\}"
QT = r"%L?(?:\d{1,2}|n)(?!\d)"
DOUBLE_BRACES = r"\{\{[^{}]{0,200}+\}\}"
NESTING = r"\$t\([^()]{0,300}+(?:\([^()]{0,100}+\)[^()]{0,100}+){0,5}+\)"
LINKED = r"@(?:\.[a-z]{1,20})?:(?:\([^()\s]{1,100}+\)|\{[^{}\n]{1,100}+\}|\w+(?:[.-]\w+)*)"
ONE_BRACE = r"""\{\ ?[\w.:,!\[\]+<>=^%-]{0,60}+\ ?\} | \{'[^'{}]{1,20}'\}"""
RUBY = r"[%$\#]\{[^{}\n]{1,100}+\}"
TEMPLATES = r"""
    \{%(?:[^{}%\n]|%(?!\})){0,200}+%\} | <%(?:[^<>%\n]|%(?!>)){0,200}+%> | \[\[[^\[\]\n]{1,100}+\]\]
  | \#{2,3}\w{1,40}\#{2,3}"""
MARKERS = r"(?<!\w)X{2,5}\d{1,5}X{2,5}(?!\w)"
ANY_PERCENT = rf"""
    %\([\w.]{{1,60}}+\)[-+\#0]{{0,3}}\d{{0,3}}(?:\.\d{{1,3}})?[diouxXeEfFgGcrsa](?![A-Za-z])
  | (?<!\d)(?!%\ ){CONVERSION}(?![A-Za-z]) | (?<!\d){QT} | %[A-Z][A-Z0-9_]{{1,40}}+%
  | (?<!\d)%[-0]?[YymdHIMSjpBbZz](?![A-Za-z])"""


@dataclass(slots=True, frozen=True)
class Syntax:
    """How a kind of message is read, and how the words of a translation are escaped in it."""

    pattern: re.Pattern[str]
    writer: Callable[[Sequence[Token]], Writer]


def of(*kept: str, before: str = "") -> re.Pattern[str]:
    """One pattern of all that is no words. `before` are named groups that come first."""
    placeholders = f"(?P<kept>{'|'.join((PATH, *kept))})"
    rest = [before] if before else []
    return re.compile("|".join([*rest, placeholders, LINES, BREAKS, ESCAPES, TAG, ENTITY]), re.VERBOSE)


def doubling(*characters: str) -> Callable[[Sequence[Token]], Writer]:
    """Writes these characters doubled, unless the message itself has them single."""

    def writer(tokens: Sequence[Token]) -> Writer:
        formatted = any(t.kind is Kind.KEPT for t in tokens)
        single = "".join(t.source for t in tokens if t.kind is Kind.WORDS and t.source == t.plain)
        doubled = [c for c in characters if formatted and c not in single]

        def escape(words: str) -> str:
            for character in doubled:
                words = words.replace(character, character * 2)
            return words

        return remembered(tokens, escape)

    return writer


def apostrophes(tokens: Sequence[Token]) -> Writer:
    """Android: an apostrophe, a quotation mark and a backslash always have a backslash, @ and ? at the beginning."""
    formatted = any(t.kind is Kind.KEPT for t in tokens)

    def escape(words: str) -> str:
        words = re.sub(r"(['\"\\])|\A([@?])", r"\\\1\2", words)
        return words.replace("%", "%%") if formatted else words

    return remembered(tokens, escape)


PERCENT = r"(?P<double>%%)"
BRACES = r"(?P<double>%%|\{\{|\}\})"
STYLE = r"(?P<mark>\{\\[^{}\n]{1,200}+\})"  # of a subtitle in ASS
PIPE = r"(?P<pipe>\s{1,3}\|\s{1,3})"

PATTERNS = {
    "auto": Syntax(
        of(
            DOUBLE_BRACES,
            NESTING,
            RUBY,
            TEMPLATES,
            LINKED,
            MARKERS,
            ANY_PERCENT,
            ONE_BRACE,
            before=f"{PERCENT}|{PIPE}|{STYLE}",
        ),
        doubling("%"),
    ),
    "printf": Syntax(of(PRINTF, before=PERCENT), doubling("%")),
    "python": Syntax(of(PYTHON_PERCENT, PYTHON_BRACES, before=BRACES), doubling("%", "{", "}")),
    "i18next": Syntax(
        of(DOUBLE_BRACES, NESTING, RUBY, LINKED, ONE_BRACE, before=r"(?P<pipe>\s{0,3}\|\s{0,3})"), remembered
    ),
    "qt": Syntax(of(QT), remembered),
    "android": Syntax(of(PRINTF, before=rf'{PERCENT}|(?P<mark>")'), apostrophes),
}


def scan(source: str, syntax: Syntax) -> list[Token]:
    """The tokens of a message; joined their sources are the message."""
    found: list[Token] = []
    start = 0
    for match in syntax.pattern.finditer(source):
        if match.start() > start:
            found.append(words(source[start : match.start()]))
        found.append(token(match))
        start = match.end()
    if start < len(source):
        found.append(words(source[start:]))
    return standing(found)


def words(text: str) -> Token:
    return Token(Kind.WORDS, text, text)


def token(match: re.Match[str]) -> Token:
    group, source = match.lastgroup, match.group()
    if group == "kept" and is_boundary(source):
        return Token(Kind.BREAK, source)
    if group == "kept":
        return Token(Kind.KEPT, source, source)
    if group == "line":
        return Token(Kind.LINE, source)
    if group in ("brk", "pipe"):
        return Token(Kind.BREAK, source)
    if group == "mark":
        return Token(Kind.MARK, source)
    if group == "double":
        return Token(Kind.WORDS, source, source[0])
    if group == "char":
        return Token(Kind.WORDS, source, match["char"])
    if group == "tag":
        return tag(source)
    return character(source, decoded(source))


def decoded(source: str) -> str:
    """The character that an entity or an escape stands for."""
    if source[0] == "&":
        return html.unescape(source)
    if len(source) == 12:  # a surrogate pair
        return chr(0x10000 + ((int(source[2:6], 16) & 0x3FF) << 10) + (int(source[8:], 16) & 0x3FF))
    code = int(source[2:], 16)
    return chr(code) if code <= 0x10FFFF else source


def character(source: str, plain: str) -> Token:
    if plain == source or not all(c.isprintable() or c.isspace() for c in plain):
        return Token(Kind.KEPT, source, source)  # an unknown entity, a mark of direction
    if plain in "\n\r\t\v\f":
        return Token(Kind.BREAK, source)
    return Token(Kind.WORDS, source, plain)


def tag(source: str) -> Token:
    name = source.strip("</>").split(None, 1)[0].rstrip("/") if source.strip("</>") else ""
    if source.endswith("/>"):
        return Token(Kind.EMPTY, source)
    return Token(Kind.CLOSE if source[1] == "/" else Kind.OPEN, source, name=name)


def standing(tokens: list[Token]) -> list[Token]:
    """The tokens; a tag without its partner is a placeholder: `<file>` in "Usage: copy <file>"."""
    pairs = paired(tokens)
    return [
        replace(t, kind=Kind.KEPT, plain=t.source) if t.kind in (Kind.OPEN, Kind.CLOSE) and index not in pairs else t
        for index, t in enumerate(tokens)
    ]
