"""The examples of docs/clients.md work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from app.settings import Compat

DOCUMENT = (Path(__file__).parents[3] / "docs/clients.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split()[1])
def test_examples(url: str, example: str) -> None:
    assert "http://127.0.0.1:8000" in example
    assert "assert " in example
    exec(example.replace("http://127.0.0.1:8000", url), {})


def test_every_adapter_has_an_example() -> None:
    for name in get_args(Compat):
        assert any(f"/{name}" in example for example in EXAMPLES), name
