"""The shapes of requests and answers, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError, PydanticUseDefault

Code = Annotated[str, Field(min_length=1, max_length=35, examples=["en"])]
Format = Literal[
    "text", "html", "markdown", "messages", "srt", "vtt", "json", "csv", "po", "xliff", "android", "properties"
]
FileFormat = Literal[Format, "docx", "odt", "epub"]
Syntax = Literal["auto", "icu", "printf", "python", "i18next", "qt", "android"]
ModelName = Annotated[str | None, Field(max_length=200, description="Name of a model of `GET /models`.")]
Prefer = Annotated[
    Literal["quality", "speed"] | None,
    Field(
        description="Which of several models answers, by what was measured of them (`scores` in `GET /models`); by "
        "default `UNDERTONE_PREFER` says it. Not with `model`, which names the one."
    ),
]
Texts = Annotated[
    list[Any],
    Field(
        min_length=1,
        description="Strings. Each is answered by itself: one that cannot be processed gets an `error`, its "
        "neighbours their answers.",
        examples=[["I love this phone", "The train leaves at nine"]],
    ),
]


NULL = {"type": "null"}
ANNOTATIONS = {"title", "description", "default", "examples"}  # of a schema, beside what it asks of a value
NAMED_ALREADY = "chooses among models, and `model` names one; leave one of the two out"


class Body(BaseModel):
    """A field that is null is absent, as clients in typed languages write one that they leave out."""

    @field_validator("*", mode="before")
    @classmethod
    def null_is_absent(cls, value: object) -> object:
        if value is None:
            raise PydanticUseDefault
        return value


def with_null(schema: dict[str, Any]) -> None:
    """Have the schema of a body say that its optional fields may be null."""
    for name, field in schema["properties"].items():
        if name not in schema.get("required", ()) and NULL not in field.get("anyOf", ()):
            value = {key: field.pop(key) for key in [key for key in field if key not in ANNOTATIONS]}
            field["anyOf"] = [value, NULL]


class Request(Body):
    """Refuses unknown fields, so that a misspelt option is not ignored, and values of another type than the field's."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=with_null)


class ModelOptions(Request):
    model: ModelName = None
    prefer: Prefer = None

    @field_validator("prefer")
    @classmethod
    def without_model(cls, prefer: str | None, info: ValidationInfo) -> str | None:
        if prefer is not None and info.data.get("model") is not None:
            raise PydanticCustomError("both", NAMED_ALREADY)
        return prefer


class SentimentOptions(ModelOptions):
    language: Annotated[
        str, Field(min_length=1, max_length=35, description="`auto` detects; a code skips detection.")
    ] = "auto"
    truncate: bool = Field(
        False,
        description="Read only the beginning of a text: what the model reads at once, and of a text with more "
        "characters than the service takes, which is refused without it, so many. Without it all of a text is read, a "
        "long one by passages.",
    )
    sentences: bool = Field(
        False,
        description="Give the sentiment of each sentence too, and a fourth score, `mixed`, which is high where clearly "
        "good and clearly bad sentences stand side by side.",
    )
    explain: bool = Field(
        False,
        description="Say what each token contributed and did, for a text of at most 256 tokens. The model works some "
        "400 times as long as for the answer.",
    )


class SentimentRequest(SentimentOptions):
    text: str = Field(description="The text to judge.", examples=["I love this phone"])


class SentimentBatchRequest(SentimentOptions):
    texts: Texts


def column(value: object) -> object:
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise PydanticCustomError("column", "must be the name or the number of a column")
    return value


# A union of types would tell an error for each of them.
Column = Annotated[
    Any, BeforeValidator(column), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 1}]})
]


class FormatOptions(Request):
    columns: list[Column] | None = Field(
        None,
        min_length=1,
        description="Of `csv`: names or numbers (from 1) of the columns to translate; by default the cells that have "
        "words are.",
        examples=[["title", 3]],
    )
    delimiter: str | None = Field(
        None, min_length=1, max_length=1, description="Of `csv`: the separator; by default the rows tell it."
    )
    header: Literal["auto", "keep", "translate"] = Field(
        "auto", description="Of `csv`: what becomes of the first row; `auto` keeps names for programs."
    )
    keys: list[str] | None = Field(
        None, min_length=1, description="Of `json`: translate only what is under these keys, whatever it looks like."
    )
    skip: list[str] | None = Field(
        None, min_length=1, description="Of `json`: keep what stands at these keys, beside `id`, `url` and the like."
    )
    overwrite: bool = Field(False, description="Of `po` and `xliff`: translate entries that have a translation anew.")

    @property
    def given(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True, exclude_none=True)


