"""The answers of the service, as its OpenAPI document has them. A field or a name that a newer service adds is no error
here. `tests/clients` holds each class to the schema of its name."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Detection(Answer):
    language: str | None
    """None where the text has no letters to tell it by."""
    confidence: float


class TextToken(Answer):
    """`start` is the first character in the text as it was sent, `end` the one behind the last."""

    text: str
    start: int
    end: int


class ReadingGates(Answer):
    """Means over the units of the network, 0 (closed) to 1 (open)."""

    input: float
    forget: float
    output: float


class ReadToken(TextToken):
    contribution: float
    """Towards P(positive) - P(negative)."""
    running: dict[str, float]
    """The scores of the text up to this token."""
    gates: ReadingGates


class SentimentExplanation(Answer):
    method: str
    tokens: list[ReadToken]
    baseline: dict[str, float]


class SentenceSentiment(TextToken):
    label: str
    scores: dict[str, float]


class SentimentAnswer(Answer):
    label: str
    scores: dict[str, float]
    """Probabilities by label."""
    model: str
    language: str
    detected: Detection | None
    truncated: bool
    sentences: list[SentenceSentiment] | None = None
    """Where the request asks for them."""
    explanation: SentimentExplanation | None = None


class FactWarning(Answer):
    sentence: str
    kind: str
    detail: str


class WrittenToken(TextToken):
    """`start` and `end` are characters of the translation."""

    log_probability: float
    update: float
    reset: float


class Alternative(Answer):
    text: str
    score: float


class SentenceExplanation(Answer):
    source: list[TextToken]
    target: list[WrittenToken]
    attention: list[list[float]]
    """A row for each token of `target`, over those of `source`."""
    alternatives: list[Alternative]


class TranslationExplanation(Answer):
    sentences: list[SentenceExplanation]


class TranslateAnswer(Answer):
    translation: str
    source: str
    target: str
    model: str | None
    """None where no model was needed."""
    detected: Detection | None
    warnings: list[FactWarning] | None = None
    via: str | None = None
    explanation: TranslationExplanation | None = None


class BeginningAnswer(Answer):
    model: str
    language: str
    detected: Detection | None
    truncated: bool
    """Whether only the end of the text was read."""


class GenerateAnswer(BeginningAnswer):
    text: str
    """What comes behind the prompt, to be put there as it is."""
    finish: str
    """`end` where the model ended the text, `length` where it was as long as the request allows."""
    seed: int


class NextWord(Answer):
    text: str
    """To be put behind the text as it is."""
    probability: float


class NextWordsAnswer(BeginningAnswer):
    words: list[NextWord]
    """Likeliest first."""
    end: float
    """Probability that the text ends where it is."""


class Score(Answer):
    """What was measured of a model."""

    metric: str
    """`milliseconds` of a sentence; otherwise more is better."""
    value: float
    set: str
    languages: list[str]
    conditions: str


class ModelDescription(Answer):
    name: str
    task: str
    architecture: str
    description: str
    parameters: int
    languages: list[str]
    labels: list[str] = []
    directions: list[tuple[str, str]] = []
    max_tokens: int
    explains: bool
    scores: list[Score] = []


class Limits(Answer):
    max_batch_items: int
    max_text_chars: int
    max_body_bytes: int
    max_file_bytes: int


class ModelsAnswer(Answer):
    models: list[ModelDescription]
    limits: Limits


class Language(Answer):
    code: str
    name: str


class Preferred(Answer):
    """The models that answer with `prefer`."""

    quality: str
    speed: str


class ServedLanguage(Language):
    model: str
    prefer: Preferred | None = None
    """Only where that changes the model."""


class Direction(Answer):
    source: Language
    target: Language
    model: str | None
    via: str | None = None
    prefer: Preferred | None = None
    """Only where that changes the model."""


class LanguagesAnswer(Answer):
    sentiment: list[ServedLanguage]
    translation: list[Direction]
    generation: list[ServedLanguage]


class Health(Answer):
    status: str


class ProblemDocument(Answer):
    """RFC 9457. Further members, such as `errors`, are attributes too."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str
    title: str
    status: int
    detail: str


class ErrorItem(Answer):
    error: ProblemDocument


class SentimentBatchAnswer(Answer):
    results: list[SentimentAnswer | ErrorItem]


class TranslateBatchAnswer(Answer):
    results: list[TranslateAnswer | ErrorItem]


@dataclass(frozen=True, slots=True)
class TranslatedFile:
    name: str
    """As the service has it: page.html becomes page.de.html."""
    media_type: str
    language: str
    content: bytes
    model: str | None = None
    """None where no model was needed."""

    def save(self, folder: str | PathLike[str] = ".") -> Path:
        """Write the file into a folder, under its name, and return its path. Replaces a file of that name."""
        path = Path(folder) / self.name
        path.write_bytes(self.content)
        return path
