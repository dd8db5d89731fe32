"""From any language to any other, over HTTP with the shipped models."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import httpx
import pytest


def translated(service: httpx.Client, **body: Any) -> dict[str, Any]:
    response = service.post("/translate", json=body)
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.parametrize(
    ("text", "target", "words"),
    [
        ("Guten Morgen", "fr", "Bonjour"),
        ("Merci beaucoup.", "de", "Dank"),
        ("我明天下午三点去学校。", "de", "Schule"),
        ("Ich komme um halb drei.", "fr", "deux heures et demie"),
        ("Das kostet 1,5 Millionen Euro.", "zh", "150万"),
        ("Le train part le 3 mai 2024.", "zh-TW", "2024年5月3日"),
    ],
)
def test_german_french_and_chinese_to_each_other(service: httpx.Client, text: str, target: str, words: str) -> None:
    answer = translated(service, text=text, target=target)
    assert words in answer["translation"]
    assert answer["via"] == "en"


def test_a_direct_translation_says_no_via(service: httpx.Client) -> None:
    assert "via" not in translated(service, text="Good morning", target="de")


def test_markup_and_white_space_come_through_both_models(service: httpx.Client) -> None:
    page = "<p>Der <b>rote</b> Hund schläft im <a href='/x'>Garten</a>.</p>\n\n<p>Guten Morgen</p>"
    answer = translated(service, text=page, target="fr", format="html")["translation"]
    assert "<b>rouge</b>" in answer
    assert "<a href='/x'>jardin</a>" in answer
    assert answer.endswith("</p>\n\n<p>Bonjour</p>")


def test_a_stream_by_way_of_english(service: httpx.Client) -> None:
    body = {"text": "Ein Mann läuft.\n\nEine Frau liest ein Buch.", "target": "fr", "beam": 1}
    with service.stream("POST", "/translate", json=body, headers={"accept": "text/event-stream"}) as response:
        datas = [json.loads(line[6:]) for line in response.iter_lines() if line.startswith("data: ")]
    assert len(datas) > 2
    assert "".join(data["text"] for data in datas[:-1]) == datas[-1]["translation"]
    assert datas[-1]["via"] == "en"


def test_a_list_of_texts_to_one_target(service: httpx.Client) -> None:
    texts = ["Sale", "iPhone 15 Pro", "Log in", "Hund", "Merci beaucoup", "Settings"]
    results = service.post("/translate/batch", json={"texts": texts, "target": "en"}).json()["results"]
    assert [results[place]["translation"] for place in (0, 1, 2, 5)] == ["Sale", "iPhone 15 Pro", "Log in", "Settings"]
    assert [results[place]["model"] for place in (0, 1, 2, 5)] == [None] * 4
    assert [results[place]["source"] for place in (3, 4)] == ["de", "fr"]


def test_every_direction_is_listed_once_and_says_its_way(service: httpx.Client) -> None:
    listed = service.get("/languages").json()["translation"]
    found = {(one["source"]["code"], one["target"]["code"]): one for one in listed}
    assert len(found) == len(listed)
    assert set(found) == set(permutations(["de", "en", "fr", "zh-Hans", "zh-Hant"], 2))
    for (source, target), one in found.items():
        is_script = source[:2] == target[:2]
        assert ("via" in one) == ("en" not in (source, target) and not is_script)
        assert (one["model"] is None) == is_script


def test_models_have_no_empty_fields(service: httpx.Client) -> None:
    for model in service.get("/models").json()["models"]:
        assert ("labels" in model) == (model["task"] == "sentiment")
        assert ("directions" in model) == (model["task"] == "translation")


def test_foreign_words_stay(service: httpx.Client) -> None:
    answer = translated(service, text="My friend 小明 lives in Beijing.", target="zh-Hans")
    assert (answer["source"], "小明" in answer["translation"]) == ("en", True)
    assert "iPhone 15 Pro" in translated(service, text="我用iPhone 15 Pro拍了一张照片。", target="en")["translation"]


def test_full_width_letters_are_read(service: httpx.Client) -> None:
    assert translated(service, text="Ｇｏｏｄ　ｎｉｇｈｔ", target="de")["translation"] == "Gute Nacht"
    assert service.post("/sentiment", json={"text": "Ｉ ｌｏｖｅ ｉｔ"}).json()["label"] == "positive"
