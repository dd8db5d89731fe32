"""LibreTranslate's API, version 1.6: https://docs.libretranslate.com, and its source, libretranslate/app.py."""

from __future__ import annotations

import base64
from contextlib import aclosing
from typing import Any, Literal

from pydantic import Field, InstanceOf
from starlette.responses import Response
from starlette.types import Scope

from app.api.compat.adapter import ALWAYS, Adapter, KeyPlaces, answer
from app.api.compat.translation import cost, translations
from app.api.compat.values import FileValue, Foreign, ValuesReader, is_form, names_in, query_of
from app.api.dispatch import Call, check_ready
from app.api.errors import Problem
from app.api.files import Upload, media_type_of
from app.api.routes import FILE_WEIGHT_BYTES, TRANSLATION_PRICE, file_translation, translation_cost
from app.api.schemas import FileOptions, TranslateAnswer, TranslateBatchRequest
from app.formats.files import SUFFIXES
from app.pipeline.service import Pipeline
from app.text.detect import Detection
from app.text.languages.codes import PIVOT, name_of

MOST_ALTERNATIVES = 15  # the widest beam, less the best hypothesis
ALIASES = {"zt": "zh-Hant", "pb": "pt"}  # Argos Translate's codes of Traditional Chinese and Brazilian Portuguese
FRONTEND_TIMEOUT_MS = 500  # LibreTranslate's own default


def error(problem: Problem, status: int) -> dict[str, str]:
    return {"error": problem.detail}


api = Adapter(
    "libretranslate",
    error=error,
    fields={"source": "source", "target": "target", "explain": "alternatives"},
    statuses={401: 403, 415: 400, 422: 400},
    keys=KeyPlaces("api_key in the body, the form or the query", query="api_key", field="api_key"),
)


class Unlocked(Foreign):
    """`api_key` is checked before, where the service has keys; `secret` is one of LibreTranslate's own page."""

    api_key: str | None = None
    secret: str | None = None


class TranslateValues(Unlocked):
    q: str | list[Any] = Field(min_length=1)
    source: str = Field(min_length=1, max_length=35)
    target: str = Field(min_length=1, max_length=35)
    format: Literal["text", "html", ""] | None = None
    alternatives: int = Field(0, ge=0, le=MOST_ALTERNATIVES)

    def request(self) -> TranslateBatchRequest:
        return TranslateBatchRequest(
            texts=self.q if isinstance(self.q, list) else [self.q],
            source=ALIASES.get(self.source, self.source),
            target=ALIASES.get(self.target, self.target),
            format=self.format or "text",
            explain=bool(self.alternatives) and self.format != "html",
            beam=max(self.alternatives + 1, 4) if self.alternatives else None,
        )


class FileValues(Unlocked):
    file: InstanceOf[FileValue]
    source: str = Field(min_length=1, max_length=35)
    target: str = Field(min_length=1, max_length=35)

    def upload(self) -> Upload:
        options = FileOptions(
            source=ALIASES.get(self.source, self.source), target=ALIASES.get(self.target, self.target)
        )
        return Upload(self.file.data, self.file.name, self.file.media_type, options)


class DetectValues(Unlocked):
    q: str | list[str] = Field(min_length=1)


def is_foreign(scope: Scope) -> bool:
    """The native routes take neither forms nor texts in a query."""
    return is_form(scope) or any(name == "q" for name, _ in query_of(scope))


def has_q(content: bytes) -> bool:
    """Whether a body in JSON has `q`, which the native route calls `text`."""
    return b'"q"' in content and "q" in names_in(content)


@api.answers(
    "/translate",
    at_root=is_foreign,
    in_body=has_q,
    price=TRANSLATION_PRICE,
    cost=cost,
    reader=ValuesReader(TranslateValues),
)
async def translate(body: TranslateValues, call: Call) -> Response:
    found = await translations(body.request(), call)
    several = isinstance(body.q, list)

    def shaped(values: list[Any]) -> Any:
        return values if several else values[0]

    result: dict[str, Any] = {"translatedText": shaped([one.translation for one in found])}
    if body.source == "auto":
        result["detectedLanguage"] = shaped([detection_of(one) for one in found])
    if body.alternatives:
        result["alternatives"] = shaped([alternatives_of(one)[: body.alternatives] for one in found])
    return answer(result)


