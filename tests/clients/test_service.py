"""The client of `clients/python` and the service with the shipped models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.api.keyfile import add_key
from app.settings import Settings
from tests.clients.conftest import Clients
from tests.conftest import running_service
from undertone_client import BatchError, RequestRefused, TooManyRequests, Unauthorized

ROOT = Path(__file__).parents[2]
README = ROOT / "clients/python/README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def url(service: httpx.Client) -> str:
    return str(service.base_url)


def test_texts(clients: Clients, url: str) -> None:
    client = clients(url)
    assert client.sentiment("I love this phone").label == "positive"
    answer = client.translate("Good morning", target="de", source="en", check=True)
    assert (answer.translation, answer.detected, answer.warnings) == ("Guten Morgen", None, [])
    assert client.translate("Bonjour", target="de").via == "en"
    kept = client.translate("The <b>cart</b> is empty.", target="de", format="html", glossary={"cart": "Korb"})
    assert "<b>Korb</b>" in kept.translation


def test_explanations(clients: Clients, url: str) -> None:
    client = clients(url)
    explanation = client.sentiment("I love this phone", explain=True).explanation
    likeliest = max(explanation.tokens, key=lambda token: token.contribution)
    assert "I love this phone"[likeliest.start : likeliest.end].strip() == "love"
    sentence = client.translate("Good morning", target="de", explain=True).explanation.sentences[0]
    assert len(sentence.attention) == len(sentence.target)


def test_writing(clients: Clients, tiny_writers: Path) -> None:
    with running_service(tiny_writers) as (url, _):
        client = clients(url)
        options: dict[str, Any] = {"language": "en", "seed": 7, "length": 12}
        written = client.generate("A man", **options)
        assert (written.seed, written.finish in ("end", "length")) == (7, True)
        stream = client.generate_stream("A man", **options)
        assert "".join(stream) == stream.text == stream.answer.text == written.text
        found = client.next_words("A man", language="en", count=3)
        assert len(found.words) == 3
        assert 1 >= found.words[0].probability >= found.words[1].probability > 0
        assert {one.code for one in client.languages().generation} == {"en", "zh"}


def test_batches(clients: Clients, url: str) -> None:
    client = clients(url)
    limit = Settings().max_batch_items
    texts = ["I love it", "I hate it"] * limit
    labels = [answer.label for answer in client.sentiment(texts)]
    assert labels == ["positive", "negative"] * limit
    with pytest.raises(BatchError) as caught:
        client.translate(["Good morning", "", "\ud800", "x" * 30_000, "Good evening"], target="de", source="en")
    kinds = {place: error.kind for place, error in caught.value.errors.items()}
    assert kinds == {1: "empty-text", 2: "invalid-text", 3: "text-too-long"}
    assert [result and result.translation for result in caught.value.results] == [
        "Guten Morgen", None, None, None, "Guten Abend"
    ]  # fmt: skip


def test_a_stream(clients: Clients, url: str) -> None:
    stream = clients(url).translate_stream("Two dogs are playing. A man is watching them.", target="de")
    pieces = list(stream)
    assert len(pieces) > 1
    assert "".join(pieces) == stream.text == stream.answer.translation


def test_a_file(clients: Clients, url: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<html lang=en><p>Good morning</p></html>")
    translated = clients(url).translate_file(
        page, target="de", do_not_translate=["Undertone", "Mosel"], glossary={"morning": "Morgen"}
    )
    assert (translated.name, translated.language, translated.model) == ("page.de.html", "de", "translation-en-de")
    assert clients(url).translate_file(b"Guten Morgen", target="de", name="a.txt").model is None
    assert translated.save(tmp_path).read_text() == "<html lang=en><p>Guten Morgen</p></html>"
    with pytest.raises(RequestRefused) as caught:
        clients(url).translate_file(b"?", target="de", name="picture.png")
    assert caught.value.kind == "unsupported-media-type"


def test_the_catalogue(clients: Clients, url: str) -> None:
    client = clients(url)
    assert {model.name for model in client.models().models} >= {"sentiment-en", "translation-en-de"}
    limits = client.models().limits
    assert limits.model_dump() == {name: getattr(Settings(), name) for name in limits.model_dump()}
    assert ("en", "de") in {(one.source.code, one.target.code) for one in client.languages().translation}
    assert {one.model for one in client.languages().sentiment} >= {"sentiment-en"}
    assert {one.metric for model in client.models().models for one in model.scores} == {
        "bleu", "chrf", "recall", "f1", "accuracy"
    }  # fmt: skip
    assert client.health().status == "ok"


def test_a_preference(clients: Clients, url: str) -> None:
    for prefer in ("quality", "speed"):
        assert clients(url).sentiment("I love it", prefer=prefer).model == "sentiment-en"
        assert clients(url).translate("Good morning", target="de", prefer=prefer).model == "translation-en-de"
    with pytest.raises(RequestRefused) as caught:
        clients(url).translate("Good morning", target="de", prefer="speed", model="translation-en-de")
    assert [error.field for error in caught.value.fields] == ["prefer"]


def test_wrong_requests(clients: Clients, url: str) -> None:
    client = clients(url)
    with pytest.raises(RequestRefused) as caught:
        client.translate("Good morning", target="de", beams=4)
    assert [(error.field, error.message) for error in caught.value.fields] == [
        ("beams", "is no field; did you mean beam?")
    ]
    with pytest.raises(RequestRefused) as caught:
        client.translate("Good morning", target="xx")
    assert caught.value.kind == "unknown-language"


@pytest.fixture(scope="module")
def locked(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """A service that wants keys, and a limited one for each kind of client."""
    file = tmp_path_factory.mktemp("locked") / "keys"
    keys = {kind: add_key(file, kind, "2/hour") for kind in ("sync", "async")}
    with running_service(tiny_models, UNDERTONE_API_KEYS_FILE=str(file)) as (url, _):
        yield url, keys


def test_keys(clients: Clients, locked: tuple[str, dict[str, str]]) -> None:
    url, keys = locked
    with pytest.raises(Unauthorized):
        clients(url).sentiment("I love it!")
    client = clients(url, api_key=keys[clients.kind])
    assert [client.sentiment("I love it!", language="en").model for _ in range(2)] == ["tiny-sentiment"] * 2
    with pytest.raises(TooManyRequests) as caught:
        client.sentiment("I love it!")
    assert (caught.value.retry_after or 0) > 60


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split("\n")[0][:40])
def test_examples(url: str, example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page.html").write_text("<p>Good morning</p>")
    (tmp_path / "lines.txt").write_text("Good morning\nGood evening\n")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(example.replace("http://127.0.0.1:8000", url.rstrip("/")), names)
    if "client" in names:
        names["client"].close()
