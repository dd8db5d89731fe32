"""The native routes. Each is one call into the pipeline. FastAPI runs the catalogue and the health checks; it only
documents the inference routes, which `dispatch` answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.api import files, generation_schemas, schemas, streaming
from app.api.dispatch import JSON, Call, CallOf, InferenceRouter, acceptable, check_ready, documented, pipeline_of
from app.api.errors import Problem, of_fields, of_query, problem_of, record
from app.api.schema_words import WORDS
from app.engine.messages import request_tokens
from app.engine.usage import FILE_PART
from app.pipeline.document import check_options
from app.pipeline.file import FileTranslation, opened
from app.pipeline.service import Pipeline
from app.telemetry import metrics
from app.text.decode_options import DecodeOptions
from app.text.glossary import Glossary

# Dependencies are coroutines though they wait for nothing: plain functions would each be sent to a thread.


async def serving_pipeline(request: Request) -> Pipeline:
    """Raises the problem `unavailable`."""
    return await pipeline_of(request.app)


async def without_query(request: Request) -> None:
    """Refuses a query for a path that has no options."""
    if (problem := of_query(request.scope["query_string"])) is not None:
        raise problem


async def json_accepted(request: Request) -> None:
    """Raises the problem `not-acceptable`."""
    acceptable(request.scope, (JSON,))


Answer = TypeVar("Answer")
OnText = Callable[[str], None]
PipelineOf = Annotated[Pipeline, Depends(serving_pipeline)]

PROBLEM: dict[str, Any] = {
    "model": schemas.ProblemDocument,
    "description": "Problem document (RFC 9457)",
    "content": {"application/problem+json": {}},
}
CATALOGUE_PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys((406, 422, 503), PROBLEM)
INFERENCE_PROBLEMS: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 406, 413, 415, 422, 500, 503, 504), PROBLEM)
STREAMED: dict[int | str, dict[str, Any]] = {200: {"content": {streaming.MEDIA_TYPE: {"schema": {"type": "string"}}}}}
FILE_WEIGHT_BYTES = 4_000  # about those of the sentences of a file that are with the engines at a time
TEXT_WEIGHT_BYTES = 20_000  # sentences of requests take turns, so a whole long text is not in front of the others
TRANSLATION_PRICE = 25  # measured with the default beam (docs/performance.md)
GENERATION_PRICE, NEXT_WORDS_PRICE = 60, 20  # of the usual length and count (docs/performance.md)
USUAL_LENGTH, USUAL_COUNT = 40, 10
EXPLAINED_SENTIMENT, EXPLAINED_TRANSLATION = 100.0, 3.0  # times the price (docs/performance.md)
BY_SENTENCE = 1.0  # a second reading of the text

inference = InferenceRouter(responses=INFERENCE_PROBLEMS)
catalogue = APIRouter(dependencies=[Depends(without_query)])
health = APIRouter(prefix="/healthz", tags=["health"])


def translation_cost(body: schemas.TranslationOptions, pipeline: Pipeline) -> float:
    """A translation writes about as many tokens as it reads, for each hypothesis of its beam, and each of its models
    does. A sentence may have two candidates, which only its analysis tells, and a text two models, which only
    detection tells unless its language is named: the wait that is estimated here errs by at most these factors, and
    the bound of the engines' queue counts each request."""
    usual = DecodeOptions(pipeline.settings.beam)
    beams = request_tokens(1, usual.changed_by(body)) / request_tokens(1, usual)
    explained = EXPLAINED_TRANSLATION if getattr(body, "explain", False) else 1.0
    return explained * beams * pipeline.legs(body.source, body.target, body.model)


def sentiment_cost(body: schemas.SentimentOptions, pipeline: Pipeline) -> float:
    return (EXPLAINED_SENTIMENT if body.explain else 1.0) + (BY_SENTENCE if body.sentences else 0.0)


def generation_cost(body: generation_schemas.GenerateRequest, pipeline: Pipeline) -> float:
    return body.length / USUAL_LENGTH


def next_words_cost(body: generation_schemas.NextWordsRequest, pipeline: Pipeline) -> float:
    return body.count / USUAL_COUNT


def file_cost(body: files.Upload, pipeline: Pipeline) -> float:
    return translation_cost(body.options, pipeline)


@inference.declare("/sentiment", price=1, cost=sentiment_cost, tags=["sentiment"], summary="The sentiment of a text")
async def sentiment(body: schemas.SentimentRequest, call: CallOf) -> schemas.SentimentAnswer:
    return await judge(call.pipeline, body, body.text)


