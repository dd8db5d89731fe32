"""LibreTranslate's API, as its clients call it."""

from __future__ import annotations

import json
from typing import Any
from urllib import parse, request

import httpx
import pytest
from deep_translator import LibreTranslator
from deep_translator.exceptions import AuthorizationException
from libretranslatepy import LibreTranslateAPI

from tests.api.compat.conftest import Locked

TEXT, TRANSLATION = "My friend is here.", "Mein Freund ist hier."


@pytest.mark.parametrize("prefix", ["", "/libretranslate"])
def test_its_own_client(url: str, prefix: str) -> None:
    client = LibreTranslateAPI(url + prefix)
    assert client.translate(TEXT, "en", "de") == TRANSLATION
    (found,) = client.detect("Wo ist mein Freund?")
    assert found["language"] == "de"
    assert found["confidence"] > 80
    codes = {one["code"]: one for one in client.languages()}
    assert "de" in codes["en"]["targets"]
    assert codes["de"]["name"] == "German"


@pytest.mark.parametrize("prefix", ["", "/libretranslate"])
def test_the_client_in_argos_translate(url: str, prefix: str) -> None:
    """Its languages come by POST."""

    def ask(path: str, **values: str) -> Any:
        asked = request.Request(f"{url}{prefix}/{path}", data=parse.urlencode(values).encode())
        return json.loads(request.urlopen(asked).read().decode())

    assert ask("translate", q=TEXT, source="en", target="de", api_key="x")["translatedText"] == TRANSLATION
    assert ask("detect", q="Where is my friend?")[0]["language"] == "en"
    assert {"code", "name"} <= ask("languages")[0].keys()


def test_deep_translator(url: str) -> None:
    """It has all values in the query of a POST without a body."""
    for address in (f"{url}/", f"{url}/libretranslate/"):
        client = LibreTranslator(source="en", target="de", api_key="x", custom_url=address)
        assert client.translate(TEXT) == TRANSLATION


@pytest.mark.parametrize("prefix", ["", "/libretranslate"])
def test_weblate(foreign: httpx.Client, prefix: str) -> None:
    """The requests of weblate/machinery/libretranslate.py."""
    asked = {"api_key": "", "q": [TEXT, "Good morning"], "source": "en", "target": "de"}
    answer = foreign.post(f"{prefix}/translate", json=asked)
    assert answer.json() == {"translatedText": [TRANSLATION, "Guten Morgen"]}
    assert "zh" in [one["code"] for one in foreign.get("/libretranslate/languages").json()]


def test_detected_languages(foreign: httpx.Client) -> None:
    one = foreign.post("/translate", data={"q": TEXT, "source": "auto", "target": "de"}).json()
    assert one["translatedText"] == TRANSLATION
    assert one["detectedLanguage"]["language"] == "en"
    texts = ["Wo ist mein Freund?", "", "Où est mon ami ?"]
    several = foreign.post("/translate", json={"q": texts, "source": "auto", "target": "en"}).json()
    assert [one["language"] for one in several["detectedLanguage"]] == ["de", "en", "fr"]
    assert several["translatedText"][1] == ""


def test_html_and_alternatives(foreign: httpx.Client) -> None:
    asked = {"q": f"<p>{TEXT[:-1]}<br>now.</p>", "source": "en", "target": "de", "format": "html"}
    assert foreign.post("/translate", json=asked).json()["translatedText"].startswith("<p>Mein Freund")
    asked = {"q": f"{TEXT} Good morning!", "source": "en", "target": "de", "alternatives": 3}
    answer = foreign.post("/translate", json=asked).json()
    assert 1 <= len(answer["alternatives"]) <= 3
    assert answer["translatedText"] not in answer["alternatives"]
    assert len({answer["translatedText"], *answer["alternatives"]}) == 1 + len(answer["alternatives"])
    several = foreign.post("/translate", json={**asked, "q": [TEXT]}).json()
    assert isinstance(several["alternatives"][0], list)


