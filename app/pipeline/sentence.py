"""Translates one sentence: proposes candidates, translates them, chooses the likeliest that keeps every span, and falls
back to the parts between the spans."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from app.engine.client import EngineClient
from app.pipeline.candidates import Candidate, candidates
from app.pipeline.concurrency import off_loop, together
from app.pipeline.model_input import ModelInput
from app.text.decode_options import DecodeOptions
from app.text.segment import halves
from app.text.sentence import PLACEHOLDER, Sentence, alternated, has_letters

CLAUSE_MARKS = ",;:"
REPLACEMENT_CHARACTER = "\ufffd"  # a tokenizer writes it for the first bytes of a character
OnText = Callable[[str], None]


@dataclass(slots=True, frozen=True)
class Hypothesis:
    """A translation of a sentence, and its mean log probability a token less the penalty of its candidate; None where
    the model gave none."""

    text: str
    score: float | None = None


@dataclass(slots=True)
class SentenceTranslator:
    """Translates the sentences of one request."""

    engine: EngineClient
    model: ModelInput
    options: DecodeOptions

    async def sentence(self, text: str, on_text: OnText | None = None) -> str:
        """The translation of a sentence, or of a piece of one, without losing anything of it. `on_text` gets the
        beginning of the translation, again and again, as far as it is certain."""
        proposed = await off_loop(text, lambda: candidates(self.model.analyse(text), self.model))
        if proposed.is_too_long:
            return await self.in_halves(text)
        if len(proposed.choices) > 1:
            on_text = None  # nobody knows yet which of them wins
        hypotheses = await together([self.translate(candidate, on_text) for candidate in proposed.choices])
        best = likeliest(hypotheses)
        return best.text if best else await self.in_parts(text, proposed.sentence)

    async def translate(self, candidate: Candidate, on_text: OnText | None) -> Hypothesis | None:
        """The best translation of a candidate that has all of its spans and passes its checks; None if there is none.
        One engine request."""
        source = self.model.framed(candidate.tokens)

        def stream(tokens: list[int]) -> None:
            partial = self.model.restore(self.model.decode(tokens, candidate.sentence), candidate.sentence) or ""
            if on_text and has_letters(partial):  # else another hypothesis may win
                on_text(partial.rstrip(REPLACEMENT_CHARACTER))

        # A partial translation can be converted to another script or get its spans back only when it is complete.
        streams = on_text is not None and candidate.is_plain and self.model.convert_back is None
        hypotheses = await self.engine.translate(
            self.model.info.key,
            source,
            max_tokens=2 * len(source) + 10,
            options=self.options,
            alternatives=1 if candidate.is_plain else self.options.beam,
            on_partial=stream if streams else None,
            begin=self.model.prompt_format.begin if self.model.prompt_format else None,
        )
        for tokens, score in hypotheses:
            decoded = self.model.decode(tokens, candidate.sentence)
            translation = self.model.restore(decoded, candidate.sentence)
            # A translation of marks alone is none.
            if translation and has_letters(PLACEHOLDER.sub("", decoded)) and candidate.accepts(translation):
                return Hypothesis(translation, None if math.isnan(score) else score - candidate.penalty)
        return None

    async def in_halves(self, text: str) -> str:
        """The translation of a sentence that is too long for the model: that of its halves, which are cut again if they
        have to be."""
        if len(text) < 2:
            return text
        first, second = halves(text)
        translations = await together([self.within(first), self.within(second)])
        return self.joined([self.bordered(first, translations[0]), translations[1]])

    async def in_parts(self, text: str, sentence: Sentence) -> str:
        """The translations of the stretches between the spans, one by one, with each span where it stands."""
        if not sentence.spans:
            return text  # it came to nothing as a whole: better the original than nothing
        if not sentence.has_words:
            return sentence.shown if sentence.is_changed else text
        narrow = {} if self.model.languages.target.wide_marks else self.model.languages.source.narrow_marks

        async def part(stretch: str) -> str:
            return await self.within(stretch) if has_letters(stretch) else stretch.translate(narrow)

        stretches = await together([part(stretch) for stretch in sentence.stretches])
        return self.joined(alternated(stretches, [span.replacement for span in sentence.merged]))

    async def within(self, text: str) -> str:
        """The text with the translation of all but the white space around it."""
        body = text.strip()
        start = text.find(body)
        return text[:start] + await self.sentence(body) + text[start + len(body) :] if body else text

    def bordered(self, piece: str, translation: str) -> str:
        """The translation of a piece that is cut behind a clause, with the mark that stood there: a model ends a piece
        as it ends a sentence, by a full stop, or by nothing."""
        source, target = self.model.languages.source, self.model.languages.target
        mark = piece.rstrip()[-1:].translate(source.narrow_marks)
        head, tail = translation.rstrip(), translation[len(translation.rstrip()) :]
        if not mark or mark not in CLAUSE_MARKS or not head or head[-1].translate(target.narrow_marks) == mark:
            return translation
        mark = target.wide_marks.get(mark, mark)
        if head[-1] in ".。":
            return head[:-1] + mark + tail
        return head + mark + tail if head[-1].isalnum() else translation

    def joined(self, parts: list[str]) -> str:
        """The parts of a sentence in one, with spaces between words that the source language does not put there."""
        gap = " " if self.model.languages.target.spaced and not self.model.languages.source.spaced else ""
        text = ""
        for part in parts:
            is_apart = text[-1:].isalnum() or text[-1:] in set(".,;:!?")
            text += gap + part if is_apart and part[:1].isalnum() else part
        return text


def likeliest(hypotheses: list[Hypothesis | None]) -> Hypothesis | None:
    """The hypothesis with the highest score; those without a score rank last."""
    there = [hypothesis for hypothesis in hypotheses if hypothesis is not None]
    return max(there, key=lambda one: -math.inf if one.score is None else one.score, default=None)
