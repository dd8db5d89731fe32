"""How requests find their adapter, whichever that is."""

from __future__ import annotations

from collections.abc import Collection
from types import SimpleNamespace
from typing import Any, get_args

import httpx
import pytest
from pydantic import ValidationError

from app.api import compat
from app.api.admission import Gate
from app.api.compat.adapter import ALWAYS, Adapter, KeyPlaces, answer
from app.api.compat.models import chosen
from app.api.compat.recognize import Recognize
from app.api.compat.values import Foreign, ValuesReader
from app.api.dispatch import Call, Dispatch
from app.api.errors import Problem
from app.api.exchange import Exchange
from app.engine.messages import ModelInfo
from app.main import create_app, templates
from app.settings import Compat, Settings
from tests.api.compat.conftest import ORIGIN, Locked

ADAPTERS = compat.load(get_args(Compat))


def test_unknown_names_are_refused_with_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERTONE_COMPAT", "libretranslate, altavista")
    with pytest.raises(ValidationError, match="libretranslate") as refused:
        Settings()
    assert "compat" in str(refused.value)
    monkeypatch.setenv("UNDERTONE_COMPAT", "")
    assert Settings().compat == []


def test_nothing_of_an_adapter_is_there_unless_it_is_on() -> None:
    app = create_app(Settings(compat=[]))
    assert not [path for path in templates(app.router) if path.startswith("/libretranslate")]
    assert Recognize not in [middleware.cls for middleware in app.user_middleware]


def test_the_api_document_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    assert create_app(Settings(compat=list(get_args(Compat)))).openapi() == create_app(Settings()).openapi()


def test_a_path_whose_api_the_body_tells_is_not_refused_by_its_head() -> None:
    def prices(*names: Compat) -> Collection[str]:
        [dispatch] = [one for one in create_app(Settings(compat=list(names))).user_middleware if one.cls is Dispatch]
        gate: Gate = dispatch.kwargs["gate"]  # type: ignore[assignment]
        return gate.prices

    assert {"/translate", "/sentiment"} <= set(prices("deepl"))
    assert set(prices()) - set(prices("libretranslate")) == {"/translate"}


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
def test_no_path_at_the_root_hides_a_native_one(adapter: Adapter) -> None:
    native = set(templates(create_app(Settings()).router)) | {"/"}
    assert not native & {path for path, mark in adapter.roots.items() if mark is ALWAYS}


def scope_of(method: str, path: str, query: bytes = b"", **headers: str) -> dict[str, Any]:
    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    state = {"exchange": Exchange(b"id", arrived=0.0)}
    return {"type": "http", "method": method, "path": path, "query_string": query, "headers": fields, "state": state}


def made(name: str) -> Adapter:
    """An adapter that has one path by a mark, one always and one with a parameter."""
    api = Adapter(
        name,
        error=lambda problem, status: {name: [status, problem.kind]},
        statuses={422: 400, "empty-text": 418},
        keys=KeyPlaces("X-Key", headers=(b"x-key",), query="key"),
    )

    async def nothing(body: Foreign, call: Call) -> Any:
        return answer({})

    reader = ValuesReader(Foreign)
    marked = api.answers("/both", at_root=lambda scope: name.encode() in scope["query_string"], price=0, reader=reader)
    marked(nothing)
    api.answers("/mine", at_root=ALWAYS, price=0, reader=reader)(nothing)
    api.answers("/things/{id}/parts", at_root=ALWAYS, price=0, reader=reader)(nothing)
    api.answers("/inside", price=0, reader=reader)(nothing)
    return api


ONE, TWO = made("one"), made("two")


@pytest.mark.parametrize(
    ("path", "query", "route", "adapter"),
    [
        ("/one/mine", b"", "/one/mine", ONE),
        ("/two/mine", b"", "/two/mine", TWO),
        ("/mine", b"", "/one/mine", ONE),  # which is named first
        ("/both", b"two", "/two/both", TWO),
        ("/both", b"", "/both", None),
        ("/inside", b"", "/inside", None),
        ("/one/inside", b"", "/one/inside", ONE),
        ("/things/a%20b/parts", b"", "/one/things/{id}/parts", ONE),
        ("/two/things/x/parts", b"", "/two/things/{id}/parts", TWO),
        ("/things/x/y/parts", b"", "/things/x/y/parts", None),
        ("/things/" + "x" * 300 + "/parts", b"", "/things/" + "x" * 300 + "/parts", None),
        ("/two/nothing", b"", "/two/nothing", TWO),
        ("/two", b"", "/two", TWO),
        ("/onemine", b"", "/onemine", None),
        ("/", b"", "/", None),
        ("//one/mine", b"", "//one/mine", None),
    ],
)
def test_where_a_request_goes(path: str, query: bytes, route: str, adapter: Adapter | None) -> None:
    scope = scope_of("POST", path, query)
    found = Recognize(None, [ONE, TWO]).recognized(scope)  # type: ignore[arg-type]
    assert found["path"] == route
    assert Exchange.of(scope).dialect is adapter
    if "{" in route:
        assert found["path_params"]["id"] in path