def test_files(foreign: httpx.Client) -> None:
    """The URL that comes back holds the file."""
    page = f"<!DOCTYPE html>\n<p>{TEXT}</p>\n"
    for prefix in ("", "/libretranslate"):
        asked = {"source": "en", "target": "de", "api_key": ""}
        answer = foreign.post(f"{prefix}/translate_file", data=asked, files={"file": ("a.html", page, "text/html")})
        url = answer.json()["translatedFileUrl"]
        with request.urlopen(url) as file:
            assert file.headers.get_content_type() == "text/html"
            assert file.read().decode() == page.replace(TEXT, TRANSLATION)
    for name, content, status in (("a.pdf", "%PDF-1.4", 400), ("a.txt", "", 400), ("a.txt", "a" * 10_600_000, 413)):
        refused = foreign.post("/translate_file", data=asked, files={"file": (name, content)})
        assert (refused.status_code, refused.json().keys()) == (status, {"error"})
    assert foreign.post("/translate_file", data={**asked, "file": "a"}).status_code == 400


def test_settings_and_health(foreign: httpx.Client) -> None:
    settings = foreign.get("/frontend/settings").json()
    assert settings["charLimit"] == 20_000
    assert settings["keyRequired"] is False
    assert settings["language"]["source"]["code"] == "auto"
    assert foreign.get("/health").json() == {"status": "ok"}


def test_the_native_routes_stay(foreign: httpx.Client) -> None:
    assert foreign.post("/translate", json={"text": 'say "q"', "source": "en", "target": "de"}).json()["source"] == "en"
    assert "translation" in foreign.get("/languages").json()
    refused = foreign.post("/translate", json={"texts": 'a "q"', "target": "de"})
    assert refused.json()["type"] == "urn:undertone:problem:invalid-request"


def test_keys(locked: Locked) -> None:
    for address in (locked.url, f"{locked.url}/libretranslate"):
        assert LibreTranslateAPI(address, locked.key).translate(TEXT, "en", "de") == TRANSLATION
        assert LibreTranslateAPI(address, locked.key).languages()
        body = {"q": TEXT, "source": "en", "target": "de"}
        answer = httpx.post(f"{address}/translate", json={**body, "api_key": locked.key})
        assert answer.json()["translatedText"] == TRANSLATION
        for key in ("", "wrong", None, 5, [locked.key]):
            refused = httpx.post(f"{address}/translate", json={**body, "api_key": key})
            assert (refused.status_code, refused.json().keys()) == (403, {"error"})
        with pytest.raises(AuthorizationException):
            LibreTranslator(source="en", target="de", api_key="wrong", custom_url=f"{address}/").translate(TEXT)
        assert httpx.get(f"{address}/frontend/settings").json()["keyRequired"] is True
        assert httpx.get(f"{address}/health").status_code == 200


def test_a_native_request_without_a_key_is_refused(locked: Locked) -> None:
    body = {"text": TEXT, "target": "de"}
    for asked in (body, {**body, "api_key": locked.key}):
        refused = httpx.post(f"{locked.url}/translate", json=asked)
        assert refused.status_code == 401
        assert refused.json()["type"] == "urn:undertone:problem:unauthorized"
    answer = httpx.post(f"{locked.url}/translate", json=body, headers={"X-API-Key": locked.key})
    assert answer.json()["source"] == "en"


REFUSED = [
    ("no text", {"source": "en", "target": "de"}, 400),
    ("no language", {"q": TEXT, "source": "en"}, 400),
    ("an unknown language", {"q": TEXT, "source": "en", "target": "xx"}, 400),
    ("an unknown language of blank texts", {"q": [""], "source": "en", "target": "xx"}, 400),
    ("a number", {"q": 5, "source": "en", "target": "de"}, 400),
    ("numbers", {"q": [5, None], "source": "en", "target": "de"}, 400),
    ("many texts", {"q": ["a"] * 300, "source": "en", "target": "de"}, 400),
    ("a lone surrogate", {"q": "\ud83d", "source": "en", "target": "de"}, 400),
    ("a long text", {"q": "a" * 30_000, "source": "en", "target": "de"}, 400),
    ("a format", {"q": TEXT, "source": "en", "target": "de", "format": "docx"}, 400),
    ("too many alternatives", {"q": TEXT, "source": "en", "target": "de", "alternatives": 1000}, 400),
    ("an unknown name", {"q": TEXT, "source": "en", "target": "de", "formal": True}, 400),
    ("a long body", {"q": "a" * 1_100_000, "source": "en", "target": "de"}, 413),
]


@pytest.mark.parametrize(("body", "status"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refusals(foreign: httpx.Client, body: dict[str, Any], status: int) -> None:
    content = json.dumps(body).encode()
    refused = foreign.post("/libretranslate/translate", content=content, headers={"Content-Type": "application/json"})
    assert refused.status_code == status
    assert refused.json().keys() == {"error"}
