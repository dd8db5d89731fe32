"""The shapes of requests and answers, as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Code = Annotated[str, Field(min_length=1, max_length=35, examples=["en"])]
Format = Literal[
    "text", "html", "markdown", "messages", "srt", "vtt", "json", "csv", "po", "xliff", "android", "properties"
]
FileFormat = Literal[Format, "docx", "odt", "epub"]
Syntax = Literal["auto", "icu", "printf", "python", "i18next", "qt", "android"]
ModelName = Annotated[str | None, Field(max_length=200, description="Name of a model of `GET /models`.")]
Texts = Annotated[
    list[Any],
    Field(
        min_length=1,
        description="Strings. Each is answered by itself: one that cannot be processed gets an `error`, its "
        "neighbours their answers.",
        examples=[["I love this phone", "The train leaves at nine"]],
    ),
]


class Request(BaseModel):
    """Refuses unknown fields, so that a misspelt option is not ignored, and values of another type than the field's."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SentimentOptions(Request):
    language: Annotated[
        str, Field(min_length=1, max_length=35, description="`auto` detects; a code skips detection.")
    ] = "auto"
    model: ModelName = None
    truncate: bool = Field(False, description="Cut a text that is too long instead of refusing it.")


class SentimentRequest(SentimentOptions):
    text: str = Field(description="The text to judge.", examples=["I love this phone"])


class SentimentBatchRequest(SentimentOptions):
    texts: Texts


class TranslationOptions(Request):
    source: Annotated[
        str, Field(min_length=1, max_length=35, description="`auto` detects; a code skips detection.")
    ] = "auto"
    target: Annotated[Code, Field(description="Language to translate to.", examples=["de"])]
    model: ModelName = None
    beam: int | None = Field(None, ge=1, le=16, description="Beam width; 1 is greedy search, the fastest.")
    syntax: Syntax = Field(
        "auto",
        description="How placeholders are written in `messages`, `json`, `csv`, `po`, `xliff` and `properties`.",
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


class TranslateOptions(TranslationOptions):
    format: Format = Field(
        "text",
        description="What the text is. All of a document but its words stays as it is. A `text` that plainly is a "
        "document (JSON, markup, subtitles, messages of programs) keeps its structure too.",
    )
    check: bool = Field(False, description="Compare the facts of each sentence with those of its translation.")


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


class Detection(BaseModel):
    language: str | None = Field(description="None where the text is too short or has no letters.")
    confidence: float


class SentimentAnswer(BaseModel):
    label: str = Field(examples=["positive"])
    scores: dict[str, float] = Field(description="Calibrated probability of each label.")
    model: str
    language: str = Field(description="The language the text was taken to be in.")
    detected: Detection | None = Field(description="What detection found; null where the request named one.")
    truncated: bool = Field(description="Whether the text was cut, which happens only where the request allows it.")


class FactWarning(BaseModel):
    sentence: str = Field(description="The sentence of the source.")
    kind: Literal["number", "date", "unit", "link", "name", "negation"] = Field(description="`date`: of times too.")
    detail: str


class TranslateAnswer(BaseModel):
    translation: str
    source: str
    target: str
    model: str
    detected: Detection | None = Field(description="What detection found; null where the request named one.")
    warnings: list[FactWarning] | None = Field(
        None,
        description="Facts that the translation may have changed; only where `check` is true.",
        exclude_if=lambda warnings: warnings is None,
    )


class ErrorItem(BaseModel):
    error: ProblemDocument


class SentimentBatchAnswer(BaseModel):
    results: list[SentimentAnswer | ErrorItem] = Field(description="In the order of `texts`.")


class TranslateBatchAnswer(BaseModel):
    results: list[TranslateAnswer | ErrorItem] = Field(description="In the order of `texts`.")


class ModelDescription(BaseModel):
    name: str
    task: Literal["sentiment", "translation"]
    architecture: str
    description: str
    parameters: int
    languages: list[str]
    labels: list[str]
    directions: list[tuple[str, str]]
    max_tokens: int


class ModelsAnswer(BaseModel):
    models: list[ModelDescription]


class Language(BaseModel):
    code: str
    name: str


class Direction(BaseModel):
    source: Language
    target: Language
    model: str


class LanguagesAnswer(BaseModel):
    sentiment: list[Language]
    translation: list[Direction]


class Health(BaseModel):
    status: Literal["ok"]
