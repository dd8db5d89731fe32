"""A glossary: terms whose translation a request gives, and words that it keeps. Each is a span of a sentence, so
that no model reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from app.text.characters import UNSPACED
from app.text.languages.profile import Profile
from app.text.normalize import SURROGATE, fold, normalize
from app.text.projection import Stretch
from app.text.sentence import Sentence
from app.text.spans import GIVEN, Span

MAX_TERMS = 1_000
MAX_TERM_CHARS = 200  # of a term, and of a translation
JOINTS = "-'"
LONGEST_ELIDED = 6  # characters of a word that is written together with the next one, and of a clitic, with more to see
Convert = Callable[[str], str]


class GlossaryError(ValueError):
    """The glossary cannot be used; the message says what to change."""


class Glossary:
    """Translations by term. A term whose translation is None stays as the text has it."""

    def __init__(self, terms: Mapping[str, str | None]) -> None:
        """Raises GlossaryError."""
        if len(terms) > MAX_TERMS:
            raise GlossaryError(f"The glossary has {len(terms):,} terms; at most {MAX_TERMS:,} are taken.")
        self.terms: dict[str, str | None] = {}
        for term, translation in terms.items():
            if translation is None:
                self.terms[checked(term, "A word to keep")] = None
            else:
                self.terms[checked(term, "A term of the glossary")] = checked(
                    translation, "A translation of the glossary"
                )
        self.matchers: dict[str, Matcher] = {}  # by language code

    def matcher(self, code: str, profile: Profile, convert: Convert | None) -> Matcher:
        """The terms in texts of a language; `convert` puts a text into the script of the model."""
        if code not in self.matchers:
            self.matchers[code] = Matcher(self.terms, profile, convert)
        return self.matchers[code]


def checked(text: str, name: str) -> str:
    """A term or a translation without the white space around it. Raises GlossaryError."""
    if not normalize(text):
        raise GlossaryError(f"{name} is empty: leave it out.")
    if len(text) > MAX_TERM_CHARS:
        raise GlossaryError(f"{name} has {len(text):,} characters; at most {MAX_TERM_CHARS} are taken.")
    if SURROGATE.search(text) or len(text.splitlines()) > 1:
        raise GlossaryError(f"{name} has a line break or a lone surrogate: take it out.")
    return text.strip()


class Matcher:
    """Finds the terms of a glossary in texts of one language: whole words, the longest first. Case does not count
    unless a term has a capital inside. The regular plural of a term counts as the term where the profile can form it
    safely."""

    def __init__(
        self, terms: Mapping[str, str | None], profile: Profile, convert: Convert | None = None, *, exact: bool = False
    ) -> None:
        """With `exact` a term is only found as it is written."""
        self.profile = profile
        self.as_written: dict[str, str | None] = {}  # translations by term
        self.in_any_case: dict[str, str | None] = {}  # by term in lower case
        forms = {normalize(convert(term) if convert else term): translation for term, translation in terms.items()}
        plurals = {plural: forms[term] for term in forms for plural in ([] if exact else profile.plurals(term))}
        lengths: dict[str, set[int]] = {}  # of terms, by their first character in lower case
        for form, translation in (plurals | forms).items():  # a term wins over the plural of another
            if exact or any(map(str.isupper, form[1:])):
                self.as_written[form] = translation
            else:
                self.in_any_case[lowered(form)] = translation
            lengths.setdefault(lowered(form[0]), set()).add(len(form))
        self.lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    @classmethod
    def of_words(cls, words: Iterable[str], profile: Profile) -> Matcher:
        """Finds words of one language that stand in texts of another, where they may begin a sentence."""
        kept = {form: word for word in words for form in (word[:1].upper() + word[1:], word)}
        return cls(kept, profile, exact=True)

    def spans(self, sentence: Sentence) -> Iterator[Span]:
        """The terms of a sentence, each with its translation, or as it stands there."""
        for place, translation in self.find(sentence.text):
            written = (sentence.written or sentence.text)[place.start : place.end]
            yield Span(place.start, place.end, written if translation is None else translation, GIVEN)

    def find(self, text: str) -> Iterator[tuple[Stretch, str | None]]:
        """Where terms stand in a text, in order, and their translations. Takes linear time."""
        text = fold(text)
        lower = lowered(text)
        place = 0
        while place < len(text):
            found = self.longest(text, lower, place)
            if found is not None:
                yield found
            place = found[0].end if found else place + 1

    def longest(self, text: str, lower: str, start: int) -> tuple[Stretch, str | None] | None:
        """The longest term that starts at a place."""
        lengths = self.lengths.get(lower[start])
        if lengths is None or not self.is_border(text, start):
            return None
        for end in (start + length for length in lengths if start + length <= len(text)):
            for terms, form in ((self.as_written, text[start:end]), (self.in_any_case, lower[start:end])):
                if form in terms and self.is_border(text, end):
                    return Stretch(start, end), terms[form]
        return None

    def is_border(self, text: str, place: int) -> bool:
        """Whether no word goes on at a place. A hyphen between letters is inside a word, and so is an apostrophe unless
        the profile knows better."""
        before, after = text[max(place - 2, 0) : place], text[place : place + 2]
        if is_word(before[-1:]) and is_word(after[:1]):
            return bool(UNSPACED.match(before[-1]) or UNSPACED.match(after[0]))
        if len(before) == 2 and before[1] in JOINTS and is_word(before[0]) and is_word(after[:1]):
            elided = self.profile.elided_words
            return bool(elided) and re.search(elided + r"\Z", text[max(place - LONGEST_ELIDED, 0) : place]) is not None
        if len(after) == 2 and after[0] in JOINTS and is_word(after[1]) and is_word(before[-1:]):
            clitics = self.profile.clitics
            return bool(clitics) and re.match(clitics + r"(?!\w)", text[place : place + LONGEST_ELIDED]) is not None
        return True


def is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def lowered(text: str) -> str:
    """The text in lower case, at its length."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(one.lower() if len(one.lower()) == 1 else one for one in text)
