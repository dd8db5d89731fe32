"""Microsoft's Translator, version 3, as its own client and deep-translator call it."""

from __future__ import annotations

import json
from typing import Any

import deep_translator.microsoft
import httpx
import pytest
from azure.ai.translation.text import TextTranslationClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from deep_translator import MicrosoftTranslator
from deep_translator.exceptions import MicrosoftAPIerror

from tests.api.compat.conftest import Locked

TEXT, TRANSLATION = "My friend is here.", "Mein Freund ist hier."
VERSION = {"api-version": "3.0"}


@pytest.fixture(params=["", "/microsoft"])
def address(url: str, request: pytest.FixtureRequest) -> str:
    return url + str(request.param)


def client_of(address: str, key: str = "any") -> TextTranslationClient:
    # It sends keys over TLS alone unless it is told.
    return TextTranslationClient(credential=AzureKeyCredential(key), endpoint=address, enforce_https=False)


def test_its_own_client(address: str) -> None:
    client = client_of(address)
    (one,) = client.translate(body=[TEXT], to_language=["de", "fr"])
    assert one.detected_language is not None
    assert one.detected_language.language == "en"
    assert one.translations[0].text == TRANSLATION
    assert [part.to for part in one.translations] == ["de", "fr"]
    several = client.translate(body=["Guten Morgen", ""], from_language="de", to_language=["en"])
    assert [part.translations[0].text for part in several] == ["Good morning", ""]
    assert several[0].detected_language is None
    (page,) = client.translate(body=[f"<p>{TEXT}</p>"], to_language=["de"], from_language="en", text_type="html")
    assert page.translations[0].text == f"<p>{TRANSLATION}</p>"
    assert client.translate(body=[TEXT], to_language=["zh-Hant"])[0].translations[0].to == "zh-Hant"
    languages = client.get_supported_languages(scope="translation").translation
    assert languages is not None
    assert languages["de"].name == "German"
    with pytest.raises(HttpResponseError, match="language") as refused:
        client.translate(body=[TEXT], to_language=["xx"])
    assert refused.value.error.code == 400036  # type: ignore[union-attr]
    with pytest.raises(HttpResponseError) as refused:
        client.translate(body=[TEXT], to_language=["de"], include_alignment=True)
    assert refused.value.status_code == 400


def test_deep_translator(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its two addresses are Microsoft's own; both are replaced by ours."""
    theirs, get = "https://api.cognitive.microsofttranslator.com", deep_translator.microsoft.requests.get
    monkeypatch.setattr("deep_translator.microsoft.requests.get", lambda asked: get(asked.replace(theirs, address)))
    client = MicrosoftTranslator(api_key="any", source="en", target="german")
    client._base_url = client._base_url.replace(theirs, address)
    assert client.translate(TEXT) == TRANSLATION
    client.source = "auto"
    assert client.translate_batch(["Good morning", TEXT]) == ["Guten Morgen", TRANSLATION]
    client.target = "xx"
    with pytest.raises(MicrosoftAPIerror):
        client.translate(TEXT)


def test_detection(foreign: httpx.Client) -> None:
    texts = [{"Text": "Wo ist mein Freund?"}, {"text": ""}]
    answer = foreign.post("/detect", params=VERSION, json=texts).json()
    assert [one["language"] for one in answer] == ["de", "en"]
    assert answer[0]["isTranslationSupported"] is True
    assert answer[1]["score"] == 0


def test_keys(locked: Locked) -> None:
    for address in (locked.url, f"{locked.url}/microsoft"):
        answer = client_of(address, locked.key).translate(body=[TEXT], from_language="en", to_language=["de"])
        assert answer[0].translations[0].text == TRANSLATION
        with pytest.raises(ClientAuthenticationError):
            client_of(address, "wrong").translate(body=[TEXT], to_language=["de"])
        assert httpx.get(f"{address}/languages", params=VERSION).status_code == 200


REFUSED: list[tuple[str, dict[str, str], Any, int]] = [
    ("no version", {"api-version": "2.0", "to": "de"}, [{"Text": TEXT}], 400021),
    ("no target", {}, [{"Text": TEXT}], 400036),
    ("an empty target", {"to": ""}, [{"Text": TEXT}], 400036),
    ("an unknown target", {"to": "xx"}, [{"Text": ""}], 400036),
    ("an unknown source", {"to": "de", "from": "xx"}, [{"Text": TEXT}], 400035),
    ("a type of text", {"to": "de", "textType": "pdf"}, [{"Text": TEXT}], 400071),
    ("a category", {"to": "de", "category": "mine"}, [{"Text": TEXT}], 400002),
    ("an unknown name", {"to": "de", "toScript": "Latn"}, [{"Text": TEXT}], 400004),
    ("no list", {"to": "de"}, {"Text": TEXT}, 400000),
    ("an empty list", {"to": "de"}, [], 400000),
    ("no texts", {"to": "de"}, [{"Txt": TEXT}, 5], 400000),
    ("numbers", {"to": "de"}, [{"Text": 5}, {"Text": None}], 400000),
    ("many texts", {"to": "de"}, [{"Text": "a"}] * 300, 400072),
    ("a lone surrogate", {"to": "de"}, [{"Text": "\ud83d"}], 400020),
    ("a long text", {"to": "de"}, [{"Text": "a" * 30_000}], 400050),
    ("a long body", {"to": "de"}, [{"Text": "a" * 1_100_000}], 400077),
]


@pytest.mark.parametrize(("query", "body", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refusals(foreign: httpx.Client, query: dict[str, str], body: Any, code: int) -> None:
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    refused = foreign.post("/translate", params={**VERSION, **query}, content=content, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (code // 1000, code), refused.text


def test_malformed_bodies(foreign: httpx.Client) -> None:
    for content, headers, code in (
        (b'[{"Text": ', {"Content-Type": "application/json"}, 400074),
        (b"", {"Content-Type": "application/json"}, 400074),
        (b"Text=a", {"Content-Type": "application/x-www-form-urlencoded"}, 415000),
        (b"[]", {}, 415000),
    ):
        refused = foreign.post("/microsoft/translate", params={**VERSION, "to": "de"}, content=content, headers=headers)
        assert refused.json()["error"]["code"] == code
