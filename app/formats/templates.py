"""Tags of server-side template languages in a document: Jinja, Django, Liquid, Handlebars, Vue, ERB, EJS, PHP.

Such a language knows nothing of the document around it: a tag reaches from its opening delimiter to its closing one,
as the languages themselves read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.formats.flow import Flow, Kind, Piece

_DELIMITERS = {
    "{{": "}}",
    "{%": "%}",
    "{#": "#}",
    "[[": "]]",
    "<%": "%>",
    "<?php": "?>",
    "<?=": "?>",
}
_OPENING = re.compile("|".join(map(re.escape, sorted(_DELIMITERS, key=len, reverse=True))), re.IGNORECASE)
_VALUES = ("{{", "[[", "<%=", "<%-", "<?=")
_WORDS = """
    autoescape block blocktrans blocktranslate call case capture default elif else elseif elsif empty filter for foreach
    form if ifchanged ifequal ifnotequal macro plural pluralize spaceless switch unless when while with
"""
_STATEMENT = rf"\s*(?:\}}|(?:{'|'.join(_WORDS.split())}|end\w*|trans(?!\s*['\"]))\b)"
# These tags begin and end branches and repeated parts, which no sentence around them goes through.
_BOUNDARY = re.compile(
    rf"\{{%[-+~]?{_STATEMENT}|\{{\{{~?\s*(?:[#/^]|else\b)|<%(?![-=#%])|<%-{_STATEMENT}|<\?php{_STATEMENT}",
    re.IGNORECASE,
)
_LONGEST_IN_BRACES = 2_000
_NOT_IN_BRACES = ("</", "<!--", "\n\n", "\n \n")


@dataclass(slots=True, frozen=True)
class TemplateTag:
    start: int
    end: int
    is_value: bool  # it stands for words: {{ name }}, not {% url "home" %}
    bounds: bool = False  # no sentence goes on over it: {% if name %}


def template_tags(source: str) -> Iterator[TemplateTag]:
    """The tags in order. Linear in the size of `source`."""
    position = 0
    closings: dict[str, int] = {}  # where each closing delimiter comes next
    while match := _OPENING.search(source, position):
        start, position = match.span()
        opening = match[0].lower()
        closing = _DELIMITERS[opening]
        if closings.get(closing, position - 1) < position:
            found = source.find(closing, position)
            closings[closing] = found if found >= 0 else len(source) + 1
        end = closings[closing]
        if end > len(source):
            if not opening.startswith("<?"):
                continue
            end = len(source)  # PHP may end with the file
        elif opening[0] in "{[" and not _reads_as_tag(source, position, end):
            continue
        position = min(end + len(closing), len(source))
        if source.startswith("{{{", start) and source.startswith("}", position):  # {{{ raw }}} of Handlebars
            position += 1
        bounds = is_boundary(source[start:position])
        yield TemplateTag(start, position, not bounds and source[start : start + 3].lower().startswith(_VALUES), bounds)


def is_boundary(tag: str) -> bool:
    """Whether no sentence goes on over a tag."""
    return _BOUNDARY.match(tag) is not None


def _reads_as_tag(source: str, start: int, end: int) -> bool:
    """Braces and brackets are also CSS, JavaScript and LaTeX."""
    if end - start > _LONGEST_IN_BRACES:
        return False
    return all(source.find(stop, start, end) < 0 for stop in _NOT_IN_BRACES)


def keep_template_tags(words: Flow) -> None:
    """Make one piece of the pieces of each tag: kept where it stands for words, a break where no sentence goes on over
    it, empty otherwise.

    A flow in which a tag has marks in it, or cuts them, is left as it is.
    """
    if not words.pieces:
        return
    begin = words.pieces[0].start
    text = words.source[begin : words.pieces[-1].end]
    tags = [replace(tag, start=tag.start + begin, end=tag.end + begin) for tag in template_tags(text)]
    if not tags:
        return
    result: list[Piece] = []
    left = iter(tags)
    tag = next(left, None)
    for piece in words.pieces:
        rest: Piece | None = piece
        while rest:
            while tag and tag.end <= rest.start:
                tag = next(left, None)
            if not tag or tag.start >= rest.end:
                result.append(rest)
                break
            if rest.kind is not Kind.SPACE and (
                rest.kind is not Kind.WORDS or rest.plain != words.source[rest.start : rest.end]
            ):
                return
            if rest.start < tag.start:
                result.append(Piece(Kind.WORDS, rest.start, tag.start, words.source[rest.start : tag.start]))
            elif rest.start == tag.start:
                plain = " ".join(words.source[tag.start : tag.end].split()) if tag.is_value else ""
                kind = Kind.KEPT if tag.is_value else Kind.BREAK if tag.bounds else Kind.EMPTY
                result.append(Piece(kind, tag.start, tag.end, plain, (tag.start, tag.end), keeps=tag.bounds))
            cut = tag.start if rest.start < tag.start else tag.end
            rest = Piece(rest.kind, cut, rest.end, words.source[cut : rest.end]) if cut < rest.end else None
    words.pieces = result
