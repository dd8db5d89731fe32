"""Microsoft's Translator, version 3: https://learn.microsoft.com/azure/ai-services/translator/text-translation/reference,
and the package `azure-ai-translation-text`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, ValidationError
from starlette.responses import Response
from starlette.types import Scope

from app.api.compat.adapter import Adapter, KeyPlaces, answer
from app.api.compat.translation import detections, translations
from app.api.compat.values import Foreign, gathered, query_of
from app.api.dispatch import Call, read_json
from app.api.errors import Problem, of_fields, of_validation
from app.api.headers import Headers, is_json, media_type_of
from app.api.routes import TRANSLATION_PRICE, translation_cost
from app.api.schema_words import of_unknown
from app.api.schemas import TranslateBatchRequest
from app.pipeline.service import Pipeline
from app.text.languages.codes import PIVOT, name_of

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
# Microsoft's codes behind the status, by kind of problem.
CODES = {
    "malformed-body": 74,
    "empty-text": 5,
    "invalid-text": 20,
    "unsupported-language": 19,
    "unknown-language": 19,
    "unsupported-direction": 23,
    "text-too-long": 50,
    "batch-too-large": 72,
    "body-too-large": 77,
}
# Those of the parameter at the beginning of a detail.
FIELDS = {
    "api-version": 21,
    "from": 35,
    "to": 36,
    "textType": 71,
    "category": 2,
    "scope": 1,
    "toScript": 4,
}


def error(problem: Problem, status: int) -> dict[str, Any]:
    code = CODES.get(problem.kind, 0) if status == 400 else 0
    if status == 400 and (field := problem.detail.partition(":")[0]) in FIELDS:
        code = FIELDS[field]
    return {"error": {"code": 1000 * status + code, "message": problem.detail}}


api = Adapter(
    "microsoft",
    error=error,
    fields={"source": "from", "target": "to"},
    statuses={413: 400, 422: 400, 504: 503},
    keys=KeyPlaces("Ocp-Apim-Subscription-Key: KEY", headers=(b"ocp-apim-subscription-key",), query="Subscription-Key"),
)


class Versioned(Foreign):
    """The query of every request. A trace id is for the client's own log."""

    api_version: Literal["3.0"] = Field(alias="api-version")
    trace_id: str | None = Field(None, alias="ClientTraceId")
    key: str | None = Field(None, alias="Subscription-Key")
    region: str | None = Field(None, alias="Subscription-Region")


class TextValues(Versioned):
    texts: list[Any]


class TranslateValues(TextValues):
    """The types refuse options that would change an answer, and cannot: the service never marks profanity, has one
    system for all categories, and tells neither alignment nor lengths of sentences nor transliterations."""

    to: list[str] = Field(min_length=1, max_length=20)
    source: str | None = Field(None, alias="from", max_length=35)
    text_type: Literal["plain", "html"] = Field("plain", alias="textType")
    category: Literal["general", ""] | None = None
    profanity_action: Literal["NoAction"] = Field("NoAction", alias="profanityAction")
    profanity_marker: Literal["Asterisk", "Tag"] | None = Field(None, alias="profanityMarker")
    alignment: Literal["false", "False"] | None = Field(None, alias="includeAlignment")
    sentence_length: Literal["false", "False"] | None = Field(None, alias="includeSentenceLength")
    suggested: str | None = Field(None, alias="suggestedFrom", max_length=35)
    fallback: Literal["true", "True", "false", "False"] | None = Field(None, alias="allowFallback")

    @property
    def is_detected(self) -> bool:
        return self.source in (None, "", "auto")

    def requests(self) -> list[TranslateBatchRequest]:
        """One for each target. Raises Problem."""
        if any(not 0 < len(code) <= 35 for code in self.to):
            raise of_fields([("to", "The target language is not valid.")])
        return [
            TranslateBatchRequest(
                texts=self.texts,
                source="auto" if self.is_detected else self.source or "",
                target=target,
                format="html" if self.text_type == "html" else "text",
            )
            for target in self.to
        ]


class LanguagesValues(Versioned):
    scope: str = Field("translation,transliteration,dictionary", max_length=200)


