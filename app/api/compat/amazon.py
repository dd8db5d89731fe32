"""Amazon Comprehend (2017-11-27) and Amazon Translate (2017-07-01), as their service models in botocore have them, over
the protocol AWS JSON 1.1: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html. The operation stands in the
header X-Amz-Target. Signatures are not checked: they prove a secret that this service does not know."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Literal

from pydantic import ConfigDict, Field
from starlette.responses import Response
from starlette.types import Scope

from app.api.compat import adapter
from app.api.compat.adapter import Adapter, KeyPlaces
from app.api.compat.translation import cost, translations
from app.api.compat.values import Foreign
from app.api.dispatch import Call, JsonReader
from app.api.errors import TYPE_PREFIX, Problem, of_fields
from app.api.headers import Headers, media_type_of
from app.api.routes import TRANSLATION_PRICE, item_by_item, judge
from app.api.schemas import ErrorItem, SentimentOptions, TranslateBatchRequest
from app.pipeline.errors import PipelineError
from app.pipeline.routing import AUTO, code_of
from app.text.languages.codes import name_of

MEDIA_TYPE = "application/x-amz-json-1.1"
JSON_TYPES = (MEDIA_TYPE, "application/x-amz-json-1.0", "application/json")
DOCUMENT_BYTES, DETECTION_BYTES, TRANSLATION_BYTES = 5_000, 100_000, 10_000
MOST_DOCUMENTS = 25
SENTIMENTS = ("Positive", "Negative", "Neutral", "Mixed")
CODES = {"zh-Hans": "zh", "zh-Hant": "zh-TW"}  # by ours

# The exceptions of the services by our kinds; a Problem with `exception` names another.
EXCEPTIONS = {
    "malformed-body": "SerializationException",
    "unsupported-media-type": "SerializationException",
    "unauthorized": "UnrecognizedClientException",
    "not-found": "UnknownOperationException",
    "method-not-allowed": "UnknownOperationException",
    "body-too-large": "TextSizeLimitExceededException",
    "text-too-long": "TextSizeLimitExceededException",
    "batch-too-large": "BatchSizeLimitExceededException",
    "unknown-language": "UnsupportedLanguageException",
    "unsupported-language": "UnsupportedLanguageException",
    "unsupported-direction": "UnsupportedLanguagePairException",
    "unknown-glossary": "ResourceNotFoundException",
    "too-many-requests": "TooManyRequestsException",
    "internal": "InternalServerException",
    "overloaded": "ServiceUnavailableException",
    "unavailable": "ServiceUnavailableException",
    "timeout": "ServiceUnavailableException",
}
UNKNOWN_OPERATION = "X-Amz-Target names no operation that is answered here: "


def exception_of(kind: str) -> str:
    return EXCEPTIONS.get(kind, "InvalidRequestException")


def error(problem: Problem, status: int) -> dict[str, str]:
    name = problem.members.get("exception") or exception_of(problem.kind)
    return {"__type": name, "Message": problem.detail}


# Also the key of a client that speaks to another service of Amazon.
ACCESS_KEY = KeyPlaces(
    "the access key id of the client's credentials",
    authorization=re.compile(rb"AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)/"),
)

FIELDS = {"source": "SourceLanguageCode", "target": "TargetLanguageCode", "language": "LanguageCode"}

api = Adapter(
    "amazon",
    error=error,
    fields=FIELDS,
    # SDKs repeat a request after each status from 500 on, and a text that a model cannot process would crash engines
    # again.
    statuses={
        401: 400,
        404: 400,
        413: 400,
        415: 400,
        422: 400,
        504: 503,
        "unknown-glossary": 404,
        "inference-failed": 400,
    },
    keys=ACCESS_KEY,
    media_type=MEDIA_TYPE,
    id_header=b"x-amzn-requestid",
    operation_header=b"x-amz-target",
)


def answer(content: Any) -> Response:
    return adapter.answer(content, media_type=MEDIA_TYPE)


class AmazonReader(JsonReader):
    def check(self, headers: Headers, query: bytes) -> None:
        if media_type_of(headers) not in JSON_TYPES:
            raise Problem("unsupported-media-type", f"The body has another content type than {MEDIA_TYPE}.")


class AnyValues(Foreign):
    model_config = ConfigDict(extra="ignore")


class SentimentValues(Foreign):
    Text: str = Field(min_length=1)
    LanguageCode: str = Field(max_length=35)


class SentimentsValues(Foreign):
    TextList: list[Any] = Field(min_length=1)
    LanguageCode: str = Field(max_length=35)


class LanguageValues(Foreign):
    Text: str = Field(min_length=1)


class LanguagesValues(Foreign):
    TextList: list[Any] = Field(min_length=1)


class TranslationSettings(Foreign):
    """Formality and brevity are documented to change nothing where a target has none, as here. A caller who wants words
    masked relies on it."""

    Formality: Literal["FORMAL", "INFORMAL"] | None = None
    Brevity: Literal["ON"] | None = None


class TranslateValues(Foreign):
    Text: str = Field(min_length=1)
    SourceLanguageCode: str = Field(min_length=2, max_length=35)
    TargetLanguageCode: str = Field(min_length=2, max_length=35)
    TerminologyNames: list[str] = Field(default_factory=list, max_length=1)
    Settings: TranslationSettings | None = None

    def request(self) -> TranslateBatchRequest:
        return TranslateBatchRequest(
            texts=[self.Text],
            source=self.SourceLanguageCode,
            target=self.TargetLanguageCode,
            glossary=next(iter(self.TerminologyNames), None),
        )


class ListLanguagesValues(Foreign):
    DisplayLanguageCode: str = Field("en", max_length=35)
    MaxResults: int = Field(500, ge=1, le=500)
    NextToken: str | None = Field(None, max_length=8192)


def names_operation(scope: Scope) -> bool:
    return any(name == b"x-amz-target" for name, _ in scope["headers"])


@api.answers("/", at_root=names_operation, price=0, reader=AmazonReader(AnyValues))
async def unknown_operation(body: AnyValues, call: Call) -> Response:
    raise Problem("not-found", UNKNOWN_OPERATION + ", ".join(OPERATIONS))


@api.answers("/Comprehend_20171127.DetectSentiment", price=2, reader=AmazonReader(SentimentValues))
async def detect_sentiment(body: SentimentValues, call: Call) -> Response:
    return answer(await sentiment_of(call, options_of(body.LanguageCode), body.Text))


@api.answers("/Comprehend_20171127.BatchDetectSentiment", price=2, reader=AmazonReader(SentimentsValues))
async def batch_detect_sentiment(body: SentimentsValues, call: Call) -> Response:
    return answer(await in_batch(body.TextList, call, partial(sentiment_of, call, options_of(body.LanguageCode))))


@api.answers("/Comprehend_20171127.DetectDominantLanguage", price=1, reader=AmazonReader(LanguageValues))
async def detect_dominant_language(body: LanguageValues, call: Call) -> Response:
    return answer(await languages_of(call, body.Text, DETECTION_BYTES))


@api.answers("/Comprehend_20171127.BatchDetectDominantLanguage", price=1, reader=AmazonReader(LanguagesValues))
async def batch_detect_dominant_language(body: LanguagesValues, call: Call) -> Response:
    return answer(await in_batch(body.TextList, call, partial(languages_of, call)))


@api.answers(
    "/AWSShineFrontendService_20170701.TranslateText",
    price=TRANSLATION_PRICE,
    cost=cost,
    reader=AmazonReader(TranslateValues),
)
async def translate_text(body: TranslateValues, call: Call) -> Response:
    check_size(body.Text, TRANSLATION_BYTES)
    try:
        (one,) = await translations(body.request(), call)
    except PipelineError as error:
        if error.kind == "unknown-language":
            raise Problem(error.kind, error.worded(FIELDS), exception=exception_of("unsupported-direction")) from error
        raise
    return answer(
        {
            "TranslatedText": one.translation,
            "SourceLanguageCode": CODES.get(one.source, one.source),
            "TargetLanguageCode": CODES.get(one.target, one.target),
        }
    )


@api.answers("/AWSShineFrontendService_20170701.ListLanguages", price=0, reader=AmazonReader(ListLanguagesValues))
async def list_languages(body: ListLanguagesValues, call: Call) -> Response:
    if body.DisplayLanguageCode != "en":
        detail = "DisplayLanguageCode: the names of languages are known in English, en, only."
        raise Problem("unsupported-language", detail, exception="UnsupportedDisplayLanguageCodeException")
    codes = sorted(call.pipeline.targets())
    begin = 0 if body.NextToken is None else next((n for n, code in enumerate(codes) if code == body.NextToken), None)
    if begin is None:
        detail = "NextToken: is none that an answer has given."
        raise Problem("invalid-request", detail, exception="InvalidParameterValueException")
    end = begin + body.MaxResults
    named = [{"LanguageName": name_of(code), "LanguageCode": CODES.get(code, code)} for code in codes[begin:end]]
    more = {"NextToken": codes[end]} if end < len(codes) else {}
    return answer({"Languages": named, "DisplayLanguageCode": "en", **more})


OPERATIONS = [path.removeprefix(f"{api.prefix}/") for path in api.dispatched if path != f"{api.prefix}/"]


def check_size(text: str, most: int) -> None:
    """Raises Problem."""
    if (size := len(text.encode("utf-8", "surrogatepass"))) > most:
        raise Problem("text-too-long", f"The text has {size:,} bytes in UTF-8; at most {most:,} are taken.")


def options_of(language: str) -> SentimentOptions:
    """Comprehend does not detect the language for itself. Raises Problem and PipelineError."""
    if not language or language == AUTO:
        raise of_fields([("LanguageCode", "must be the code of a language")])
    # Sentences tell whether a text is mixed.
    return SentimentOptions(language=code_of(language, "language"), sentences=True)


async def sentiment_of(call: Call, options: SentimentOptions, text: str) -> dict[str, Any]:
    check_size(text, DOCUMENT_BYTES)
    found = await judge(call.pipeline, options, text)
    scores = {name: found.scores.get(name.lower(), 0.0) for name in SENTIMENTS}
    if found.label.capitalize() not in scores:
        raise Problem("unknown-model", f"The model {found.model} has labels that Comprehend has not: {found.label}.")
    return {"Sentiment": found.label.upper(), "SentimentScore": scores}


async def languages_of(call: Call, text: str, most_bytes: int = DOCUMENT_BYTES) -> dict[str, Any]:
    """None where the text has no letters."""
    check_size(text, most_bytes)
    found = call.pipeline.detect(text)
    code = found.language
    return {"Languages": [{"LanguageCode": CODES.get(code, code), "Score": found.confidence}] if code else []}


async def in_batch(
    texts: list[Any], call: Call, one: Callable[[str], Awaitable[dict[str, Any]]]
) -> dict[str, list[dict[str, Any]]]:
    """Raises the problem `batch-too-large`."""
    if len(texts) > MOST_DOCUMENTS:
        raise Problem("batch-too-large", f"The batch has {len(texts)} documents; at most {MOST_DOCUMENTS} are taken.")
    results: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for index, found in enumerate(await item_by_item(texts, call, one)):
        if isinstance(found, ErrorItem):
            code = code_of_item(exception_of(found.error.type.removeprefix(TYPE_PREFIX)))
            errors.append({"Index": index, "ErrorCode": code, "ErrorMessage": found.error.detail})
        else:
            results.append({"Index": index, **found})
    return {"ResultList": results, "ErrorList": errors}


def code_of_item(exception: str) -> str:
    """`TEXT_SIZE_LIMIT_EXCEEDED` of `TextSizeLimitExceededException`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", exception.removesuffix("Exception")).upper()
