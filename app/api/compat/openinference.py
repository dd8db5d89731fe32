"""The Open Inference Protocol, version 2, over REST (https://github.com/kserve/open-inference-protocol), with the
extension for binary tensors of the Triton Inference Server, which `tritonclient.http` uses by default."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.responses import Response
from starlette.types import Scope

from app import __version__
from app.api.compat.adapter import ALWAYS, Adapter, KeyPlaces, answer
from app.api.compat.models import Chosen, chosen, cost_of, sentiments
from app.api.compat.tensors import Tensor, body_of, strings
from app.api.compat.translation import translations
from app.api.compat.values import Foreign, ValuesReader
from app.api.dispatch import Call, Declared, check_ready, parse
from app.api.errors import Problem, of_fields
from app.api.headers import Headers
from app.api.schemas import SentimentOptions, TranslateBatchRequest
from app.pipeline.service import Pipeline

VERSION = "1"  # each model has one
JSON_LENGTH = b"inference-header-content-length"
MOST_DIGITS = 12
MOST_DIMENSIONS = 8
TEXT = "text"
# Outputs and their types, with the names of the dimensions behind those of the input.
OUTPUTS = {
    "sentiment": {"label": ("BYTES", [-1]), "scores": ("FP32", [-1, -1]), "labels": ("BYTES", [-1])},
    "translation": {"translation": ("BYTES", [-1]), "source": ("BYTES", [-1])},
}


def error(problem: Problem, status: int) -> dict[str, str]:
    return {"error": problem.detail}


api = Adapter(
    "openinference",
    error=error,
    fields={name: f"parameters.{name}" for name in ("source", "target", "language", "truncate")},
    statuses={422: 400, "unknown-model": 404},
    keys=KeyPlaces("Authorization: Bearer KEY, or X-API-Key: KEY"),
)


class InputParameters(Foreign):
    binary_data_size: int | None = Field(None, ge=0)


class Input(Foreign):
    name: Literal["text"]
    datatype: Literal["BYTES"]
    shape: list[Annotated[int, Field(ge=0)]] = Field(min_length=1, max_length=MOST_DIMENSIONS)
    parameters: InputParameters = Field(default_factory=InputParameters)
    data: list[Any] | None = None


class OutputParameters(Foreign):
    binary_data: bool | None = None


class Output(Foreign):
    name: str = Field(max_length=200)
    parameters: OutputParameters = Field(default_factory=OutputParameters)


class Parameters(Foreign):
    """The first is of the extension, the others are ours."""

    binary_data_output: bool = False
    source: str | None = Field(None, min_length=1, max_length=35)
    target: str | None = Field(None, min_length=1, max_length=35)
    language: str | None = Field(None, min_length=1, max_length=35)
    truncate: bool = False


class InferValues(Foreign):
    id: str | None = Field(None, max_length=1000)
    parameters: Parameters = Field(default_factory=Parameters)
    inputs: list[Input] = Field(min_length=1, max_length=1)
    outputs: list[Output] = Field(default_factory=list, max_length=16)


@dataclass(slots=True, frozen=True)
class Inference:
    """A request with the elements of its tensor."""

    model: str
    values: InferValues
    texts: list[Any]

    def translation(self, model: Chosen) -> TranslateBatchRequest:
        """Raises Problem."""
        given = self.values.parameters
        return model.translation(self.texts, given.source, given.target, "parameters.target")


class InferReader:
    """JSON, behind which the bytes of the tensor may follow; whatever type the client calls that."""

    def check(self, headers: Headers, query: bytes) -> None:
        pass

    async def read(self, scope: Scope, body: bytes) -> Inference:
        path = scope.get("path_params", {})
        check_version(path)
        end = json_length(dict(scope["headers"]), len(body))
        values = parse(InferValues, body[:end])
        assert isinstance(values, InferValues)
        return Inference(path["model"], values, elements(values.inputs[0], body[end:]))


def json_length(headers: Headers, size: int) -> int:
    """Bytes of the JSON at the beginning of a body. Raises Problem."""
    given = headers.get(JSON_LENGTH)
    if given is None:
        return size
    if not given.isdigit() or len(given) > MOST_DIGITS or int(given) > size:
        raise of_fields([("Inference-Header-Content-Length", f"must be a number up to {size}")])
    return int(given)


def elements(tensor: Input, binary: bytes) -> list[Any]:
    """Raises Problem."""
    size = tensor.parameters.binary_data_size
    if (size is None) == (tensor.data is None):
        raise of_fields([("inputs.0", "A tensor has either data or parameters.binary_data_size")])
    if len(binary) != (size or 0):
        raise of_fields([("inputs.0", f"{len(binary):,} bytes follow the JSON, not {size or 0:,}")])
    found = strings(binary) if tensor.data is None else flat(tensor.data)
    if len(found) != math.prod(tensor.shape):
        raise of_fields([("inputs.0.shape", f"The tensor has {len(found):,} elements, another number than its shape")])
    if not found:
        raise of_fields([("inputs.0.shape", "The tensor has no elements")])
    return found


def flat(data: list[Any]) -> list[Any]:
    """The elements of nested lists, row by row."""
    found: list[Any] = []
    waiting: list[Any] = [data]
    while waiting:
        if isinstance(one := waiting.pop(), list):
            waiting.extend(reversed(one))
        else:
            found.append(one)
    return found


def check_version(path: dict[str, str]) -> None:
    """Raises Problem."""
    if (version := path.get("version", VERSION)) != VERSION:
        raise Problem("unknown-model", f"There is no version {version[:100]!r}; each model has version {VERSION}.")


class ModelValues(Foreign):
    model: str
    version: str = VERSION

    def chosen(self, pipeline: Pipeline) -> Chosen:
        """Raises Problem."""
        check_version({"version": self.version})
        return chosen(pipeline, self.model)


def cost(body: Inference, pipeline: Pipeline) -> float:
    return cost_of(body, chosen(pipeline, body.model), pipeline)


async def live() -> Response:
    return answer({"live": True})


api.runs("/v2/health/live", live)


@api.answers(
    "/v2/health/ready", at_root=ALWAYS, needs_key=False, methods=("GET",), price=0, reader=ValuesReader(Foreign)
)
async def ready(body: Foreign, call: Call) -> Response:
    check_ready(call.pipeline)
    return answer({"ready": True})


@api.answers("/v2", at_root=ALWAYS, methods=("GET",), price=0, reader=ValuesReader(Foreign))
async def server(body: Foreign, call: Call) -> Response:
    return answer({"name": "undertone", "version": __version__, "extensions": ["binary_tensor_data"]})


def of_model(path: str, **options: Any) -> Callable[[Declared], Declared]:
    """Have a path below that of a model answered, with a version in it or without."""

    def declared(endpoint: Declared) -> Declared:
        for model in ("/v2/models/{model}", "/v2/models/{model}/versions/{version}"):
            api.answers(model + path, at_root=ALWAYS, **options)(endpoint)
        return endpoint

    return declared


@of_model("", methods=("GET",), price=0, reader=ValuesReader(ModelValues))
async def model(body: ModelValues, call: Call) -> Response:
    outputs = OUTPUTS[body.chosen(call.pipeline).task].items()
    return answer(
        {
            "name": body.model,
            "versions": [VERSION],
            "platform": "undertone",
            "inputs": [{"name": TEXT, "datatype": "BYTES", "shape": [-1]}],
            "outputs": [{"name": name, "datatype": datatype, "shape": shape} for name, (datatype, shape) in outputs],
        }
    )


@of_model("/ready", methods=("GET",), price=0, reader=ValuesReader(ModelValues))
async def model_ready(body: ModelValues, call: Call) -> Response:
    body.chosen(call.pipeline)
    check_ready(call.pipeline)
    return answer({"name": body.model, "ready": True})


@of_model("/infer", price=1, cost=cost, reader=InferReader())
async def infer(body: Inference, call: Call) -> Response:
    values, named = body.values, chosen(call.pipeline, body.model)
    wanted = {one.name: one.parameters.binary_data for one in values.outputs}
    known = OUTPUTS[named.task]
    if unknown := [name for name in wanted if name not in known]:
        raise of_fields([("outputs", f"{body.model} has {', '.join(known)}, and no {unknown[0]}")])
    tensors = await (translated if named.task == "translation" else judged)(body, named, call)
    usual = values.parameters.binary_data_output
    given = [
        (tensor, usual if wanted.get(tensor.name) is None else bool(wanted[tensor.name]))
        for tensor in tensors
        if not wanted or tensor.name in wanted
    ]
    head = {"model_name": body.model, "model_version": VERSION, **({} if values.id is None else {"id": values.id})}
    content, length = body_of(head, given)
    if length is None:
        return Response(content, media_type="application/json")
    return Response(
        content, headers={"Inference-Header-Content-Length": str(length)}, media_type="application/octet-stream"
    )


async def translated(body: Inference, model: Chosen, call: Call) -> list[Tensor]:
    given = body.values.parameters
    if given.language is not None or given.truncate:
        raise of_fields([("parameters", "language and truncate are for sentiment; name source and target")])
    found, shape = await translations(body.translation(model), call), body.values.inputs[0].shape
    return [
        Tensor("translation", shape, [one.translation for one in found]),
        Tensor("source", shape, [one.source for one in found]),
    ]


async def judged(body: Inference, model: Chosen, call: Call) -> list[Tensor]:
    """`labels` are those of the last dimension of `scores`."""
    given = body.values.parameters
    if given.source is not None or given.target is not None:
        raise of_fields([("parameters", "source and target are for translation; name language")])
    options = SentimentOptions(language=given.language or "auto", model=model.model, truncate=given.truncate)
    found, shape = await sentiments(options, body.texts, call), body.values.inputs[0].shape
    labels = list(dict.fromkeys(label for one in found for label in one.scores))
    scores = [one.scores.get(label, 0.0) for one in found for label in labels]
    return [
        Tensor("label", shape, [one.label for one in found]),
        Tensor("scores", [*shape, len(labels)], scores),
        Tensor("labels", [len(labels)], labels),
    ]
