"""The candidates of a sentence: the rules of the text propose forms in which a model may read it, this module chooses
among them.

There are at most two: the sentence with all spans protected, and the sentence with the proposals of all rules. A
sentence with terms of a glossary has a third, in which the model reads the terms: where it translates them as the
glossary does, the words around them agree with them. On 133 sentences of the development sets that have rare names and
small numbers, the first two scored chrF 37.2 and all four combinations of the two rules 36.9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from app.pipeline.model_input import EncodedSentence, ModelInput
from app.text.facts import Facts
from app.text.normalize import fold
from app.text.restore import has_all
from app.text.rules import rules
from app.text.rules.rule import Proposal
from app.text.sentence import Sentence
from app.text.spans import GIVEN, Span

MAX_CANDIDATES = 2  # engine requests of a sentence without terms that is translated as a whole
TERMS_READ_PENALTY = -0.5  # a translation by a model that read the terms is preferred unless it is much less likely


@dataclass(slots=True, frozen=True)
class Candidate:
    """A sentence as a model may read it, and its encoding. Its translation must be likelier than those of others by
    `penalty`, in log probability a token, and accepted by each of `checks`, given the source and the translation."""

    sentence: Sentence
    encoding: EncodedSentence
    penalty: float = 0.0
    checks: tuple[Callable[[str, str], bool], ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether every translation of it may be the answer."""
        return not self.sentence.spans and not self.checks

    def accepts(self, translation: str) -> bool:
        return all(check(self.sentence.shown, translation) for check in self.checks)


@dataclass(slots=True, frozen=True)
class Candidates:
    """`sentence` has the spans that every candidate protects, and `facts`; it `is_too_long` for the model as a whole.
    `guarded` is the sentence with as many of its facts as possible as spans; None where one of the choices is the
    same."""

    sentence: Sentence
    facts: Facts
    choices: list[Candidate]
    guarded: Sentence | None = None
    is_too_long: bool = False


def candidates(sentence: Sentence, model: ModelInput) -> Candidates:
    """The candidates of a sentence that the model can read, none if there is nothing to translate. Encodes the sentence
    once, and once more for each group of rules that changes it."""
    if model.knows_placeholders:
        replaced = sentence.with_spans(span for rule in rules() for span in rule.replace(sentence, model.languages))
        sentence = model.in_script(replaced)
    facts = Facts(fold(sentence.text), model.languages)
    if not sentence.has_words:
        return Candidates(sentence, facts, [])
    encoding = model.encode(sentence)
    if len(encoding.tokens) > model.max_tokens:
        return Candidates(sentence, facts, [], is_too_long=True)
    protected = sentence.with_spans(
        span for rule in rules() for span in rule.protect(sentence, model.languages, encoding)
    )
    if protected != sentence:
        sentence = protected
        if not sentence.has_words:
            return Candidates(sentence, facts, [])
        encoding = model.encode(sentence)
    choices = [Candidate(sentence, encoding)] if model.can_read(sentence, encoding) else []
    if not model.knows_placeholders:
        return Candidates(sentence, facts, choices + with_terms_read(sentence, model))
    proposals = list(proposed(sentence, encoding, model))
    choices += preferred(proposals, model)
    guarded = with_facts(sentence, facts, proposals)
    is_new = guarded.spans not in [choice.sentence.spans for choice in choices]
    return Candidates(sentence, facts, choices + with_terms_read(sentence, model), guarded if is_new else None)


def with_facts(sentence: Sentence, facts: Facts, proposals: list[Proposal]) -> Sentence:
    """The sentence with the spans of all proposals beside its own, and with the names that are facts."""
    names = [Span(name.start, name.end, name.written, "name") for name in facts.names]
    proposed = proposals[-1].sentence.spans if proposals else ()
    return sentence.with_spans(proposed).with_spans(names)


def guarded_candidate(found: Candidates, model: ModelInput) -> Candidate | None:
    """The candidate in which no fact is read; None if there is none, or the model cannot read it."""
    if found.guarded is None or not found.guarded.has_words:
        return None
    encoding = model.encode(found.guarded)
    return Candidate(found.guarded, encoding) if model.can_read(found.guarded, encoding) else None


def with_terms_read(sentence: Sentence, model: ModelInput) -> list[Candidate]:
    """The sentence with the terms of a glossary among the words; a translation counts if it has their translations."""
    terms = [span for span in sentence.spans if span.kind == GIVEN and sentence.is_rewritten(span)]
    if not terms or not model.reads_terms:
        return []
    read = sentence.without(lambda span: span in terms)
    encoded = model.encode(read)
    if not model.can_read(read, encoded):
        return []

    def accepts(source: str, translation: str) -> bool:
        return has_all(translation, terms)

    return [Candidate(read, encoded, TERMS_READ_PENALTY, (accepts,))]


def preferred(proposed: list[Proposal], model: ModelInput) -> list[Candidate]:
    """The sentence with the proposals of the rules; with fewer of them if the model cannot read that."""
    for proposals in shortened(proposed):
        last = proposals[-1].sentence
        encoded = model.encode(last)
        if model.can_read(last, encoded):
            checks = tuple(proposal.accepts for proposal in proposals if proposal.accepts is not None)
            return [Candidate(last, encoded, sum(proposal.margin for proposal in proposals), checks)]
    return []


def proposed(sentence: Sentence, encoding: EncodedSentence, model: ModelInput) -> Iterator[Proposal]:
    """The proposals of the rules, each of which builds on those before it."""
    for rule in rules():
        proposal = rule.propose(sentence, model.languages, encoding)
        if proposal is not None:
            sentence = model.in_script(proposal.sentence)
            yield replace(proposal, sentence=sentence)


def shortened(proposals: list[Proposal]) -> Iterator[list[Proposal]]:
    """All of them, all but the last, and so on."""
    return (proposals[:count] for count in range(len(proposals), 0, -1))
