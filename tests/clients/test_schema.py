"""The types of `clients/python` are those of docs/openapi.json, in both directions, and its two clients are alike."""

from __future__ import annotations

import ast
import inspect
import json
import sys
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pydantic import BaseModel, TypeAdapter

from undertone_client import AsyncUndertone, Undertone, answers, calls
from undertone_client.options import (
    FileOptions,
    FormatOptions,
    GenerateOptions,
    NextWordsOptions,
    SentimentOptions,
    TranslateOptions,
)

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "clients/python/undertone_client"
DOCUMENT = json.loads((ROOT / "docs/openapi.json").read_text("utf-8"))
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
ANSWERS = {name for name in SCHEMAS if not name.endswith(("Request", "Options"))}
FORM = DOCUMENT["paths"]["/translate/file"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
NULL = {"type": "null"}
KEPT = {"type", "anyOf", "items", "prefixItems", "additionalProperties", "$ref", "enum"}


def shape(schema: Any, open_enums: bool) -> Any:
    """A schema without words and bounds. With `open_enums` a list of strings is any string: a newer service may have
    more."""
    if isinstance(schema, list):
        return sorted((shape(one, open_enums) for one in schema), key=str)
    if not isinstance(schema, dict):
        return schema
    if "const" in schema:
        schema = {**schema, "enum": [schema["const"]]}
    found = {key: value for key, value in schema.items() if key in KEPT}
    if "enum" in found:
        return {"type": "string"} if open_enums else {"enum": sorted(found["enum"])}
    if "$ref" in found:
        return {"$ref": found["$ref"].rpartition("/")[2]}
    return {key: shape(value, open_enums) for key, value in found.items()}


def fields(schema: dict[str, Any], without: Collection[str] = (), open_enums: bool = False) -> dict[str, Any]:
    required = schema.get("required", [])
    return {
        name: (shape(one, open_enums), name in required)
        for name, one in schema["properties"].items()
        if name not in without
    }


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_answers(name: str) -> None:
    model: type[BaseModel] = getattr(answers, name)
    ours = model.model_json_schema()
    assert fields(ours) == fields(SCHEMAS[name], open_enums=True)
    assert ours.get("additionalProperties") == SCHEMAS[name].get("additionalProperties")


def test_there_is_no_other_answer() -> None:
    ours = {name for name, one in vars(answers).items() if inspect.isclass(one) and issubclass(one, answers.Answer)}
    assert ours - {"Answer", "BeginningAnswer"} == ANSWERS  # two are bases of others


@pytest.mark.parametrize(
    ("options", "schema", "own"),
    [
        (SentimentOptions, SCHEMAS["SentimentRequest"], {"text"}),
        (SentimentOptions, SCHEMAS["SentimentBatchRequest"], {"texts"}),
        (TranslateOptions, SCHEMAS["TranslateRequest"], {"text", "target"}),
        (TranslateOptions, SCHEMAS["TranslateBatchRequest"], {"texts", "target"}),
        (FileOptions, FORM, {"file", "target"}),
        (GenerateOptions, SCHEMAS["GenerateRequest"], {"prompt"}),
        (NextWordsOptions, SCHEMAS["NextWordsRequest"], {"text"}),
        (FormatOptions, SCHEMAS["FormatOptions"], set()),
    ],
)
def test_options(options: type, schema: dict[str, Any], own: set[str]) -> None:
    hints, theirs = get_type_hints(options), fields(schema, own)
    if options is FileOptions:  # a field of a form is a string, which the client writes
        theirs |= {name: fields(SCHEMAS["TranslateRequest"])[name] for name in ("glossary", "format_options")}
    if "format_options" in hints:  # before Python 3.12 pydantic makes no schema of typing.TypedDict
        assert hints.pop("format_options") == FormatOptions | None
        assert theirs.pop("format_options") == (shape({"anyOf": [{"$ref": "FormatOptions"}, NULL]}, False), False)
    ours = fields({"properties": {name: TypeAdapter(kind).json_schema() for name, kind in hints.items()}})
    assert ours == theirs


def test_every_path_has_a_call() -> None:
    paths = {route.path + end for route in (calls.SENTIMENT, calls.TRANSLATE) for end in ("", "/batch")}
    paths |= {call().path for call in (calls.models, calls.languages, calls.health)}
    paths |= {calls.translate_file(b"", "de", {}).path, calls.generate("", {}).path, calls.next_words("", {}).path}
    assert paths == set(DOCUMENT["paths"]) - {"/healthz/live"}


def test_a_change_of_the_api_fails() -> None:
    schema = SCHEMAS["SentimentAnswer"]
    for change in (
        {"properties": {**schema["properties"], "new": {"type": "string"}}},
        {"properties": {**schema["properties"], "label": {"type": "integer"}}},
        {"required": schema["required"][1:]},
    ):
        assert fields({**schema, **change}) != fields(answers.SentimentAnswer.model_json_schema())


def public(kind: type) -> dict[str, str]:
    return {
        name: str(inspect.signature(member)).replace("AsyncTextStream", "TextStream")
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def test_both_clients_are_alike() -> None:
    assert public(Undertone) == public(AsyncUndertone)
    assert {"sentiment", "translate", "translate_stream", "translate_file", "models"} <= set(public(Undertone))


def test_the_service_ships_no_client() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"] == {
        "packages": ["app"]
    }
    seen = (ROOT / ".dockerignore").read_text().split("\n")
    assert "*" in seen
    assert not [line for line in seen if line.startswith("!clients")]


def test_dependencies() -> None:
    """httpx and pydantic alone, and tqdm only for who wants a bar."""
    imported: dict[str, set[str]] = {}
    for file in PACKAGE.glob("*.py"):
        for part in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [one.name for one in part.names] if isinstance(part, ast.Import) else []
            names += [part.module or ""] if isinstance(part, ast.ImportFrom) else []
            for name in names:
                imported.setdefault(name.partition(".")[0], set()).add(file.name)
    foreign = {name: files for name, files in imported.items() if name not in sys.stdlib_module_names}
    assert set(foreign) == {"httpx", "pydantic", "tqdm", "undertone_client"}
    assert foreign["tqdm"] == {"progress.py"}
