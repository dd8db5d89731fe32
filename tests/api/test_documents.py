"""Documents through the real service with the shipped models: structure stays, and markup goes with its words."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.api.test_bad_input import assert_problem


def translate(service: httpx.Client, text: str, target: str = "de", **options: Any) -> str:
    answer = service.post("/translate", json={"text": text, "source": "en", "target": target, **options})
    assert answer.status_code == 200, answer.text
    translation: str = answer.json()["translation"]
    return translation


def test_inline_elements_go_with_their_words(service: httpx.Client) -> None:
    assert "<b>Freund</b>" in translate(service, "<p>My <b>friend</b> is here.</p>", format="html")
    text = "<p>A man in a <b>red <i>shirt</i></b> plays <a href='x'>guitar</a>.</p>"
    answer = translate(service, text, format="html")
    assert "<a href='x'>Gitarre</a>" in answer
    assert "<i>Hemd</i></b>" in answer
    assert translate(service, "My **friend** is here.", format="markdown") == "Mein **Freund** ist hier."


def test_elements_over_several_sentences_stay_whole(service: httpx.Client) -> None:
    answer = translate(service, "<p><em>A dog runs. A cat sleeps.</em> Two men are talking.</p>", format="html")
    assert answer.count("<em>") == answer.count("</em>") == 1
    assert answer.startswith("<p><em>Ein Hund")
    assert "</em> Zwei" in answer


@pytest.mark.parametrize("target", ["de", "fr", "zh-Hans", "zh-Hant"])
def test_what_is_not_to_be_translated_stays(service: httpx.Client, target: str) -> None:
    text = (
        "<script>alert('a man');</script><p translate='no'>A man</p><p>Run <code>two dogs</code> now.</p><!-- a man -->"
    )
    answer = translate(service, text, target, format="html")
    for kept in (
        "<script>alert('a man');</script>",
        "<p translate='no'>A man</p>",
        "<code>two dogs</code>",
        "<!-- a man -->",
    ):
        assert answer.count(kept) == 1


def test_data_keeps_its_structure(service: httpx.Client) -> None:
    answer = json.loads(translate(service, '{"title": "Good morning", "count": 3, "ok": true}', format="json"))
    assert answer == {"title": "Guten Morgen", "count": 3, "ok": True}
    message = "{count, plural, one {# dog} other {# dogs}} in the snow"
    answer = translate(service, message, format="messages", syntax="icu")
    assert answer.startswith("{count, plural, one {#")
    assert answer.count("{") == answer.count("}") == 3
    cues = "1\n00:00:01,000 --> 00:00:02,500\nA man is\n<i>running</i>.\n"
    assert translate(service, cues, format="srt").startswith("1\n00:00:01,000 --> 00:00:02,500\nEin Mann")


def test_a_text_that_plainly_is_a_document_keeps_its_structure(service: httpx.Client) -> None:
    assert translate(service, '["Good morning", "Good night"]') == '["Guten Morgen", "Gute Nacht"]'
    assert translate(service, "<p>Hello</p>") == "<p>Hallo</p>"


def test_documents_of_a_batch_are_answered_each_by_itself(service: httpx.Client) -> None:
    body = {"texts": ['{"a": "Good night"}', '{"a": ', "[]"], "source": "en", "target": "de", "format": "json"}
    found = service.post("/translate/batch", json=body).json()["results"]
    assert json.loads(found[0]["translation"]) == {"a": "Gute Nacht"}
    assert found[1]["error"]["type"].endswith("malformed-document")
    assert found[2]["translation"] == "[]"


def test_a_document_that_does_not_fit_its_format_is_refused(service: httpx.Client) -> None:
    body = {"text": '{"title": "Good', "source": "en", "target": "de", "format": "json"}
    assert_problem(service.post("/translate", json=body), 422, "malformed-document")
    assert_problem(service.post("/translate", json={**body, "format": "docx"}), 422, "invalid-request")


TABLE = "id;title;note\n7;Good night;Good morning\n"
NESTED = '{"title": "Good night", "meta": {"title": "GN_17", "note": "Good morning"}}'


@pytest.mark.parametrize(
    ("format", "text", "options", "expected"),
    [
        ("csv", TABLE, {"columns": ["title"]}, "id;title;note\n7;Gute Nacht;Good morning\n"),
        ("csv", TABLE, {"columns": [3], "header": "keep"}, "id;title;note\n7;Good night;Guten Morgen\n"),
        ("csv", "a|Good night\n", {"delimiter": ";", "columns": [1], "header": "keep"}, "a|Good night\n"),
        ("json", NESTED, {"keys": ["note"]}, NESTED.replace("Good morning", "Guten Morgen")),
        ("json", NESTED, {"skip": ["note"]}, NESTED.replace("Good night", "Gute Nacht")),
        ("po", 'msgid "Good night"\nmsgstr "x"\n', {"overwrite": True}, 'msgid "Good night"\nmsgstr "Gute Nacht"\n'),
        ("po", 'msgid "Good night"\nmsgstr "x"\n', {"overwrite": None}, 'msgid "Good night"\nmsgstr "x"\n'),
    ],
)
def test_options_of_formats(
    service: httpx.Client, format: str, text: str, options: dict[str, Any], expected: str
) -> None:
    assert translate(service, text, format=format, format_options=options) == expected
    fields = {"source": "en", "target": "de", "format": format, "format_options": json.dumps(options)}
    for sent in (
        {"files": {"file": ("a", text.encode())}, "data": fields},
        {"content": text.encode(), "params": fields},
    ):
        answer = service.post("/translate/file", **sent)  # type: ignore[arg-type]
        assert (answer.status_code, answer.text) == (200, expected)


@pytest.mark.parametrize(
    ("format", "text", "options", "detail"),
    [
        ("csv", TABLE, {"columns": ["titel"]}, "The table has no column 'titel': its first row has id, title, note."),
        ("csv", TABLE, {"columns": [1, "4"]}, "The table has no column 4: its first row has 3 cells."),
        ("csv", TABLE, {"columns": [0]}, "The table has no column 0: its first row has 3 cells."),
        ("json", NESTED, {"keys": ["body"]}, "The document has no text under the keys body: name others, or none."),
    ],
)
def test_options_that_a_document_does_not_fit(
    service: httpx.Client, format: str, text: str, options: dict[str, Any], detail: str
) -> None:
    answer = service.post(
        "/translate", json={"text": text, "target": "de", "format": format, "format_options": options}
    )
    assert_problem(answer, 422, "malformed-document")
    assert answer.json()["detail"] == detail
