"""The contents of an explanation, with every token at its place in the user's own text. Knows neither engines nor HTTP.

A translation is explained piece by piece, as models read it: usually a piece is a sentence; a sentence that is too long
is several pieces. `Marked.written` carries the pieces through the assembly of a translation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.engine.messages import ModelInfo, Reading, Writing
from app.pipeline.errors import PipelineError, Remedy
from app.text.projection import Alignment, Offsets, Stretch, trimmed

METHOD = "integrated gradients"
READING_GATES = ("input", "forget", "output")


@dataclass(slots=True, frozen=True)
class ReadToken:
    """A token as the model reads it, the characters of the text that it stands for, what it contributed, the scores
    after it, and its gates."""

    text: str
    start: int
    end: int
    contribution: float
    running: dict[str, float]
    gates: dict[str, float]


@dataclass(slots=True, frozen=True)
class SentimentExplanation:
    tokens: list[ReadToken]
    baseline: dict[str, float]
    method: str = METHOD


@dataclass(slots=True, frozen=True)
class Alternative:
    text: str
    score: float


@dataclass(slots=True, frozen=True)
class Written:
    """How a piece was translated. `source` are the tokens in the text, `target` those in the translation;
    `attention` (target, source) has rows with a sum of 1."""

    source: tuple[Stretch, ...]
    target: tuple[Stretch, ...]
    attention: list[list[float]]
    log_probabilities: list[float]
    gates: list[list[float]]  # update and reset of each token
    alternatives: tuple[Alternative, ...] = ()

    def moved(self, source: int = 0, target: int = 0) -> Written:
        """With its tokens moved by so many characters."""
        return replace(self, source=shifted(self.source, source), target=shifted(self.target, target))

    def mapped(self, source: Offsets | None = None, target: Offsets | None = None) -> Written:
        """With its tokens in other versions of the texts."""
        return replace(
            self,
            source=tuple(map(source.stretch, self.source)) if source else self.source,
            target=tuple(map(target.stretch, self.target)) if target else self.target,
        )


@dataclass(slots=True, frozen=True)
class SourceToken:
    text: str
    start: int
    end: int


@dataclass(slots=True, frozen=True)
class TargetToken:
    text: str
    start: int
    end: int
    log_probability: float
    update: float
    reset: float


@dataclass(slots=True, frozen=True)
class Piece:
    source: list[SourceToken]
    target: list[TargetToken]
    attention: list[list[float]]
    alternatives: list[Alternative]


@dataclass(slots=True, frozen=True)
class TranslationExplanation:
    sentences: list[Piece]


def check_explains(info: ModelInfo) -> None:
    """Raises PipelineError for a model that gives no explanations."""
    if not info.explains:
        raise not_explained(f"The model {info.name} gives no explanations.")


def sentiment_explanation(
    reading: Reading, labels: Sequence[str], tokens: Sequence[tuple[str, int, int]]
) -> SentimentExplanation:
    """`tokens` are their texts and where they begin and end in the user's text."""
    rows = zip(tokens, reading.contributions, reading.running, reading.gates, strict=True)
    return SentimentExplanation(
        [
            ReadToken(
                *token,
                contribution,
                dict(zip(labels, running, strict=True)),
                dict(zip(READING_GATES, gates, strict=True)),
            )
            for token, contribution, running, gates in rows
        ],
        dict(zip(labels, reading.baseline, strict=True)),
    )


def translation_explanation(text: str, translation: str, written: Sequence[Written]) -> TranslationExplanation:
    return TranslationExplanation([piece_of(text, translation, one) for one in written])


def piece_of(text: str, translation: str, written: Written) -> Piece:
    source = [SourceToken(text[one.start : one.end], one.start, one.end) for one in written.source]
    target = [
        TargetToken(translation[one.start : one.end], one.start, one.end, probability, *gates)
        for one, probability, gates in zip(written.target, written.log_probabilities, written.gates, strict=True)
    ]
    return Piece(source, target, rounded(written.attention), list(written.alternatives))


def written_of(
    text: str,
    translation: str,
    alignment: Alignment,
    offsets: Offsets,
    writing: Writing,
    alternatives: Sequence[Alternative],
) -> Written:
    """`offsets` lead from the text as the alignment has it to `text`."""
    return Written(
        tuple(trimmed(text, offsets.stretch(one)) for one in alignment.source),
        tuple(trimmed(translation, one) for one in alignment.target),
        [normalised(row) for row in alignment.attention],
        writing.log_probabilities,
        writing.gates,
        tuple(alternatives),
    )


def through(first: Sequence[Written], second: Sequence[Written]) -> tuple[Written, ...]:
    """The explanation of a translation by two models in turn. Its pieces, probabilities, gates and alternatives are
    those of the second model; its attention is composed with that of the first, by the characters that tokens of the
    language between share."""
    return tuple(composed(first, piece) for piece in second)


def composed(first: Sequence[Written], second: Written) -> Written:
    begin = min((one.start for one in second.source), default=0)
    end = max((one.end for one in second.source), default=0)
    near = [one for one in first if any(token.start < end and begin < token.end for token in one.target)]
    source = tuple(token for one in near for token in one.source)
    width = len(source)
    rows: list[list[float]] = []  # where each token between the two was read
    for between in second.source:
        row, column = [0.0] * width, 0
        for one in near:
            for token, looks in zip(one.target, one.attention, strict=True):
                shared = min(token.end, between.end) - max(token.start, between.start)
                if shared > 0:
                    for place, share in enumerate(looks, start=column):
                        row[place] += shared * share
            column += len(one.source)
        total = sum(row)
        rows.append([share / total for share in row] if total else row)
    attention = [
        normalised([sum(share * row[place] for share, row in zip(looks, rows, strict=True)) for place in range(width)])
        for looks in second.attention
    ]
    return replace(second, source=source, attention=attention)


def normalised(row: Sequence[float]) -> list[float]:
    """A row scaled to a sum of 1; uniform where the model looked at no token of the text."""
    total = sum(row)
    return [one / total for one in row] if total > 0 else [1 / max(len(row), 1)] * len(row)


def rounded(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    return [[round(one, 4) for one in row] for row in rows]


def shifted(stretches: Sequence[Stretch], by: int) -> tuple[Stretch, ...]:
    return tuple(Stretch(one.start + by, one.end + by) for one in stretches)


def not_explained(detail: str) -> PipelineError:
    return PipelineError("not-explained", detail, remedy=Remedy("explain", "Leave {} out."))
