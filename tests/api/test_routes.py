"""The routes as a client meets them: a real server, real sockets, the shipped models."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I love this phone", "positive"),
        ("The train leaves at nine", "neutral"),
        ("Terrible service, never again", "negative"),
    ],
)
def test_sentiment(service: httpx.Client, text: str, label: str) -> None:
    answer = service.post("/sentiment", json={"text": text}).json()
    assert answer["label"] == label
    assert sum(answer["scores"].values()) == pytest.approx(1, abs=1e-4)
    assert max(answer["scores"], key=answer["scores"].get) == label
    assert answer["language"] == "en"
    assert answer["truncated"] is False


def test_translation(service: httpx.Client) -> None:
    body = {"text": "A man in a blue shirt is standing on a ladder", "target": "de"}
    answer = service.post("/translate", json=body).json()
    assert answer["translation"].rstrip(".") in (
        "Ein Mann in einem blauen Hemd steht auf einer Leiter",
        "Ein Mann im blauen Hemd steht auf einer Leiter",
        "Ein Mann mit blauem Hemd steht auf einer Leiter",
    )
    assert (answer["source"], answer["target"]) == ("en", "de")


def test_white_space_and_line_breaks_come_back(service: httpx.Client) -> None:
    text = "  A dog runs.  A cat sleeps.\r\n\n\tTwo men are talking.\n"
    answer = service.post("/translate", json={"text": text, "target": "de"}).json()["translation"]
    assert answer.startswith("  Ein")
    assert ".  " in answer
    assert ".\r\n\n\t" in answer
    assert answer.endswith("\n")


@pytest.mark.parametrize(
    "span",
    ["https://example.org/a?b=c", "me@example.org", "35 km", "{name}", "%1$s", "😂", "&copy;", "<b>", "@user", "12:30"],
)
def test_what_is_no_language_survives(service: httpx.Client, span: str) -> None:
    for text in (f"The man looks at {span} on the street.", span, f"{span} {span} and {span}"):
        answer = service.post("/translate", json={"text": text, "source": "en", "target": "de"}).json()
        assert answer["translation"].count(span) == text.count(span)


def test_an_ampersand_stays_escaped(service: httpx.Client) -> None:
    body = {"text": "Tom &amp; Jerry are here.", "source": "en", "target": "de"}
    assert service.post("/translate", json=body).json()["translation"] == "Tom &amp; Jerry sind hier."


def test_a_number_has_the_marks_of_the_target(service: httpx.Client) -> None:
    body = {"text": "The man looks at 3.5 km of snow.", "source": "en", "target": "de"}
    assert "3,5 km" in service.post("/translate", json=body).json()["translation"]


def test_a_word_in_foreign_letters_survives(service: httpx.Client) -> None:
    text = "The word Привет is on the wall."
    answer = service.post("/translate", json={"text": text, "source": "en", "target": "de"}).json()
    assert "Привет" in answer["translation"]


def test_a_long_text_is_translated_whole(service: httpx.Client) -> None:
    """One sentence of a hundred words: from each of its scenes something must be left."""
    text = (
        "a man in a blue shirt is riding a bike, two dogs are playing in the snow, a woman is reading a book, "
        "three children are swimming in a lake, a girl in a red dress is dancing on the beach, an old man is sitting "
        "in a boat, a boy is eating ice cream, a cook is standing in the kitchen, and a musician is playing the guitar"
    )
    answer = service.post("/translate", json={"text": text, "source": "en", "target": "de"}).json()["translation"]
    nouns = ["Fahrrad", "Schnee", "Buch", "Kinder", "Strand", "Boot", "Eis", "Küche", "Gitarre"]
    assert sum(noun in answer for noun in nouns) >= 8, answer


def test_batches_answer_item_by_item(service: httpx.Client) -> None:
    texts = ["I love this phone", "", 5, None, "Toto je úplně normální česká věta.", "Terrible service"]
    for path, extra in (("/sentiment/batch", {}), ("/translate/batch", {"target": "de"})):
        results = service.post(path, json={"texts": texts, **extra}).json()["results"]
        kinds = [item["error"]["type"].rpartition(":")[2] if "error" in item else "answer" for item in results]
        refused = "unsupported-language" if not extra else "unsupported-direction"
        assert kinds == ["answer", "empty-text", "invalid-request", "invalid-request", refused, "answer"]


def test_answers_do_not_depend_on_company(service: httpx.Client) -> None:
    texts = [
        "A dog runs.",
        "Two young men are playing football on a green field in the sun.",
        "Yes!",
        "I am tired.",
    ] * 8
    alone = [service.post("/translate", json={"text": t, "target": "de"}).json()["translation"] for t in texts[:4]]
    batch = service.post("/translate/batch", json={"texts": texts, "target": "de"}).json()["results"]
    assert [item["translation"] for item in batch] == alone * 8

    scores = [service.post("/sentiment", json={"text": t}).json()["scores"] for t in texts[:4]]
    for item, expected in zip(
        service.post("/sentiment/batch", json={"texts": texts}).json()["results"], scores * 8, strict=True
    ):
        assert item["scores"] == pytest.approx(expected, abs=1e-5)


def test_many_clients_at_once_get_their_own_answers(service: httpx.Client) -> None:
    def ask(number: int) -> bool:
        text, label = [("I love this phone", "positive"), ("Terrible service, never again", "negative")][number % 2]
        return bool(service.post("/sentiment", json={"text": text}).json()["label"] == label)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(100)))


def test_catalogue(service: httpx.Client) -> None:
    models = service.get("/models").json()["models"]
    assert {model["task"] for model in models} >= {"sentiment", "translation"}
    languages = service.get("/languages").json()
    assert {"code": "en", "name": "English", "model": "sentiment-en"} in languages["sentiment"]
    assert any(d["source"]["code"] == "en" and d["target"]["code"] == "de" for d in languages["translation"])


def test_health(service: httpx.Client) -> None:
    assert service.get("/healthz/live").json() == {"status": "ok"}
    assert service.get("/healthz/ready").json() == {"status": "ok"}


def test_docs_need_no_other_server(service: httpx.Client) -> None:
    page = service.get("/docs").text
    assert "//" not in page.replace("http://www.w3.org", "").replace("// ", "").split("<script>")[0].replace(
        "<!DOCTYPE", ""
    )
    for asset in ("swagger-ui/swagger-ui-bundle.js", "swagger-ui/swagger-ui.css", "favicon.svg"):
        assert f"static/{asset}" in page
        assert service.get(f"/static/{asset}").status_code == 200
    assert set(service.get("/openapi.json").json()["paths"]) >= {"/sentiment", "/translate/batch", "/healthz/ready"}


def test_a_translation_can_be_watched_while_it_grows(service: httpx.Client) -> None:
    text = "Two young men are playing football on a field.\n\nA dog is watching them. See https://x.y/z for more."
    body = {"text": text, "target": "de"}
    whole = service.post("/translate", json=body).json()
    with service.stream("POST", "/translate", json=body, headers={"accept": "text/event-stream"}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in response.iter_lines() if line]
    names = [line.removeprefix("event: ") for line in lines[::2]]
    datas = [json.loads(line.removeprefix("data: ")) for line in lines[1::2]]
    assert names == ["delta"] * (len(names) - 1) + ["answer"]
    assert len(names) > 3
    assert datas[-1] == whole
    assert "".join(data["text"] for data in datas[:-1]) == whole["translation"]


def test_a_stream_that_cannot_begin_is_a_problem(service: httpx.Client) -> None:
    body = {"text": "Toto je úplně normální česká věta.", "target": "de"}
    response = service.post("/translate", json=body, headers={"accept": "text/event-stream"})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_a_deadline_that_passes_is_told(service: httpx.Client) -> None:
    texts = ["A man and a woman are walking down the street with a dog."] * 200
    response = service.post(
        "/translate/batch", json={"texts": texts, "target": "de", "beam": 8}, headers={"x-request-timeout": "0.05"}
    )
    assert response.status_code in (503, 504)
    assert response.json()["type"].rpartition(":")[2] in ("timeout", "overloaded")
    assert (
        service.post("/sentiment", json={"text": "I love it"}, headers={"x-request-timeout": "-1"}).status_code == 422
    )


def test_chinese_is_judged_alike_in_either_script(service: httpx.Client) -> None:
    answers = [
        service.post("/sentiment", json={"text": text}).json()
        for text in ("这家餐厅的服务太差了，再也不会来", "這家餐廳的服務太差了，再也不會來")
    ]
    assert [answer["label"] for answer in answers] == ["negative", "negative"]
    assert answers[0]["scores"] == answers[1]["scores"]
    assert [answer["language"] for answer in answers] == ["zh-Hans", "zh-Hant"]


def test_the_target_chooses_the_model(service: httpx.Client) -> None:
    text = "A man is standing on a ladder."
    german, french = (
        service.post("/translate", json={"text": text, "target": target}).json() for target in ("de", "fr")
    )
    assert "Mann" in german["translation"]
    assert "homme" in french["translation"]
    assert german["model"] != french["model"]
