"""Explanations as a client gets them, of the shipped models, with every offset checked in the client's own text."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

DOGS = "Two dogs are playing in the snow."


def sentiment(service: httpx.Client, text: str, **options: Any) -> Any:
    answer = service.post("/sentiment", json={"text": text, "explain": True, **options})
    assert answer.status_code == 200, answer.text
    return answer.json()


def translated(service: httpx.Client, text: str, target: str, **options: Any) -> Any:
    answer = service.post("/translate", json={"text": text, "target": target, "explain": True, **options})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    check(text, found)
    return found


def check(text: str, answer: Any) -> None:
    """What holds for every explained translation."""
    end = 0
    for sentence in answer["explanation"]["sentences"]:
        source, target, attention = sentence["source"], sentence["target"], sentence["attention"]
        for tokens, own in ((source, text), (target, answer["translation"])):
            for token in tokens:
                assert own[token["start"] : token["end"]] == token["text"]
        assert [token["start"] for token in target] == sorted(token["start"] for token in target)
        assert target[0]["start"] >= end
        end = max(token["end"] for token in target)
        assert len(attention) == len(target)
        for row in attention:
            assert len(row) == len(source)
            assert sum(row) == pytest.approx(1, abs=0.01)
        for token in target:
            assert token["log_probability"] <= 0
            assert 0 <= token["update"] <= 1
            assert 0 <= token["reset"] <= 1


def partner(answer: Any, word: str) -> str:
    """The source token that the token of a word of the translation looked at most."""
    for sentence in answer["explanation"]["sentences"]:
        for token, row in zip(sentence["target"], sentence["attention"], strict=True):
            if token["text"] == word:
                best: str = sentence["source"][max(range(len(row)), key=row.__getitem__)]["text"]
                return best
    raise AssertionError(f"no token {word!r}")


def read(answer: Any, text: str) -> dict[str, str]:
    """The user's characters of each token, by the token as the model reads it."""
    return {token["text"]: text[token["start"] : token["end"]] for token in answer["explanation"]["tokens"]}


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("😍 I LOVE this phone!", {"heart": "😍", "LOVE": "LOVE", "phone": "phone"}),
        ("ｇｏｏｄ phone", {"good": "ｇｏｏｄ"}),
        ("look https://x.org/a?b=1 great &amp; cheap", {"http": "https://x.org/a?b=1", "&": "&amp;", "great": "great"}),
        ("\u202e\u200fbad\u200b phone\ufeff", {"bad": "bad", "phone": "phone"}),
        ("這部電影很好看，軟體不錯", {"电影": "電影", "软件": "軟體"}),
        ("I &lt;3 <ph1> it, terrible", {"terrible": "terrible"}),
        ("sooooooooo bad", {"bad": "bad"}),
    ],
)
def test_tokens_are_where_the_user_wrote_them(service: httpx.Client, text: str, own: dict[str, str]) -> None:
    answer = sentiment(service, text, language="zh" if "電" in text else "en")
    assert own.items() <= read(answer, text).items()
    tokens = answer["explanation"]["tokens"]
    places = [(token["start"], token["end"]) for token in tokens]
    assert places == sorted(places)
    assert all(0 <= start <= end <= len(text) for start, end in places)


@pytest.mark.parametrize(
    "text", ["I love this phone", "The food was great, but the waiter was rude.", "ok", "房间很脏，再也不来了"]
)
def test_contributions_add_up_and_the_curve_ends_at_the_answer(service: httpx.Client, text: str) -> None:
    answer = sentiment(service, text)
    explanation = answer["explanation"]
    assert explanation["method"] == "integrated gradients"
    last, first = explanation["tokens"][-1]["running"], explanation["baseline"]
    difference = (last["positive"] - last["negative"]) - (first["positive"] - first["negative"])
    total = sum(token["contribution"] for token in explanation["tokens"])
    assert total == pytest.approx(difference, abs=0.005)
    assert last == pytest.approx(answer["scores"], abs=0.03)  # the answer is computed in int8
    for token in explanation["tokens"]:
        assert sum(token["running"].values()) == pytest.approx(1, abs=1e-4)
        assert set(token["gates"]) == {"input", "forget", "output"}
        assert all(0 < value < 1 for value in token["gates"].values())


def test_the_words_that_judge_contribute(service: httpx.Client) -> None:
    # Two sentences: praise before a "but" may count as blame.
    tokens = sentiment(service, "I love the colour. I hate the handle.")["explanation"]["tokens"]
    by_word = {token["text"]: token["contribution"] for token in tokens}
    assert by_word["love"] > 0.1
    assert by_word["hate"] < -0.1
    assert max(by_word.values()) == by_word["love"]
    assert min(by_word.values()) == by_word["hate"]


