"""The types of `clients/js`, generated from the schemas of the OpenAPI document."""

from __future__ import annotations

import json
from typing import Any

OBJECTS = {"glossary", "format_options"}  # which a form has as strings
HEAD = """// Requests and answers of the service. Written by `make format` from the OpenAPI document; not by hand.
"""


def types(document: dict[str, Any]) -> str:
    """A TypeScript module with an interface for each schema of an OpenAPI document."""
    schemas = dict(document["components"]["schemas"])
    schemas["FileOptions"] = file_options(document)
    return HEAD + "".join(f"\n{interface(name, schema)}" for name, schema in sorted(schemas.items()))


def file_options(document: dict[str, Any]) -> dict[str, Any]:
    """The fields of the form that uploads a file, without the file. A field may also be an object here, which the
    client sends as a string."""
    content = document["paths"]["/translate/file"]["post"]["requestBody"]["content"]
    form = content["multipart/form-data"]["schema"]
    fields = {name: schema for name, schema in form["properties"].items() if name != "file"}
    request = document["components"]["schemas"]["TranslateRequest"]["properties"]
    return {
        "properties": {**fields, **{name: request[name] for name in OBJECTS & fields.keys()}},
        "required": [one for one in form["required"] if one != "file"],
    }


def interface(name: str, schema: dict[str, Any]) -> str:
    lines = [*comment(schema.get("description"), ""), f"export interface {name} {{"]
    required = schema.get("required", [])
    for field, one in schema.get("properties", {}).items():
        lines += comment(one.get("description"), "  ")
        lines.append(f"  {field}{'' if field in required else '?'}: {type_of(one)};")
    if schema.get("additionalProperties"):
        lines.append("  [member: string]: unknown;")
    return "\n".join([*lines, "}", ""])


def comment(text: str | None, indent: str) -> list[str]:
    return [f"{indent}/** {' '.join(text.split())} */"] if text else []


def type_of(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(type_of(one) for one in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return " | ".join(json.dumps(value) for value in schema.get("enum", [schema.get("const")]))
    match schema.get("type"):
        case "array" if "prefixItems" in schema:
            return f"[{', '.join(type_of(one) for one in schema['prefixItems'])}]"
        case "array":
            inner = type_of(schema["items"])
            return f"({inner})[]" if "|" in inner else f"{inner}[]"
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return f"Record<string, {type_of(schema['additionalProperties'])}>"
        case "integer" | "number":
            return "number"
        case "string" | "boolean" | "null" as name:
            return str(name)
    if "type" not in schema:
        return "unknown"
    raise ValueError(f"no TypeScript for {schema}")
