"""Adapters whose requests name a model share this: the meaning of the name, the cost, and the answers of classifiers.
Knows no foreign API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol, cast

from app.api.compat.translation import text_of
from app.api.dispatch import Call
from app.api.errors import TYPE_PREFIX, Problem, of_fields
from app.api.routes import TRANSLATION_PRICE, item_by_item, judge, translation_cost
from app.api.schemas import ErrorItem, SentimentAnswer, SentimentOptions, TranslateBatchRequest
from app.engine.messages import ModelInfo
from app.pipeline.routing import AUTO, MOST_NAMED
from app.pipeline.service import Pipeline

Task = Literal["sentiment", "translation"]
TASKS: tuple[Task, ...] = ("sentiment", "translation")


@dataclass(slots=True, frozen=True)
class Chosen:
    """A task, and the model that a request names for it; None where the text chooses."""

    task: Task
    info: ModelInfo | None = None

    @property
    def model(self) -> str | None:
        return None if self.info is None else self.info.name

    def translation(
        self, texts: Sequence[Any], source: str | None, target: str | None, field: str, beam: int | None = None
    ) -> TranslateBatchRequest:
        """A model of one direction needs no language. Raises Problem about `field` where there is no target."""
        directions = self.info.directions if self.info else []
        if target is None and len(directions) != 1:
            raise of_fields([(field, "is missing: the language to translate to")])
        usual = directions[0] if target is None else (AUTO, target)
        return TranslateBatchRequest(
            texts=list(texts), source=source or usual[0], target=usual[1], model=self.model, beam=beam
        )


def chosen(pipeline: Pipeline, name: str) -> Chosen:
    """A name is that of a model, or of a task. Raises Problem."""
    if name in TASKS:
        return Chosen(name)
    served = [info for info in pipeline.models if info.task in TASKS]  # foreign APIs know no language models
    for info in served:
        if info.name == name:
            return Chosen(cast(Task, info.task), info)
    known = ", ".join([*TASKS, *(info.name for info in served[:MOST_NAMED])])
    raise Problem("unknown-model", f"There is no model {name[:100]!r}; there is {known}.")


class Named(Protocol):
    """The values of a request whose model may be one of either task."""

    def translation(self, model: Chosen) -> TranslateBatchRequest:
        """Raises Problem."""
        ...


def cost_of(body: Named, model: Chosen, pipeline: Pipeline) -> float:
    """By how much a request costs more than one for /sentiment."""
    if model.task == "sentiment":
        return 1.0
    return TRANSLATION_PRICE * translation_cost(body.translation(model), pipeline)


async def sentiments(options: SentimentOptions, texts: list[Any], call: Call) -> list[SentimentAnswer]:
    """Of all texts. The error of one is that of the request. Raises Problem."""
    for number, text in enumerate(texts):
        text_of(text, number)
    found = await item_by_item(texts, call, partial(judge, call.pipeline, options))
    answers = [one for one in found if not isinstance(one, ErrorItem)]
    for number, one in enumerate(found, 1):
        if isinstance(one, ErrorItem):
            place = "" if len(texts) == 1 else f"Text {number}: "
            raise Problem(one.error.type.removeprefix(TYPE_PREFIX), place + one.error.detail)
    return answers