@inference.declare(
    "/sentiment/batch", price=1, cost=sentiment_cost, tags=["sentiment"], summary="The sentiment of many texts"
)
async def sentiment_batch(body: schemas.SentimentBatchRequest, call: CallOf) -> schemas.SentimentBatchAnswer:
    results = await item_by_item(body.texts, call, partial(judge, call.pipeline, body))
    return schemas.SentimentBatchAnswer(results=results)


@inference.declare(
    "/translate",
    price=TRANSLATION_PRICE,
    cost=translation_cost,
    most_bytes=TEXT_WEIGHT_BYTES,
    offers=(JSON, streaming.MEDIA_TYPE),
    tags=["translation"],
    summary="Translate a text",
    response_model=schemas.TranslateAnswer,
    responses=STREAMED,
)
async def translate(body: schemas.TranslateRequest, call: CallOf) -> schemas.TranslateAnswer | Response:
    """With `Accept: text/event-stream` the translation comes as it grows: events `delta` with the next piece of text,
    then `answer` with the whole answer, or `problem`."""
    grow = partial(render, call.pipeline, body, glossary_of(call.pipeline, body), body.text)
    if call.media_type == streaming.MEDIA_TYPE:
        return await streaming.EventStream(grow, call.deadline, call.exchange).begin()
    return await grow()


@inference.declare(
    "/translate/batch",
    price=TRANSLATION_PRICE,
    cost=translation_cost,
    most_bytes=TEXT_WEIGHT_BYTES,
    tags=["translation"],
    summary="Translate many texts",
)
async def translate_batch(body: schemas.TranslateBatchRequest, call: CallOf) -> schemas.TranslateBatchAnswer:
    check_options(body.format, body.format_values)  # else it would be the error of each item
    results = await item_by_item(
        body.texts, call, partial(render, call.pipeline, body, glossary_of(call.pipeline, body))
    )
    return schemas.TranslateBatchAnswer(results=results)


@inference.declare(
    "/translate/file",
    price=TRANSLATION_PRICE,
    cost=file_cost,
    reader=files.UploadReader(),
    timeout_s=lambda settings: settings.file_timeout_s,
    most_bytes=FILE_WEIGHT_BYTES,
    offers=(),  # a file of the same kind, whatever the client takes
    tags=["translation"],
    summary="Translate a file",
    response_class=Response,
    responses={200: {"description": "The translated file", "content": files.ANSWERS}},
    openapi_extra=files.documents(),
)
async def translate_file(body: Annotated[files.Upload, Depends(documented)], call: CallOf) -> Response:
    """The file is the field `file` of a form, whose other fields are the options; or it is the body, with the options
    in the query. The answer is a file of the same kind, sent while it is translated; one that breaks off is not
    whole."""
    format = body.format
    return await files.FileAnswer(body, format, await file_translation(body, format, call), call.deadline).begin()


@inference.declare(
    "/generate",
    price=GENERATION_PRICE,
    cost=generation_cost,
    offers=(JSON, streaming.MEDIA_TYPE),
    tags=["language"],
    summary="Write on from the beginning of a text",
    response_model=generation_schemas.GenerateAnswer,
    responses=STREAMED,
)
async def generate(
    body: generation_schemas.GenerateRequest, call: CallOf
) -> generation_schemas.GenerateAnswer | Response:
    """With `Accept: text/event-stream` the text comes as it is written: events `delta` with the next piece of it, then
    `answer` with the whole answer, or `problem`."""

    async def grow(on_text: OnText | None = None) -> generation_schemas.GenerateAnswer:
        answer = await call.pipeline.generate(**body.model_dump(), on_text=on_text)
        return generation_schemas.GenerateAnswer.model_validate(answer, from_attributes=True)

    if call.media_type == streaming.MEDIA_TYPE:
        return await streaming.EventStream(grow, call.deadline, call.exchange).begin()
    return await grow()


@inference.declare(
    "/generate/next",
    price=NEXT_WORDS_PRICE,
    cost=next_words_cost,
    tags=["language"],
    summary="The likeliest next words of a text",
)
async def next_words(body: generation_schemas.NextWordsRequest, call: CallOf) -> generation_schemas.NextWordsAnswer:
    answer = await call.pipeline.next_words(**body.model_dump())
    return generation_schemas.NextWordsAnswer.model_validate(answer, from_attributes=True)


