"""The form of the rules for ordinals, fractions and the like. Their figures stand in the translation as the target
language writes them; or a model reads them, which gets the words around them right, where its translation says the
same."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from app.text.languages.profile import Profile
from app.text.rules.rule import Encoding, Languages, Proposal, Rule
from app.text.sentence import Sentence
from app.text.spans import Span

# How much less likely a translation may be that has read the figures, in log probability a token.
MARGIN = -0.3


@dataclass(slots=True, frozen=True)
class Figure:
    """A figure, where it stands in a text, and its value."""

    start: int
    end: int
    value: Hashable


AnyFigure = TypeVar("AnyFigure", bound=Figure)


def figure_rule(
    kind: str,
    find: Callable[[str, Profile], Iterable[AnyFigure]],
    write: Callable[[AnyFigure, Profile], str],
    said: Callable[[str, Profile], set[Hashable]],
) -> Rule:
    """A rule for the figures that `find` finds in a text of a language. `write` gives one as the target language writes
    it, empty if it cannot, and `said` the values that a translation says."""

    def replace(sentence: Sentence, languages: Languages) -> list[Span]:
        found = [(one, write(one, languages.target)) for one in find(sentence.text, languages.source)]
        return [Span(one.start, one.end, written, kind) for one, written in found if written]

    def propose(sentence: Sentence, languages: Languages, encoding: Encoding) -> Proposal | None:
        if not any(span.kind == kind for span in sentence.spans):
            return None
        values = {one.value for one in find(sentence.text, languages.source)}

        def accepts(source: str, translation: str) -> bool:
            return values <= said(translation, languages.target)

        return Proposal(sentence.without(lambda span: span.kind == kind), MARGIN, accepts)

    return Rule(replace=replace, propose=propose)
