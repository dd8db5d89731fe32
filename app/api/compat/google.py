"""Google's Cloud Translation API, version 2 (basic): https://cloud.google.com/translate/docs/reference/rest/v2, and the
package `google-cloud-translate`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal

from pydantic import Field
from starlette.responses import Response

from app.api.compat.adapter import ALWAYS, Adapter, KeyPlaces, answer
from app.api.compat.translation import cost, detections, translations
from app.api.compat.values import Foreign, ValuesReader
from app.api.dispatch import Call
from app.api.errors import Problem, of_fields
from app.api.routes import TRANSLATION_PRICE
from app.api.schemas import TranslateBatchRequest
from app.text.languages.codes import name_of

CODES = {"zh": "zh-CN", "zh-Hans": "zh-CN", "zh-Hant": "zh-TW"}
# Google's names of statuses, and of reasons.
STATUSES = {
    400: ("INVALID_ARGUMENT", "invalid"),
    401: ("UNAUTHENTICATED", "required"),
    404: ("NOT_FOUND", "notFound"),
    405: ("UNIMPLEMENTED", "httpMethodNotAllowed"),
    413: ("INVALID_ARGUMENT", "uploadTooLarge"),
    429: ("RESOURCE_EXHAUSTED", "rateLimitExceeded"),
    500: ("INTERNAL", "backendError"),
    503: ("UNAVAILABLE", "backendError"),
    504: ("DEADLINE_EXCEEDED", "backendError"),
}


def error(problem: Problem, status: int) -> dict[str, Any]:
    name, reason = STATUSES.get(status, (HTTPStatus(status).phrase.upper().replace(" ", "_"), "invalid"))
    one = {"message": problem.detail, "domain": "global", "reason": reason}
    return {"error": {"code": status, "message": problem.detail, "errors": [one], "status": name}}


api = Adapter(
    "google",
    error=error,
    fields={"source": "source", "target": "target"},
    statuses={415: 400, 422: 400},
    keys=KeyPlaces("?key=KEY in the query, or X-Goog-Api-Key: KEY", headers=(b"x-goog-api-key",), query="key"),
)
LISTS = frozenset({"q", "cid"})


class Standard(Foreign):
    """The parameters of every Google API that change no answer here."""

    key: str | None = None
    pretty_print: bool | None = Field(None, alias="prettyPrint")
    alt: Literal["json"] = "json"
    quota_user: str | None = Field(None, alias="quotaUser")


class TextValues(Standard):
    q: str | list[Any]

    @property
    def texts(self) -> list[Any]:
        return self.q if isinstance(self.q, list) else [self.q]


class TranslateValues(TextValues):
    target: str = Field(min_length=1, max_length=35)
    source: str | None = Field(None, max_length=35)
    format: Literal["html", "text", ""] | None = None
    model: Literal["base", "nmt", ""] | None = None  # there is one way to translate
    cid: list[str] = Field(default_factory=list, max_length=0)  # customised models

    def request(self) -> TranslateBatchRequest:
        if not self.texts:
            raise of_fields([("q", "Required Text")])
        # Google takes a text for HTML unless it is told.
        return TranslateBatchRequest(
            texts=self.texts, source=self.source or "auto", target=self.target, format=self.format or "html"
        )


class LanguagesValues(Standard):
    target: str | None = Field(None, max_length=35)
    model: Literal["base", "nmt", ""] | None = None


@api.answers(
    "/language/translate/v2",
    at_root=ALWAYS,
    methods=("GET", "POST"),
    price=TRANSLATION_PRICE,
    cost=cost,
    reader=ValuesReader(TranslateValues, lists=LISTS),
)
async def translate(body: TranslateValues, call: Call) -> Response:
    results: list[dict[str, Any]] = []
    for one in await translations(body.request(), call):
        result = {"translatedText": one.translation}
        results.append(result if body.source else {**result, "detectedSourceLanguage": code_of(one.source)})
    return answer({"data": {"translations": results}})


@api.answers(
    "/language/translate/v2/detect",
    at_root=ALWAYS,
    methods=("GET", "POST"),
    price=1,
    reader=ValuesReader(TextValues, lists=LISTS),
)
async def detect(body: TextValues, call: Call) -> Response:
    found = await detections(body.texts, call)
    return answer(
        {
            "data": {
                "detections": [
                    [{"language": code_of(one.language or "und"), "isReliable": False, "confidence": one.confidence}]
                    for one in found
                ]
            }
        }
    )


@api.answers(
    "/language/translate/v2/languages",
    at_root=ALWAYS,
    methods=("GET", "POST"),
    price=0,
    reader=ValuesReader(LanguagesValues),
)
async def languages(body: LanguagesValues, call: Call) -> Response:
    """Their names, in English, come where a target asks for names."""
    codes = call.pipeline.targets()
    return answer(
        {
            "data": {
                "languages": [
                    {"language": code_of(code), "name": name_of(code)} if body.target else {"language": code_of(code)}
                    for code in codes
                ]
            }
        }
    )


def code_of(code: str) -> str:
    return CODES.get(code, code)
