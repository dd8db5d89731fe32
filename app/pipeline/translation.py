"""The translation of a text: its sentences are translated side by side, and the text between them stays."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from app.engine.client import EngineClient
from app.engine.errors import EngineUnavailable, ModelsChanged
from app.engine.messages import ModelInfo
from app.pipeline.concurrency import off_loop, together
from app.pipeline.marked import Assembly, Marked, pieces_of
from app.pipeline.model_input import ModelInput
from app.pipeline.ordered_stream import OrderedStream, StreamBroken
from app.pipeline.routing import AUTO, Direction, code_of, direction_of, language_of, sources_of, unsupported_direction
from app.pipeline.sentence import OnText, SentenceTranslator
from app.settings import Settings
from app.text.decode_options import DecodeOptions
from app.text.detect import Detection
from app.text.facts import FactWarning, compare
from app.text.glossary import Glossary
from app.text.languages import profile_of
from app.text.rules.rule import Languages
from app.text.segment import spaced, split
from app.text.tokenizer import Tokenizer


@dataclass(slots=True)
class Translation:
    translation: str
    source: str
    target: str
    model: str
    detected: Detection | None
    warnings: list[FactWarning] | None = None


@dataclass(slots=True, frozen=True)
class Route:
    """How a text gets translated: the codes of its languages, the model's name, what detection found, and how the model
    reads the text."""

    source: str
    target: str
    name: str
    detected: Detection | None
    model: ModelInput


async def route_of(
    text: str,
    *,
    settings: Settings,
    models: list[ModelInfo],
    tokenizers: dict[str, Tokenizer],
    source: str,
    target: str,
    glossary: Glossary | None = None,
) -> Route:
    """Raises PipelineError."""
    target = code_of(target, "target")
    detected: Detection | None = None
    if source == AUTO:
        expected, understood = sources_of(models, target)
        enough = settings.detection_confidence
        source, detected = await off_loop(text, lambda: language_of(text, expected, enough, understood))
    else:
        source = code_of(source, "source")
    direction = direction_of(models, source, target)
    if direction is None:
        raise unsupported_direction(models, source, target, detected)
    model = input_of(direction, tokenizers[direction.info.name], source, target, glossary)
    return Route(source, target, direction.info.name, detected, model)


async def translate_text(
    text: Marked,
    route: Route,
    engine: EngineClient,
    options: DecodeOptions,
    on_text: OnText | None = None,
    warnings: list[FactWarning] | None = None,
) -> Marked:
    """White space and line breaks come back as they were, and elements go with their words. `on_text` gets the
    translation piece by piece, in order, as it becomes certain; `warnings` the facts that a sentence has lost. Raises
    EngineError."""
    translator = SentenceTranslator(engine, route.model, options)
    segments = await off_loop(text.text, lambda: split(text.text, route.source))
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
            warnings += compare(piece.text, translation.text, route.model.languages)
    assembly = Assembly(len(text.elements))
    for gap, (before, outer), translation, (_, inner) in zip(
        gaps, pieces[::2], translations, pieces[1::2], strict=True
    ):
        assembly.add(before.rewritten(gap), outer)
        assembly.add(translation, inner)
    return assembly.marked()


def input_of(
    direction: Direction, tokenizer: Tokenizer, source: str, target: str, glossary: Glossary | None = None
) -> ModelInput:
    """How the model of a direction reads a text in `source` and writes `target`."""
    languages = Languages(profile_of(source), profile_of(target))
    convert = languages.source.before_model.get(direction.source)
    return ModelInput(
        direction.info,
        tokenizer,
        languages,
        direction.target,
        convert=convert,
        convert_back=languages.target.after_model.get((direction.target, target)),
        prompt_format=direction.info.prompt_format(direction.source, direction.target),
        terms=glossary.matcher(source, languages.source, convert) if glossary is not None else None,
    )
