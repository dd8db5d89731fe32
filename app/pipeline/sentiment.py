"""The sentiment of a text: one engine request."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.client import EngineClient
from app.engine.messages import MOST_EXPLAINED, ModelInfo, Reading
from app.pipeline.concurrency import off_loop
from app.pipeline.errors import PipelineError
from app.pipeline.explanation import SentimentExplanation, check_explains, not_explained, sentiment_explanation
from app.pipeline.routing import AUTO, code_of, language_of, unsupported_language
from app.settings import Settings
from app.text.detect import Detection
from app.text.languages.codes import serving
from app.text.markup import without_markup
from app.text.post_text import plain_post, traced_post
from app.text.prompt_format import PromptFormat
from app.text.tokenizer import LITERAL_PLACEHOLDER, Tokenizer


@dataclass(slots=True)
class Sentiment:
    label: str
    scores: dict[str, float]
    model: str
    language: str
    detected: Detection | None
    truncated: bool
    explanation: SentimentExplanation | None = None


async def sentiment_of(
    text: str,
    *,
    engine: EngineClient,
    settings: Settings,
    models: list[ModelInfo],
    tokenizers: dict[str, Tokenizer],
    language: str,
    truncate: bool,
    explain: bool = False,
) -> Sentiment:
    """Raises PipelineError and EngineError."""
    supported = sorted({code for info in models for code in info.languages})
    limit = settings.max_text_chars

    def prepared() -> tuple[str, Detection | None, ModelInfo, list[int]]:
        detected: Detection | None = None
        if language == AUTO:
            known, detected = language_of(without_markup(text), supported, settings.detection_confidence)
        else:
            known = code_of(language, "language")
        info = next((info for info in models if serving(known, info.languages)), None)
        if info is None:
            raise unsupported_language(known, detected, supported)
        return known, detected, info, tokenizers[info.name].encode(plain_post(text[:limit], known))

    known, detected, info, tokens = await off_loop(text, prepared)
    prompt_format = info.prompt_formats[0] if info.prompt_formats else PromptFormat()
    most = info.max_tokens - prompt_format.extra
    truncated = len(text) > limit or len(tokens) > most
    if truncated and not truncate:
        raise PipelineError(
            "text-too-long",
            f"The text has {len(tokens):,} tokens; the model {info.name} reads {most:,}. Send a "
            'shorter text, or "truncate": true to have it cut.',
        )
    tokenizer = tokenizers[info.name]
    read = tokens[:most] or [tokenizer.unknown]
    explanation: SentimentExplanation | None = None
    if explain:
        check_explained(info, read)
    probabilities = await engine.classify(info.key, prompt_format.frame(read))
    if explain:
        reading = await engine.explain(info.key, read)
        assert isinstance(reading, Reading), "a bug: a classifier that writes"
        places = await off_loop(text, lambda: places_of(text[:limit], known, tokenizer)[: len(read)])
        explanation = sentiment_explanation(reading, info.labels, places)
    scores = dict(zip(info.labels, probabilities, strict=True))
    return Sentiment(
        label=max(scores, key=scores.__getitem__),
        scores={label: round(score, 6) for label, score in scores.items()},
        model=info.name,
        language=known,
        detected=detected,
        truncated=truncated,
        explanation=explanation,
    )


def check_explained(info: ModelInfo, tokens: list[int]) -> None:
    """Raises PipelineError."""
    check_explains(info)
    if len(tokens) > MOST_EXPLAINED:
        raise not_explained(
            f"The text has {len(tokens):,} tokens, and texts of at most {MOST_EXPLAINED} are explained. Send a shorter "
            'text, or leave "explain" out.'
        )


def places_of(text: str, language: str, tokenizer: Tokenizer) -> list[tuple[str, int, int]]:
    """Each token that the model reads, and where it begins and ends in the text. A text that comes to nothing is one
    unknown token."""
    traced = traced_post(text, language).sub(LITERAL_PLACEHOLDER, "< ")
    _, offsets = tokenizer.encode_with_offsets(traced.text)
    return [(traced.text[start:end].strip(), *traced.place(start, end)) for start, end in offsets] or [
        (text, 0, len(text))
    ]
