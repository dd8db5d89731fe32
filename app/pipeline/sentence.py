"""Translates one sentence: proposes candidates, translates them, chooses the likeliest of those that keep every span
and change the fewest facts, and falls back to the parts between the spans. Elements of the sentence, the inline markup
of a document, go with their words."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from app.engine.client import EngineClient
from app.engine.messages import ScoredTokens, Writing
from app.pipeline.candidates import Candidate, candidates, guarded_candidate
from app.pipeline.concurrency import in_turn, off_loop, together
from app.pipeline.explanation import Alternative, written_of
from app.pipeline.marked import Assembly, Marked, pieces_of
from app.pipeline.model_input import ModelInput
from app.text.decode_options import DecodeOptions
from app.text.enumeration import Item, as_item, separators, written_joint
from app.text.facts import Change, Facts
from app.text.marks import lacks_quotes, settles_quotes, with_own_quotes
from app.text.normalize import fold
from app.text.projection import Offsets, Stretch, project
from app.text.reduced import reduced
from app.text.restore import continued
from app.text.segment import halves
from app.text.sentence import PLACEHOLDER, Sentence, alternated, has_letters

CLAUSE_MARKS = ",;:"
OnText = Callable[[str], None]


@dataclass(slots=True, frozen=True)
class Hypothesis:
    """A translation of a sentence, its mean log probability a token less the penalty of its candidate, None where the
    model gave none, and the facts that it changes; for explanations also the candidate and tokens it came
    from, and the alternatives to it."""

    translation: Marked
    score: float | None = None
    changes: tuple[Change, ...] = ()
    candidate: Candidate | None = None
    found: ScoredTokens | None = None
    alternatives: tuple[Alternative, ...] = ()


@dataclass(slots=True)
class SentenceTranslator:
    """Translates the sentences of one request. Pieces of them that are the same are translated once: a text of nothing
    but placeholders falls into thousands."""

    engine: EngineClient
    model: ModelInput
    options: DecodeOptions
    explain: bool = False
    pieces: dict[Marked, asyncio.Task[Marked]] = field(default_factory=dict)

    async def sentence(self, source: Marked, on_text: OnText | None = None) -> Marked:
        """The translation of a sentence, or of a piece of one, without losing anything of it. `on_text` gets the
        beginning of the translation, again and again, as far as it is certain."""
        tells_places = self.model.gives_alignment and not self.explain
        found = reduced(source.text, source.elements) if tells_places else None
        if found is None:
            return await self.whole(source, on_text)
        count = len(source.elements)
        elements = (*map(found.moved, source.elements), *found.words)
        translation = await self.whole(Marked(found.text, elements))
        if found.quotes and lacks_quotes(translation.text, found.text):
            whole = await self.whole(source)  # a model may lose the outer marks for want of the inner ones
            if not lacks_quotes(whole.text, source.text):
                return whole
        places, target = translation.elements[count:], self.model.languages.target
        insertions = found.insertions(translation.text, places, target, self.model.convert_back)
        if insertions is None:
            return await self.whole(source)
        return replace(translation, elements=translation.elements[:count]).with_insertions(insertions)

    async def whole(self, source: Marked, on_text: OnText | None = None) -> Marked:
        """The translation of a sentence as it is."""
        text = source.text
        proposed = await off_loop(text, lambda: candidates(self.model.analyse(text), self.model))
        if proposed.is_too_long:
            return await self.in_halves(source)
        analysed = Marked(text, source.elements).rewritten(proposed.sentence.text)
        if self.has_joints_only(proposed.sentence):
            return await self.in_parts(source, analysed, proposed.sentence)
        if len(proposed.choices) > 1 or proposed.guarded:
            on_text = None  # nobody knows yet which of them wins
        hypotheses = await together(
            [self.translate(one, proposed.facts, analysed.elements, on_text) for one in proposed.choices]
        )
        best = likeliest(hypotheses)
        if best is not None and best.changes and proposed.facts.items:
            return await self.in_items(source, analysed, proposed.sentence, proposed.facts.items)
        if best is None or best.changes:
            if proposed.guarded is not None and not proposed.guarded.has_words:
                return await self.in_parts(source, analysed, proposed.guarded)
            guarded = guarded_candidate(proposed, self.model)
            if guarded is not None:
                best = likeliest([best, await self.translate(guarded, proposed.facts, analysed.elements)])
        if best is None or (proposed.sentence.spans and loses_figure(best)):
            return await self.in_parts(source, analysed, proposed.sentence)
        return await self.explained(best, text) if self.explain else best.translation

    def has_joints_only(self, sentence: Sentence) -> bool:
        """Whether the only words of a sentence are such as "and" between its spans, of which a model drops some."""
        languages = self.model.languages
        return bool(sentence.spans) and all(
            written_joint(stretch, languages.source, languages.target) is not None
            for stretch in sentence.stretches
            if has_letters(stretch)
        )

    async def explained(self, best: Hypothesis, text: str) -> Marked:
        """The translation of a sentence, and how it was written. One engine request."""
        candidate, found = best.candidate, best.found
        assert candidate is not None, "a bug: nothing was kept of a hypothesis"
        assert found is not None, "a bug: nothing was kept of a hypothesis"
        source, translation = self.model.framed(candidate.encoding.tokens), best.translation
        writing = await self.engine.explain(self.model.info.key, source, found.tokens)
        assert isinstance(writing, Writing), "a bug: a translator that reads only"
        looking = ScoredTokens(found.tokens, found.score, writing.attention)
        alignment = self.model.alignment(candidate.encoding, looking, translation.text)
        offsets = offsets_of(candidate.sentence, text)
        written = written_of(text, translation.text, alignment, offsets, writing, best.alternatives)
        return replace(translation, written=(written,))

    async def translate(
        self, candidate: Candidate, facts: Facts, elements: Sequence[Stretch], on_text: OnText | None = None
    ) -> Hypothesis | None:
        """The best translation of a candidate: among those with all of its spans that pass its checks, the likeliest of
        those that change the fewest facts; None if no translation qualifies. One engine request."""
        source = self.model.framed(candidate.encoding.tokens)

        def stream(tokens: list[int]) -> None:
            beginning = self.model.decode(tokens, candidate.sentence, is_complete=False)
            partial = self.model.restore(beginning, candidate.sentence) or ""
            if on_text and has_letters(partial):  # else another hypothesis may win
                on_text(partial)

        # A partial translation can be converted to another script or get its spans and quotes only when it is complete.
        is_certain = candidate.is_plain and not settles_quotes(candidate.sentence.text)
        streams = on_text is not None and is_certain and self.model.convert_back is None
        hypotheses = await self.engine.translate(
            self.model.info.key,
            source,
            max_tokens=2 * len(source) + 10,
            options=self.options,
            alternatives=1 if candidate.is_plain and not facts and not self.explain else self.options.beam,
            on_partial=stream if streams else None,
            begin=self.model.prompt_format.begin if self.model.prompt_format else None,
            attention=bool(elements),
        )
        return await in_turn(lambda: self.best_of(hypotheses, candidate, facts, elements))

    def best_of(
        self, hypotheses: list[ScoredTokens], candidate: Candidate, facts: Facts, elements: Sequence[Stretch]
    ) -> Hypothesis | None:
        best: tuple[list[Change], str, ScoredTokens] | None = None
        others: dict[str, float] = {}  # scores of all translations that qualify
        for found in hypotheses:
            decoded = self.model.decode(found.tokens, candidate.sentence)
            translation = self.model.restore(decoded, candidate.sentence)
            # Marks alone are no translation.
            if translation and has_letters(PLACEHOLDER.sub("", decoded)) and candidate.accepts(translation):
                changes = facts.changed_by(fold(translation)) if facts else []
                others.setdefault(translation, found.score)
                if best is None or len(changes) < len(best[0]):
                    best = changes, translation, found
                if not changes and not self.explain:
                    break
        if best is None:
            return None
        changes, translation, found = best
        marked = Marked(translation, tuple(self.projected(candidate, found, translation, elements)))
        score = None if math.isnan(found.score) else found.score - candidate.penalty
        if not self.explain:
            return Hypothesis(marked, score, tuple(changes))
        del others[translation]
        alternatives = tuple(Alternative(text, round(one, 4)) for text, one in others.items())
        return Hypothesis(marked, score, tuple(changes), candidate, found, alternatives)

    def projected(
        self, candidate: Candidate, found: ScoredTokens, translation: str, elements: Sequence[Stretch]
    ) -> list[Stretch]:
        """Where the elements of a candidate's sentence stand in its translation."""
        if not elements:
            return []
        alignment = self.model.alignment(candidate.encoding, found, translation)
        return project(elements, alignment, candidate.sentence.text, translation)

    async def in_halves(self, source: Marked) -> Marked:
        """The translation of a sentence that is too long for the model, from its halves, which are cut again if
        necessary."""
        if len(source.text) < 2:
            return source
        cut = len(halves(source.text)[0])
        pieces = pieces_of(source, [0, cut, len(source.text)])
        first, second = await together([self.within(piece) for piece, _ in pieces])
        head, tail = (piece.text for piece, _ in pieces)
        second = second.read_from(cut)
        second = second.rewritten(continued(second.text, tail, self.model.languages.target))
        first = first.rewritten(self.bordered(head, first.text))
        return self.joined([first, second], pieces, len(source.elements))

    async def in_parts(self, source: Marked, analysed: Marked, sentence: Sentence) -> Marked:
        """The translations of the stretches between the spans, one by one, with each span where it stands. `analysed`
        is the source as the sentence has it."""
        if not sentence.spans:
            return source  # no translation of the whole qualified: better the original than nothing
        if not sentence.has_words:
            return analysed.rewritten(sentence.shown) if sentence.is_changed else source
        languages, text = self.model.languages, analysed.text
        narrow = {} if languages.target.wide_marks else languages.source.narrow_marks
        places = list(with_own_quotes(text, [(span.start, span.end) for span in sentence.merged]))
        pieces = pieces_of(analysed, [0, *chain.from_iterable(places), len(text)])

        async def part(piece: Marked) -> Marked:
            joint = written_joint(piece.text, languages.source, languages.target)
            if joint is not None:
                return piece.rewritten(joint)
            if has_letters(piece.text):
                found = await self.within(piece)
                is_first = piece is pieces[0][0]
                return found if is_first else found.rewritten(continued(found.text, piece.text, languages.target))
            return piece.rewritten(piece.text.translate(narrow))

        stretches = await together([part(piece) for piece, _ in pieces[::2]])
        stretches = self.placed(stretches, [0, *(end for _, end in places)], sentence, source.text)
        spans = [
            piece.replaced(text[start : span.start] + span.replacement + text[span.end : end])
            for span, (start, end), (piece, _) in zip(sentence.merged, places, pieces[1::2], strict=True)
        ]
        return self.joined(alternated(stretches, spans), pieces, len(source.elements))

    async def in_items(self, source: Marked, analysed: Marked, sentence: Sentence, items: list[Item]) -> Marked:
        """The translations of the items of an enumeration, one by one."""
        source_language, target = self.model.languages.source, self.model.languages.target
        borders = [border for item in items for border in (item.start, item.end)]
        pieces = pieces_of(analysed, [0, *borders, len(analysed.text)])
        found = await together([self.within(piece) for piece, _ in pieces[1::2]])
        found = self.placed(found, [item.start for item in items], sentence, source.text)
        translations = [one.rewritten(as_item(one.text, item, target)) for one, item in zip(found, items, strict=True)]
        (head, _), (tail, _) = pieces[0], pieces[-1]
        final = tail.text.translate(source_language.narrow_marks)
        gaps = [head.text, *separators(items, target), "".join(target.wide_marks.get(mark, mark) for mark in final)]
        between = [piece.replaced(gap) for gap, (piece, _) in zip(gaps, pieces[::2], strict=True)]
        return self.joined(alternated(between, translations), pieces, len(analysed.elements))

    def placed(self, parts: list[Marked], starts: Sequence[int], sentence: Sentence, text: str) -> list[Marked]:
        """Translations of parts of an analysed sentence, with their sources moved to the text that the sentence was
        made of."""
        if not self.explain:
            return parts
        offsets = offsets_of(sentence, text)
        return [part.read_from(start, offsets) for part, start in zip(parts, starts, strict=True)]

    async def within(self, source: Marked) -> Marked:
        """The text with the translation of all but the white space around it."""
        body = source.text.strip()
        if not body:
            return source
        start = source.text.find(body)
        assembly = Assembly(len(source.elements))
        head, inner, tail = pieces_of(source, [0, start, start + len(body), len(source.text)])
        assembly.add(*head)
        if inner[0] not in self.pieces:
            self.pieces[inner[0]] = asyncio.create_task(self.sentence(inner[0]))
        assembly.add((await self.pieces[inner[0]]).read_from(start), inner[1])
        assembly.add(*tail)
        return assembly.marked()

    def bordered(self, piece: str, translation: str) -> str:
        """The translation of a piece that ends with a clause, with the mark of the source: a model ends a piece like a
        sentence, with a full stop, or with nothing."""
        source, target = self.model.languages.source, self.model.languages.target
        mark = piece.rstrip()[-1:].translate(source.narrow_marks)
        head, tail = translation.rstrip(), translation[len(translation.rstrip()) :]
        if not mark or mark not in CLAUSE_MARKS or not head or head[-1].translate(target.narrow_marks) == mark:
            return translation
        mark = target.wide_marks.get(mark, mark)
        if head[-1] in ".。":
            return head[:-1] + mark + tail
        return head + mark + tail if head[-1].isalnum() else translation

    def joined(self, parts: Sequence[Marked], pieces: Sequence[tuple[Marked, list[int]]], elements: int) -> Marked:
        """The translations of a sentence's pieces, joined, with spaces between words where the source language writes
        none."""
        gap = " " if self.model.languages.target.spaced and not self.model.languages.source.spaced else ""
        assembly = Assembly(elements)
        for part, (_, places) in zip(parts, pieces, strict=True):
            is_apart = assembly.last.isalnum() or assembly.last in set(".,;:!?")
            if is_apart and part.text[:1].isalnum():
                assembly.add(Marked(gap))
            assembly.add(part, places)
        return assembly.marked()


def offsets_of(sentence: Sentence, text: str) -> Offsets:
    """From an analysed sentence to the text it was made of."""
    return Offsets(sentence.text, text, [(span.start, span.end, span.replacement) for span in sentence.fixed])


FIGURES = ("number", "date", "unit")


def loses_figure(hypothesis: Hypothesis) -> bool:
    """Whether a translation changes a figure, for which another sentence is the worse fault."""
    return any(kind in FIGURES for kind, _ in hypothesis.changes)


def likeliest(hypotheses: list[Hypothesis | None]) -> Hypothesis | None:
    """The hypothesis with the highest score among those that change the fewest facts; those without a score rank
    last."""
    there = [hypothesis for hypothesis in hypotheses if hypothesis is not None]
    return min(there, key=lambda one: (len(one.changes), math.inf if one.score is None else -one.score), default=None)