class TextsReader:
    """Reads options from the query and `[{"Text": ...}]` from the body. Names of the query are those of Microsoft's
    documents, in any case."""

    def __init__(self, schema: type[Versioned]) -> None:
        self.schema = schema
        aliases = [field.alias or name for name, field in schema.model_fields.items()]
        self.names = {name.lower(): name for name in aliases if name != "texts"}

    def check(self, headers: Headers, query: bytes) -> None:
        media_type = media_type_of(headers)
        if "texts" in self.schema.model_fields and not is_json(media_type):
            raise Problem(
                "unsupported-media-type",
                f"The body has content type {media_type[:80] or 'none'}; send Content-Type: application/json.",
            )

    async def read(self, scope: Scope, body: bytes) -> Versioned:
        pairs = [(self.names.get(name.lower(), name), value) for name, value in query_of(scope)]
        if unknown := [name for name, _ in pairs if name not in self.names.values()]:
            raise of_fields([(name, of_unknown(name, self.names.values())) for name in unknown])
        values = gathered(pairs, {"to"})
        if "texts" in self.schema.model_fields:
            values["texts"] = texts_of(read_json(body))
        try:
            return self.schema.model_validate(values)
        except ValidationError as error:
            raise of_validation(error, self.schema) from error


def texts_of(items: Any) -> list[Any]:
    """Raises Problem."""
    if not isinstance(items, list) or not items:
        raise of_fields([("body", 'must be a list such as [{"Text": "Good morning"}]')])
    return [text_in(item, number) for number, item in enumerate(items)]


def text_in(item: Any, number: int) -> Any:
    """Raises Problem."""
    if isinstance(item, dict):
        for name in ("Text", "text"):
            if name in item:
                return item[name]
    raise of_fields([(f"body.{number}.Text", "is missing")])


def has_version(scope: Scope) -> bool:
    return any(name.lower() == "api-version" for name, _ in query_of(scope))


def cost_of_all(body: TranslateValues, pipeline: Pipeline) -> float:
    return sum(translation_cost(request, pipeline) for request in body.requests())


@api.answers(
    "/translate",
    at_root=has_version,
    price=TRANSLATION_PRICE,
    cost=cost_of_all,
    reader=TextsReader(TranslateValues),
)
async def translate(body: TranslateValues, call: Call) -> Response:
    results: list[dict[str, Any]] = [{"translations": []} for _ in body.texts]
    for request in body.requests():
        for result, one in zip(results, await translations(request, call), strict=True):
            if body.is_detected and "detectedLanguage" not in result:
                score = one.detected.confidence if one.detected else 0.0
                result["detectedLanguage"] = {"language": code_of(one.source), "score": score}
            result["translations"].append({"text": one.translation, "to": request.target})
    return answer(results)


@api.answers("/detect", at_root=has_version, price=1, reader=TextsReader(TextValues))
async def detect(body: TextValues, call: Call) -> Response:
    known = call.pipeline.targets()
    return answer(
        [
            {
                "language": code_of(one.language or PIVOT),
                "score": one.confidence,
                "isTranslationSupported": code_of(one.language or PIVOT) in known,
                "isTransliterationSupported": False,
            }
            for one in await detections(body.texts, call)
        ]
    )


@api.answers(
    "/languages",
    at_root=has_version,
    needs_key=False,
    methods=("GET",),
    price=0,
    reader=TextsReader(LanguagesValues),
)
async def languages(body: LanguagesValues, call: Call) -> Response:
    """Names are in English."""
    groups = [group.strip() for group in body.scope.split(",")]
    if unknown := set(groups) - {"translation", "transliteration", "dictionary"}:
        raise of_fields([("scope", f"has {len(unknown)} unknown groups; translation is one that is there")])
    known = {
        code: {"name": name_of(code), "nativeName": name_of(code), "dir": "rtl" if code in RIGHT_TO_LEFT else "ltr"}
        for code in call.pipeline.targets()
    }
    return answer({group: known if group == "translation" else {} for group in groups})


def code_of(code: str) -> str:
    """Microsoft has no Chinese but in a script."""
    return "zh-Hans" if code == "zh" else code
