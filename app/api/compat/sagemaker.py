"""What Amazon SageMaker asks of a container for inference
(https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html): GET /ping and POST /invocations
on port 8080. A body has the members of a native route, which `texts` and `target` choose, or `inputs` as Hugging Face's
containers take them. A body in JSON Lines, as batch transform makes them, has one such object a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response
from starlette.types import Scope

from app.api.compat import huggingface
from app.api.compat.adapter import ALWAYS, Adapter, KeyPlaces
from app.api.compat.amazon import ACCESS_KEY
from app.api.compat.values import Foreign, ValuesReader
from app.api.dispatch import Call, JsonReader, Route, check_ready, parse, read_json
from app.api.errors import Problem, of_fields
from app.api.headers import Headers, is_json, media_type_of
from app.api.routes import inference, item_by_item
from app.api.schema_words import WORDS
from app.pipeline.errors import NATIVE, PipelineError
from app.pipeline.service import Pipeline

JSON_LINES = "application/jsonlines"
LINES_TYPES = (JSON_LINES, "application/jsonl", "application/x-jsonlines", "application/x-ndjson")


def error(problem: Problem, status: int) -> dict[str, str]:
    code = "ServiceUnavailable" if status == 503 else "InternalFailure" if status >= 500 else "ValidationError"
    return {"code": code, "message": problem.detail}


api = Adapter(
    "sagemaker",
    error=error,
    statuses={422: 400},
    keys=KeyPlaces(
        "X-Amzn-SageMaker-Custom-Attributes, which SageMaker passes on, or " + ACCESS_KEY.told,
        headers=(b"x-amzn-sagemaker-custom-attributes",),
        authorization=ACCESS_KEY.authorization,
    ),
    id_header=b"x-amzn-requestid",
)


@dataclass(slots=True, frozen=True)
class Invocations:
    bodies: list[str]
    are_lines: bool


class InvocationsReader:
    def check(self, headers: Headers, query: bytes) -> None:
        media_type = media_type_of(headers)
        if media_type not in LINES_TYPES and not is_json(media_type):
            raise Problem("unsupported-media-type", f"The body is neither application/json nor {JSON_LINES}.")

    async def read(self, scope: Scope, body: bytes) -> Invocations:
        are_lines = media_type_of(dict(scope["headers"])) in LINES_TYPES
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Problem("malformed-body", "The body is no valid UTF-8.") from error
        bodies = [line for line in text.split("\n") if line.strip()] if are_lines else [text]
        if not bodies:
            raise of_fields([("body", "is empty; send a JSON object in each line")])
        return Invocations(bodies, are_lines)


def invocation_of(content: str) -> tuple[Route, Any]:
    """The route that answers a body, and the body by its schema. Raises Problem."""
    values = read_json(content.encode())
    if not isinstance(values, dict):
        raise of_fields([("body", WORDS["model_type"])])
    if "inputs" in values:
        route = huggingface.api.dispatched[f"{huggingface.api.prefix}/"]
    else:
        path = "/translate" if "target" in values else "/sentiment"
        route = inference.dispatched[f"{path}/batch" if "texts" in values else path]
    assert isinstance(route.reader, JsonReader | ValuesReader)
    return route, parse(route.reader.schema, content.encode())


def cost(body: Invocations, pipeline: Pipeline) -> float:
    """The lines of a body ask for about the same each."""
    try:
        route, values = invocation_of(body.bodies[0])
    except Problem:
        return 1.0
    return route.price * route.cost(values, pipeline)


@api.answers("/ping", at_root=ALWAYS, needs_key=False, methods=("GET",), price=0, reader=ValuesReader(Foreign))
async def ping(body: Foreign, call: Call) -> Response:
    check_ready(call.pipeline)
    return Response()


@api.answers("/invocations", at_root=ALWAYS, price=1, cost=cost, reader=InvocationsReader())
@api.answers("/endpoints/{endpoint}/invocations", at_root=ALWAYS, price=1, cost=cost, reader=InvocationsReader())
async def invocations(body: Invocations, call: Call) -> BaseModel | Response:
    if not body.are_lines:
        return await answered(body.bodies[0], call)

    async def one(line: str) -> bytes:
        return content_of(await answered(line, call))

    found = await item_by_item(body.bodies, call, one)
    lines = b"".join((line if isinstance(line, bytes) else content_of(line)) + b"\n" for line in found)
    return Response(lines, media_type=JSON_LINES)


async def answered(content: str, call: Call) -> BaseModel | Response:
    """Errors name the fields of the API that the body is of. Raises Problem and the errors of the route."""
    route, values = invocation_of(content)
    try:
        return await route.endpoint(values, call)
    except PipelineError as error:
        fields = huggingface.api.fields if isinstance(values, huggingface.Inputs) else NATIVE
        raise Problem(error.kind, error.worded(fields), **error.members) from error


def content_of(answer: BaseModel | Response) -> bytes:
    return bytes(answer.body) if isinstance(answer, Response) else answer.__pydantic_serializer__.to_json(answer)
