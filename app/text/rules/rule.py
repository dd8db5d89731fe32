"""The form of a rule of the text. A module of this package that has a `RULE` is a rule; nothing else names it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from app.text.languages.profile import Profile
from app.text.sentence import Sentence
from app.text.spans import Span


@dataclass(slots=True, frozen=True)
class Languages:
    """The languages of a translation."""

    source: Profile
    target: Profile


class Encoding(Protocol):
    """A sentence as the tokenizer of a model spells it. Positions are those of the sentence's text."""

    sentence: Sentence

    def pieces(self, start: int, end: int) -> int:
        """The number of tokens that a stretch of the sentence has."""

    def is_spelled(self, start: int, end: int) -> bool:
        """Whether the vocabulary has tokens for all of a stretch."""

    def pieces_of(self, word: str) -> int:
        """The number of tokens that a word has by itself, which is encoded for the purpose."""

    @property
    def is_complete(self) -> bool:
        """Whether the vocabulary has tokens for all of the sentence."""


@dataclass(slots=True, frozen=True)
class Proposal:
    """Another way in which a model may read a sentence. Its translation is preferred if it is likelier, by `margin`,
    in log probability a token, than that of the sentence as it was. `accepts(source, translation)` is false for a
    translation that is wrong whatever its score; the source has the replacements of its spans."""

    sentence: Sentence
    margin: float
    accepts: Callable[[str, str], bool] | None = None


def no_spans(sentence: Sentence, languages: Languages) -> Iterable[Span]:
    return ()


def no_protection(sentence: Sentence, languages: Languages, encoding: Encoding) -> Iterable[Span]:
    return ()


def no_proposal(sentence: Sentence, languages: Languages, encoding: Encoding) -> Proposal | None:
    return None


@dataclass(slots=True, frozen=True)
class Rule:
    """`replace` gives spans that stand in the translation as the target language writes them, `protect` spans that no
    model can translate, and `propose` another way to read the sentence that may be better. First run the `replace` of
    all rules, then the `protect` of all, then the `propose` of all, where a proposal builds on those before it."""

    replace: Callable[[Sentence, Languages], Iterable[Span]] = no_spans
    protect: Callable[[Sentence, Languages, Encoding], Iterable[Span]] = no_protection
    propose: Callable[[Sentence, Languages, Encoding], Proposal | None] = no_proposal
