"""ICU MessageFormat. The branches of plural and select arguments are texts of their own.

Parsed by `pyicumessageformat`, whose tokens joined are the message: so each stands at its place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pyicumessageformat import Parser  # type: ignore[import-untyped]

from app.formats.document import Document, FormatError
from app.formats.messages.patterns import BREAKS, ENTITY, ESCAPES, LINES, TAG, standing, token, words
from app.formats.passages import Composite, compose
from app.formats.tokens import COUNTING, Kind, Token, Writer, WriterFactory, remembered
from app.text.spans import BRANCHING

FORMATTED = "number|date|time|spellout|ordinal|duration"
# An argument of a type that only ICU knows: other syntaxes put a bare name into braces.
LIKELY = re.compile(rf"\{{\s{{0,9}}[\w.-]{{1,60}}\s{{0,9}},\s{{0,9}}(?:{BRANCHING}|{FORMATTED})\b")
CHOICE = "choice"
# The characters that mean something in the branches of an argument, by its type.
SPECIAL = {"plural": "{}#", "selectordinal": "{}#", CHOICE: "{}|"}
USUAL = "{}"
TEXT = {
    special: re.compile(
        "|".join((rf"(?P<quote>'[{special}](?:[^']|'')*+'?|'')", LINES, BREAKS, ESCAPES, TAG, ENTITY)), re.VERBOSE
    )
    for special in (USUAL, *SPECIAL.values())
}
LIMIT = re.compile(r"\s*[-+]?(?:\d{1,20}(?:\.\d{1,20})?(?:[eE][-+]?\d{1,3})?|∞)\s*[#<≤]")  # of a branch of choice
UP_TO_BAR = re.compile(r"(?:[^'|{}]|'[^']*+'?)*+")


class MessageParser(Parser):  # type: ignore[misc]
    """The parser, which takes the branches of `choice` arguments (0#none|1#one|1<many) for a style, with these."""

    def __init__(self) -> None:
        super().__init__({"require_other": False, "submessage_types": ["plural", "selectordinal", "select", CHOICE]})

    def _parseSubmessages(self, context: dict[str, Any], parent: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if parent["type"] != CHOICE:
            branches: dict[str, Any] = super()._parseSubmessages(context, parent)
            return branches
        message: str = context["msg"]
        found: dict[str, Any] = {}
        context["depth"] += 1
        if context["depth"] >= self.options["maximum_depth"]:
            raise SyntaxError("Too much recursion")
        while not found or message[context["i"]] == "|":
            if found:
                self._take(context, "bar", context["i"] + 1)
            limit = LIMIT.match(message, context["i"])
            if limit is None:
                raise SyntaxError(f"Expected a limit of choice at position {context['i']}")
            self._take(context, "limit", limit.end())
            found[limit.group()] = self._parseBranch(context, parent)
        context["depth"] -= 1
        return found

    def _parseBranch(self, context: dict[str, Any], parent: dict[str, Any]) -> list[Any]:  # noqa: N802
        """The text and the arguments up to a bar or the end of the argument around them."""
        message, length = context["msg"], context["length"]
        while True:
            start = context["i"]
            end = UP_TO_BAR.match(message, start)
            assert end is not None, "matches nothing, too"
            context["length"] = end.end()
            self._parseText(context, parent)
            context["length"] = length
            if context["i"] > start:
                context["tokens"].append({"type": "text", "text": message[start : context["i"]]})
            if context["i"] == length:
                raise SyntaxError(f"Expected }} at position {length}")
            if message[context["i"]] in "|}":
                return []
            self._parsePlaceholder(context, parent)

    @staticmethod
    def _take(context: dict[str, Any], kind: str, end: int) -> None:
        context["tokens"].append({"type": kind, "text": context["msg"][context["i"] : end]})
        context["i"] = end


def explained(reason: str, source: str) -> str:
    """The parser's reason with a line and a column, and what to change."""
    if "recursion" in reason:
        return "its branches are nested too deep"
    match = re.search(r"position (\d+)", reason)
    place = min(int(match[1]), len(source)) if match else len(source)
    line, column = source.count("\n", 0, place) + 1, place - source.rfind("\n", 0, place)
    wanted = re.match(r"Expected (.{1,60}?) at position", reason)
    what = f"{wanted[1]} is expected here" if wanted else "this is not expected here"
    return f"line {line}, column {column}: {what}; each {{ needs its }}, and a brace that is a character stands as '{{'"


def compose_message(source: str) -> list[str | Document]:
    """The texts of a message and what stays between them. Raises FormatError where the parser does."""
    found: list[dict[str, Any]] = []
    try:
        MessageParser().parse(source, found)
    except SyntaxError as error:
        raise FormatError(f"The message is no ICU MessageFormat: {explained(str(error), source)}.") from None
    if "".join(t["text"] for t in found) != source:
        raise FormatError("The message is no ICU MessageFormat that can be written back.")
    parts, end = message(found, 0, USUAL)
    assert end == len(found), "the parser closes every argument"
    return parts


def message(
    found: Sequence[dict[str, Any]], at: int, special: str, argument: str = ""
) -> tuple[list[str | Document], int]:
    """The nodes of a message, or of a branch of an `argument` of that type, that begins at token `at`, and the index of
    the token behind it."""
    tokens: list[Token] = []
    while at < len(found) and found[at]["text"] != "}" and found[at]["type"] != "bar":
        kind, text = found[at]["type"], found[at]["text"]
        if kind == "syntax":
            inner, at = placeholder(found, at)
            tokens.append(inner)
            continue
        counts = COUNTING if argument == "selectordinal" else ""
        tokens += [Token(Kind.KEPT, text, text, counts)] if kind == "hash" else scanned(text, special)
        at += 1
    return compose(standing(tokens), quoting(special)), at


def placeholder(found: Sequence[dict[str, Any]], at: int) -> tuple[Token, int]:
    """The argument whose brace is token `at`, and the index of the token behind its end."""
    start = at
    at += 1
    name = kind = ""
    parts: list[str | Document] = ["{"]
    while found[at]["text"] != "}" or found[at]["type"] != "syntax":
        piece = found[at]
        at += 1
        parts.append(piece["text"])
        if piece["type"] == "name":
            name = piece["text"]
        elif piece["type"] == "type":
            kind = piece["text"]
        elif piece["text"] == "{" and piece["type"] == "syntax":
            branch, at = message(found, at, SPECIAL.get(kind, USUAL), kind)
            parts += [*branch, "}"]
            at += 1
        elif piece["type"] == "limit":
            branch, at = message(found, at, SPECIAL[CHOICE])
            parts += branch
    parts.append("}")
    source = "".join(t["text"] for t in found[start : at + 1])
    texts = Composite(parts)
    # With branches a translator reads the name alone.
    token = Token(Kind.KEPT, source, f"{{{name}}}", node=texts) if texts.texts else Token(Kind.KEPT, source, source)
    return token, at + 1


def scanned(source: str, special: str) -> list[Token]:
    """The tokens of a stretch of text: its quotations, escapes, tags and line breaks."""
    tokens: list[Token] = []
    start = 0
    for match in TEXT[special].finditer(source):
        if match.start() > start:
            tokens.append(words(source[start : match.start()]))
        tokens.append(
            Token(Kind.WORDS, match.group(), unquoted(match.group())) if match.lastgroup == "quote" else token(match)
        )
        start = match.end()
    return [*tokens, words(source[start:])] if start < len(source) else tokens


def unquoted(source: str) -> str:
    if source == "''":
        return "'"
    body = source[1:-1] if source.endswith("'") and len(source) > 1 else source[1:]
    return body.replace("''", "'")


def quoting(special: str) -> WriterFactory:
    """Writes special characters in apostrophes, and apostrophes doubled unless the message itself has them alone."""
    quoted = re.compile(rf"'*+[{special}][{special}']*+")

    def factory(tokens: Sequence[Token]) -> Writer:
        lone = any(t.kind is Kind.WORDS and "'" in t.source and t.source == t.plain for t in tokens)

        def escape(text: str) -> str:
            parts: list[str] = []
            start = 0
            for match in quoted.finditer(text):  # a run with braces, and the apostrophes that touch them
                parts += (apostrophes(text[start : match.start()], lone), "'", match.group().replace("'", "''"), "'")
                start = match.end()
            return "".join([*parts, apostrophes(text[start:], lone)])

        plain = [t for t in tokens if not t.source.startswith("'")]
        return remembered(plain, escape)

    return factory


def apostrophes(text: str, lone: bool) -> str:
    """The text with its apostrophes doubled; one alone may stay so where no other and no argument touches it."""
    doubled = text.replace("'", "''")
    return re.sub(r"(?<=[^'])''(?=[^'])", "'", doubled) if lone else doubled
