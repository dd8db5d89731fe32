"""The shipped language model: few promises, since its weights change."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.settings import SHIPPED_MODELS

pytestmark = pytest.mark.skipif(
    not (SHIPPED_MODELS / "language-en-zh" / "config.json").is_file(), reason="no language model is shipped"
)


def words(service: httpx.Client, text: str, count: int = 10) -> dict[str, float]:
    answer = service.post("/generate/next", json={"text": text, "count": count})
    assert answer.status_code == 200, answer.text
    return {word["text"]: word["probability"] for word in answer.json()["words"]}


def test_what_english_grammar_asks_for_comes_next(service: httpx.Client) -> None:
    assert next(iter(words(service, "I would like"))) == " to"
    assert " are" in words(service, "Two dogs", 5)
    assert next(iter(words(service, "How are"))) == " you"


def test_what_chinese_grammar_asks_for_comes_next(service: httpx.Client) -> None:
    assert "知道" in words(service, "我想")
    assert set(words(service, "蘋果是")) & {"黃", "紅", "綠", "黑", "白"}, "a colour, in Traditional characters"


def test_a_sentence_ends_like_one(service: httpx.Client) -> None:
    def finished(prompt: str, seed: int) -> Any:
        return service.post("/generate", json={"prompt": prompt, "seed": seed}).json()

    answers = [finished(prompt, seed) for prompt in ("apple", "My mother", "我想") for seed in range(4)]
    ended = [answer for answer in answers if answer["finish"] == "end" and answer["text"][-1:] in ".?!。？！"]
    assert len(ended) >= 9