class TranslationOptions(ModelOptions):
    source: Annotated[
        str, Field(min_length=1, max_length=35, description="`auto` detects; a code skips detection.")
    ] = "auto"
    target: Annotated[Code, Field(description="Language to translate to.", examples=["de"])]
    beam: int | None = Field(None, ge=1, le=16, description="Beam width; 1 is greedy search, the fastest.")
    syntax: Syntax = Field(
        "auto",
        description="How placeholders are written in `messages`, `json`, `csv`, `po`, `xliff` and `properties`.",
    )
    format_options: FormatOptions | None = Field(
        None, description="How to read a document of its format; `format`, or the kind of the file, tells that."
    )
    glossary: dict[str, str] | str | None = Field(
        None,
        description="Translations by term, at most 1,000 of up to 200 characters, or the name of a glossary of the "
        "service. Terms are whole words, the longest first; case does not count unless a term has a capital inside. "
        "The translation stands in the answer as it is given.",
        examples=[{"shopping cart": "Warenkorb"}],
    )
    do_not_translate: list[str] | None = Field(
        None, description="Words that stay as they are, matched like terms of the glossary.", examples=[["Undertone"]]
    )

    @property
    def format_values(self) -> dict[str, Any]:
        """The options of the format that are given."""
        return {} if self.format_options is None else self.format_options.given


class TranslateOptions(TranslationOptions):
    format: Format = Field(
        "text",
        description="What the text is. All of a document but its words stays as it is. A `text` that plainly is a "
        "document (JSON, markup, subtitles, messages of programs) keeps its structure too.",
    )
    check: bool = Field(False, description="Compare the facts of each sentence with those of its translation.")
    explain: bool = Field(
        False, description="Say how each token of the translation was written; for plain text, not for documents."
    )


class FileOptions(TranslationOptions):
    format: FileFormat | None = Field(
        None, description="What the file is, where neither the end of its name nor its media type tells."
    )
    name: str | None = Field(None, max_length=300, description="Name of the file; in a form that of `file` counts.")


class TranslateRequest(TranslateOptions):
    text: str = Field(
        description="The text to translate; line breaks and white space are kept.",
        examples=["A man in a blue shirt is standing on a ladder."],
    )


class TranslateBatchRequest(TranslateOptions):
    texts: Texts


