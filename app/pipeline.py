"""From text to answer: what every front (HTTP, command line) calls. Knows neither HTTP nor torch.

    sentiment   text -> normalise -> tokens -> engine -> label
    translate   text -> sentences -> protect, tokens -> engine -> restore -> text
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from app.engine.client import EngineClient
from app.engine.messages import ModelInfo
from app.settings import Settings
from app.text.detect import Detection, detect
from app.text.languages import canonical, name_of
from app.text.normalize import normalize
from app.text.protect import Run, protect, restore, runs
from app.text.segment import pieces, split
from app.text.tokenizer import EOS, UNKNOWN, Tokenizer, target_tag

Result = TypeVar("Result")
INLINE_CHARS = 2_000  # longer texts are prepared in a thread, so that the event loop goes on


class PipelineError(Exception):
    """A request that cannot be answered as it is; `kind` is stable, the message says what to change."""

    def __init__(self, kind: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.kind, self.members = kind, members


@dataclass(slots=True)
class Sentiment:
    label: str
    scores: dict[str, float]
    model: str
    language: str
    detected: Detection | None
    truncated: bool


@dataclass(slots=True)
class Translation:
    translation: str
    source: str
    target: str
    model: str
    detected: Detection | None


@dataclass(slots=True)
class Pipeline:
    """Models and tokenizers are those that the engine says it serves."""

    engine: EngineClient
    settings: Settings
    models: list[ModelInfo]
    tokenizers: dict[str, Tokenizer] = field(default_factory=dict)

    @classmethod
    def load(cls, engine: EngineClient, settings: Settings) -> Pipeline:
        """For an engine that is ready."""
        models = list(engine.models)
        tokenizers = {info.name: Tokenizer.load(Path(info.folder) / "tokenizer.json") for info in models}
        return cls(engine, settings, models, tokenizers)

    @property
    def ready(self) -> bool:
        return self.engine.ready

    def languages(self) -> dict[str, list[dict[str, Any]]]:
        def language(code: str) -> dict[str, str]:
            return {"code": code, "name": name_of(code)}

        return {
            "sentiment": [
                language(code)
                for code in sorted({c for m in self.models if m.task == "sentiment" for c in m.languages})
            ],
            "translation": [
                {"source": language(source), "target": language(target), "model": info.name}
                for info in self.models
                for source, target in info.directions
            ],
        }

    async def sentiment(
        self, text: str, *, language: str = "auto", model: str | None = None, truncate: bool = False
    ) -> Sentiment:
        """Raises PipelineError and EngineError."""
        self.check(text, truncate)
        candidates = self.candidates("sentiment", model)
        spoken = sorted({code for info in candidates for code in info.languages})
        language, detected = await off_loop(text, lambda: self.language_of(text, language, spoken))
        info = next((info for info in candidates if language in info.languages), None)
        if info is None:
            raise PipelineError(
                "unsupported-language",
                f"The text {appears(detected, language)} {name_of(language)}; sentiment is known for "
                f"{listed(spoken)}. If that is a mistake, name the language in the field language.",
                supported=spoken,
            )
        tokenizer = self.tokenizers[info.name]
        limit = self.settings.max_text_chars
        tokens = await off_loop(text, lambda: tokenizer.encode(normalize(text[:limit])))
        truncated = len(text) > limit or len(tokens) > info.max_tokens
        if truncated and not truncate:
            raise PipelineError(
                "text-too-long",
                f"The text has {len(tokens):,} tokens; the model {info.name} reads {info.max_tokens:,}. Send a "
                'shorter text, or "truncate": true to have it cut.',
            )
        probabilities = await self.engine.classify(info.name, tokens[: info.max_tokens] or [UNKNOWN])
        scores = dict(zip(info.labels, probabilities, strict=True))
        return Sentiment(
            label=max(scores, key=scores.__getitem__),
            scores={label: round(score, 6) for label, score in scores.items()},
            model=info.name,
            language=language,
            detected=detected,
            truncated=truncated,
        )

    async def translate(
        self, text: str, *, source: str = "auto", target: str, model: str | None = None, beam: int | None = None
    ) -> Translation:
        """Raises PipelineError and EngineError. White space and line breaks come back as they were."""
        self.check(text)
        candidates = self.candidates("translation", model)
        target = code_of(target, "target")
        directions = {pair: info for info in reversed(candidates) for pair in info.directions}
        sources = sorted({pair[0] for pair in directions})
        source, detected = await off_loop(text, lambda: self.language_of(text, source, sources))
        info = directions.get((source, target))
        if info is None:
            known = [f"{a} to {b}" for a, b in sorted(directions)]
            raise PipelineError(
                "unsupported-direction",
                f"The text {appears(detected, source)} {name_of(source)}, and no model translates from there to "
                f"{name_of(target)}; known are {', '.join(known)}. If detection is wrong, name the language in the "
                "field source.",
                supported=[list(pair) for pair in sorted(directions)],
            )
        translator = Translator(self.engine, info, self.tokenizers[info.name], target, beam or self.settings.beam)
        segments = await off_loop(text, lambda: split(text, source))
        async with asyncio.TaskGroup() as tasks:
            rendered = [
                (segment.before, tasks.create_task(translator.sentence(segment.text))) for segment in segments
            ]
        translation = "".join(before + task.result() for before, task in rendered)
        return Translation(translation, source, target, info.name, detected)

    def check(self, text: str, truncate: bool = False) -> None:
        limit = self.settings.max_text_chars
        if len(text) > limit and not truncate:
            raise PipelineError("text-too-long", f"The text has {len(text):,} characters; at most {limit:,} are taken.")
        if not normalize(text[:limit]):
            raise PipelineError("empty-text", "The text has nothing to read: it is empty or only white space.")

    def candidates(self, task: str, name: str | None) -> list[ModelInfo]:
        known = [info for info in self.models if info.task == task]
        chosen = [info for info in known if name in (None, info.name)]
        if not chosen:
            names = ", ".join(info.name for info in known) or "none"
            raise PipelineError("unknown-model", f"There is no {task} model {name!r}; there is {names}.")
        return chosen

    def language_of(self, text: str, given: str, spoken: list[str]) -> tuple[str, Detection | None]:
        """The language to take a text for: the given one, else the detected one, else, where detection is not
        sure, the first that is `spoken`."""
        if given != "auto":
            return code_of(given, "language"), None
        detected = detect(text)
        sure = detected.language is not None and detected.confidence >= self.settings.detection_confidence
        if detected.language in spoken or (sure and detected.language is not None):
            return str(detected.language), detected
        return spoken[0], detected
