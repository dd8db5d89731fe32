"""A language model continues the beginning of a text, or names the likeliest next words. One engine request each."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.engine.client import EngineClient
from app.engine.errors import EngineUnavailable, ModelsChanged
from app.engine.messages import ModelInfo
from app.pipeline.concurrency import off_loop
from app.pipeline.errors import PipelineError, Remedy
from app.pipeline.routing import AUTO, code_of, language_of, languages_of, reader_of, unsupported_language
from app.settings import Settings
from app.text.chinese import script
from app.text.detect import Detection
from app.text.languages import profile_of
from app.text.languages.codes import language as language_part
from app.text.languages.profile import Convert
from app.text.normalize import normalize
from app.text.tokenizer import Tokenizer, target_tag

OnText = Callable[[str], None]
MOST_SEED = 2**53  # JavaScript represents integers up to here exactly


@dataclass(slots=True)
class Beginning:
    """The beginning of a text as a language model reads it, and how to write its continuation."""

    info: ModelInfo
    tokenizer: Tokenizer
    tokens: list[int]  # the tag of the language first
    language: str
    detected: Detection | None
    truncated: bool
    new_word: bool  # the beginning ends with white space
    convert_back: Convert | None  # from the script that the model writes to that of the beginning

    def text(self, tokens: list[int]) -> str:
        """The text of tokens that the model wrote, to append to the beginning."""
        before = self.tokenizer.encode("a")  # decoding leaves out a space at the very front
        text = self.tokenizer.decode([*before, *tokens])[len(self.tokenizer.decode(before)) :]
        text = text.lstrip() if self.new_word else text
        return self.convert_back(text) if self.convert_back else text


@dataclass(slots=True)
class Generation:
    """`finish` says what ended the text: its own end, or the length that was allowed."""

    text: str
    finish: Literal["end", "length"]
    seed: int
    model: str
    language: str
    detected: Detection | None
    truncated: bool


@dataclass(slots=True)
class Word:
    text: str
    probability: float


@dataclass(slots=True)
class NextWords:
    """`end` is the probability that the text ends where it is."""

    words: list[Word]
    end: float
    model: str
    language: str
    detected: Detection | None
    truncated: bool


async def beginning_of(
    text: str,
    *,
    settings: Settings,
    models: list[ModelInfo],
    tokenizers: dict[str, Tokenizer],
    language: str = AUTO,
    prefer: str | None = None,
    truncate: bool = False,
) -> Beginning:
    """Of a text that is too long only the end is read, where the request allows that, since near words count most.
    Raises PipelineError."""
    supported = languages_of(models)
    limit = settings.max_text_chars

    def prepared() -> Beginning:
        near = text[-limit:]
        detected: Detection | None = None
        if language == AUTO:
            known, detected = language_of(near, supported, settings.detection_confidence)
        else:
            known = code_of(language, "language")
        info = reader_of(models, known, prefer or settings.prefer)
        if info is None:
            raise unsupported_language(known, detected, supported, "texts are written in")
        clean, languages = normalize(near), profile_of(known)
        codes = (known, script(clean))  # the code named, and the script of the text
        forms = ((languages.code, code) for code in codes)
        convert_back = next((languages.after_model[one] for one in forms if one in languages.after_model), None)
        if convert := languages.before_model.get(languages.code):
            clean = normalize(convert(clean))
        if not clean:
            raise PipelineError("empty-text", "The end of the text has nothing to read: it is only white space.")
        tokenizer = tokenizers[info.name]
        tokens, most = tokenizer.encode(clean), info.max_tokens - 1
        truncated = len(text) > limit or len(tokens) > most
        if truncated and not truncate:
            raise PipelineError(
                "text-too-long",
                f"The text has {len(tokens):,} tokens; the model {info.name} reads {most:,}. Send a shorter text.",
                remedy=Remedy("truncate", "Or set {} to true to have its end read alone."),
            )
        tag = tokenizer.id_of(target_tag(language_part(known)))
        new_word = near[-1].isspace()
        return Beginning(info, tokenizer, [tag, *tokens[-most:]], known, detected, truncated, new_word, convert_back)

    return await off_loop(text, prepared)


async def generate(
    beginning: Beginning,
    engine: EngineClient,
    *,
    temperature: float,
    top_p: float,
    seed: int | None,
    length: int,
    on_text: OnText | None = None,
) -> Generation:
    """`on_text` gets the text piece by piece, but a text in Traditional characters at once: a phrase may convert
    differently from its beginning. Raises EngineError."""
    streamed = ""
    seed = secrets.randbelow(MOST_SEED) if seed is None else seed

    def grow(text: str) -> None:
        nonlocal streamed
        if on_text is not None and text.startswith(streamed) and text != streamed:
            on_text(text[len(streamed) :])
            streamed = text

    streams = on_text is not None and beginning.convert_back is None
    try:
        answer = await engine.generate(
            beginning.info.key,
            beginning.tokens,
            max_tokens=length,
            temperature=temperature,
            top_p=top_p,
            seed=seed,
            new_word=beginning.new_word,
            on_partial=(lambda tokens: grow(beginning.text(tokens))) if streams else None,
        )
    except ModelsChanged as error:
        if streamed:  # streamed text cannot be taken back
            raise EngineUnavailable("The models changed while this text grew; ask again.") from error
        raise
    text = beginning.text(answer.tokens)
    if not text.startswith(streamed):
        raise EngineUnavailable("The engine went on with another text than it had begun; ask again.")
    grow(text)
    return Generation(
        text=text,
        finish="end" if answer.ended else "length",
        seed=seed,
        model=beginning.info.name,
        language=beginning.language,
        detected=beginning.detected,
        truncated=beginning.truncated,
    )


async def next_words(beginning: Beginning, engine: EngineClient, *, count: int) -> NextWords:
    """Raises EngineError."""
    answer = await engine.predict(beginning.info.key, beginning.tokens, count=count, new_word=beginning.new_word)
    found: dict[str, float] = {}
    for word in answer.words:
        text = beginning.text(word.tokens)
        found[text] = found.get(text, 0.0) + word.probability
    words = [Word(text, round(found[text], 6)) for text in sorted(found, key=lambda text: -found[text])]
    return NextWords(
        words=words,
        end=round(answer.end, 6),
        model=beginning.info.name,
        language=beginning.language,
        detected=beginning.detected,
        truncated=beginning.truncated,
    )
