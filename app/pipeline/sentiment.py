"""The sentiment of a text: one engine request; for a text that is too long for its model one for each passage, and one
more for each sentence where the request asks for sentences."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.client import EngineClient
from app.engine.messages import MOST_EXPLAINED, ModelInfo, Reading
from app.pipeline.concurrency import off_loop, together
from app.pipeline.explanation import SentimentExplanation, check_explains, not_explained, sentiment_explanation
from app.pipeline.passages import Sentence, passages, pooled, sentences, with_mixed
from app.pipeline.routing import AUTO, code_of, language_of, languages_of, reader_of, unsupported_language
from app.settings import Settings
from app.text.detect import Detection
from app.text.markup import without_markup
from app.text.post_text import plain_post, traced_post
from app.text.prompt_format import PromptFormat
from app.text.tokenizer import LITERAL_PLACEHOLDER, Tokenizer


@dataclass(slots=True)
class SentenceSentiment:
    text: str
    start: int  # first character, of the text
    end: int
    label: str
    scores: dict[str, float]


@dataclass(slots=True)
class Sentiment:
    label: str
    scores: dict[str, float]
    model: str
    language: str
    detected: Detection | None
    truncated: bool
    sentences: list[SentenceSentiment] | None = None
    explanation: SentimentExplanation | None = None


@dataclass(slots=True)
class Prepared:
    """A text as its model reads it."""

    language: str
    detected: Detection | None
    info: ModelInfo
    readings: list[list[int]]  # tokens of the text, or of its passages where the model cannot read it at once
    sentences: list[Sentence] | None  # where they are asked for
    truncated: bool


async def sentiment_of(
    text: str,
    *,
    engine: EngineClient,
    settings: Settings,
    models: list[ModelInfo],
    tokenizers: dict[str, Tokenizer],
    language: str,
    truncate: bool,
    prefer: str | None = None,
    explain: bool = False,
    by_sentence: bool = False,
) -> Sentiment:
    """`prefer` is the criterion of the request for choosing among models. Raises PipelineError and EngineError."""
    supported = languages_of(models)
    is_cut = len(text) > settings.max_text_chars
    text = text[: settings.max_text_chars]

    def prepared() -> Prepared:
        detected: Detection | None = None
        if language == AUTO:
            known, detected = language_of(without_markup(text), supported, settings.detection_confidence)
        else:
            known = code_of(language, "language")
        info = reader_of(models, known, prefer or settings.prefer)
        if info is None:
            raise unsupported_language(known, detected, supported)
        tokenizer = tokenizers[info.name]

        def encode(part: str) -> list[int]:
            return tokenizer.encode(plain_post(part, known))

        most = info.max_tokens - prompt_format_of(info).extra
        tokens = encode(text) or [tokenizer.unknown]
        is_long = len(tokens) > most
        truncated = is_cut or (is_long and truncate)
        is_split = by_sentence or (is_long and not truncate)
        found = sentences(text, known, tokens, most, encode) if is_split else []
        readings = passages(found, most) if is_long and not truncate else [tokens[:most]]
        return Prepared(known, detected, info, readings, found if by_sentence else None, truncated)

    work = await off_loop(text, prepared)
    info = work.info
    if explain:
        check_explained(info, sum(map(len, work.readings)))

    async def scores_of(tokens: list[int]) -> dict[str, float]:
        probabilities = await engine.classify(info.key, prompt_format_of(info).frame(tokens))
        return dict(zip(info.labels, probabilities, strict=True))

    parts = work.sentences or []
    answers = await together([scores_of(tokens) for tokens in (*work.readings, *(part.tokens for part in parts))])
    scores, of_sentences = pooled(answers[: len(work.readings)]), answers[len(work.readings) :]
    if work.sentences is not None:
        scores = with_mixed(scores, of_sentences)
    return Sentiment(
        label=likeliest(scores),
        scores=rounded(scores),
        model=info.name,
        language=work.language,
        detected=work.detected,
        truncated=work.truncated,
        sentences=None
        if work.sentences is None
        else [
            SentenceSentiment(text[part.start : part.end], part.start, part.end, likeliest(found), rounded(found))
            for part, found in zip(parts, of_sentences, strict=True)
        ],
        explanation=await explained(text, work, engine, tokenizers[info.name]) if explain else None,
    )


def prompt_format_of(info: ModelInfo) -> PromptFormat:
    return info.prompt_formats[0] if info.prompt_formats else PromptFormat()


def likeliest(scores: dict[str, float]) -> str:
    return max(scores, key=scores.__getitem__)


def rounded(scores: dict[str, float]) -> dict[str, float]:
    return {label: round(score, 6) for label, score in scores.items()}


async def explained(text: str, work: Prepared, engine: EngineClient, tokenizer: Tokenizer) -> SentimentExplanation:
    (tokens,) = work.readings
    reading = await engine.explain(work.info.key, tokens)
    assert isinstance(reading, Reading), "a bug: a classifier that writes"
    places = await off_loop(text, lambda: places_of(text, work.language, tokenizer)[: len(tokens)])
    return sentiment_explanation(reading, work.info.labels, places)


def check_explained(info: ModelInfo, tokens: int) -> None:
    """Raises PipelineError for a text of more tokens than are explained, or than the model reads at once."""
    check_explains(info)
    most = min(MOST_EXPLAINED, info.max_tokens)
    if tokens > most:
        raise not_explained(
            f"The text has {tokens:,} tokens, and texts of at most {most} are explained. Send a shorter text."
        )


def places_of(text: str, language: str, tokenizer: Tokenizer) -> list[tuple[str, int, int]]:
    """Each token that the model reads, and where it begins and ends in the text. A text without tokens is one unknown
    token."""
    traced = traced_post(text, language).sub(LITERAL_PLACEHOLDER, "< ")
    _, offsets = tokenizer.encode_with_offsets(traced.text)
    return [(traced.text[start:end].strip(), *traced.place(start, end)) for start, end in offsets] or [
        (text, 0, len(text))
    ]
