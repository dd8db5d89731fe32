"""The translation of a text: its sentences are translated side by side, and the text between them stays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, pairwise

from app.engine.client import EngineClient
from app.engine.errors import EngineUnavailable, ModelsChanged
from app.engine.messages import ModelInfo
from app.pipeline.concurrency import in_turn, off_loop, together
from app.pipeline.explanation import TranslationExplanation, check_explains
from app.pipeline.marked import Assembly, Marked, pieces_of
from app.pipeline.model_input import ModelInput
from app.pipeline.ordered_stream import OrderedStream, StreamBroken
from app.pipeline.relay import Relay, ScriptConverter, Translator
from app.pipeline.routing import (
    AUTO,
    Direction,
    chained,
    code_of,
    language_of,
    path_of,
    sources_of,
    unsupported_direction,
)
from app.pipeline.sentence import OnText, SentenceTranslator
from app.settings import Settings
from app.text.decode_options import DecodeOptions
from app.text.detect import Detection
from app.text.facts import FactWarning, compare
from app.text.glossary import Glossary
from app.text.languages import profile_of
from app.text.languages.codes import PIVOT, scripts_of
from app.text.rules.rule import Languages
from app.text.segment import spaced, split
from app.text.tokenizer import Tokenizer


@dataclass(slots=True)
class Translation:
    """`model` is None where none was needed, `via` None where the translation went through no third language."""

    translation: str
    source: str
    target: str
    model: str | None
    detected: Detection | None
    warnings: list[FactWarning] | None = None
    via: str | None = None
    explanation: TranslationExplanation | None = None


@dataclass(slots=True, frozen=True)
class Route:
    """How a text gets translated: the codes of its languages, the result of detection, and the input of each model that
    translates it in turn. Without a model the text stays, or `converter` changes its script."""

    source: str
    target: str
    detected: Detection | None
    models: tuple[ModelInput, ...]
    converter: ScriptConverter | None = None

    @property
    def name(self) -> str | None:
        return chained([model.info.name for model in self.models])

    @property
    def via(self) -> str | None:
        return PIVOT if len(self.models) > 1 else None

    @property
    def is_unchanged(self) -> bool:
        return not self.models and self.converter is None

    @property
    def languages(self) -> Languages:
        return Languages(profile_of(self.source), profile_of(self.target))

    @property
    def gives_alignment(self) -> bool:
        """Whether the models give the alignment that moves inline markup with its words."""
        return self.converter is None and all(model.gives_alignment for model in self.models)

    def check_explained(self) -> None:
        """Raises PipelineError where a model gives no explanations."""
        for model in self.models:
            check_explains(model.info)

    def translator(self, engine: EngineClient, options: DecodeOptions, explain: bool = False) -> Translator:
        if self.converter is not None:
            return self.converter
        return Relay([SentenceTranslator(engine, model, options, explain) for model in self.models])


async def route_of(
    text: str,
    *,
    settings: Settings,
    models: list[ModelInfo],
    tokenizers: dict[str, Tokenizer],
    source: str,
    target: str,
    model: str | None = None,
    prefer: str | None = None,
    glossary: Glossary | None = None,
) -> Route:
    """`model` is the name that the request asks for, `prefer` its criterion for choosing among models. Raises
    PipelineError."""
    target = code_of(target, "target")
    detected: Detection | None = None
    if source == AUTO:
        expected, enough = sources_of(models, target), settings.detection_confidence
        source, detected = await off_loop(text, lambda: language_of(text, expected, enough))
    else:
        source = code_of(source, "source")
    path = path_of(models, source, target, prefer or settings.prefer)
    if path is None:
        raise unsupported_direction(models, model, source, target, detected)
    if not path:
        target = scripts_of(target)[0]
        return Route(source, target, detected, (), converter_of(source, target, glossary))
    codes = [source, PIVOT, target] if len(path) > 1 else [source, target]
    steps = zip(path, pairwise(codes), strict=True)
    inputs = [input_of(direction, tokenizers[direction.info.name], *pair) for direction, pair in steps]
    if glossary is not None:
        profile = inputs[0].languages.source
        terms = glossary.matcher(source, profile, inputs[0].convert)
        inputs[0] = replace(inputs[0], terms=terms, reads_terms=len(path) == 1)
    return Route(source, scripts_of(target)[0], detected, tuple(inputs))


async def translate_text(
    text: Marked,
    route: Route,
    engine: EngineClient,
    options: DecodeOptions,
    on_text: OnText | None = None,
    warnings: list[FactWarning] | None = None,
    explain: bool = False,
) -> Marked:
    """White space and line breaks come back as they were, and elements go with their words. `on_text` gets the
    translation piece by piece, in order, as it becomes certain; `warnings` the facts that a sentence has lost; with
    `explain` the result has `written`. Raises EngineError."""
    translator = route.translator(engine, options, explain)
    segments = await off_loop(text.text, lambda: split(text.text, route.source, by_phrases=True))
    gaps = [segment.before for segment in spaced(segments, route.source, route.target)]
    stream = OrderedStream(gaps, on_text)

    async def translate(place: int, sentence: Marked) -> Marked:
        translation = await translator.sentence(sentence, lambda beginning: stream.update(place, beginning))
        stream.update(place, translation.text, done=True)
        return translation

    borders = list(accumulate((len(part) for one in segments for part in (one.before, one.text)), initial=0))
    pieces = await off_loop(text.text, lambda: pieces_of(text, borders))  # gap, sentence, gap, sentence ...
    try:
        translations = await together([translate(place, piece) for place, (piece, _) in enumerate(pieces[1::2])])
    except StreamBroken as error:
        raise EngineUnavailable("The engine went on with another translation than it had begun; ask again.") from error
    except ModelsChanged as error:
        if stream.has_begun:  # streamed text cannot be taken back
            raise EngineUnavailable("The models changed while this translation grew; ask again.") from error
        raise
    if warnings is not None:
        for (piece, _), translation in zip(pieces[1::2], translations, strict=True):
            warnings += await in_turn(partial(compare, piece.text, translation.text, route.languages))
    assembly = Assembly(len(text.elements))
    for gap, (before, outer), translation, (_, inner), start in zip(
        gaps, pieces[::2], translations, pieces[1::2], borders[1::2], strict=True
    ):
        assembly.add(before.rewritten(gap), outer)
        assembly.add(translation.read_from(start), inner)
    return assembly.marked()


def input_of(direction: Direction, tokenizer: Tokenizer, source: str, target: str) -> ModelInput:
    """How the model of a direction reads a text in `source` and writes `target`."""
    languages = Languages(profile_of(source), profile_of(target))
    return ModelInput(
        direction.info,
        tokenizer,
        languages,
        direction.target,
        convert=languages.source.before_model.get(direction.source),
        convert_back=languages.target.after_model.get((direction.target, target)),
        prompt_format=direction.info.prompt_format(direction.source, direction.target),
    )


def converter_of(source: str, target: str, glossary: Glossary | None) -> ScriptConverter | None:
    """The converter of a text into another script of its language; None if it is in that already."""
    profile = profile_of(target)
    if source == target or target not in profile.scripts:
        return None
    terms = glossary.matcher(source, profile, None) if glossary is not None else None
    return ScriptConverter(profile.scripts[target], terms)
