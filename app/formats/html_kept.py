"""Stretches of an HTML source that stay: elements whose words are not translated, and tags of template languages.

A tree, which follows the WHATWG standard, tells where elements end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from turbohtml import Element, Node, TokenType, parse_fragment, tokenize
from turbohtml import parse as parse_document

from app.formats.templates import template_tags

_BLOCK_NAMES = """
    address article aside audio blockquote body button canvas caption center col colgroup dd details dialog dir div dl
    dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe label
    legend li link listing main menu meta nav noembed noframes noscript object ol optgroup option p plaintext pre
    search section select summary table tbody td template textarea tfoot th thead title tr ul video xmp
"""
_VOID_NAMES = "area base br col embed hr img input link meta param source track wbr"
_NO_TEXT_NAMES = "script style svg iframe noembed noframes pre listing xmp plaintext textarea"

BLOCKS = frozenset(_BLOCK_NAMES.split())  # no sentence goes on over these
VOID = frozenset(_VOID_NAMES.split())
CODE = frozenset({"code", "kbd", "samp", "tt", "var", "math"})  # their words stay, but belong to the sentence
_NO_TEXT = frozenset(_NO_TEXT_NAMES.split())
_KEPT = ",".join((*sorted(CODE | _NO_TEXT), "[translate]", ".notranslate"))
_WHOLE_DOCUMENTS = frozenset({"html", "head", "body", "frameset", "base", "link", "meta", "title"})
_CONTEXTS = {"td": "tr", "th": "tr", "tr": "tbody", "tbody": "table", "thead": "table", "tfoot": "table"}


_HEAD = 2000
_XHTML = re.compile(r"""\A\ufeff?\s*<\?xml\s|<html\s[^>]*xmlns\s*=\s*["']http://www\.w3\.org/1999/xhtml["']""")
_CLOSED = re.compile(r"""<([A-Za-z][\w:.-]*+)(?:\s++[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'))?+)*+\s*+/>""")


@dataclass(slots=True, frozen=True)
class Hole:
    """A stretch of source that the tokenizer does not see."""

    start: int
    end: int
    plain: str = ""  # words that stay, where it has any
    inner: tuple[int, int] = (0, 0)  # where they are
    bounds: bool = False  # no sentence goes on behind it


def mask(source: str) -> tuple[str, list[Hole]]:
    """The source with blanks in place of what stays, so that a tokenizer sees all else; of the same length."""
    seen = source.replace("\r\n", " \n").replace("\r", "\n")
    templates = [
        Hole(tag.start, tag.end, source[tag.start : tag.end] if tag.is_value else "", (tag.start, tag.end), tag.bounds)
        for tag in template_tags(source)
    ]
    templates = _merged(templates, _closed_by_themselves(source))
    seen = _masked(seen, templates)
    if "<" not in seen:
        return seen, templates
    holes = _merged(templates, list(_kept(seen)))
    return _masked(seen, holes), holes


def _masked(source: str, holes: Sequence[Hole]) -> str:
    """The source without the holes, of the same length: blanks, or letters where a tag has its name or a value."""
    parts: list[str] = []
    position = 0
    for hole in holes:
        filler = "x" if source[max(hole.start - 1, 0) : hole.start] in ("=", "<", "/") else " "
        parts += (source[position : hole.start], filler * (hole.end - hole.start))
        position = hole.end
    parts.append(source[position:])
    return "".join(parts)


def _closed_by_themselves(source: str) -> list[Hole]:
    """Elements such as `<title/>` and `<a id="x"/>` of XHTML, which HTML would read as opened."""
    if not _XHTML.search(source[:_HEAD]):
        return []
    return [
        Hole(match.start(), match.end(), bounds=match[1].lower() in BLOCKS)
        for match in _CLOSED.finditer(source)
        if match[1].lower() not in VOID
    ]


def _merged(first: Sequence[Hole], second: Sequence[Hole]) -> list[Hole]:
    """Holes of both in order; one that lies in another, or overlaps it, is dropped."""
    result: list[Hole] = []
    for hole in sorted((*first, *second), key=lambda hole: (hole.start, -hole.end)):
        if not result or hole.start >= result[-1].end:
            result.append(hole)
        elif hole.end > result[-1].end:
            last = result[-1]
            result[-1] = Hole(last.start, hole.end, bounds=last.bounds)
    return result


def _tree(masked: str) -> Node | None:
    """The document as a tree; none where it has no tag."""
    first = next((token.tag for token in tokenize(masked) if token.type is TokenType.START_TAG), None)
    if first is None:
        return None
    if first in _WHOLE_DOCUMENTS:
        return parse_document(masked, source_locations=True)
    return parse_fragment(masked, _CONTEXTS.get(first, "div"), source_locations=True)


def _kept(masked: str) -> Iterator[Hole]:
    """The elements whose words are not translated: all of one with translate="no", the content of others."""
    tree = _tree(masked)
    covered = 0
    for element in tree.select(_KEPT) if tree else ():
        location = element.source_location
        if location is None or location.start_tag.start_offset < covered:
            continue
        start, inner, inner_end, end = _extent(element, len(masked))
        blank = element.tag in _NO_TEXT or element.tag in BLOCKS
        plain = "" if blank else " ".join(element.text.split())
        if _says_no(element):
            yield from _around_translated(element, Hole(start, end, plain, (inner, inner_end), element.tag in BLOCKS))
        elif not _says_yes(element) and (element.tag in CODE or element.tag in _NO_TEXT):
            end = inner_end
            yield Hole(inner, inner_end, plain, (inner, inner_end))
        else:
            continue
        covered = end


def _says_no(element: Element) -> bool:
    return element.has_class("notranslate") or str(element.attrs.get("translate")).lower() == "no"


def _says_yes(element: Element) -> bool:
    return str(element.attrs.get("translate")).lower() in ("", "yes")


def _around_translated(element: Element, hole: Hole) -> Iterator[Hole]:
    """The hole, but for the elements in it with translate="yes"."""
    position = hole.start
    for inside in element.select("[translate]"):
        if not _says_yes(inside) or inside.source_location is None:
            continue
        _, inner, inner_end, _ = _extent(inside, hole.end)
        if position < inner <= inner_end <= hole.end:
            yield Hole(position, inner, bounds=True)
            position = inner_end
    yield hole if position == hole.start else Hole(position, hole.end, bounds=True)


def _extent(element: Element, size: int) -> tuple[int, int, int, int]:
    """Where an element begins, where its content does, where that ends and where the element does.

    One without an end tag ends where the next element begins, or where its parent ends.
    """
    location = element.source_location
    assert location is not None
    start, inner = location.start_tag.start_offset, location.start_tag.end_offset
    if element.tag in VOID:
        return start, inner, inner, inner
    if location.end_tag and location.end_tag.start_offset >= inner:
        return start, inner, location.end_tag.start_offset, location.end_tag.end_offset
    ancestor: Node | None = element
    while isinstance(ancestor, Element):
        for sibling in ancestor.next_siblings:
            if isinstance(sibling, Element) and sibling.source_location:
                end = sibling.source_location.start_tag.start_offset
                if end >= inner:
                    return start, inner, end, end
        ancestor = ancestor.parent
        if isinstance(ancestor, Element) and ancestor.source_location and ancestor.source_location.end_tag:
            end = ancestor.source_location.end_tag.start_offset
            if end >= inner:
                return start, inner, end, end
    return start, inner, size, size
