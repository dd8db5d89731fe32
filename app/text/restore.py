"""Puts the spans of a sentence back into its translation, where a model left placeholders for them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from app.text.characters import UNSPACED
from app.text.languages import NEUTRAL
from app.text.languages.frequency import evidence
from app.text.languages.profile import Profile
from app.text.sentence import PLACEHOLDER, Sentence
from app.text.spans import Span

CAPITALISED = re.compile(r"\s?([A-ZÀ-Þ][a-zß-ÿ'’]*)(?!\w)")
VERY_FREQUENT = 5.0  # evidence of a word for its language: that of some two hundred, among which are no names
SPACES = re.compile(" {2,}")
TIGHT = re.compile(r"<.*>|\{\\.*\}|.*[{(\[]", re.DOTALL)  # marks up the word beside it, or opens a bracket around it


def restore(translation: str, sentence: Sentence, target: Profile = NEUTRAL) -> str | None:
    """The translation of a masked sentence with the replacements of its spans; None if the model lost, invented or
    doubled a placeholder. Of a sentence without spans, invented placeholders are left out.

    White space beside a span is the model's, mended where the source leaves no doubt. So are the words behind it, as
    the target language links them.
    """
    spans = sentence.joined
    # Texts stand at even places, numbers of placeholders at odd ones.
    parts = PLACEHOLDER.split(translation)
    numbers = [int(number) for number in parts[1::2]]
    if numbers and not spans:
        return SPACES.sub(" ", "".join(parts[::2])).strip()
    if sorted(numbers) != list(range(len(spans))):
        return None
    result = parts[0]
    for place, number in enumerate(numbers):
        span = spans[number]
        before = sentence.text[max(span.start - 1, 0) : span.start]
        after = sentence.text[span.end : span.end + 1]
        result, following = without_double(result, parts[2 * place + 2], span.replacement, target.date_units)
        if not following.strip() and place + 1 < len(numbers):
            neighbour = spans[numbers[place + 1]].replacement[0]
        else:
            neighbour = following.lstrip()[:1]
        if not result.strip() and sentence.is_rewritten(span):
            following = continued(following, sentence.text, target, only_frequent=not span.replacement[0].isdigit())
        following = target.linked(span.replacement, following)
        head, rest = result.rstrip(), following.lstrip()
        is_first = not any(map(str.isalnum, head))
        replacement = sentence.beginning(span) if is_first else span.replacement
        result = head + left_gap(result[len(head) :], head[-1:], before, span) + replacement
        result += right_gap(following[: len(following) - len(rest)], neighbour, after, span) + rest
    return result


def without_double(before: str, after: str, replacement: str, units: str) -> tuple[str, str]:
    """The text around a span, without repetitions: the model may write the first word of a date or a time again ("at at
    7:30"), or the unit at its end."""
    head = before.rstrip()
    word, space, _ = replacement.partition(" ")
    if space and word.isalpha() and head.lower().endswith(word.lower()) and not head[: -len(word)][-1:].isalnum():
        before = head[: -len(word)]
    if replacement.endswith("."):  # an abbreviation
        after = after.removeprefix(".")
    return before, after.lstrip(units) if replacement[-1] in units else after


def continued(following: str, source: str, target: Profile, *, only_frequent: bool = True) -> str:
    """A translation that goes on with a sentence, whose first word a model writes with a capital as it begins one: in
    small letters. A word of the source, such as a name, keeps it, and so does a rare one with `only_frequent`."""
    word = CAPITALISED.match(following)
    if word is None or target.nouns_capitalised or word[1] in source or re.fullmatch(target.always_capital, word[1]):
        return following
    small = word[1].lower()
    if only_frequent and evidence().get(small, {}).get(target.code, 0.0) < VERY_FREQUENT:
        return following
    return following[: word.start(1)] + small + following[word.end(1) :]


def carried(translation: str, sentence: Sentence) -> str | None:
    """The translation, if every span of the sentence stands in it unchanged and as often; else None. For models that
    know no placeholders."""
    return translation if has_all(translation, sentence.merged) else None


def has_all(translation: str, spans: Iterable[Span]) -> bool:
    """Whether the replacements of spans stand in a translation, each as often as there are such spans."""
    for text, times in Counter(span.replacement for span in spans).items():
        # "2" does not stand in "12", nor in "2.5".
        head = r"(?<![A-Za-z0-9])(?<!\d[.,])" if text[0].isalnum() else ""
        tail = r"(?![A-Za-z0-9])(?![.,]\d)" if text[-1].isalnum() else ""
        if len(re.findall(head + re.escape(text) + tail, translation)) < times:
            return False
    return True


def left_gap(gap: str, neighbour: str, source: str, span: Span) -> str:
    """The white space between a character of the translation and the span behind it, `gap` if in doubt; `source` is the
    character that stood before the span."""
    if neighbour and neighbour in "([{¿¡„“‚（《「【":
        return ""
    if neighbour in {".", ",", ";", ":", "!", "?", ")", "]", "}"} and source.isspace():
        return gap or " "
    return side_gap(gap, neighbour, source, span)


def right_gap(gap: str, neighbour: str, source: str, span: Span) -> str:
    """The white space between a span and the character of the translation behind it, `gap` if in doubt; `source` is the
    character that stood behind the span."""
    if neighbour and neighbour in ".,)]}…”、。，）》」】":
        return ""
    if neighbour and neighbour in ";:!?»":
        return gap  # French puts a space before these, so the model knows better
    if neighbour in {"(", "[", "{"} and source.isspace():
        return gap or " "
    return side_gap(gap, neighbour, source, span)


def side_gap(gap: str, neighbour: str, source: str, span: Span) -> str:
    """`neighbour` is the next character in the translation, `source` the one beside the span in the source."""
    if not neighbour:
        return gap
    if UNSPACED.match(neighbour) and UNSPACED.search(span.replacement):
        return ""
    if not neighbour.isalnum():
        return "" if neighbour == source else gap
    if source.isalnum() and not UNSPACED.match(source):
        # `<b>word</b>`, `{\\i1}word` and `\\emph{word}` are tight in every language; `{n}th` is not.
        return "" if TIGHT.fullmatch(span.replacement) else gap
    if UNSPACED.match(span.replacement[0]) and UNSPACED.match(span.replacement[-1]) and UNSPACED.match(neighbour):
        return ""
    apart = not source or source.isspace() or source in ".,;:!?'’" or source.isalnum()
    return gap or " " if apart and not UNSPACED.match(neighbour) else gap
