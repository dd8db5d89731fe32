"""The sentiment of a text: one engine request."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.client import EngineClient
from app.engine.messages import ModelInfo
from app.pipeline.concurrency import off_loop
from app.pipeline.errors import PipelineError
from app.pipeline.routing import AUTO, code_of, language_of, unsupported_language
from app.settings import Settings
from app.text.detect import Detection
from app.text.languages.codes import serving
from app.text.post_text import plain_post
from app.text.prompt_format import PromptFormat
from app.text.tokenizer import Tokenizer


@dataclass(slots=True)
class Sentiment:
    label: str
    scores: dict[str, float]
    model: str
    language: str
    detected: Detection | None
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
) -> Sentiment:
    """Raises PipelineError and EngineError."""
    supported = sorted({code for info in models for code in info.languages})
    limit = settings.max_text_chars

    def prepared() -> tuple[str, Detection | None, ModelInfo, list[int]]:
        detected: Detection | None = None
        if language == AUTO:
            known, detected = language_of(text, supported, settings.detection_confidence)
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
    probabilities = await engine.classify(
        info.key, prompt_format.frame(tokens[:most] or [tokenizers[info.name].unknown])
    )
    scores = dict(zip(info.labels, probabilities, strict=True))
    return Sentiment(
        label=max(scores, key=scores.__getitem__),
        scores={label: round(score, 6) for label, score in scores.items()},
        model=info.name,
        language=known,
        detected=detected,
        truncated=truncated,
    )
