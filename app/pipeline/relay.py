"""The translators of a text's sentences: several translators in turn where no model leads from one language to the
other, or a converter between two scripts of one language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from app.pipeline.explanation import Written, through
from app.pipeline.marked import Marked
from app.pipeline.sentence import OnText, SentenceTranslator
from app.text.glossary import Matcher
from app.text.sentence import Sentence
from app.text.spans import find_spans


class Translator(Protocol):
    async def sentence(self, source: Marked, on_text: OnText | None = None) -> Marked:
        """The translation of a sentence and its elements; `on_text` gets its beginning as far as it is certain."""


@dataclass(slots=True, frozen=True)
class Relay:
    """Translators in turn: each reads the translation of the one before. The first writes the terms of a glossary in
    the last language, and the others keep them."""

    translators: Sequence[SentenceTranslator]

    async def sentence(self, source: Marked, on_text: OnText | None = None) -> Marked:
        *others, last = self.translators
        terms: Matcher | None = None
        written: tuple[Written, ...] = ()
        for translator in others:
            given = translator.model.given(source.text)
            translation = await with_terms(translator, terms).sentence(source)
            written = translation.written
            source = Marked(translation.text, translation.elements)
            terms = Matcher.of_words(given, translator.model.languages.target) if given else terms
        translation = await with_terms(last, terms).sentence(source, on_text)
        if written:
            translation = replace(translation, written=through(written, translation.written))
        return translation


def with_terms(translator: SentenceTranslator, terms: Matcher | None) -> SentenceTranslator:
    return replace(translator, model=replace(translator.model, terms=terms)) if terms is not None else translator


@dataclass(slots=True, frozen=True)
class ScriptConverter:
    """Brings sentences into another script of their language. Spans that every language keeps, such as links, stay."""

    convert: Callable[[str], str]
    terms: Matcher | None = None

    async def sentence(self, source: Marked, on_text: OnText | None = None) -> Marked:
        """Elements keep their places only where the text stays the same: give it texts without elements."""
        sentence = Sentence(source.text, tuple(find_spans(source.text)))
        if self.terms is not None:
            sentence = sentence.with_spans(self.terms.spans(sentence))
        return source.rewritten(sentence.rewritten(self.convert))
