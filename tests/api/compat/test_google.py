"""Google's Cloud Translation API, basic, as its own client calls it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from google.api_core.exceptions import BadRequest
from google.auth.credentials import AnonymousCredentials
from google.cloud import translate_v2
from google.oauth2.credentials import Credentials

from tests.api.compat.conftest import Locked

TEXT, TRANSLATION = "My friend is here.", "Mein Freund ist hier."
PATH = "/language/translate/v2"


def client_of(address: str, credentials: Any = None) -> translate_v2.Client:
    options = {"api_endpoint": address}
    return translate_v2.Client(credentials=credentials or AnonymousCredentials(), client_options=options)  # type: ignore[no-untyped-call]


@pytest.fixture(params=["", "/google"])
def client(url: str, request: pytest.FixtureRequest) -> translate_v2.Client:
    return client_of(url + request.param)


def test_texts(client: translate_v2.Client) -> None:
    one = client.translate(TEXT, target_language="de")
    assert one == {"translatedText": TRANSLATION, "detectedSourceLanguage": "en", "input": TEXT}
    several = client.translate(["Guten Morgen", ""], source_language="de", target_language="en", format_="text")
    assert several[0] == {"translatedText": "Good morning", "input": "Guten Morgen"}
    assert several[1]["translatedText"] == ""
    for target in ("zh", "zh-CN", "zh-TW"):
        assert client.translate(TEXT, target_language=target, model="nmt")["translatedText"]


def test_markup(client: translate_v2.Client) -> None:
    answer = client.translate(f"<p>{TEXT} <b>&amp;</b></p>", source_language="en", target_language="de")
    assert answer["translatedText"] == f"<p>{TRANSLATION} <b>&amp;</b></p>"


def test_detection_and_languages(client: translate_v2.Client) -> None:
    assert client.detect_language("Wo ist mein Freund?")["language"] == "de"
    found = client.detect_language(["Où est mon ami ?", "我的朋友在哪里？", " "])
    assert [one["language"] for one in found] == ["fr", "zh-CN", "und"]
    names = {one["language"]: one["name"] for one in client.get_languages()}
    assert names["de"] == "German"
    assert {"zh-CN", "zh-TW"} <= names.keys()


def test_queries(foreign: httpx.Client) -> None:
    """As Google's examples have them."""
    values = {"q": ["Good morning", TEXT], "source": "en", "target": "de", "format": "text", "key": "x"}
    for asked in ({"method": "GET", "params": values}, {"method": "POST", "data": values}):
        answer = foreign.request(url=PATH, **asked)  # type: ignore[arg-type]
        assert [one["translatedText"] for one in answer.json()["data"]["translations"]] == ["Guten Morgen", TRANSLATION]
    assert foreign.get(f"{PATH}/languages", params={"key": "x"}).json()["data"]["languages"][0].keys() == {"language"}


def test_keys(locked: Locked) -> None:
    body = {"q": TEXT, "source": "en", "target": "de"}
    for address in (locked.url, f"{locked.url}/google"):
        answer = client_of(address, Credentials(locked.key)).translate(TEXT, target_language="de")  # type: ignore[no-untyped-call]
        assert answer["translatedText"] == TRANSLATION
        assert httpx.post(f"{address}{PATH}", params={"key": locked.key}, json=body).status_code == 200
        assert httpx.post(f"{address}{PATH}", headers={"X-Goog-Api-Key": locked.key}, json=body).status_code == 200
        assert httpx.post(f"{address}{PATH}", params={"key": "wrong"}, json=body).json()["error"]["code"] == 401


def test_refusals_reach_the_client(client: translate_v2.Client) -> None:
    with pytest.raises(BadRequest, match="language"):
        client.translate(TEXT, target_language="xx")
    with pytest.raises(BadRequest, match="cid"):
        client.translate(TEXT, target_language="de", customization_ids="mine")


REFUSED: list[tuple[str, Any, int]] = [
    ("no text", {"target": "de"}, 400),
    ("an empty list", {"q": [], "target": "de"}, 400),
    ("no language", {"q": TEXT}, 400),
    ("a number", {"q": 5, "target": "de"}, 400),
    ("numbers", {"q": [5, None, {}], "target": "de"}, 400),
    ("many texts", {"q": ["a"] * 300, "target": "de"}, 400),
    ("a lone surrogate", {"q": "\ud83d", "target": "de"}, 400),
    ("a language with NUL", {"q": TEXT, "target": "d\x00e"}, 400),
    ("an unknown source", {"q": ["", ""], "source": "xx", "target": "de"}, 400),
    ("an unknown name", {"q": TEXT, "target": "de", "glossary": "x"}, 400),
    ("a list", [TEXT], 400),
    ("a long body", {"q": "a" * 1_100_000, "target": "de"}, 413),
]


@pytest.mark.parametrize(("body", "status"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refusals(foreign: httpx.Client, body: Any, status: int) -> None:
    content = json.dumps(body).encode()
    refused = foreign.post(PATH, content=content, headers={"Content-Type": "application/json"})
    assert refused.status_code == status, refused.text
    told = refused.json()["error"]
    assert (told["code"], told["status"], told["errors"][0]["message"]) == (status, "INVALID_ARGUMENT", told["message"])
