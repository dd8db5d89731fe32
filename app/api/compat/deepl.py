"""DeepL's API, version 2: https://developers.deepl.com/docs, its document openapi.yaml, and the package `deepl`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from starlette.responses import Response
from starlette.types import Scope

from app.api.compat.adapter import ALWAYS, Adapter, KeyPlaces, answer
from app.api.compat.translation import cost, translations
from app.api.compat.values import Foreign, ValuesReader
from app.api.dispatch import Call
from app.api.errors import Problem, of_fields
from app.api.routes import TRANSLATION_PRICE
from app.api.schemas import TranslateBatchRequest
from app.pipeline.errors import PipelineError
from app.pipeline.glossaries import Glossaries
from app.pipeline.routing import AUTO
from app.pipeline.routing import code_of as code_in
from app.text.languages.codes import language, name_of

LANGUAGES_OF_GLOSSARY = re.compile(r".*[-_]([a-z]{2})[-_]([a-z]{2})")  # brand-en-de
# DeepL's targets have variants where ours has one language: each of these is that.
VARIANTS = {
    "en": {"EN-GB": "English (British)", "EN-US": "English (American)"},
    "pt": {"PT-PT": "Portuguese (European)", "PT-BR": "Portuguese (Brazilian)"},
}
NO_LIMIT = 1_000_000_000_000  # DeepL's own number for accounts without one


def error(problem: Problem, status: int) -> dict[str, str]:
    return {"message": problem.detail}


api = Adapter(
    "deepl",
    error=error,
    fields={"source": "source_lang", "target": "target_lang"},
    # The package `deepl` repeats a request after each status from 500 on, and a text that a model cannot process would
    # crash engines again.
    statuses={401: 403, 415: 400, 422: 400, "inference-failed": 400},
    keys=KeyPlaces(
        "Authorization: DeepL-Auth-Key KEY",
        authorization=re.compile(rb"(?i)DeepL-Auth-Key\s+(\S+)"),
        query="auth_key",
    ),
)


def separated(value: Any) -> Any:
    """Tags, which a form separates by commas and JSON gives as a list."""
    return [tag for tag in value.split(",") if tag] if isinstance(value, str) else value


Tags = Annotated[list[str], BeforeValidator(separated)]
Lang = Annotated[str, Field(min_length=1, max_length=35)]


class Unlocked(Foreign):
    auth_key: str | None = None


class TranslateValues(Unlocked):
    """Options that say how to split a text, or which of several models to take, change nothing here: the service has
    one way. `request` refuses those that would change the words of a translation, and cannot."""

    text: Annotated[list[Any], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]
    target_lang: Lang
    source_lang: Lang | None = None
    tag_handling: Literal["html", "xml"] | None = None
    glossary_id: str | None = Field(None, max_length=200)
    formality: Literal["default", "prefer_less", "prefer_more", "less", "more"] = "default"
    ignore_tags: Tags = Field(default_factory=list)
    show_billed_characters: bool = False
    context: str | None = None
    split_sentences: Literal["0", "1", "nonewlines"] | bool | None = None
    preserve_formatting: bool = False
    model_type: Literal["latency_optimized", "quality_optimized", "prefer_quality_optimized"] | None = None
    tag_handling_version: Literal["v1", "v2"] | None = None
    outline_detection: bool = True
    non_splitting_tags: Tags = Field(default_factory=list)
    splitting_tags: Tags = Field(default_factory=list)
    enable_beta_languages: bool = False

    def request(self) -> TranslateBatchRequest:
        if not self.text:
            raise of_fields([("text", "Parameter 'text' not specified.")])
        if self.formality in ("less", "more"):
            raise of_fields(
                [("formality", "is not supported for any target_lang; prefer_less and prefer_more are taken")]
            )
        if self.ignore_tags:
            raise of_fields([("ignore_tags", 'is not supported; elements with translate="no" stay as they are')])
        return TranslateBatchRequest(
            texts=self.text,
            source=self.source_lang or "auto",
            target=self.target_lang,
            format="html" if self.tag_handling else "text",
            glossary=self.glossary_id or None,
        )


class TranslateReader(ValuesReader):
    """Checks what only DeepL's API has together with the rest, before anything is done."""

    async def read(self, scope: Scope, body: bytes) -> Foreign:
        values = await super().read(scope, body)
        assert isinstance(values, TranslateValues)
        values.request()
        return values


@api.answers(
    "/v2/translate",
    at_root=ALWAYS,
    methods=("GET", "POST"),
    price=TRANSLATION_PRICE,
    cost=cost,
    reader=TranslateReader(TranslateValues, lists={"text"}),
)
async def translate(body: TranslateValues, call: Call) -> Response:
    request = body.request()
    check_glossary(request)
    found = await translations(request, call)
    results: list[dict[str, Any]] = []
    for text, one in zip(request.texts, found, strict=True):
        result = {"detected_source_language": code_of(one.source), "text": one.translation}
        results.append({**result, "billed_characters": len(text)} if body.show_billed_characters else result)
    return answer({"translations": results})


