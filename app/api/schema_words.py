"""What a schema refuses, in words that say what to change: pydantic's are about its own types. Inputs are not echoed:
they may be huge, private or no valid Unicode."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

MOST_NAMED = 200  # characters of a field's name

# By pydantic's type of an error, with the members of its context.
WORDS = {
    "missing": "is missing",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "is_instance_of": "must be a file",  # the only class that a schema names
    "less_than": "must be less than {lt}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have {min_length} or more items",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "must be such as {examples}",
}
PYTHON_NAME = re.compile(r"(?<!')\b(?:True|False)\b(?!')")  # not a string
# What other services call these fields.
OTHER_NAMES = {
    "content": "text",
    "document": "text",
    "input": "text",
    "inputs": "text",
    "prompt": "text",
    "q": "text",
    "sentence": "text",
    "from": "source",
    "source_lang": "source",
    "source_language": "source",
    "src": "source",
    "target_lang": "target",
    "target_language": "target",
    "tgt": "target",
    "to": "target",
    "lang": "language",
    "type": "format",
    "tag_handling": "format",
    "num_beams": "beam",
    "max_length": "length",
    "max_new_tokens": "length",
    "max_tokens": "length",
    "top_k": "top_p",
}
PROMPT = {"content", "document", "input", "inputs", "text"}  # names of a text, where its field is the prompt
TWICE = "is there twice; leave one of the two out"
STREAM = "is no field; for a stream send the header Accept: text/event-stream"


def explained(entries: Sequence[Mapping[str, Any]], schema: type[BaseModel] | None = None) -> list[tuple[str, str]]:
    """Each field that is wrong, with what to change, of errors in pydantic's form."""
    found: dict[str, str] = {}
    depths: dict[str, int] = {}  # of a union, whose members each have an error: the deepest fits the value best
    for entry in entries:
        place = [str(part)[:MOST_NAMED] for part in entry["loc"]]
        message = words(entry, place, schema)
        if len(place) < 2 or not is_union(schema, place[0]):
            found[".".join(place) or "body"] = message
            continue
        depth, before = len(place), depths.get(place[0], 0)
        if depth > before:
            for other in [other for other in found if other.partition(".")[0] == place[0]]:
                del found[other]
        if depth >= before:
            depths[place[0]] = depth
            name = ".".join([place[0], *place[2:]])  # without the member of the union
            found[name] = f"{found[name]}, or {message.removeprefix('must be ')}" if name in found else message
    return list(found.items())


def named_fields(schema: type[BaseModel] | None) -> dict[str, FieldInfo]:
    """The fields of a schema as requests name them."""
    return {} if schema is None else {field.alias or name: field for name, field in schema.model_fields.items()}


def schema_at(place: Sequence[str], schema: type[BaseModel] | None) -> type[BaseModel] | None:
    """The schema of the object at a place, as far as fields and items of lists lead there."""
    for part in place:
        if part.isdecimal():
            continue
        field = named_fields(schema).get(part)
        kinds = () if field is None else (field.annotation, *get_args(field.annotation))
        schema = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
    return schema


def is_union(schema: type[BaseModel] | None, name: str) -> bool:
    field = named_fields(schema).get(name)
    if field is None or get_origin(field.annotation) not in (Union, UnionType):
        return False
    return sum(member is not type(None) for member in get_args(field.annotation)) > 1


def words(entry: Mapping[str, Any], place: Sequence[str] = (), schema: type[BaseModel] | None = None) -> str:
    """What is wrong with the field at a place of a schema."""
    if entry["type"] == "extra_forbidden":
        return of_unknown(place[-1], named_fields(schema_at(place[:-1], schema)))
    if (template := WORDS.get(entry["type"])) is None:
        return str(entry["msg"])
    context = {name: written(value) for name, value in entry.get("ctx", {}).items()}
    if context.get("min_length") == "1":
        return "must not be empty"
    field = named_fields(schema_at(place[:-1], schema)).get(place[-1]) if place else None
    *first, last = (field.examples if field is not None else None) or ["another"]
    examples = f"{', '.join(first)} or {last}" if first else last
    return template.format_map({"examples": examples, **context})


def written(value: object) -> str:
    """A member of an error's context as JSON has it: a bound without digits behind the point, `false` for `False`."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return PYTHON_NAME.sub(lambda name: name[0].lower(), str(value))


def of_unknown(name: str, fields: Collection[str]) -> str:
    """What to send instead of a field that a schema does not have."""
    name = name[:MOST_NAMED].strip().lower()
    if name == "stream" and ({"text", "target"} <= set(fields) or "prompt" in fields):
        return STREAM
    if name in PROMPT and "prompt" in fields:
        return "is no field; did you mean prompt?"
    if (known := OTHER_NAMES.get(name)) in fields:
        return f"is no field; did you mean {known}?"
    if near := get_close_matches(name, fields, 1, 0.7):
        return f"is no field; did you mean {near[0]}?"
    return f"is no field; the fields are {', '.join(fields)}" if fields else "is no field; leave it out"


def of_empty(schema: type[BaseModel]) -> str:
    """What to send instead of an empty body."""
    needed = [name for name, field in schema.model_fields.items() if field.is_required()]
    return f"is empty; send a JSON object with {' and '.join(needed)}"


def of_query(names: Sequence[str], fields: Collection[str] = ()) -> list[tuple[str, str]]:
    """What to do with the parameters of a query, for a path that takes none."""
    return [
        (
            name,
            "send it in the body, as a field of the JSON object" if name in fields else "is no parameter; leave it out",
        )
        for name in names
    ]
