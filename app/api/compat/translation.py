"""What adapters of translation share: texts to answers by the native routes' own functions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

from app.api.dispatch import Call
from app.api.errors import Problem, of_fields
from app.api.routes import glossary_of, render, translation_cost
from app.api.schema_words import WORDS
from app.api.schemas import Detection, TranslateAnswer, TranslateBatchRequest
from app.pipeline.errors import PipelineError
from app.pipeline.routing import AUTO, check_target, code_of
from app.pipeline.service import Pipeline
from app.text.detect import Detection as Detected
from app.text.languages.codes import PIVOT
from app.text.normalize import is_blank

Answers = Callable[[str], Awaitable[TranslateAnswer]]


class Translates(Protocol):
    """The values of a foreign request for a translation."""

    def request(self) -> TranslateBatchRequest:
        """The native request. Raises Problem."""
        ...


def cost(body: Translates, pipeline: Pipeline) -> float:
    return translation_cost(body.request(), pipeline)


def check_number(texts: Sequence[object], call: Call) -> None:
    """Raises Problem."""
    if len(texts) > (most := call.pipeline.settings.max_batch_items):
        raise Problem("batch-too-large", f"The request has {len(texts)} texts; at most {most} are taken.")


def text_of(value: object, number: int) -> str:
    """Raises Problem."""
    if not isinstance(value, str):
        raise of_fields([(f"text {number + 1}", WORDS["string_type"])])
    return value


async def detections(texts: Sequence[object], call: Call) -> list[Detected]:
    """The languages of texts, of which blank ones have none. Raises Problem and PipelineError."""
    check_number(texts, call)
    found = []
    for number, value in enumerate(texts):
        text = text_of(value, number)
        found.append(Detected(None, 0.0, None) if is_blank(text) else call.pipeline.detect(text))
        await asyncio.sleep(0)  # other requests have a turn
    return found


async def translations(request: TranslateBatchRequest, call: Call) -> list[TranslateAnswer]:
    """The translations of all texts, of which blank ones stay as they are. A foreign API has no place for the error of
    a text, so the first one is that of the request, and ends the work on its neighbours. Raises Problem and the errors
    of the pipeline."""
    pipeline = call.pipeline
    check_number(request.texts, call)
    if request.source != AUTO:
        code_of(request.source, "source")
    check_target(pipeline.models, request.target, request.model)
    one = partial(translation, request, partial(render, pipeline, request, glossary_of(pipeline, request)))
    try:
        async with asyncio.TaskGroup() as group:
            tasks = []
            for number, text in enumerate(request.texts):
                tasks.append(group.create_task(one(number, text)))
                await asyncio.sleep(0)  # it is prepared now; other requests have a turn before the next item
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


async def translation(request: TranslateBatchRequest, answer: Answers, number: int, value: object) -> TranslateAnswer:
    """One of several, with its number in its error."""
    text = text_of(value, number)
    if is_blank(text):
        is_auto = request.source == AUTO
        return TranslateAnswer(
            translation=text,
            source=PIVOT if is_auto else code_of(request.source, "source"),
            target=code_of(request.target, "target"),
            model=None,
            detected=Detection(language=None, confidence=0) if is_auto else None,
        )
    try:
        return await answer(text)
    except PipelineError as error:
        if len(request.texts) == 1:
            raise
        raise error.of_text(number + 1) from error