def test_words_and_keys() -> None:
    worded = ONE.word(Problem("invalid-request", "no", {"Retry-After": "3"}))
    assert (worded.status_code, worded.body) == (400, b'{"one": [400, "invalid-request"]}')
    assert worded.headers["retry-after"] == "3"
    assert ONE.word(Problem("empty-text", "no")).status_code == 418
    assert ONE.word(Problem("overloaded", "no")).status_code == 503
    assert ONE.key_in_head(scope_of("POST", "/mine", b"key=a%20", x_key="")) == "a"
    assert ONE.key_in_head(scope_of("POST", "/mine", b"key=a", x_key=" b ")) == "b"
    assert ONE.key_in_head(scope_of("POST", "/mine")) == ""


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
def test_problems_before_the_route_is_reached(foreign: httpx.Client, locked: Locked, adapter: Adapter) -> None:
    """Each in the shape of the foreign API: no such path, no such method, too long a body or head, no key."""
    path = next(path for path, route in adapter.dispatched.items() if "POST" in route.methods)
    for refused, status in (
        (foreign.get(f"{adapter.prefix}/nothing"), 404),
        (foreign.get(f"{adapter.prefix}/"), 405 if f"{adapter.prefix}/" in adapter.dispatched else 404),
        (foreign.put(path), 405),
        (foreign.post(path, content=b"a" * 30_000_000), 413),
        (foreign.post(path, headers={"X-Long": "a" * 16_300}), 431),
        (foreign.post(path, headers={"X-Request-Timeout": "never"}, json={}), 422),
        (httpx.post(f"{locked.url}{path}", json={}), 401),
    ):
        assert refused.status_code in (status, adapter.statuses.get(status))
        assert refused.headers["content-type"] == adapter.media_type
        assert_shape(adapter.name, refused)


HOSTILE: list[tuple[bytes, str]] = [
    (b"", ""),
    (b"", "application/json"),
    (b"\x00\xff\xfe", "application/json"),
    (b"[" * 100_000, "application/json"),
    (b'{"q": ' + b"9" * 10_000 + b"}", "application/json"),
    (b'[{"Text": "a"}, null, [], 1e999, NaN, "a"]', "application/json"),
    (b'{"q": {"a": []}, "text": {}, "target": [], "target_lang": {}, "to": 1, "id": "x"}', "application/json"),
    (b'{"q": ["a"], "q": ["\\ud800"], "source": "\\u0000", "target": "\\u202e"}', "application/json"),
    (b'{"text": ["a"], "target_lang": "de", "glossary_id": {"a": 1}, "text": "\\ud800"}', "application/json"),
    (b"q=%ff%fe&target=de&source=en", "application/x-www-form-urlencoded"),
    (b"q=a&q=b&target=de&target=fr&source=en&format", "application/x-www-form-urlencoded"),
    (b"\xff=\xfe", "application/x-www-form-urlencoded"),
    (b"&".join(b"q=a" for _ in range(5000)), "application/x-www-form-urlencoded"),
    (b"text=%00&target_lang=%00", "application/x-www-form-urlencoded"),
    (b"--x\r\nContent-Disposition: form-data; name=q\r\n\r\nhi", "multipart/form-data; boundary=x"),
    (b"no form", "multipart/form-data"),
    (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    (b"%PDF-1.4", "application/pdf"),
]
QUERIES = ("", "?api-version=3.0&to=de", "?api-version=%00&to=%ff&q=%ff&key=%00&target")


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
def test_hostile_bodies(foreign: httpx.Client, adapter: Adapter) -> None:
    """Each is refused in the foreign shape, or answered where it asks for something after all."""
    for path, route in adapter.dispatched.items():
        method = "POST" if "POST" in route.methods else route.methods[0]
        for number, (content, media_type) in enumerate(HOSTILE):
            headers = {"Content-Type": media_type} if media_type else {}
            query = QUERIES[number % len(QUERIES)]
            answer = foreign.request(method, path + query, content=content, headers=headers)
            assert answer.status_code < 500, (path, query, content[:80], answer.text)
            if answer.status_code != 200:
                assert_shape(adapter.name, answer)
    assert foreign.post("/translate", json={"text": "My friend", "target": "de"}).status_code == 200


def assert_shape(name: str, refused: httpx.Response) -> None:
    shape = refused.json()
    expected = {
        "libretranslate": lambda: shape.keys() == {"error"} and isinstance(shape["error"], str),
        "deepl": lambda: shape.keys() == {"message"} and isinstance(shape["message"], str),
        "sagemaker": lambda: shape.keys() == {"code", "message"} and isinstance(shape["message"], str),
        "openinference": lambda: shape.keys() == {"error"} and isinstance(shape["error"], str),
        "huggingface": lambda: shape.keys() == {"error", "error_type"} and isinstance(shape["error"], str),
        "amazon": lambda: shape.keys() == {"__type", "Message"} and shape["__type"].endswith("Exception"),
        "google": lambda: shape["error"]["code"] == refused.status_code and shape["error"]["message"],
        "microsoft": lambda: str(shape["error"]["code"]).startswith(str(refused.status_code)),
    }
    assert expected[name](), shape


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/microsoft/translate", "content-type, ocp-apim-subscription-key"),
        ("/google/language/translate/v2", "x-goog-api-key"),
        ("/deepl/v2/translate", "authorization"),
        ("/amazon/", "authorization, content-type, x-amz-target"),
    ],
)
def test_pages_of_other_origins_may_send_foreign_keys(locked: Locked, path: str, headers: str) -> None:
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": headers, "Origin": ORIGIN}
    leave = httpx.options(f"{locked.url}{path}", headers=ask)
    assert (leave.status_code, leave.headers["access-control-allow-origin"]) == (200, ORIGIN)
    refused = httpx.options(f"{locked.url}{path}", headers={**ask, "Access-Control-Request-Headers": "x-other"})
    assert refused.status_code == 400


def test_language_models_are_none_of_theirs() -> None:
    models = [
        ModelInfo(name, task, "", "", 1, ["en"], [], [], 9) for name, task in (("a", "language"), ("b", "sentiment"))
    ]
    pipeline = SimpleNamespace(models=models)
    assert chosen(pipeline, "b").task == "sentiment"  # type: ignore[arg-type]
    with pytest.raises(Problem, match="there is sentiment, translation, b"):
        chosen(pipeline, "a")  # type: ignore[arg-type]