class ProblemDocument(BaseModel):
    """RFC 9457."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Stable identifier of the kind of problem.")
    title: str
    status: int
    detail: str = Field(description="What is wrong here, and what to change.")


def is_none(value: object) -> bool:
    return value is None


class Detection(BaseModel):
    language: str | None = Field(description="null where the text has no letters to tell it by.")
    confidence: float = Field(
        description="Probability of the language, 0 to 1. Below `UNDERTONE_DETECTION_CONFIDENCE` (0.8) a text is taken "
        "for the likeliest language that the service reads, and is not refused."
    )


class TextToken(BaseModel):
    text: str
    start: int = Field(description="First character, of the text as it was sent.")
    end: int = Field(description="The character behind the last one.")


class ReadingGates(BaseModel):
    """Means over the units of all directions, 0 (closed) to 1 (open)."""

    input: float = Field(description="How much of the token came into the memory.")
    forget: float = Field(description="How much of the memory was kept.")
    output: float = Field(description="How much of the memory was shown.")


class ReadToken(TextToken):
    text: str = Field(description="The token as the model reads it, such as `http` for a link.")
    contribution: float = Field(
        description="Towards P(positive) - P(negative). All contributions add up to the difference of the last "
        "`running` from `baseline`."
    )
    running: dict[str, float] = Field(description="The scores of the text up to this token.")
    gates: ReadingGates


class SentimentExplanation(BaseModel):
    method: str = Field(description="How contributions are computed.", examples=["integrated gradients"])
    tokens: list[ReadToken]
    baseline: dict[str, float] = Field(description="Scores of a text of as many unknown tokens.")


class SentenceSentiment(BaseModel):
    text: str
    start: int = Field(description="First character, of the text.")
    end: int = Field(description="The character behind the last one.")
    label: str
    scores: dict[str, float]


class SentimentAnswer(BaseModel):
    label: str = Field(examples=["positive"])
    scores: dict[str, float] = Field(
        description="Calibrated probability of each label; with `sentences` a fourth, `mixed`."
    )
    model: str
    language: str = Field(description="The language the text was taken to be in.")
    detected: Detection | None = Field(description="What detection found; null where the request named one.")
    truncated: bool = Field(description="Whether the text was cut, which happens only where the request allows it.")
    sentences: list[SentenceSentiment] | None = Field(
        None, description="Only where the request asks for `sentences`.", exclude_if=is_none
    )
    explanation: SentimentExplanation | None = Field(
        None, description="Only where `explain` is true.", exclude_if=is_none
    )


class FactWarning(BaseModel):
    sentence: str = Field(description="The sentence of the source.")
    kind: Literal["number", "date", "unit", "link", "name", "negation", "item"] = Field(
        description="`date`: of times too; `item`: of an enumeration."
    )
    detail: str


class WrittenToken(BaseModel):
    text: str
    start: int = Field(description="First character, of the translation.")
    end: int = Field(description="The character behind the last one; that of `start` for a token without text.")
    log_probability: float = Field(description="Given the source and the tokens before.")
    update: float = Field(description="Mean of the decoder's update gates: how much of its state stayed, 0 to 1.")
    reset: float = Field(description="Mean of its reset gates: how much of its state it used, 0 to 1.")


class Alternative(BaseModel):
    text: str
    score: float = Field(description="Mean log probability of a token.")


class SentenceExplanation(BaseModel):
    """Of a piece that the model translated as a whole: mostly a sentence, but a long one goes in several pieces."""

    source: list[TextToken]
    target: list[WrittenToken]
    attention: list[list[float]] = Field(
        description="Where each token of `target` was read, over those of `source`: a row for each, with a sum of 1."
    )
    alternatives: list[Alternative] = Field(description="Other translations that the search found.")


class TranslationExplanation(BaseModel):
    sentences: list[SentenceExplanation] = Field(
        description="In the order of the translation; none where no model was needed."
    )


class TranslateAnswer(BaseModel):
    translation: str
    source: str
    target: str
    model: str | None = Field(
        description="Two names with ` + ` between them where the text went through `via`; null where no model was "
        "needed: the text is in the target language already and stays as it is, or only its script was converted."
    )
    detected: Detection | None = Field(description="What detection found; null where the request named one.")
    warnings: list[FactWarning] | None = Field(
        None,
        description="Facts that the translation may have changed; only where `check` is true.",
        exclude_if=is_none,
    )
    via: str | None = Field(
        None,
        description="The language between source and target; absent where a model leads there.",
        exclude_if=is_none,
    )
    explanation: TranslationExplanation | None = Field(
        None, description="Only where `explain` is true.", exclude_if=is_none
    )


class ErrorItem(BaseModel):
    error: ProblemDocument


class SentimentBatchAnswer(BaseModel):
    results: list[SentimentAnswer | ErrorItem] = Field(description="In the order of `texts`.")


class TranslateBatchAnswer(BaseModel):
    results: list[TranslateAnswer | ErrorItem] = Field(description="In the order of `texts`.")


def is_empty(values: list[Any]) -> bool:
    return not values


class Score(BaseModel):
    """Two models are compared by values of the same `metric`, `set` and `conditions`."""

    metric: str = Field(description="`milliseconds` of a sentence; otherwise more is better.", examples=["bleu"])
    value: float
    set: str
    languages: list[str] = Field(description="The language that was read, or source and target.")
    conditions: str = Field(description="What else the value depends on, such as the signature of sacreBLEU.")


class ModelDescription(BaseModel):
    name: str
    task: Literal["sentiment", "translation", "language"]
    architecture: str
    description: str
    parameters: int
    languages: list[str] = Field(description="`zh` is Chinese in both scripts.")
    labels: list[str] = Field(description="Of a sentiment model.", exclude_if=is_empty)
    directions: list[tuple[str, str]] = Field(
        description="Of a translation model by itself; `GET /languages` has all that the service translates.",
        exclude_if=is_empty,
    )
    max_tokens: int = Field(
        description="The longest input of the network in tokens, such as pieces of words: the longest text of a "
        "sentiment model, or of a language model with the tag of its language, and the longest sentence of a "
        "translation model, which gets longer ones in parts."
    )
    explains: bool = Field(description="Whether it explains its answers, as `explain` of a request asks.")
    scores: list[Score] = Field(
        description="What was measured of it: by its card, and by `undertone models measure`.", exclude_if=is_empty
    )


class Limits(BaseModel):
    """Of one request; a client cuts its batches to them."""

    max_batch_items: int = Field(description="Most texts of a batch.")
    max_text_chars: int = Field(description="Longest text in characters.")
    max_body_bytes: int = Field(description="Largest body in bytes.")
    max_file_bytes: int = Field(description="Largest file in bytes.")


class ModelsAnswer(BaseModel):
    models: list[ModelDescription]
    limits: Limits


class Language(BaseModel):
    code: str
    name: str


class Preferred(BaseModel):
    """The models that answer with `prefer`."""

    quality: str
    speed: str


class ServedLanguage(Language):
    model: str = Field(description="The one that answers, unless the request says otherwise.")
    prefer: Preferred | None = Field(None, description="Only where that changes the model.", exclude_if=is_none)


class Direction(BaseModel):
    source: Language
    target: Language
    model: str | None = Field(
        description="The one that answers, unless the request says otherwise; null where only the script is converted."
    )
    via: str | None = Field(None, description="The language between the two, if any.", exclude_if=is_none)
    prefer: Preferred | None = Field(None, description="Only where that changes the model.", exclude_if=is_none)


class LanguagesAnswer(BaseModel):
    sentiment: list[ServedLanguage]
    generation: list[ServedLanguage]
    translation: list[Direction]


class Health(BaseModel):
    status: Literal["ok"]
