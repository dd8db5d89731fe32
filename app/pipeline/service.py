"""From text to answer: HTTP and the command line both call this. Knows neither HTTP nor torch.

sentiment   text -> normalise -> tokens -> engine -> label
translate   text -> sentences -> candidates -> engine -> hypotheses -> text
generate    text -> normalise -> tokens -> engine -> tokens -> text
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from app.engine.client import EngineClient
from app.engine.errors import ModelsChanged
from app.engine.messages import ModelInfo
from app.formats.files import NO_OPTIONS, File
from app.pipeline import generation
from app.pipeline.choice import QUALITY, SPEED
from app.pipeline.concurrency import off_loop, once
from app.pipeline.document import TEXT, by_pieces, document_of
from app.pipeline.errors import PipelineError as PipelineError
from app.pipeline.explanation import Written, not_explained, translation_explanation
from app.pipeline.file import FileTranslation, Memory, beginning, chunks
from app.pipeline.glossaries import Glossaries
from app.pipeline.marked import Marked
from app.pipeline.routing import AUTO, code_of, models_for, offers, path_of, reader_of
from app.pipeline.sentence import OnText
from app.pipeline.sentiment import Sentiment, sentiment_of
from app.pipeline.translation import Route, Translation, route_of, translate_text
from app.settings import Settings
from app.text import detect
from app.text.decode_options import DecodeOptions
from app.text.facts import FactWarning
from app.text.glossary import Glossary
from app.text.languages import profiles
from app.text.languages.codes import PIVOT, name_of
from app.text.normalize import SURROGATE, is_blank
from app.text.tokenizer import Tokenizer

Result = TypeVar("Result")
P = ParamSpec("P")


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


class Tokenizers(dict[str, Tokenizer]):
    """The tokenizers of models by their names, each loaded when it is first asked for. Raises OSError and
    ValueError."""

    def __init__(self, models: dict[str, ModelInfo]) -> None:
        self.models = models

    def __missing__(self, name: str) -> Tokenizer:
        info = self.models[name]
        tokenizer = self[name] = Tokenizer.load(info.tokenizer, info.unknown)
        return tokenizer


def load_languages() -> None:
    """Load the detector and the profiles of all languages with their patterns, which takes 0.2 s."""
    detect.load()
    profiles()


@dataclass(slots=True)
class Pipeline:
    """The models and tokenizers are those that the engine serves; they may change between two requests."""

    engine: EngineClient
    settings: Settings
    models: list[ModelInfo]
    tokenizers: dict[str, Tokenizer] = field(default_factory=dict)
    on_demand: bool = False
    glossaries: Glossaries = field(init=False)

    def __post_init__(self) -> None:
        self.glossaries = Glossaries(self.settings.glossary_dir)

    @classmethod
    async def load(cls, engine: EngineClient, settings: Settings, on_demand: bool = False) -> Pipeline:
        """For an engine that is ready; follows the engine when its models change. `on_demand` loads a tokenizer when a
        text needs it, which keeps other requests waiting."""
        pipeline = cls(engine, settings, [], on_demand=on_demand)
        await pipeline.adopt(engine.models)
        engine.on_models = pipeline.adopt
        return pipeline

    async def adopt(self, models: list[ModelInfo]) -> None:
        """Serve these models from now on. Raises OSError and ValueError when a tokenizer cannot be loaded."""

        tokenizers = Tokenizers({info.name: info for info in models})
        if not self.on_demand:
            await asyncio.to_thread(lambda: [tokenizers[info.name] for info in models])
            await asyncio.to_thread(load_languages)
        self.models, self.tokenizers = models, tokenizers

    @property
    def ready(self) -> bool:
        return self.engine.ready

    def languages(self) -> dict[str, list[dict[str, Any]]]:
        """The answer of `GET /languages`: each language or direction with the model that answers, and with the models
        that answer requests that prefer quality or speed."""
        rules = (self.settings.prefer, QUALITY, SPEED)

        def language(code: str) -> dict[str, str]:
            return {"code": code, "name": name_of(code)}

        def answering(usual: str | None, best: str | None, fastest: str | None) -> dict[str, Any]:
            is_choice = not usual == best == fastest
            return {"model": usual, "prefer": {"quality": best, "speed": fastest} if is_choice else None}

        def read_by(task: str) -> list[dict[str, Any]]:
            models = [info for info in self.models if info.task == task]
            readers = {
                code: [best.name for rule in rules if (best := reader_of(models, code, rule))]
                for code in sorted({code for info in models for code in info.languages})
            }
            return [{**language(code), **answering(*names)} for code, names in readers.items()]

        return {
            "sentiment": read_by("sentiment"),
            "generation": read_by("language"),
            "translation": [
                {
                    "source": language(usual.source),
                    "target": language(usual.target),
                    "via": usual.via,
                    **answering(usual.model, best.model, fastest.model),
                }
                for usual, best, fastest in zip(*(offers(self.models, rule) for rule in rules), strict=True)
            ],
        }

    def targets(self) -> dict[str, list[str]]:
        """Languages by code, in alphabetical order, each with the target languages of a text in it."""
        found: dict[str, list[str]] = {}
        for one in offers(self.models):
            found.setdefault(one.source, []).append(one.target)
            found.setdefault(one.target, [])
        return {code: sorted(found[code]) for code in sorted(found)}

    def detect(self, text: str) -> detect.Detection:
        """The language of a text; languages that the service translates are taken as more likely. Raises
        PipelineError."""
        self.check(text, truncate=True)
        return detect.detect(text, sorted(self.targets(), key=PIVOT.__ne__), self.settings.detection_confidence)

    def legs(self, source: str, target: str, model: str | None) -> int:
        """The number of models that translate a text in turn, as far as it is known before the language is detected."""
        try:
            models = models_for(self.models, "translation", model)
            return len(path_of(models, code_of(source, "source"), code_of(target, "target")) or ())
        except PipelineError:  # a wrong request, or one whose language is to be detected
            return 1

    @anew_when_models_change
    async def sentiment(
        self,
        text: str,
        *,
        language: str = AUTO,
        model: str | None = None,
        prefer: str | None = None,
        truncate: bool = False,
        explain: bool = False,
        by_sentence: bool = False,
    ) -> Sentiment:
        """A text of more tokens than its model reads at once is read by passages; with `truncate` only its beginning
        is read. With `by_sentence` the answer has the sentiment of each sentence too. Raises PipelineError and
        EngineError."""
        self.check(text, truncate)
        return await sentiment_of(
            text,
            engine=self.engine,
            settings=self.settings,
            models=models_for(self.models, "sentiment", model),
            tokenizers=self.tokenizers,
            language=language,
            prefer=prefer,
            truncate=truncate,
            explain=explain,
            by_sentence=by_sentence,
        )

    @anew_when_models_change
    async def translate(
        self,
        text: str,
        *,
        source: str = AUTO,
        target: str,
        model: str | None = None,
        prefer: str | None = None,
        options: object = None,
        format: str = TEXT,
        syntax: str = AUTO,
        format_options: Mapping[str, Any] = NO_OPTIONS,
        glossary: Glossary | None = None,
        check: bool = False,
        explain: bool = False,
        on_text: OnText | None = None,
    ) -> Translation:
        """The text may be a document of a `format` of `app/formats`, whose messages have a `syntax`, with
        `format_options`; a document is translated as a whole, so it does not stream. `glossary` is one that
        `glossaries` gave; with `check` the answer says which facts the translation may have changed, with `explain` how
        the models wrote that of a plain text. A text that is in the target language already stays as it is. `options`
        has attributes of `DecodeOptions` that the request sets. `on_text` gets the translation piece by piece, in
        order, as it becomes certain. Raises PipelineError and EngineError."""
        self.check(text)
        document = await off_loop(text, lambda: document_of(text, format, syntax, format_options))
        words = text if document is None else document.words
        route = await self.route(words, source, target, model, prefer, glossary)
        if explain and document is not None:
            raise not_explained("Translations of plain text are explained, and this is a document.")
        if explain:
            route.check_explained()
        decode_options = DecodeOptions(self.settings.beam).changed_by(options)
        warnings: list[FactWarning] | None = [] if check else None
        written: tuple[Written, ...] = ()
        if route.is_unchanged:
            translation = text
        elif document is not None:
            translation = await document.translated(
                once(lambda marked: self.marked(marked, route, decode_options, warnings=warnings))
            )
        else:
            result = await translate_text(Marked(text), route, self.engine, decode_options, on_text, warnings, explain)
            translation, written = result.text, result.written
        explanation = None
        if explain:
            explanation = await off_loop(text, lambda: translation_explanation(text, translation, written))
        if warnings:
            # Sentences of a document come in any order.
            await off_loop(text, lambda: warnings.sort(key=lambda one: text.find(one.sentence)))
        return Translation(
            translation, route.source, route.target, route.name, route.detected, warnings, route.via, explanation
        )

    @anew_when_models_change
    async def generate(
        self,
        prompt: str,
        *,
        language: str = AUTO,
        model: str | None = None,
        prefer: str | None = None,
        truncate: bool = False,
        temperature: float = 1.0,
        top_p: float = 1.0,
        seed: int | None = None,
        length: int = 40,
        on_text: OnText | None = None,
    ) -> generation.Generation:
        """A continuation of a prompt, of at most `length` tokens; without a `seed` it differs each time. Raises
        PipelineError and EngineError."""
        beginning = await self.beginning(prompt, language, model, prefer, truncate)
        return await generation.generate(
            beginning,
            self.engine,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
            length=length,
            on_text=on_text,
        )

    @anew_when_models_change
    async def next_words(
        self,
        text: str,
        *,
        language: str = AUTO,
        model: str | None = None,
        prefer: str | None = None,
        truncate: bool = False,
        count: int = 10,
    ) -> generation.NextWords:
        """The likeliest next words after a text. Raises PipelineError and EngineError."""
        beginning = await self.beginning(text, language, model, prefer, truncate)
        return await generation.next_words(beginning, self.engine, count=count)

    async def beginning(
        self, text: str, language: str, model: str | None, prefer: str | None, truncate: bool
    ) -> generation.Beginning:
        """Raises PipelineError."""
        self.check(text, truncate)
        return await generation.beginning_of(
            text,
            settings=self.settings,
            models=models_for(self.models, "language", model),
            tokenizers=self.tokenizers,
            language=language,
            prefer=prefer,
            truncate=truncate,
        )

    async def translate_file(
        self,
        file: File,
        *,
        source: str = AUTO,
        target: str,
        model: str | None = None,
        prefer: str | None = None,
        options: object = None,
        glossary: Glossary | None = None,
        memory: Memory | None = None,
        on_text: Callable[[], object] | None = None,
    ) -> FileTranslation:
        """The translation of a file that `app/pipeline/file.py` opened, part by part. Where models change on the way,
        the texts that are left go to the new ones. `memory` has translations of an earlier try; `on_text` is called for
        each text that is done. Raises PipelineError; the chunks raise it too, and EngineError."""
        words = await asyncio.to_thread(beginning, file)

        route = await self.route(words, source, target, model, prefer, glossary)
        decode_options = DecodeOptions(self.settings.beam).changed_by(options)

        async def translated(marked: Marked) -> Marked:
            nonlocal route
            used = route
            try:
                return await self.marked(marked, used, decode_options)
            except ModelsChanged:
                if route is used:
                    route = await self.route(words, source, target, model, prefer, glossary)
                return await self.marked(marked, route, decode_options)

        parts = chunks(file, once(translated), memory, on_text)
        return FileTranslation(route.source, route.target, route.name, route.detected, route.via, parts)

    async def route(
        self, words: str, source: str, target: str, model: str | None, prefer: str | None, glossary: Glossary | None
    ) -> Route:
        """The route of a text through the present models; its language is detected from `words`. Raises
        PipelineError."""
        return await route_of(
            words,
            settings=self.settings,
            models=models_for(self.models, "translation", model),
            tokenizers=self.tokenizers,
            source=source,
            target=target,
            model=model,
            prefer=prefer,
            glossary=glossary,
        )

    async def marked(
        self,
        text: Marked,
        route: Route,
        options: DecodeOptions,
        warnings: list[FactWarning] | None = None,
    ) -> Marked:
        """The translation of a text with elements, by pieces where the model gives no alignment."""
        if route.is_unchanged:
            return text
        if text.elements and not route.gives_alignment:
            return await by_pieces(text, lambda piece: self.marked(piece, route, options, warnings=warnings))
        return await translate_text(text, route, self.engine, options, warnings=warnings)

    def check(self, text: str, truncate: bool = False) -> None:
        """Raises PipelineError for a text that no model could read."""
        limit = self.settings.max_text_chars
        if SURROGATE.search(text):
            raise PipelineError("invalid-text", "The text has a lone surrogate, half of a UTF-16 pair; send it whole.")
        if len(text) > limit and not truncate:
            raise PipelineError("text-too-long", f"The text has {len(text):,} characters; at most {limit:,} are taken.")
        if is_blank(text[:limit]):
            raise PipelineError("empty-text", "The text has nothing to read: it is empty or only white space.")
