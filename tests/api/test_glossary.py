"""Glossaries and words to keep, as a client sends them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.settings import SHIPPED_MODELS
from tests.conftest import running_service


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder: Path = tmp_path_factory.mktemp("glossaries")
    (folder / "shop.tsv").write_text("shopping cart\tWarenkorb\nUndertone\n", "utf-8")
    with (
        running_service(SHIPPED_MODELS, UNDERTONE_GLOSSARY_DIR=str(folder), UNDERTONE_CPU_ENGINES="1") as (url, _),
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


def translated(client: httpx.Client, text: str, **body: Any) -> str:
    answer = client.post("/translate", json={"text": text, "source": "en", "target": "de", **body})
    assert answer.status_code == 200, answer.text
    translation: str = answer.json()["translation"]
    return translation


@pytest.mark.parametrize("glossary", [{"shopping cart": "Warenkorb"}, "shop"])
def test_the_translation_of_a_term_stands_as_given(client: httpx.Client, glossary: Any) -> None:
    for text in ("Your shopping cart is empty.", "The shopping carts are here."):
        assert "Warenkorb" in translated(client, text, glossary=glossary)
    assert "Warenkorb" in translated(
        client, "Un chariot rouge", source="fr", target="en", glossary={"rouge": "Warenkorb"}
    )
    page = translated(client, "<p>Look at <b>the shopping cart</b>!</p>", glossary=glossary, format="html")
    assert "Warenkorb" in page
    assert page.count("<b>") == page.count("</b>") == 1


def test_words_to_keep(client: httpx.Client) -> None:
    text = "The Blue Ladder is a book by Green."
    kept = ["Blue Ladder", "green"]
    translation = translated(client, text, do_not_translate=kept)
    assert "Blue Ladder" in translation
    assert "Green" in translation
    body = {"texts": [text, "", "A man reads Blue Ladder."], "target": "de", "source": "en", "do_not_translate": kept}
    first, second, third = client.post("/translate/batch", json=body).json()["results"]
    assert first["translation"] == translation
    assert second["error"]["type"].endswith("empty-text")
    assert "Blue Ladder" in third["translation"]


@pytest.mark.parametrize(
    ("fields", "kind", "detail"),
    [
        ({"glossary": {str(n): "x" for n in range(1_001)}}, "invalid-glossary", "1,001 terms; at most 1,000"),
        ({"glossary": {"a" * 201: "x"}}, "invalid-glossary", "201 characters"),
        ({"glossary": {"": "x"}}, "invalid-glossary", "empty"),
        ({"glossary": {"x": ""}}, "invalid-glossary", "empty"),
        ({"do_not_translate": ["x", " "]}, "invalid-glossary", "empty"),
        ({"glossary": ""}, "unknown-glossary", "There is no glossary ''; there is shop"),
        ({"glossary": "none"}, "unknown-glossary", "there is shop"),
        ({"glossary": "../../etc/passwd"}, "unknown-glossary", "there is shop"),
        ({"glossary": {"x": 5}}, "invalid-request", "glossary"),
        ({"glossary": ["x"]}, "invalid-request", "glossary"),
        ({"do_not_translate": "x"}, "invalid-request", "do_not_translate"),
    ],
)
def test_a_wrong_glossary_says_why(client: httpx.Client, fields: dict[str, Any], kind: str, detail: str) -> None:
    for path, text in (("/translate", {"text": "A man."}), ("/translate/batch", {"texts": ["A man."]})):
        answer = client.post(path, json={**text, "source": "en", "target": "de", **fields})
        assert answer.status_code == 422
        assert answer.json()["type"].endswith(kind)
        assert detail in answer.json()["detail"]


def test_a_check_says_which_facts_differ(client: httpx.Client) -> None:
    body = {"text": "I do not like it. He has 3 dogs.", "source": "en", "target": "de"}
    assert client.post("/translate", json=body).json().get("warnings") is None
    assert client.post("/translate", json={**body, "check": True}).json()["warnings"] == []
    given = {**body, "check": True, "glossary": {"I do not like it": "Ich mag es"}}
    (warning,) = client.post("/translate", json=given).json()["warnings"]
    assert warning["sentence"] == "I do not like it."
    assert warning["kind"] == "negation"
    assert warning["detail"]
