"""From text to answer: what every front (HTTP, command line) calls. Knows neither HTTP nor torch.

sentiment   text -> normalise -> tokens -> engine -> label
translate   text -> sentences -> protect, tokens -> engine -> restore -> text
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from app.engine.client import EngineClient
from app.engine.errors import EngineUnavailable, ModelsChanged
from app.engine.messages import ModelInfo
from app.pipeline.concurrency import off_loop, together
from app.pipeline.ordered_stream import Growing
from app.pipeline.sentence import SentenceTranslator
from app.settings import Settings
from app.text.decode_options import DecodeOptions
from app.text.detect import WRITTEN_IN, Detection, detect
from app.text.languages.codes import canonical, name_of, scripts_of, serving
from app.text.normalize import SURROGATE, normalize
from app.text.post_text import plain_post
from app.text.prompt_format import Reading
from app.text.segment import spaced, split
from app.text.tokenizer import Tokenizer

Result = TypeVar("Result")
P = ParamSpec("P")
MOST_NAMED = 30  # directions that an error names; a model may have thousands


class PipelineError(Exception):
    """A request that cannot be answered as it is; `kind` is stable, the message says what to change."""

    def __init__(self, kind: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.kind, self.members = kind, members


def anew_when_models_change(
    method: Callable[Concatenate[Pipeline, P], Coroutine[Any, Any, Result]],
) -> Callable[Concatenate[Pipeline, P], Coroutine[Any, Any, Result]]:
    """A request whose model was replaced on the way is prepared again for the new one, once. After a second change
    ModelsChanged, which is an EngineUnavailable, asks the client to send it again."""

    @functools.wraps(method)
    async def twice(pipeline: Pipeline, /, *args: P.args, **kwargs: P.kwargs) -> Result:
        try:
            return await method(pipeline, *args, **kwargs)
        except ModelsChanged:
            pass
        try:
            return await method(pipeline, *args, **kwargs)
        except ModelsChanged as error:
            raise ModelsChanged("The models changed twice on the way of this request; ask again.") from error

    return twice


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
    async def load(cls, engine: EngineClient, settings: Settings) -> Pipeline:
        """For an engine that is ready; follows the engine when its models change."""
        pipeline = cls(engine, settings, [])
        await pipeline.adopt(engine.models)
        engine.on_models = pipeline.adopt
        return pipeline

    async def adopt(self, models: list[ModelInfo]) -> None:
        """Serve these models from now on. Raises OSError and ValueError when a tokenizer cannot be loaded."""

        def load() -> dict[str, Tokenizer]:
            return {info.name: Tokenizer.load(info.tokenizer, info.unknown) for info in models}

        self.models, self.tokenizers = models, await asyncio.to_thread(load)

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
                for source, offered in info.directions
                for target in scripts_of(offered)
            ],
        }

    @anew_when_models_change
    async def sentiment(
        self, text: str, *, language: str = "auto", model: str | None = None, truncate: bool = False
    ) -> Sentiment:
        """Raises PipelineError and EngineError."""
        self.check(text, truncate)
        candidates, tokenizers = self.candidates("sentiment", model), self.tokenizers  # of one time: they may change
        spoken = sorted({code for info in candidates for code in info.languages})
        language, detected = await off_loop(text, lambda: self.language_of(text, language, spoken))
        info = next((info for info in candidates if serving(language, info.languages)), None)
        if info is None:
            raise PipelineError(
                "unsupported-language",
                f"The text {appears(detected)} {name_of(language)}; sentiment is known for "
                f"{listed([name_of(code) for code in spoken])}. If that is a mistake, name the language in the field "
                "language.",
                supported=spoken,
            )
        tokenizer = tokenizers[info.name]
        limit = self.settings.max_text_chars
        tokens = await off_loop(text, lambda: tokenizer.encode(plain_post(text[:limit], language)))
        reading = info.readings[0] if info.readings else Reading()
        most = info.max_tokens - reading.extra
        truncated = len(text) > limit or len(tokens) > most
        if truncated and not truncate:
            raise PipelineError(
                "text-too-long",
                f"The text has {len(tokens):,} tokens; the model {info.name} reads {most:,}. Send a "
                'shorter text, or "truncate": true to have it cut.',
            )
        probabilities = await self.engine.classify(info.key, reading.frame(tokens[:most] or [tokenizer.unknown]))
        scores = dict(zip(info.labels, probabilities, strict=True))
        return Sentiment(
            label=max(scores, key=scores.__getitem__),
            scores={label: round(score, 6) for label, score in scores.items()},
            model=info.name,
            language=language,
            detected=detected,
            truncated=truncated,
        )

    @anew_when_models_change
    async def translate(
        self,
        text: str,
        *,
        source: str = "auto",
        target: str,
        model: str | None = None,
        options: object = None,
        on_text: Callable[[str], None] | None = None,
    ) -> Translation:
        """White space and line breaks come back as they were. `on_text` gets the translation piece by piece, in order,
        as it becomes sure. `options` has attributes of `DecodeOptions` that the request sets. Raises PipelineError and
        EngineError."""
        self.check(text)
        candidates, tokenizers = self.candidates("translation", model), self.tokenizers
        target = code_of(target, "target")
        directions = [pair for info in candidates for pair in info.directions]
        targets = offering(candidates, target)
        sources = sorted({one for one, other in directions if other in targets} or {one for one, _ in directions})
        read = {one for one, _ in directions}
        source, detected = await off_loop(text, lambda: self.language_of(text, source, sources, read))
        found = direction(candidates, source, targets)
        if found is None:
            known = sorted(set(directions))
            named = [f"{name_of(a)} to {name_of(b)}" for a, b in known]
            more = [f"{len(named) - MOST_NAMED:,} more of GET /languages"] if len(named) > MOST_NAMED else []
            raise PipelineError(
                "unsupported-direction",
                f"The text {appears(detected)} {name_of(source)}"
                + (" already" if source == target else f", and no model translates from there to {name_of(target)}")
                + f"; known are {listed(named[:MOST_NAMED] + more)}. If that is a mistake, name the language in the "
                "field source.",
                supported=[list(pair) for pair in known],
            )
        info, spoken, offered = found
        tokenizer, reading = tokenizers[info.name], info.reading(spoken, offered)
        translator = SentenceTranslator(
            self.engine,
            info,
            tokenizer,
            source,
            target,
            spoken,
            offered,
            DecodeOptions(self.settings.beam).changed_by(options),
            reading,
        )
        segments = await off_loop(text, lambda: spaced(split(text, source), source, target))
        growing = Growing([segment.before for segment in segments], on_text)

        async def render(place: int, sentence: str) -> str:
            result = await translator.sentence(sentence, lambda begun: growing.update(place, begun))
            growing.update(place, result, done=True)
            return result

        try:
            rendered = await together([render(place, segment.text) for place, segment in enumerate(segments)])
        except ModelsChanged as error:
            if growing.begun:  # what was shown cannot be taken back
                raise EngineUnavailable("The models changed while this translation grew; ask again.") from error
            raise
        translation = "".join(segment.before + text for segment, text in zip(segments, rendered, strict=True))
        return Translation(translation, source, target, info.name, detected)

    def check(self, text: str, truncate: bool = False) -> None:
        limit = self.settings.max_text_chars
        if SURROGATE.search(text):
            raise PipelineError("invalid-text", "The text has a lone surrogate, half of a UTF-16 pair; send it whole.")
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

    def language_of(
        self, text: str, given: str, spoken: list[str], read: Collection[str] = ()
    ) -> tuple[str, Detection | None]:
        """The language to take a text for: the given one, else the detected one, else, where detection is not
        sure, the first that is `spoken`. Half as sure will do for a text of several words in a language that models
        `read`: of 6,000 English ones of at most 30 characters (Tatoeba) none is taken for German, French or Chinese,
        but 4 % of single words are taken for some other language."""
        if given != "auto":
            return code_of(given, "language"), None
        detected = detect(text, spoken)
        if detected.language is not None:
            known = WRITTEN_IN.get(detected.script or "")
            if known is not None and known.isdisjoint(code.partition("-")[0] for code in spoken):
                return detected.language, detected  # in letters that no model reads, however sure
            enough = self.settings.detection_confidence
            if serving(detected.language, read) and (len(text.split()) > 1 or detected.script != "Latn"):
                enough /= 2
            if detected.confidence >= enough or serving(detected.language, spoken):
                return detected.language, detected
        return spoken[0], detected


def direction(candidates: list[ModelInfo], source: str, targets: set[str]) -> tuple[ModelInfo, str, str] | None:
    """The model that translates from a language to one of those offered, and what it calls source and target."""
    for info in candidates:
        for offered_source, offered_target in info.directions:
            if offered_target in targets and serving(source, [offered_source]):
                return info, offered_source, offered_target
    return None


def offering(candidates: list[ModelInfo], target: str) -> set[str]:
    """What models offer that serves a target."""
    return {
        other for other in {other for info in candidates for _, other in info.directions} if serving(target, [other])
    }


def code_of(given: str, name: str) -> str:
    try:
        return canonical(given)
    except ValueError as error:
        raise PipelineError("unknown-language", f"{name}: {error}.") from error


def appears(detected: Detection | None) -> str:
    return "is in" if detected is None else "appears to be in"


def listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
