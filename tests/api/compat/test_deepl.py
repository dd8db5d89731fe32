"""DeepL's API, as its own client and others call it."""

from __future__ import annotations

import json
from typing import Any

import deepl
import httpx
import pytest
from deep_translator import DeeplTranslator

from tests.api.compat.conftest import Locked

TEXT, TRANSLATION = "My friend is here.", "Mein Freund ist hier."


@pytest.fixture(params=["", "/deepl/"])
def client(url: str, request: pytest.FixtureRequest) -> deepl.DeepLClient:
    return deepl.DeepLClient("any", server_url=url + request.param)


def test_texts(client: deepl.DeepLClient) -> None:
    one = client.translate_text(TEXT, target_lang="DE")
    assert isinstance(one, deepl.TextResult)
    assert (one.text, one.detected_source_lang, one.billed_characters) == (TRANSLATION, "EN", len(TEXT))
    several = client.translate_text(["Guten Morgen", "", "Wo bist du?"], source_lang="DE", target_lang="EN-US")
    assert isinstance(several, list)
    assert several[0].text == "Good morning"
    assert several[1].text == ""
    assert [one.detected_source_lang for one in several] == ["DE"] * 3
    for target in ("ZH", "ZH-HANS", "ZH-HANT"):
        assert client.translate_text(TEXT, target_lang=target).text  # type: ignore[union-attr]


def test_markup(client: deepl.DeepLClient) -> None:
    for tags, text in (("html", f"<p>{TEXT}</p>"), ("xml", f'<Doc><x id="1"/>{TEXT}</Doc>')):
        answer = client.translate_text(text, source_lang="EN", target_lang="DE", tag_handling=tags)
        assert answer.text == text.replace(TEXT, TRANSLATION)  # type: ignore[union-attr]


def test_options(client: deepl.DeepLClient) -> None:
    answer = client.translate_text(
        TEXT,
        target_lang="DE",
        context="A letter.",
        split_sentences="nonewlines",
        preserve_formatting=True,
        formality="prefer_more",
        outline_detection=False,
        splitting_tags="a,b",
        model_type="quality_optimized",
    )
    assert answer.text == TRANSLATION  # type: ignore[union-attr]
    for refused in ({"formality": "more"}, {"ignore_tags": ["b"]}, {"custom_instructions": ["Be kind"]}):
        with pytest.raises(deepl.DeepLException, match=next(iter(refused))):
            client.translate_text(TEXT, target_lang="DE", **refused)  # type: ignore[arg-type]
    with pytest.raises(deepl.DeepLException, match="language"):
        client.translate_text(TEXT, target_lang="XX")


def test_languages_and_usage(client: deepl.DeepLClient) -> None:
    assert {"DE", "EN", "FR", "ZH"} <= {one.code for one in client.get_source_languages()}
    assert {"DE", "EN-GB", "EN-US", "FR", "ZH", "ZH-HANS", "ZH-HANT"} <= {
        one.code for one in client.get_target_languages()
    }
    assert not client.get_usage().any_limit_reached
    pairs = [(one.source_lang, one.target_lang) for one in client.get_glossary_languages()]
    assert ("en", "de") in pairs
    assert ("zh", "zh") not in pairs


