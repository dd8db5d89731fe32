"""The translation of a text: its sentences are translated side by side, and the text between them stays."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.client import EngineClient
from app.engine.errors import EngineUnavailable, ModelsChanged
from app.engine.messages import ModelInfo
from app.pipeline.concurrency import off_loop, together
from app.pipeline.model_input import ModelInput
from app.pipeline.ordered_stream import OrderedStream, StreamBroken
from app.pipeline.routing import AUTO, Direction, code_of, direction_of, language_of, sources_of, unsupported_direction
from app.pipeline.sentence import OnText, SentenceTranslator
from app.settings import Settings
from app.text.decode_options import DecodeOptions
from app.text.detect import Detection
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


async def translation_of(
    text: str,
    *,
    engine: EngineClient,
    settings: Settings,
    models: list[ModelInfo],
    tokenizers: dict[str, Tokenizer],
    source: str,
    target: str,
    options: DecodeOptions,
    on_text: OnText | None,
) -> Translation:
    """White space and line breaks come back as they were. `on_text` gets the translation piece by piece, in order, as
    it becomes certain. Raises PipelineError and EngineError."""
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
    model = input_of(direction, tokenizers[direction.info.name], source, target)
    translator = SentenceTranslator(engine, model, options)
    segments = await off_loop(text, lambda: spaced(split(text, source), source, target))
    stream = OrderedStream([segment.before for segment in segments], on_text)

    async def translate(place: int, sentence: str) -> str:
        translation = await translator.sentence(sentence, lambda beginning: stream.update(place, beginning))
        stream.update(place, translation, done=True)
        return translation

    try:
        translations = await together([translate(place, segment.text) for place, segment in enumerate(segments)])
    except StreamBroken as error:
        raise EngineUnavailable("The engine went on with another translation than it had begun; ask again.") from error
    except ModelsChanged as error:
        if stream.has_begun:  # streamed text cannot be taken back
            raise EngineUnavailable("The models changed while this translation grew; ask again.") from error
        raise
    translation = "".join(segment.before + text for segment, text in zip(segments, translations, strict=True))
    return Translation(translation, source, target, direction.info.name, detected)


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
