"""The lines that open and close containers, of which CommonMark knows nothing: `::: warning Title` (Docusaurus,
VitePress, Pandoc, MyST), `!!! note "Title"` and `=== "Title"` (MkDocs), `[!tip]- Title` (Obsidian).

Such a line bounds texts, and only its title is one. In its place the parser reads something as long that bounds them
too: a thematic break, or, where the container is what is indented below, an item of a list.
"""

from __future__ import annotations

import re

_ATTRIBUTES = r"(?:[ \t]{0,9}\{[^{}\r\n]{0,200}+\})?"
_TITLE = r"[^\s{\[][^\r\n]{0,300}?"
_LINE = re.compile(
    rf"""
    ^(?P<prefix>[ \t>]*+)(?:
        (?P<fenced>:{{3,}}+[ \t]{{0,9}}[\w-]{{0,40}}+{_ATTRIBUTES}
            (?:\[(?P<label>[^\r\n]{{1,300}}?)\]{_ATTRIBUTES}|[ \t]+(?P<title>{_TITLE}){_ATTRIBUTES})?[ \t]{{0,9}}:*+)
      | (?P<indented>(?:(?:!!!|\?\?\?\+?)[ \t]+\w[\w\ -]{{2,40}}?(?:[ \t]+"(?P<heading>[^\r\n]{{1,300}})")?
            | ===[+!]?[ \t]+"(?P<tab>[^\r\n]{{1,300}})")(?=[ \t]*(?:\r?\n[ \t]*){{0,3}}\r?\n(?P=prefix)(?:[ ]{{4}}|\t)))
      | (?P<callout>(?:(?<=>[ ])|(?<=>))\[![\w-]{{1,40}}\]
            (?:[-+]|(?=[ \t]+\S))(?:[ \t]+(?P<name>[^\s][^\r\n]{{0,300}}))?)
    )[ \t]*\r?$
    """,
    re.MULTILINE | re.VERBOSE,
)
_BREAK, _ITEM = "_", "-   "
_HINT = re.compile(r":::|!!!|\?\?\?|===|\[!")


def without_containers(source: str) -> tuple[str, list[tuple[int, int]]]:
    """The source with the lines of containers as a parser may read them, of the same length, and where the titles
    stand."""
    if not _HINT.search(source):
        return source, []
    titles: list[tuple[int, int]] = []
    parts: list[str] = []
    place = 0
    for match in _LINE.finditer(source):
        group = next(name for name in ("fenced", "indented", "callout") if match[name] is not None)
        title = next((name for name in ("label", "title", "heading", "tab", "name") if match[name]), None)
        if title:
            titles.append(match.span(title))
        start, end = match.span(group)
        head = _ITEM if group == "indented" else ""
        parts += (source[place:start], head + _BREAK * (end - start - len(head)))
        place = end
    return "".join([*parts, source[place:]]), titles