def test_who_does_not_ask_gets_none_and_the_answer_is_the_same(service: httpx.Client) -> None:
    for path, body in (("/sentiment", {"text": DOGS}), ("/translate", {"text": DOGS, "target": "de"})):
        plain = service.post(path, json=body).json()
        assert "explanation" not in plain
        explained = service.post(path, json={**body, "explain": True}).json()
        assert explained.pop("explanation")
        assert explained == plain


def test_words_look_at_their_partners(service: httpx.Client) -> None:
    answer = translated(service, f"{DOGS} A man is running.", "de")
    assert len(answer["explanation"]["sentences"]) == 2
    assert partner(answer, "Hunde") == "dogs"
    assert partner(answer, "Schnee") == "snow"
    assert partner(answer, "Mann") == "man"
    texts = [one["text"] for one in answer["explanation"]["sentences"][0]["alternatives"]]
    assert texts
    assert len(set(texts)) == len(texts)
    assert answer["translation"].partition(".")[0] + "." not in texts


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("  \u202eTHE DOG\u200b RUNS FAST.\n\n\tｗｈｅｒｅ 😀 is it?  ", "fr"),
        ("Meet me at 7:30 on May 4, 2021. See https://x.org/a?b=1, Mr. Nguyen!", "de"),
        ("It costs $4.50 and 3 km; e\u0301a 😀👍🏽.", "fr"),
        ("我喜歡這部電影。他在公園裡跑步。", "en"),
        ("The cat sleeps on the chair. He bought 3 books.", "zh-Hant"),
        ("A man who " * 40 + "sleeps.", "de"),
        ("apples, pears, bread, milk, 3 eggs and cheese", "de"),
        ("x", "de"),
        ("😀", "de"),
        ("?!", "fr"),
    ],
)
def test_offsets_hold_on_every_way_through_the_pipeline(service: httpx.Client, text: str, target: str) -> None:
    translated(service, text, target, source="zh" if "我" in text else "en")


def test_masked_spans_look_at_themselves(service: httpx.Client) -> None:
    answer = translated(service, "Look at https://x.org/a?b=1 now.", "de", source="en")
    assert partner(answer, "https://x.org/a?b=1") == "https://x.org/a?b=1"


def test_traditional_characters_are_the_users(service: httpx.Client) -> None:
    answer = translated(service, "這部電影很好看。", "en")
    words = "".join(token["text"] for token in answer["explanation"]["sentences"][0]["source"])
    assert "電影" in words


def test_two_models_are_looked_through(service: httpx.Client) -> None:
    answer = translated(service, "Die Katze schläft.", "fr", source="de")
    assert answer["via"] == "en"
    assert partner(answer, "chat") == "Katze"


def test_no_model_no_sentences(service: httpx.Client) -> None:
    for text, source, target in (("软件", "zh-Hans", "zh-Hant"), ("Hello.", "en", "en")):
        answer = service.post("/translate", json={"text": text, "source": source, "target": target, "explain": True})
        assert answer.json()["explanation"] == {"sentences": []}


def test_streams_end_with_it(service: httpx.Client) -> None:
    body = {"text": DOGS, "target": "de", "explain": True}
    events = service.post("/translate", json=body, headers={"accept": "text/event-stream"}).text.split("\n\n")
    answer = json.loads(events[-2].partition("data: ")[2])
    assert events[-2].startswith("event: answer")
    check(DOGS, answer)
    assert answer["explanation"]["sentences"]


def test_batches_take_it_and_one_that_is_too_long_is_refused_alone(service: httpx.Client) -> None:
    texts = ["I love it", "very good " * 200, "bad"]
    body = {"texts": texts, "language": "en", "explain": True}
    first, second, third = service.post("/sentiment/batch", json=body).json()["results"]
    assert second["error"]["type"].endswith("not-explained")
    assert "at most 256" in second["error"]["detail"]
    for text, result in ((texts[0], first), (texts[2], third)):
        alone = sentiment(service, text, language="en")
        assert [one["contribution"] for one in result["explanation"]["tokens"]] == [
            one["contribution"] for one in alone["explanation"]["tokens"]
        ]
    results = service.post("/translate/batch", json={"texts": [DOGS, "Yes."], "target": "de", "explain": True}).json()
    for text, result in zip([DOGS, "Yes."], results["results"], strict=True):
        check(text, result)


@pytest.mark.parametrize(
    "body",
    [
        {"text": "<p>Hello dog</p>", "format": "html"},
        {"text": '{"a": "Hello dog"}', "format": "json"},
        {"text": '{"a": "Hello dog", "b": "Good morning"}'},
    ],
)
def test_documents_are_not_explained(service: httpx.Client, body: dict[str, str]) -> None:
    answer = service.post("/translate", json={**body, "source": "en", "target": "de", "explain": True})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("not-explained")
    assert "Leave explain out" in answer.json()["detail"]
