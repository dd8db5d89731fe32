"""Decimal and thousand marks, written as in the target language: "1,5 km" is "1.5 km" in English.

A number is left as it is where its notation leaves a doubt: a version, an address, a time, a number of digits that may
be in the notation of another language.
"""

from __future__ import annotations

import re
from functools import cache

from app.text.characters import DIGIT, LETTER
from app.text.languages.magnitude import CURRENCY, DIGITS, Marks
from app.text.languages.profile import Numbers
from app.text.rules.rule import Languages, Rule
from app.text.sentence import Sentence
from app.text.spans import UNIT, Span

ADDRESS_PARTS = 4  # of an IP address
LABEL_REACH = 20  # characters before a number in which a label may stand
LONGEST_PART = 3  # digits of a part of a version
NAMED = re.compile(r"[A-Z]\w* \Z")
AMOUNT = re.compile(
    rf"""(?<!{LETTER})(?<![.,:/+-])(?<!\d[ \u00a0\u202f])[−-]?(?P<currency>{CURRENCY}[ ]?)?
    (?P<number>{DIGITS})(?:[-–](?P<upper>{DIGITS}))?
    (?P<unit>[ \u00a0\u202f]?(?:{UNIT}))?+(?!{LETTER}|['’:/]|[.,]\d|-{LETTER})""",
    re.VERBOSE,
)


def number_marks(sentence: Sentence, languages: Languages) -> list[Span]:
    """The amounts of a sentence whose marks the target language writes otherwise."""
    source, target = languages.source.numbers, languages.target.numbers
    if source is None or target is None or source.marks == target.marks or not DIGIT.search(sentence.text):
        return []
    spans: list[Span] = []
    for match in AMOUNT.finditer(sentence.text):
        parts = [part for part in ("number", "upper") if match[part]]
        is_amount = bool(match["currency"] or match["unit"]) or is_measured(sentence.text, match.end(), source)
        is_amount = is_amount or is_decimal(match["number"], sentence.text[: match.start()], source)
        if is_labelled(sentence.text, match.start(), source):
            continue
        written = [rewritten(match[part], source.marks, target.marks, is_amount=is_amount) for part in parts]
        if None in written or written == [match[part] for part in parts]:
            continue
        text = match.group()
        for part, new in reversed(list(zip(parts, written, strict=True))):
            start, end = (place - match.start() for place in match.span(part))
            text = text[:start] + (new or "") + text[end:]
        spans.append(Span(*match.span(), text, "number"))
    return spans


def rewritten(text: str, source: Marks, target: Marks, *, is_amount: bool) -> str | None:
    """A number with the marks of the target; None if it may be something else."""
    groups = re.split(r"[^\d]", text)
    value = source.value(text)
    if value is None or is_address(groups):
        return None
    if len(groups) == 1:
        return text
    whole, _, decimals = text.rpartition(source.decimal)
    if not whole:
        return target.written(value)
    # "1,250" may be written by an English hand, and "3.11" may be a version or a time.
    is_single = len(groups) == 2
    if is_single and len(decimals) == 3 and groups[0] != "0":
        return None
    if is_single and source.decimal == "." and not is_amount:
        return None
    return target.written(value, len(decimals))


def is_address(groups: list[str]) -> bool:
    return len(groups) == ADDRESS_PARTS and all(int(group) < 256 for group in groups)


def is_labelled(text: str, start: int, numbers: Numbers) -> bool:
    return bool(numbers.labels) and label(numbers.labels).search(text[max(start - LABEL_REACH, 0) : start]) is not None


def is_decimal(number: str, before: str, numbers: Numbers) -> bool:
    """Whether a number without a unit can hardly be a version or a time: one below 1, or with many decimals. A name may
    stand before a version ("Rust 0.8")."""
    whole, _, decimals = number.partition(numbers.marks.decimal)
    return (whole == "0" or len(decimals) > LONGEST_PART) and not NAMED.search(before[-LABEL_REACH:])


def is_measured(text: str, end: int, numbers: Numbers) -> bool:
    return numbers.units.word_at(text, end) is not None


@cache
def label(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!{LETTER})(?:{words})[ \u00a0\u202f]$")


RULE = Rule(replace=number_marks)
