"""The warnings of an answer that was asked for them."""

from __future__ import annotations

import asyncio
from typing import Any

from app.engine.messages import ModelInfo
from app.pipeline.translation import Translation
from app.text.tokenizer import Tokenizer
from app.training.data.vocabulary import train_bpe
from tests.conftest import TEXTS
from tests.pipeline.engines import RepliesWith


def translate(text: str, **options: Any) -> Translation:
    """By a model that leaves out "not"."""
    tokenizer = Tokenizer(train_bpe([*TEXTS * 3, "abcdefghijklmnopqrstuvwxyz .ISD"], 150, tags=["<2de>"]))
    info = ModelInfo("t", "translation", "a", "", 1, ["en", "de"], [], [("en", "de")], 40)

    def answer(tokens: list[int]) -> Any:
        text = tokenizer.decode(tokens).replace("not", "in")
        return [(tokenizer.encode(text, placeholders=True), -1.0)]

    engine = RepliesWith(info, tokenizer, answer)
    return asyncio.run(engine.pipeline().translate(text, source="en", target="de", **options))


def test_each_sentence_has_its_warnings_in_the_order_of_the_text() -> None:
    answer = translate("I love it. It is not blue. A man on a ladder. It does not stand.", check=True)
    assert answer.warnings is not None
    assert [(one.sentence, one.kind) for one in answer.warnings] == [
        ("It is not blue.", "negation"),
        ("It does not stand.", "negation"),
    ]


def test_documents_have_warnings_too() -> None:
    page = "<p>It is <b>not</b> blue.</p><p>I love it.</p><p>It does not stand.</p>"
    answer = translate(page, check=True, format="html")
    assert [one.sentence for one in answer.warnings or []] == ["It is not blue.", "It does not stand."]


def test_without_a_check_there_are_none() -> None:
    assert translate("It is not blue.").warnings is None
    assert translate("I love it.", check=True).warnings == []
