"""Marks of a translation that its source decides: quotation marks come in pairs, as its language has them, and a
question, a cry or several marks at the end ("!!!") are so in the translation too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.text.characters import CJK
from app.text.languages.profile import Profile
from app.text.projection import is_ideograph

QUOTE = re.compile(r"(?<!\d)[\"“”„‟«»「」]")  # behind a digit it may be an inch
SINGLE = r"['‘’‚‛]"  # between letters it is an apostrophe
SINGLES = re.compile(
    rf"(?<!\w){SINGLE}(?P<quoted>(?!\s)(?:[^'‘’‚‛]|(?<=\w){SINGLE}(?=\w)){{2,300}}(?<!\s)){SINGLE}(?!\w)"
)
# Quotations that may have others in them, and those of them that no apostrophe looks like.
OUTER = re.compile(
    r"(?<!\d)\"[^\"\n]{2,400}\"|“[^“”„\n]{2,400}”|„[^“”„\n]{2,400}[“”]|«[^«»\n]{2,400}»|»[^«»\n]{2,400}«"
    r"|「[^「」\n]{2,400}」"
)
INNER = re.compile(
    rf"『[^『』\n]{{1,200}}』|‹[^‹›\n]{{1,200}}›|›[^‹›\n]{{1,200}}‹|‘(?=[^‘’\n]{{0,200}}[{CJK}])[^‘’\n]{{1,200}}’"
)
CODE_BEFORE = "(=[{,<"  # before the quotation mark of a string in code
FINAL = re.compile(r"[!?！？]+(?=[\"”“»」)）]?\Z)")
TRANSLATED_FINAL = re.compile(
    r"(?P<space>\s?)(?P<marks>(?:[!?！？]{1,40}\s){0,40}[.。!?！？]{0,40})(?=[\"”“»」)）]?\Z)"  # "! ! !!!"
)
NARROW = str.maketrans("！？", "!?")
QUOTED = re.compile(r"\"\"|''|“”|‘’|„[“”]|‚[‘’]|«»|「」")  # the two marks around a quotation
MARKS = ".。!?！？"  # at the end of a translation that is not complete, they may still change


def with_own_quotes(text: str, stretches: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The stretches, which are in order, each with the quotation marks that stand directly around it."""
    last = 0
    for start, end in stretches:
        if start > last and QUOTED.fullmatch(text[start - 1 : start] + text[end : end + 1]):
            start, end = start - 1, end + 1
        yield start, end
        last = end


def settles_quotes(source: str) -> bool:
    """Whether a translation may get other quotation marks than the model has written."""
    return bool(quotes_of(source))


def lacks_quotes(translation: str, source: str) -> bool:
    """Whether a translation has fewer quotation marks than its source."""
    return len(quotes_of(translation)) < len(quotes_of(source))


def quotes_of(source: str) -> list[tuple[int, int]]:
    """Where the quotation marks of a text stand: single ones in pairs, if it has no others."""
    return [match.span() for match in QUOTE.finditer(source)] or [
        (place, place + 1) for match in SINGLES.finditer(source) for place in (match.start(), match.end("quoted"))
    ]


def nested_quotations(text: str) -> Iterator[tuple[int, int]]:
    """Where the quotations in other ones begin and end, in order: “He said ‘no’,” « Il dit “non” », 「他說『不』」."""
    if not QUOTE.search(text):
        return
    last = 0
    for outer, inner in ((OUTER, (INNER, SINGLES, OUTER)), (SINGLES, (OUTER,))):
        for match in outer.finditer(text):
            start, end = match.start() + 1, match.end() - 1
            for first, behind in sorted(one.span() for kind in inner for one in kind.finditer(text, start, end)):
                if first >= last and text[first - 1] not in CODE_BEFORE:
                    yield first, behind
                    last = behind


def with_marks_of(translation: str, source: str, target: Profile) -> str:
    """The translation with the quotation marks of its language, the inner ones too, and the final marks of its
    source."""
    if final := FINAL.search(source):
        found = TRANSLATED_FINAL.search(translation)
        if found:
            is_kept = len(final.group()) == len(found["marks"]) == 1 and found["marks"] not in ".。"
            marks = found["marks"] if is_kept else final.group().translate(NARROW)
            marks = "".join(target.wide_marks.get(mark, mark) for mark in marks)
            space = target.before_marks and (found["space"] or target.before_marks)
            translation = translation[: found.start()] + space + marks + translation[found.end() :]
    translation = with_quotes(translation, source, target.quotes)
    inner = len(list(nested_quotations(source)))
    if inner and len(list(nested_quotations(translation))) == len(SINGLES.findall(translation)) == inner:
        opening, closing = target.inner_quotes
        translation = SINGLES.sub(rf"{opening}\g<quoted>{closing}", translation)
    return translation


def with_quotes(translation: str, source: str, quotes: tuple[str, str]) -> str:
    """Left as it is where the source has a mark without its pair, or another number of marks than the translation."""
    given = quotes_of(source)
    if not given or len(given) % 2:
        return translation
    if len(QUOTE.findall(translation)) % 2:
        translation = with_pairs(translation, source, given)
    there = list(QUOTE.finditer(translation))
    if len(there) != len(given):
        return translation
    result, last = "", 0
    for place, (match, (start, end)) in enumerate(zip(there, given, strict=True)):
        before, behind = translation[last : match.start()], translation[match.end() : match.end() + 1]
        result += before
        if place % 2:  # the end of a quotation
            result = result.rstrip() + quotes[1]
            is_apart = source[end : end + 1].isspace()
            result += " " if is_apart and behind.isalnum() and not is_ideograph(behind) else ""
            last = match.end()
        else:
            is_apart = source[start - 1 : start].isspace()
            result += " " if is_apart and result[-1:].isalnum() and not is_ideograph(result[-1]) else ""
            result += quotes[0]
            last = match.end() + behind.isspace()
    return result + translation[last:]


def with_pairs(translation: str, source: str, given: list[tuple[int, int]]) -> str:
    """A translation with an odd number of quotation marks, with the one that it lacks at its beginning or its end, if
    one stands there in the source; else without the one that fits least."""
    there = list(QUOTE.finditer(translation))
    tail = source[given[-1][1] :].strip()
    body = translation.rstrip(MARKS) if tail else translation
    if not source[: given[0][0]].strip() and translation[: there[0].start()].strip():
        return '"' + translation
    if not tail.strip(MARKS) and len(there) < len(given) and body[there[-1].end() :].strip():
        return f'{body}"{translation[len(body) :]}'

    def misplaced(lone: int) -> int:
        """How many of the others stand at the wrong side of a space."""
        rest = [mark for place, mark in enumerate(there) if place != lone]
        return sum(
            (translation[: mark.start()][-1:] if place % 2 else translation[mark.end() :][:1]).isspace()
            for place, mark in enumerate(rest)
            if mark.group() not in "«»"
        )

    lone = there[min(range(len(there)), key=lambda place: (misplaced(place), -place))]
    head, rest = translation[: lone.start()], translation[lone.end() :]
    return head + (rest if head[-1:].strip() else rest.lstrip())
