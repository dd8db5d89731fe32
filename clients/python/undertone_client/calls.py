"""The requests to the service and how their answers are read. Sends nothing: the clients do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

import httpx
from pydantic import BaseModel, ValidationError

from undertone_client.answers import (
    ErrorItem,
    GenerateAnswer,
    Health,
    LanguagesAnswer,
    ModelsAnswer,
    NextWordsAnswer,
    SentimentAnswer,
    SentimentBatchAnswer,
    TranslateAnswer,
    TranslateBatchAnswer,
    TranslatedFile,
)
from undertone_client.errors import (
    ConnectionFailed,
    ProblemError,
    TimedOut,
    UndertoneError,
    UnexpectedAnswer,
    problem_error,
)
from undertone_client.options import FileOptions
from undertone_client.retries import seconds_of

Result = TypeVar("Result")
Model = TypeVar("Model", bound=BaseModel)
A = TypeVar("A", bound=BaseModel)

FILE_TIMEOUT_S = 600.0  # the service takes so long for a large file, and some formats come as a whole
EVENTS = "text/event-stream"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Call(Generic[Result]):
    method: str
    path: str
    read: Callable[[httpx.Response], Result]
    """Of an answer with status 200, whose body is there. Raises UnexpectedAnswer."""
    content: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of `httpx.Client.build_request`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    retried: bool = True
    timeout_s: float = 0.0
    """The client's, where that is longer."""


@dataclass(frozen=True, slots=True)
class Route(Generic[A]):
    """Answers a text, and under /batch many."""

    path: str
    answer: type[A]
    batch_answer: type[SentimentBatchAnswer | TranslateBatchAnswer]

    def one(self, text: str, options: Mapping[str, Any], accept: str = "application/json") -> Call[A]:
        return posted(self.path, self.answer, {**options, "text": text}, accept)

    def many(self, texts: Sequence[bytes], options: Mapping[str, Any]) -> Call[Sequence[A | ErrorItem]]:
        """`texts` are encoded already, each as JSON."""

        def read(response: httpx.Response) -> Sequence[A | ErrorItem]:
            results: Sequence[Any] = parsed(response, self.batch_answer).results
            if len(results) != len(texts):
                raise UnexpectedAnswer(f"The answer has {len(results)} results for {len(texts)} texts.")
            return results

        return Call("POST", f"{self.path}/batch", read, {"content": batch_body(texts, options)}, JSON)


SENTIMENT = Route("/sentiment", SentimentAnswer, SentimentBatchAnswer)
TRANSLATE = Route("/translate", TranslateAnswer, TranslateBatchAnswer)


def encoded(value: Any) -> bytes:
    """JSON in UTF-8. Halves of UTF-16 pairs, which UTF-8 lacks, are escaped: the service says which text has one."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def batch_body(texts: Sequence[bytes], options: Mapping[str, Any]) -> bytes:
    return encoded({**options, "texts": []})[:-2] + b",".join(texts) + b"]}"


def reader(model: type[Model]) -> Callable[[httpx.Response], Model]:
    return lambda response: parsed(response, model)


def parsed(response: httpx.Response, model: type[Model]) -> Model:
    """Raises UnexpectedAnswer."""
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        media_type = response.headers.get("content-type", "no content type")
        raise UnexpectedAnswer(
            f"{response.url} answered {media_type} that is no {model.__name__} of Undertone: {response.text[:200]!r}"
        ) from error


def posted(path: str, answer: type[Model], values: Mapping[str, Any], accept: str = "application/json") -> Call[Model]:
    return Call("POST", path, reader(answer), {"content": encoded(values)}, {**JSON, "Accept": accept})


def generate(prompt: str, options: Mapping[str, Any], accept: str = "application/json") -> Call[GenerateAnswer]:
    return posted("/generate", GenerateAnswer, {**options, "prompt": prompt}, accept)


def next_words(text: str, options: Mapping[str, Any]) -> Call[NextWordsAnswer]:
    return posted("/generate/next", NextWordsAnswer, {**options, "text": text})


def models() -> Call[ModelsAnswer]:
    return Call("GET", "/models", reader(ModelsAnswer))


def languages() -> Call[LanguagesAnswer]:
    return Call("GET", "/languages", reader(LanguagesAnswer))


def health() -> Call[Health]:
    return Call("GET", "/healthz/ready", reader(Health), retried=False)


def translate_file(file: str | PathLike[str] | bytes, target: str, options: FileOptions) -> Call[TranslatedFile]:
    """Raises OSError where the file cannot be read."""
    content, name = (file, "") if isinstance(file, bytes) else (Path(file).read_bytes(), Path(file).name)
    name = options.get("name") or name or "file"
    values: dict[str, Any] = {"target": target}
    for key, value in options.items():
        if value is not None and key != "name":
            values[key] = encoded(value).decode() if isinstance(value, dict) else value
    upload = {"data": values, "files": {"file": (name, content, "application/octet-stream")}}
    return Call("POST", "/translate/file", translated_file, upload, {"Accept": "*/*"}, timeout_s=FILE_TIMEOUT_S)


def translated_file(response: httpx.Response) -> TranslatedFile:
    """The name has no folders, whatever the answer says."""
    message = Message()
    message["Content-Disposition"] = response.headers.get("content-disposition", "")
    name = PurePosixPath((message.get_filename() or "").replace("\\", "/")).name
    if name in ("", ".."):
        raise UnexpectedAnswer(f"{response.url} answered without the name of a file.")
    media_type, language = response.headers.get("content-type", ""), response.headers.get("content-language", "")
    model = response.headers.get("undertone-model")
    return TranslatedFile(name, media_type, language, response.content, None if model is None else unquote(model))


def failure_of(error: httpx.RequestError) -> UndertoneError:
    """What an exception of httpx is here."""
    failure: UndertoneError
    match error:
        case httpx.ConnectTimeout():
            failure = ConnectionFailed(f"No connection to {error.request.url} in time.")
        case httpx.TimeoutException():
            failure = TimedOut(f"No answer from {error.request.url} in time; allow more with timeout=.")
        case httpx.TransportError():
            failure = ConnectionFailed(f"No whole answer from {error.request.url}: {error or type(error).__name__}")
        case _:
            failure = UnexpectedAnswer(f"The answer of {error.request.url} cannot be read: {error}")
    failure.__cause__ = error
    return failure


def error_of(response: httpx.Response) -> ProblemError | UnexpectedAnswer:
    """The error that an answer stands for whose status is not 200. Its body is there."""
    if response.status_code < 400:
        place = response.headers.get("location")
        return UnexpectedAnswer(f"{response.url} answered with status {response.status_code}; base_url may be {place}.")
    try:
        document = response.json()
    except (ValueError, RecursionError):
        document = None
    return problem_error(
        response.status_code,
        document if isinstance(document, dict) else {},
        seconds_of(response.headers.get("retry-after")),
        response.headers.get("x-request-id"),
    )