def test_glossaries(client: deepl.DeepLClient) -> None:
    (known,) = client.list_glossaries()
    assert (known.glossary_id, known.source_lang, known.target_lang, known.entry_count) == ("pals-en-de", "EN", "DE", 2)
    assert client.get_glossary("pals-en-de").name == "pals-en-de"
    assert client.get_glossary_entries(known) == {"My friend": "Mein Kumpel", "Undertone": "Undertone"}
    for glossary in (known, "pals-en-de", "friends"):
        answer = client.translate_text(TEXT, source_lang="EN", target_lang="DE", glossary=glossary)
        assert answer.text == "Mein Kumpel ist hier."  # type: ignore[union-attr]
    assert client.translate_text_with_glossary(TEXT, known).text == "Mein Kumpel ist hier."  # type: ignore[union-attr]
    with pytest.raises(deepl.DeepLException, match="EN to DE"):
        client.translate_text("Mon ami", source_lang="FR", target_lang="EN-US", glossary="pals-en-de")
    with pytest.raises(deepl.DeepLException, match="no glossary"):
        client.translate_text(TEXT, source_lang="EN", target_lang="DE", glossary="absent")
    for absent in ("absent", "absent-en-de", "friends", "%2e%2e"):
        with pytest.raises(deepl.GlossaryNotFoundException):
            client.get_glossary(absent)
    for change in (
        lambda: client.create_glossary("new", "EN", "DE", {"a": "b"}),
        lambda: client.delete_glossary("pals-en-de"),
    ):
        with pytest.raises(deepl.DeepLException, match="read-only"):
            change()


def test_forms_and_queries(foreign: httpx.Client, url: str) -> None:
    body = {"text": ["Good morning", TEXT], "target_lang": "DE", "source_lang": "EN", "split_sentences": "0"}
    answer = foreign.post("/v2/translate", data={**body, "ignore_tags": ""})
    assert [one["text"] for one in answer.json()["translations"]] == ["Guten Morgen", TRANSLATION]
    assert "billed_characters" not in answer.json()["translations"][0]
    for address in (f"{url}/v2/", f"{url}/deepl/v2/"):
        client = DeeplTranslator(source="en", target="de", api_key="x")
        client._base_url = address
        assert client.translate(TEXT) == TRANSLATION


def test_keys(locked: Locked) -> None:
    for address in (locked.url, f"{locked.url}/deepl/"):
        client = deepl.DeepLClient(locked.key, server_url=address)
        assert client.translate_text(TEXT, source_lang="EN", target_lang="DE").text == TRANSLATION  # type: ignore[union-attr]
        assert client.get_source_languages()
        with pytest.raises(deepl.AuthorizationException):
            deepl.DeepLClient("wrong", server_url=address).translate_text(TEXT, target_lang="DE")
        with pytest.raises(deepl.AuthorizationException):
            deepl.DeepLClient("wrong", server_url=address).list_glossaries()


REFUSED: list[tuple[str, Any, int]] = [
    ("no text", {"target_lang": "DE"}, 400),
    ("an empty list", {"text": [], "target_lang": "DE"}, 400),
    ("no language", {"text": [TEXT]}, 400),
    ("a number", {"text": 5, "target_lang": "DE"}, 400),
    ("numbers", {"text": [5, None, {}], "target_lang": "DE"}, 400),
    ("a list of languages", {"text": [TEXT], "target_lang": ["DE"]}, 400),
    ("many texts", {"text": ["a"] * 300, "target_lang": "DE"}, 400),
    ("a lone surrogate", {"text": ["\ud83d"], "target_lang": "DE"}, 400),
    ("a language with NUL", {"text": [TEXT], "target_lang": "D\x00E"}, 400),
    ("a glossary with NUL", {"text": [TEXT], "target_lang": "DE", "glossary_id": "\x00"}, 400),
    ("a glossary of a path", {"text": [TEXT], "target_lang": "DE", "glossary_id": "../friends"}, 400),
    ("tags of another kind", {"text": [TEXT], "target_lang": "DE", "tag_handling": "pdf"}, 400),
    ("a list", [TEXT], 400),
    ("a long body", {"text": "a" * 1_100_000, "target_lang": "DE"}, 413),
]


@pytest.mark.parametrize(("body", "status"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refusals(foreign: httpx.Client, body: Any, status: int) -> None:
    content = json.dumps(body).encode()
    refused = foreign.post("/v2/translate", content=content, headers={"Content-Type": "application/json"})
    assert refused.status_code == status, refused.text
    assert refused.json().keys() == {"message"}