async def file_translation(body: files.Upload, format: str, call: Call) -> FileTranslation:
    """Raises PipelineError."""
    pipeline, options = call.pipeline, body.options
    call.exchange.usage.part = FILE_PART
    glossary = glossary_of(pipeline, options)
    file = await opened(
        body.data,
        format,
        syntax=options.syntax,
        options=options.format_values,
        charset=body.charset,
        most_bytes=pipeline.settings.max_file_bytes,
    )
    return await pipeline.translate_file(
        file,
        source=options.source,
        target=options.target,
        model=options.model,
        prefer=options.prefer,
        options=options,
        glossary=glossary,
    )


async def judge(pipeline: Pipeline, options: schemas.SentimentOptions, text: str) -> schemas.SentimentAnswer:
    answer = await pipeline.sentiment(
        text,
        language=options.language,
        model=options.model,
        prefer=options.prefer,
        truncate=options.truncate,
        explain=options.explain,
        by_sentence=options.sentences,
    )
    return schemas.SentimentAnswer.model_validate(answer, from_attributes=True)


def glossary_of(pipeline: Pipeline, options: schemas.TranslationOptions) -> Glossary | None:
    """Raises PipelineError."""
    return pipeline.glossaries.of(options.glossary, options.do_not_translate)


async def render(
    pipeline: Pipeline,
    options: schemas.TranslateOptions,
    glossary: Glossary | None,
    text: str,
    on_text: OnText | None = None,
) -> schemas.TranslateAnswer:
    answer = await pipeline.translate(
        text,
        source=options.source,
        target=options.target,
        model=options.model,
        prefer=options.prefer,
        format=options.format,
        syntax=options.syntax,
        format_options=options.format_values,
        glossary=glossary,
        check=options.check,
        explain=options.explain,
        options=options,
        on_text=on_text,
    )
    return schemas.TranslateAnswer.model_validate(answer, from_attributes=True)


async def item_by_item(
    texts: list[Any], call: Call, answer: Callable[[str], Awaitable[Answer]]
) -> list[Answer | schemas.ErrorItem]:
    """Answer every text of a batch by itself. Raises the problem `batch-too-large`."""
    most = call.pipeline.settings.max_batch_items
    if len(texts) > most:
        raise Problem("batch-too-large", f"The batch has {len(texts)} texts; at most {most} are taken.")

    async def one(text: Any) -> Answer | schemas.ErrorItem:
        try:
            if not isinstance(text, str):
                raise of_fields([("item", WORDS["string_type"])])
            return await answer(text)
        except Exception as error:
            problem = problem_of(error, call.exchange)
            record(problem, call.exchange, item=True)
            return schemas.ErrorItem(error=schemas.ProblemDocument(**problem.document()))

    async with asyncio.TaskGroup() as group:
        tasks = []
        for text in texts:
            tasks.append(group.create_task(one(text)))
            await asyncio.sleep(0)  # it is prepared now; other requests have a turn before the next item
    return [task.result() for task in tasks]


@catalogue.get(
    "/models",
    tags=["catalogue"],
    summary="The models that are served, and the limits of a request",
    responses=CATALOGUE_PROBLEMS,
    dependencies=[Depends(json_accepted)],
)
async def models(pipeline: PipelineOf) -> schemas.ModelsAnswer:
    found = {"models": pipeline.models, "limits": pipeline.settings}
    return schemas.ModelsAnswer.model_validate(found, from_attributes=True)


@catalogue.get(
    "/languages",
    tags=["catalogue"],
    summary="The languages of the models",
    responses=CATALOGUE_PROBLEMS,
    dependencies=[Depends(json_accepted)],
)
async def languages(pipeline: PipelineOf) -> schemas.LanguagesAnswer:
    return schemas.LanguagesAnswer.model_validate(pipeline.languages(), from_attributes=True)


@catalogue.get("/metrics", include_in_schema=False)
async def signals() -> Response:
    """Metrics, for Prometheus."""
    return Response(metrics.page(), media_type=metrics.CONTENT_TYPE)


@health.get("/live", summary="Whether the process runs")
async def live() -> schemas.Health:
    return schemas.Health(status="ok")


@health.get("/ready", summary="Whether requests are answered", responses={503: PROBLEM})
async def ready(pipeline: PipelineOf) -> schemas.Health:
    check_ready(pipeline)
    return schemas.Health(status="ok")