def check_glossary(request: TranslateBatchRequest) -> None:
    """Raises Problem where a glossary whose name tells its languages is for other ones."""
    assert not isinstance(request.glossary, dict)
    pair = pair_of(request.glossary or "")
    if pair is None:
        return
    asked_for = (("source", request.source), ("target", request.target))
    for code, (field, asked) in zip(pair, asked_for, strict=True):
        if asked != AUTO and language(code_in(asked, field)) != code:
            raise of_fields([("glossary_id", f"This glossary is for {pair[0].upper()} to {pair[1].upper()}.")])


class LanguagesValues(Unlocked):
    type: Literal["source", "target"] = "source"


@api.answers("/v2/languages", at_root=ALWAYS, methods=("GET", "POST"), price=0, reader=ValuesReader(LanguagesValues))
async def languages(body: LanguagesValues, call: Call) -> Response:
    targets = call.pipeline.targets()
    if body.type == "source":
        codes = dict.fromkeys(language(code) for code in targets if targets[code])
        return answer([{"language": code_of(code), "name": name_of(code)} for code in codes])
    named: dict[str, str] = {}
    for code in sorted({one for reached in targets.values() for one in reached}):
        if code == "zh-Hans":
            named["ZH"] = name_of(code)
        named |= VARIANTS.get(code, {code.upper(): name_of(code)})
    return answer([{"language": code, "name": name, "supports_formality": False} for code, name in named.items()])


@api.answers("/v2/usage", at_root=ALWAYS, methods=("GET", "POST"), price=0, reader=ValuesReader(Unlocked))
async def usage(body: Unlocked, call: Call) -> Response:
    """Nobody counts characters here, and none are too many."""
    return answer({"character_count": 0, "character_limit": NO_LIMIT})


class GlossaryValues(Unlocked):
    id: str = ""


class GlossaryReader(ValuesReader):
    """Glossaries are files of the operator."""

    async def read(self, scope: Scope, body: bytes) -> Foreign:
        if scope["method"] != "GET":
            raise Problem(
                "method-not-allowed",
                "Glossaries are read-only here: their operator puts them into UNDERTONE_GLOSSARY_DIR.",
                {"Allow": "GET"},
            )
        return await super().read(scope, body)


READ_ONLY = GlossaryReader(GlossaryValues)


@api.answers("/v2/glossary-language-pairs", at_root=ALWAYS, methods=("GET",), price=0, reader=READ_ONLY)
async def glossary_pairs(body: GlossaryValues, call: Call) -> Response:
    pairs = {
        (language(source), language(target))
        for source, targets in call.pipeline.targets().items()
        for target in targets
        if language(source) != language(target)
    }
    return answer({"supported_languages": [dict(zip(PAIR, pair, strict=True)) for pair in sorted(pairs)]})


@api.answers("/v2/glossaries", at_root=ALWAYS, methods=("GET", "POST"), price=0, reader=READ_ONLY)
async def list_glossaries(body: GlossaryValues, call: Call) -> Response:
    known = call.pipeline.glossaries
    found = [information(known, name) for name in known.names() if pair_of(name)]
    return answer({"glossaries": [one for one in found if one is not None]})


@api.answers("/v2/glossaries/{id}", at_root=ALWAYS, methods=("GET", "DELETE"), price=0, reader=READ_ONLY)
async def get_glossary(body: GlossaryValues, call: Call) -> Response:
    found = information(call.pipeline.glossaries, body.id)
    if found is None:
        raise Problem(
            "not-found", "There is no glossary with this id whose name ends in its languages, such as brand-en-de."
        )
    return answer(found)


@api.answers("/v2/glossaries/{id}/entries", at_root=ALWAYS, methods=("GET",), price=0, reader=READ_ONLY)
async def glossary_entries(body: GlossaryValues, call: Call) -> Response:
    """As lines of a term, a tab and its translation; a word to keep is its own translation."""
    try:
        terms = call.pipeline.glossaries.named(body.id)
    except PipelineError as error:
        raise Problem("not-found", str(error)) from error
    lines = [
        "\t".join(one.replace("\t", " ") for one in (term, term if to is None else to)) for term, to in terms.items()
    ]
    return Response("\n".join(lines), media_type="text/tab-separated-values; charset=utf-8")


PAIR = ("source_lang", "target_lang")


def information(known: Glossaries, name: str) -> dict[str, Any] | None:
    """None for a glossary that cannot be read, or whose name does not tell its languages."""
    pair, path = pair_of(name), known.find(name)
    if pair is None or path is None:
        return None
    try:
        terms = known.named(name)
    except PipelineError:
        return None
    made = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="microseconds")
    return {
        "glossary_id": name,
        "name": name,
        "ready": True,
        **dict(zip(PAIR, pair, strict=True)),
        "creation_time": made,
        "entry_count": len(terms),
    }


def pair_of(name: str) -> tuple[str, str] | None:
    """The languages that the name of a glossary ends in."""
    match = LANGUAGES_OF_GLOSSARY.fullmatch(name)
    return (match[1], match[2]) if match else None


def code_of(code: str) -> str:
    """DeepL's code of a source language."""
    return {"no": "NB"}.get(code, language(code).upper())
