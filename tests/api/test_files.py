"""POST /translate/file, over real sockets."""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import docx
import httpx
import pytest

from app.api.files import disposition
from app.api.keyfile import add_key
from app.formats.files import MEDIA_TYPES
from tests.conftest import cancelled, running_service
from tests.formats.packages import book, members, word_document

PAGE = "<!DOCTYPE html>\n<title>My friend</title>\n<p>My <b>friend</b> is here.</p>\n"
TRANSLATED = "<!DOCTYPE html>\n<title>Mein Freund</title>\n<p>Mein <b>Freund</b> ist hier.</p>\n"


def send(service: httpx.Client, data: bytes, name: str, media_type: str = "", **options: str) -> httpx.Response:
    return service.post("/translate/file", files={"file": (name, data, media_type)}, data={"target": "de", **options})


def send_raw(service: httpx.Client, data: bytes, media_type: str = "", **options: str) -> httpx.Response:
    headers = {"Content-Type": media_type} if media_type else {}
    return service.post("/translate/file", content=data, headers=headers, params={"target": "de", **options})


def test_a_form_is_answered_by_the_same_kind_of_file(service: httpx.Client) -> None:
    answer = send(service, PAGE.encode(), "page.html", "text/html")
    assert answer.status_code == 200, answer.text
    assert answer.text == TRANSLATED
    assert answer.headers["content-type"] == "text/html"
    assert answer.headers["content-disposition"] == 'attachment; filename="page.de.html"'
    assert answer.headers["content-language"] == "de"


def test_a_raw_body_has_its_options_in_the_query(service: httpx.Client) -> None:
    answer = send_raw(service, b"# My friend\n", "text/markdown; charset=utf-8", name="notes.en.md", beam="1")
    assert answer.status_code == 200, answer.text
    assert answer.text == "# Mein Freund\n"
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="notes.de.md"'


def test_the_encoding_stays(service: httpx.Client) -> None:
    for data in (PAGE.encode("utf-8-sig"), PAGE.encode("utf-16")):
        answer = send(service, data, "page.html", "text/html")
        assert answer.content.decode((data[:2] == b"\xff\xfe" and "utf-16") or "utf-8-sig") == TRANSLATED
        assert answer.content[:3] == data[:3]


def test_names_that_are_not_ascii(service: httpx.Client) -> None:
    disposition = send(service, b"My friend", 'größe\r\n"x".txt').headers["content-disposition"]
    assert disposition.startswith("attachment; filename=\"translation.txt\"; filename*=UTF-8''")
    assert "gr%C3%B6%C3%9Fe" in disposition
    assert disposition.endswith(".de.txt")


def test_glossary_and_words_to_keep_in_a_form(service: httpx.Client) -> None:
    answer = service.post(
        "/translate/file",
        files={"file": ("a.txt", b"My friend reads Blue Ladder and Red Moon.")},
        data={
            "target": "de",
            "source": "en",
            "glossary": '{"friend": "Kumpel"}',
            "do_not_translate": ["Blue Ladder", "Red Moon"],
        },
    )
    assert answer.status_code == 200, answer.text
    assert all(word in answer.text for word in ("Kumpel", "Blue Ladder", "Red Moon"))


def test_a_word_document_and_a_book(service: httpx.Client) -> None:
    answer = send(service, word_document(), "house.docx")
    assert answer.headers["content-type"] == MEDIA_TYPES["docx"][0]
    paragraphs = docx.Document(io.BytesIO(answer.content)).paragraphs
    assert paragraphs[0].text == "Das alte Haus"
    assert [run.text for run in paragraphs[1].runs if run.bold] == ["wirklich"]
    assert members(answer.content).keys() == members(word_document()).keys()
    answer = send_raw(service, book(), "application/epub+zip", source="en")
    assert "Das alte Haus" in members(answer.content)["OEBPS/c.opf"].decode()
    assert answer.headers["content-disposition"] == 'attachment; filename="translation.de.epub"'


def test_a_file_with_nothing_to_translate_comes_back(service: httpx.Client) -> None:
    assert send(service, b"<hr><pre>x = 1</pre>", "a.html").content == b"<hr><pre>x = 1</pre>"


COLUMNS = '{"columns": [1]}'


