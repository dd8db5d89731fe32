"""Terms of a glossary on the way of a text: spans like any other, which the model does not read."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.engine.messages import ModelInfo
from app.pipeline.errors import PipelineError
from app.pipeline.glossaries import Glossaries
from app.text.glossary import Glossary
from app.text.prompt_format import PromptFormat
from app.text.tokenizer import Tokenizer
from app.training.data.vocabulary import train_bpe
from tests.conftest import TEXTS
from tests.pipeline.engines import RepliesWith

INFO = ModelInfo("t", "translation", "a", "", 1, ["en", "de"], [], [("en", "de")], 40)
Reply = Callable[[str], list[tuple[str, float]]]


@pytest.fixture
def tokenizer() -> Tokenizer:
    return Tokenizer(train_bpe([*TEXTS * 3, "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ"], 190,
                               tags=["<2de>"]))  # fmt: skip


def translate(
    tokenizer: Tokenizer,
    text: str,
    terms: Mapping[str, str | None],
    reply: Reply = lambda source: [(source, -1.0)],
    info: ModelInfo = INFO,
    **options: Any,
) -> tuple[str, list[str]]:
    """The translation, and the sources that the engine was asked for."""

    def answer(tokens: list[int]) -> Any:
        return [(tokenizer.encode(one, placeholders=True), score) for one, score in reply(tokenizer.decode(tokens))]

    engine = RepliesWith(info, tokenizer, answer)
    options = {"source": "en", "target": "de", **options}
    result = asyncio.run(engine.pipeline().translate(text, glossary=Glossary(terms), **options))
    return result.translation, [tokenizer.decode(tokens) for tokens in engine.requests]


def masked_wins(source: str) -> list[tuple[str, float]]:
    return [(source, -1.0 if "<ph" in source else -9.0)]


def test_a_term_is_a_placeholder_and_its_translation_comes_back(tokenizer: Tokenizer) -> None:
    answer, asked = translate(tokenizer, "A man on a ladder", {"ladder": "Stehleiter"}, masked_wins)
    assert answer == "A man on a Stehleiter"
    assert "A man on a <ph0>" in asked
    assert len(asked) <= 3


def test_a_term_at_the_beginning_has_a_capital_and_one_that_moves_has_none(tokenizer: Tokenizer) -> None:
    terms = {"ladder": "escabeau"}
    assert translate(tokenizer, "Ladder in blue", terms, masked_wins)[0] == "Escabeau in blue"
    moved = translate(tokenizer, "Ladder in blue", terms, lambda source: [(source[6:] + " <ph0>", -1.0)])
    assert moved[0] == "in blue escabeau"
    begins = translate(tokenizer, "A man on ladder", terms, lambda source: [("<ph0> in blue", -1.0)])
    assert begins[0] == "Escabeau in blue"
    assert translate(tokenizer, "ladder", terms)[0] == "escabeau"


def test_a_word_to_keep_stays_as_the_text_has_it(tokenizer: Tokenizer) -> None:
    for text in ("npm in blue", "Npm in blue", "A man in npm"):
        assert translate(tokenizer, text, {"npm": None}, masked_wins)[0] == text


def test_a_translation_that_has_read_the_term_counts_if_it_has_the_given_one(tokenizer: Tokenizer) -> None:
    text, terms = "A man on a ladder", {"ladder": "Leiter"}

    def reply(read: str) -> Reply:
        return lambda source: [("ein Mann auf <ph0>" if "<ph" in source else read, -1.0)]

    assert translate(tokenizer, text, terms, reply("ein Mann auf einer Leiter"))[0] == "ein Mann auf einer Leiter"
    assert translate(tokenizer, text, terms, reply("ein Mann auf einem Stand"))[0] == "ein Mann auf Leiter"


def test_where_the_model_loses_a_term_the_sentence_is_translated_around_it(tokenizer: Tokenizer) -> None:
    answer, _ = translate(tokenizer, "A man on a ladder in blue", {"ladder": "Stehleiter"}, lambda source: [
        (source.replace("<ph0>", "").replace("ladder", "x"), -1.0)
    ])  # fmt: skip
    assert answer == "A man on a Stehleiter in blue"


def test_numbers_in_a_translation_are_not_read(tokenizer: Tokenizer) -> None:
    _, asked = translate(tokenizer, "A man on ladder in blue", {"ladder": "42"}, masked_wins)
    assert not any("42" in source for source in asked)


def test_a_hugging_face_model_reads_the_translation(tokenizer: Tokenizer) -> None:
    info = msgspec.structs.replace(INFO, prompt_formats=[PromptFormat()])
    asked = translate(tokenizer, "A man on a ladder", {"ladder": "Leiter"}, info=info)
    assert asked[0] == "A man on a Leiter"
    assert "A man on a Leiter" in asked[1]
    lost = translate(tokenizer, "A man on a ladder", {"ladder": "Leiter"}, lambda source: [("A man", -1.0)], info)
    assert lost[0].endswith("Leiter")


def test_documents(tokenizer: Tokenizer) -> None:
    page, _ = translate(
        tokenizer, '<p title="a ladder">A man on a ladder</p>', {"ladder": "Leiter"}, masked_wins, format="html"
    )
    assert page == '<p title="a Leiter">A man on a Leiter</p>'
    table, _ = translate(tokenizer, "a,b\n1,A ladder\n", {"ladder": 'Lei,"ter'}, masked_wins, format="csv")
    assert table.endswith('1,"A Lei,""ter"\n')


def test_named_glossaries_are_read_again_when_they_change(tmp_path: Path) -> None:
    file = tmp_path / "shop.tsv"
    file.write_text("\ufeff# of the shop\ncart\tWarenkorb\n\nUndertone\nnpm\t\n", "utf-8")
    (tmp_path / "other.json").write_text('{"cart": "Wagen", "npm": null}', "utf-8")
    glossaries = Glossaries(tmp_path)
    given = glossaries.of("shop", ["blue"])
    assert given is not None
    assert given.terms == {"cart": "Warenkorb", "Undertone": None, "npm": None, "blue": None}
    assert glossaries.of("other", None).terms == {"cart": "Wagen", "npm": None}  # type: ignore[union-attr]
    file.write_text("cart\tKorb\n", "utf-8")
    os.utime(file, (1, 1))
    assert glossaries.of("shop", None).terms == {"cart": "Korb"}  # type: ignore[union-attr]
    assert glossaries.of(None, []) is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none", "", "There is no glossary 'none'; there is broken"),
        ("../secret", "", "There is no glossary"),
        ("", "", "There is no glossary ''; there is broken"),
        ("broken", "a\tb\tc\n", "Line 1 is no term"),
        ("broken", "a\tb\n\tc\n", "Line 2 is no term"),
        ("broken", "a\t" + "b" * 300, "300 characters"),
    ],
)
def test_a_name_without_a_usable_file(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / "broken.tsv").write_text(content or "a\tb\n", "utf-8")
    with pytest.raises(PipelineError, match=message) as caught:
        Glossaries(tmp_path).of(name, None)
    assert caught.value.kind == "unknown-glossary"
