"""Numbers with a magnitude word, written by rule: Chinese counts by ten thousands, so that 14亿 is 1.4 billion, and a
model that copies the digits is wrong by a factor of ten.

A model may also read such a number, which tells it that there are many, where its translation turns out to have the
same value.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

from app.text.languages.magnitude import DIGITS, LARGEST, Magnitude
from app.text.languages.profile import Numbers, Profile
from app.text.rules.rule import Encoding, Languages, Proposal, Rule
from app.text.sentence import Sentence, has_letters
from app.text.spans import Span

MAGNITUDE = "magnitude"
# How much less likely a translation may be that has read the numbers, in log probability a token.
MARGIN = -0.05


def magnitudes(sentence: Sentence, languages: Languages) -> list[Span]:
    """The numbers of a sentence that have a magnitude word, as the target language writes them."""
    source, target = languages.source.numbers, languages.target.numbers
    if source is None or target is None:
        return []
    found = [(one, written(one, target)) for one in source.magnitudes(sentence.text)]
    case = str.upper if sentence.is_shouted else str
    return [Span(one.start, one.end, case(replacement), MAGNITUDE) for one, replacement in found if replacement]


def written(found: Magnitude, numbers: Numbers) -> str:
    """A number as a language writes it; empty if it cannot."""
    ends = [numbers.with_magnitude(value) for value in found.values if 0 < value < LARGEST]
    if len(ends) < len(found.values) or not all(ends):
        return ""
    return found.currency + (numbers.more_than if found.is_more else "") + as_range(ends)


def as_range(written: list[str]) -> str:
    """`3–5 million`: a word that both ends have stands once."""
    first, last = written[0], written[-1]
    count, space, word = first.partition(" ")
    if len(written) > 1 and space and last.endswith(space + word):
        return f"{count}–{last}"
    return "–".join(written)


def read_magnitudes(sentence: Sentence, languages: Languages, encoding: Encoding) -> Proposal | None:
    """The sentence with its magnitude words, and numbers in letters, among the words."""
    source, target = languages.source, languages.target
    spans = [span for span in sentence.spans if span.kind == MAGNITUDE]
    if not spans or source.numbers is None or target.numbers is None:
        return None
    digits: list[Span] = []
    forms: list[re.Pattern[str]] = []  # which must stand in the translation
    for span in spans:
        text = sentence.text[span.start : span.end]
        if not any(map(str.isdigit, text)):
            continue
        amount = rewritten_digits(text, source.numbers, target.numbers)
        if amount is None or source.spaced != target.spaced:
            return None  # a model would copy the digits
        digits.append(Span(span.start, span.start + amount.end, amount.replacement, "number"))
        if has_letters(text):
            forms.append(re.compile(re.escape(span.replacement) + r"(?!\w)"))

    def accepts(text: str, translation: str) -> bool:
        has_forms = all(form.search(translation) for form in forms)
        return has_forms and values(text, source) == values(translation, target)

    read = sentence.without(lambda span: span.kind == MAGNITUDE).with_spans(digits)
    return Proposal(read, MARGIN, accepts)


def rewritten_digits(text: str, source: Numbers, target: Numbers) -> Span | None:
    """The digits of a number, as far as the last of them, with the marks of the target."""
    result, end = "", 0
    for match in re.finditer(DIGITS, text):
        value = source.marks.value(match.group())
        if value is None:
            return None
        result += text[end : match.start()] + target.marks.written(value)
        end = match.end()
    return Span(0, end, result)


def values(text: str, language: Profile) -> Counter[tuple[Decimal, ...]]:
    """How often each number with a magnitude word stands in a text."""
    assert language.numbers is not None
    return Counter(found.values for found in language.numbers.magnitudes(text))


RULE = Rule(replace=magnitudes, propose=read_magnitudes)