@pytest.mark.parametrize(
    ("status", "kind", "detail", "data", "options"),
    [
        (422, "invalid-request", "nome: ", b"x", {"nome": "a.txt"}),
        (422, "invalid-request", "beam: ", b"x", {"name": "a.txt", "beam": "99"}),
        (422, "invalid-request", "beam: ", b"x", {"name": "a.txt", "beam": "four"}),
        (422, "invalid-request", "format: ", b"x", {"format": "pdf"}),
        (422, "invalid-request", "check: ", b"x", {"name": "a.txt", "check": "true"}),
        (422, "invalid-request", "glossary: ", b"x", {"name": "a.txt", "glossary": "{broken"}),
        (422, "invalid-request", "format_options: must be a JSON object", b"x", {"format_options": "{broken"}),
        (422, "invalid-request", "format_options: must be an object", b"x", {"format_options": "columns"}),
        (422, "invalid-request", "columns is no option of html", b"x", {"name": "a.html", "format_options": COLUMNS}),
        (422, "invalid-request", "columns is no option of docx", b"x", {"name": "a.docx", "format_options": COLUMNS}),
        (422, "unknown-language", "target: ", b"x", {"name": "a.txt", "target": "xx"}),
        (422, "unknown-glossary", "no glossary", b"x", {"name": "a.txt", "glossary": "absent"}),
        (415, "unsupported-media-type", ".docx", b"x", {"name": "a.png"}),
        (422, "empty-text", "empty", b"", {"name": "a.txt"}),
        (422, "malformed-document", "Line 2 is no UTF-8", b"One\nCaf\xe9", {"name": "a.txt"}),
        (422, "malformed-document", "no package", b"PK\x03\x04 not whole", {"name": "a.docx"}),
        (422, "malformed-document", "line 1, column", b"<resources><a></resources>", {"name": "strings.xml"}),
        (413, "body-too-large", "Split it", b" " * (10 * 1024 * 1024 + 1), {"name": "a.txt"}),
    ],
)
def test_errors_say_what_to_change(
    service: httpx.Client, status: int, kind: str, detail: str, data: bytes, options: dict[str, str]
) -> None:
    problem = send_raw(service, data, **options).json()
    assert (problem["status"], problem["type"]) == (status, f"urn:undertone:problem:{kind}"), problem
    assert detail in problem["detail"]


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (422, {"files": {"file": ("a.txt", b"x")}, "params": {"target": "de"}, "data": {"target": "de"}}),
        (422, {"files": {"document": ("a.txt", b"x")}, "data": {"target": "de"}}),
        (422, {"files": {"file": ("a.txt", b"x")}, "data": {"target": ["de", "fr"]}}),
        (422, {"files": {"file": ("a.txt", b"x")}}),
        (422, {"files": [("file", ("a.txt", b"x")), ("file", ("b.txt", b"x"))], "data": {"target": "de"}}),
        (400, {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}),
        (400, {"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}}),
        (413, {"content": iter([b" " * 1024] * 12_000), "params": {"target": "de", "name": "a.txt"}}),
    ],
)
def test_forms_that_are_none(service: httpx.Client, status: int, request_: dict[str, object]) -> None:
    assert service.post("/translate/file", **request_).status_code == status  # type: ignore[arg-type]


PLAIN = {"Accept-Encoding": "identity"}


def distinct_lines(count: int) -> str:
    """Lines of which none is the same as another one, since equal ones are translated once."""
    return "".join(f"A man is reading book number {number} in the garden.\n" for number in range(count))


LINES = distinct_lines(400)


def test_the_answer_begins_before_the_file_is_translated_and_short_requests_get_on(service: httpx.Client) -> None:
    params = {"target": "de", "source": "en", "name": "a.txt"}
    with service.stream("POST", "/translate/file", content=LINES.encode(), params=params, headers=PLAIN) as answer:
        chunks = answer.iter_raw()
        assert next(chunks).startswith(b"Ein Mann")
        short = service.post("/translate", json={"text": "My friend is here.", "target": "de"})
        assert short.json().get("translation") == "Mein Freund ist hier.", short.text
        rest = b"".join(chunks).decode()
    assert rest.count("\n") == 400
    assert "399" in rest.splitlines()[-1]


def test_a_deadline_breaks_the_answer_off(service: httpx.Client) -> None:
    params = {"target": "de", "source": "en", "name": "a.txt"}
    stream = service.stream(
        "POST",
        "/translate/file",
        content=distinct_lines(20_000).encode(),
        params=params,
        headers={"X-Request-Timeout": "8"},
    )
    with pytest.raises(httpx.RemoteProtocolError), stream as answer:
        answer.read()


@pytest.fixture(scope="module")
def small_service(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    keys = tmp_path_factory.mktemp("keys") / "keys"
    key = add_key(keys, "test", None)
    with running_service(tiny_models, UNDERTONE_API_KEYS_FILE=str(keys), UNDERTONE_MAX_FILE_BYTES="2048") as (url, _):
        yield f"{url} {key}"


def test_keys_bounds_and_metrics_are_those_of_the_other_routes(small_service: str) -> None:
    url, key = small_service.split()
    with httpx.Client(base_url=url, timeout=60) as client:
        assert send_raw(client, b"A man", name="a.txt").status_code == 401
        client.headers["X-API-Key"] = key
        assert send_raw(client, b"A man", name="a.txt", source="en").status_code == 200
        problem = send_raw(client, b"A" * 2049, name="a.txt").json()
        assert "2,049 bytes; at most 2,048" in problem["detail"]
        client.get("/metrics")
        page = client.get("/metrics").text
        assert 'route="/translate/file",status="200"' in page


def test_a_client_that_leaves_ends_the_work(service: httpx.Client) -> None:
    before = cancelled(service)
    body = distinct_lines(8_000).encode()
    host, port = service.base_url.host, service.base_url.port
    with socket.create_connection((host, port or 80)) as connection:
        head = "POST /translate/file?target=de&source=en&name=a.txt HTTP/1.1\r\nHost: x\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    deadline = time.monotonic() + 20
    while cancelled(service) == before:
        assert time.monotonic() < deadline, "the work went on"


def test_the_openapi_document_has_form_and_raw_body(service: httpx.Client) -> None:
    operation = service.get("/openapi.json").json()["paths"]["/translate/file"]["post"]
    content = operation["requestBody"]["content"]
    assert {"multipart/form-data", "text/html", MEDIA_TYPES["docx"][0]} <= content.keys()
    assert content["multipart/form-data"]["schema"]["required"] == ["file", "target"]
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert {"target", "name", "format", "do_not_translate", "x-request-timeout"} <= names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("page.de.html", 'attachment; filename="page.de.html"'),
        ("Grüße.de.txt", "attachment; filename=\"translation.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.de.txt"),
        ("a.de.中文", "attachment; filename=\"translation\"; filename*=UTF-8''a.de.%E4%B8%AD%E6%96%87"),
    ],
)
def test_the_name_of_an_answer_fits_a_header(name: str, expected: str) -> None:
    assert disposition(name) == expected
    assert expected.isascii()