def cost_of_file(body: FileValues, pipeline: Pipeline) -> float:
    return translation_cost(body.upload().options, pipeline)


@api.answers(
    "/translate_file",
    at_root=ALWAYS,
    takes_file=True,
    price=TRANSLATION_PRICE,
    cost=cost_of_file,
    timeout_s=lambda settings: settings.file_timeout_s,
    most_bytes=FILE_WEIGHT_BYTES,
    reader=ValuesReader(FileValues),
)
async def translate_file(body: FileValues, call: Call) -> Response:
    """LibreTranslate keeps translated files on its disk for a while, which another replica would not find. Here the URL
    holds the file itself (RFC 2397), so that nothing of a user is kept."""
    upload = body.upload()
    upload.check_size(call.pipeline.settings)
    format = upload.format
    translation = await file_translation(upload, format, call)
    async with aclosing(translation.chunks) as chunks:
        data = b"".join([chunk async for chunk in chunks])
    media_type = media_type_of(upload, format).replace(" ", "")
    return answer({"translatedFileUrl": f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"})


@api.answers("/detect", at_root=ALWAYS, price=1, reader=ValuesReader(DetectValues))
async def detect(body: DetectValues, call: Call) -> Response:
    text = body.q if isinstance(body.q, str) else "\n".join(body.q)
    return answer([detected(call.pipeline.detect(text))])


@api.answers("/languages", at_root=is_form, methods=("GET", "POST"), price=0, reader=ValuesReader(Unlocked))
async def languages(body: Unlocked, call: Call) -> Response:
    targets = with_chinese(call.pipeline.targets())
    return answer([{"code": code, "name": name_of(code), "targets": to} for code, to in targets.items()])


@api.answers(
    "/frontend/settings", at_root=ALWAYS, needs_key=False, methods=("GET",), price=0, reader=ValuesReader(Unlocked)
)
async def frontend_settings(body: Unlocked, call: Call) -> Response:
    settings = call.pipeline.settings
    first = min(call.pipeline.targets(), default=PIVOT)
    return answer(
        {
            "charLimit": settings.max_text_chars,
            "frontendTimeout": FRONTEND_TIMEOUT_MS,
            "apiKeys": settings.api_keys_file is not None,
            "keyRequired": settings.api_keys_file is not None,
            "suggestions": False,
            "filesTranslation": True,
            "supportedFilesFormat": sorted({suffix for known in SUFFIXES.values() for suffix in known}),
            "language": {
                "source": {"code": "auto", "name": "Auto Detect"},
                "target": {"code": first, "name": name_of(first)},
            },
        }
    )


@api.answers("/health", at_root=ALWAYS, needs_key=False, methods=("GET",), price=0, reader=ValuesReader(Unlocked))
async def health(body: Unlocked, call: Call) -> Response:
    check_ready(call.pipeline)
    return answer({"status": "ok"})


def with_chinese(targets: dict[str, list[str]]) -> dict[str, list[str]]:
    """With `zh`, by which many clients know Simplified Chinese, beside `zh-Hans`."""
    added = {code: [*to, "zh"] if "zh-Hans" in to else to for code, to in targets.items()}
    return {**added, "zh": targets["zh-Hans"]} if "zh-Hans" in targets else added


def detected(found: Detection) -> dict[str, Any]:
    """English with no confidence where a text has no letters, as LibreTranslate has it."""
    return {"confidence": round(100 * found.confidence, 2), "language": found.language or PIVOT}


def detection_of(one: TranslateAnswer) -> dict[str, Any]:
    found = one.detected
    return {"confidence": round(100 * found.confidence, 2) if found else 0.0, "language": one.source}


def alternatives_of(one: TranslateAnswer) -> list[str]:
    """Other translations of the whole text: the nth has the nth alternative of each sentence that has so many."""
    sentences = one.explanation.sentences if one.explanation else []
    texts: dict[str, None] = {}
    for rank in range(max((len(sentence.alternatives) for sentence in sentences), default=0)):
        text, end = [], 0
        for sentence in sentences:
            if sentence.target and rank < len(sentence.alternatives):
                text += [one.translation[end : sentence.target[0].start], sentence.alternatives[rank].text]
                end = sentence.target[-1].end
        texts["".join(text) + one.translation[end:]] = None
    texts.pop(one.translation, None)
    return list(texts)
