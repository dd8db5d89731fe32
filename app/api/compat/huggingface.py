"""Tasks of Hugging Face's Inference API and Inference Endpoints: text-classification and translation, as
`huggingface_hub.InferenceClient` asks for them; and `/predict` of Text Embeddings Inference."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from starlette.responses import Response
from starlette.types import Scope

from app.api.compat.adapter import ALWAYS, Adapter, KeyPlaces, answer
from app.api.compat.models import Chosen, chosen, cost_of, sentiments
from app.api.compat.translation import translations
from app.api.compat.values import Foreign, ValuesReader
from app.api.dispatch import Call
from app.api.errors import Problem, of_fields
from app.api.headers import is_json, media_type_of
from app.api.schemas import SentimentAnswer, SentimentOptions, TranslateBatchRequest
from app.pipeline.service import Pipeline

# Of Text Embeddings Inference, by our status; `validation` else.
ERROR_TYPES = {424: "backend", 429: "overloaded", 503: "overloaded", 504: "backend", 500: "backend"}
# A translator of theirs cuts a text that is too long in one of these ways; ours reads every text to its end.
Truncation = Literal["do_not_truncate", "longest_first", "only_first", "only_second"]


def error(problem: Problem, status: int) -> dict[str, str]:
    return {"error": problem.detail, "error_type": ERROR_TYPES.get(status, "validation")}


api = Adapter(
    "huggingface",
    error=error,
    fields={"source": "parameters.src_lang", "target": "parameters.tgt_lang"},
    statuses={"unknown-model": 404, "inference-failed": 424},
    keys=KeyPlaces("Authorization: Bearer KEY, the token of the client"),
)


class GenerateParameters(Foreign):
    num_beams: int | None = Field(None, ge=1, le=16)


class Parameters(Foreign):
    top_k: int | None = Field(None, ge=1)
    function_to_apply: Literal["softmax"] | None = None
    src_lang: str | None = Field(None, min_length=1, max_length=35)
    tgt_lang: str | None = Field(None, min_length=1, max_length=35)
    truncation: bool | Truncation | None = None
    clean_up_tokenization_spaces: bool | None = None
    generate_parameters: GenerateParameters = Field(default_factory=GenerateParameters)


class Options(Foreign):
    """Of the first Inference API; a cache or a model that is still loading change no answer."""

    use_cache: bool | None = None
    wait_for_model: bool | None = None


class Inputs(Foreign):
    inputs: str | list[Any] = Field(min_length=1)
    parameters: Parameters = Field(default_factory=Parameters)
    options: Options = Field(default_factory=Options)
    owner: str = ""  # of a model on the hub, in the path
    name: str = ""

    @property
    def texts(self) -> list[Any]:
        return self.inputs if isinstance(self.inputs, list) else [self.inputs]

    def chosen(self, pipeline: Pipeline) -> Chosen:
        """Raises Problem."""
        if self.name:
            return chosen(pipeline, f"{self.owner}/{self.name}" if self.owner else self.name)
        return Chosen("sentiment" if self.parameters.tgt_lang is None else "translation")

    def translation(self, model: Chosen) -> TranslateBatchRequest:
        """Raises Problem."""
        given = self.parameters
        beam = given.generate_parameters.num_beams
        return model.translation(self.texts, given.src_lang, given.tgt_lang, "parameters.tgt_lang", beam)


class PredictValues(Foreign):
    inputs: str | list[Any] = Field(min_length=1)
    truncate: bool = False
    raw_scores: Literal[False] = False
    truncation_direction: Literal["Left", "left", "Right", "right"] = "Right"


def cost(body: Inputs, pipeline: Pipeline) -> float:
    return cost_of(body, body.chosen(pipeline), pipeline)


def is_json_post(scope: Scope) -> bool:
    return scope["method"] == "POST" and is_json(media_type_of(dict(scope["headers"])))


@api.answers("/", at_root=is_json_post, price=1, cost=cost, reader=ValuesReader(Inputs))
@api.answers("/models/{name}", at_root=ALWAYS, price=1, cost=cost, reader=ValuesReader(Inputs))
@api.answers("/models/{owner}/{name}", at_root=ALWAYS, price=1, cost=cost, reader=ValuesReader(Inputs))
async def infer(body: Inputs, call: Call) -> Response:
    model, given = body.chosen(call.pipeline), body.parameters
    if model.task == "translation":
        if given.top_k is not None or given.function_to_apply is not None:
            raise of_fields([("parameters", "top_k and function_to_apply are for text-classification")])
        found = await translations(body.translation(model), call)
        return answer([{"translation_text": one.translation} for one in found])
    if given.src_lang is not None or given.tgt_lang is not None:
        raise of_fields([("parameters", "src_lang and tgt_lang are for translation")])
    options = SentimentOptions(model=model.model, truncate=given.truncation not in (None, False, "do_not_truncate"))
    return answer([classes(one)[: given.top_k] for one in await sentiments(options, body.texts, call)])


@api.answers("/predict", at_root=ALWAYS, price=1, reader=ValuesReader(PredictValues))
async def predict(body: PredictValues, call: Call) -> Response:
    if body.truncate and body.truncation_direction in ("Left", "left"):
        raise of_fields([("truncation_direction", "must be 'Right': texts are cut at their end")])
    several = isinstance(body.inputs, list)
    texts = body.inputs if isinstance(body.inputs, list) else [body.inputs]
    found = [classes(one) for one in await sentiments(SentimentOptions(truncate=body.truncate), texts, call)]
    return answer(found if several else found[0])


def classes(one: SentimentAnswer) -> list[dict[str, Any]]:
    """The likeliest first."""
    ranked = sorted(one.scores.items(), key=lambda score: -score[1])
    return [{"label": label, "score": score} for label, score in ranked]
