"""Translations by way of English, between two scripts, and to the language that a text is in already."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from app.engine.messages import ModelInfo, ScoredTokens
from app.pipeline.errors import PipelineError
from app.pipeline.routing import offers, path_of, sources_of
from app.pipeline.service import Pipeline
from app.pipeline.translation import Translation
from app.settings import Settings
from app.text.glossary import Glossary
from app.text.tokenizer import Tokenizer
from app.training.data.vocabulary import train_bpe
from tests.pipeline.engines import looking_ahead

LETTERS = "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ äöüéèàçß .,!?'"
WORDS = "Der rote Hund schläft. The red dog sleeps. Le chien rouge dort. 红狗睡着了。软件"


def translator(source: str, target: str) -> ModelInfo:
    return ModelInfo(f"{source}-{target}", "translation", "a", "", 1, [source, target], [], [(source, target)], 60)


MODELS = [translator(*pair) for pair in (("de", "en"), ("en", "fr"), ("fr", "en"), ("en", "zh"), ("zh", "en"))]
TOKENIZER = Tokenizer(
    train_bpe([WORDS] * 3 + [LETTERS] * 2, 260, alphabet=150, tags=["<2en>", "<2de>", "<2fr>", "<2zh>"])
)
TAG = re.compile(r"<(/?)(\w+)[^>]*>")
Reply = Callable[[str, str], str]


class Engine:
    """Answers a sentence by what `reply` gives for the name of the model and the sentence; the attention of each token
    of an answer is on the token at its place."""

    def __init__(self, reply: Reply, models: list[ModelInfo] = MODELS) -> None:
        self.reply, self.models, self.ready = reply, models, True
        self.asked: list[tuple[str, str]] = []

    async def translate(self, model: str, tokens: list[int], **options: Any) -> list[ScoredTokens]:
        name, text = model.partition("@")[0], TOKENIZER.decode(tokens[1:-1])
        self.asked.append((name, text))
        answer = TOKENIZER.encode(self.reply(name, text), placeholders=True)
        if on_partial := options.get("on_partial"):
            on_partial(answer[:-1])
        return [ScoredTokens(answer, -1.0, looking_ahead(len(answer), len(tokens)))]

    def pipeline(self) -> Pipeline:
        tokenizers = {info.name: TOKENIZER for info in self.models}
        return Pipeline(self, Settings(), list(self.models), tokenizers)  # type: ignore[arg-type]

    def translated(self, text: str, target: str, **options: Any) -> Translation:
        return asyncio.run(self.pipeline().translate(text, target=target, **options))


def named(name: str, text: str) -> str:
    return f"{text} {name[-2:]}"


def same(name: str, text: str) -> str:
    return text


@pytest.mark.parametrize("text", ["der Hund", " der Hund\n\n\tder Hund  \r\n", "12:30", "https://x.y/z"])
def test_each_sentence_goes_through_both_models_and_nothing_between_is_lost(text: str) -> None:
    engine = Engine(named)
    answer = engine.translated(text, "fr", source="de")
    assert answer.translation == text.replace("der Hund", "der Hund en fr")
    assert (answer.source, answer.target, answer.via, answer.model) == ("de", "fr", "en", "de-en + en-fr")


def test_a_model_that_leads_there_wins_and_says_no_via() -> None:
    answer = Engine(named, [*MODELS, translator("de", "fr")]).translated("der Hund", "fr", source="de")
    assert (answer.translation, answer.via, answer.model) == ("der Hund fr", None, "de-fr")


def test_a_model_that_a_request_names_is_not_joined_by_others() -> None:
    with pytest.raises(PipelineError, match=r"^The model en-fr translates English to French only\.$"):
        Engine(named).translated("der Hund", "fr", source="de", model="en-fr")


def test_markup_goes_with_its_words_through_both_models() -> None:
    page = "<p>der <b>rote</b> Hund <i>im <a href='/x'>Garten</a></i></p>\n\n<p>der Hund</p>"
    assert Engine(same).translated(page, "fr", source="de", format="html").translation == page


class Mirror(Engine):
    """Writes the tokens of a sentence from the last to the first."""

    async def translate(self, model: str, tokens: list[int], **options: Any) -> list[ScoredTokens]:
        answer = tokens[-2:0:-1]
        attention = [
            [float(column == len(tokens) - 2 - row) for column in range(len(tokens))] for row in range(len(answer))
        ]
        return [ScoredTokens(answer, -1.0, attention)]


@pytest.mark.parametrize(
    "page",
    [
        "<p><b>der</b> Hund <i>rote</i></p>",
        "<p><b>der</b> Hund<br> <i>rote</i> <a href='/x'><u>der</u> Hund</a></p>",
        "<p><b>der <i>Hund</i></b> rote <b>der</b></p>",
    ],
)
def test_markup_comes_through_two_models_that_change_the_order(page: str) -> None:
    answer = Mirror(same).translated(page, "fr", source="de", format="html").translation
    assert sorted(TAG.findall(answer)) == sorted(TAG.findall(page))
    opened: list[str] = []
    for end, name in TAG.findall(answer.replace("<br>", "")):
        assert opened.pop() == name if end else opened.append(name) is None
    assert not opened


def test_placeholders_of_a_document_come_through() -> None:
    answer = Engine(named).translated('{"a": "der {name} Hund", "b": 1}', "zh", source="de", format="json")
    assert answer.translation == '{"a": "der {name} Hund en zh", "b": 1}'


def test_facts_are_written_for_the_last_language() -> None:
    answer = Engine(same).translated("um halb drei: 1,5 Millionen", "fr", source="de", check=True)
    assert "1,5 million" in answer.translation
    assert answer.warnings == []


def test_lost_facts_are_those_between_source_and_target() -> None:
    lossy = Engine(lambda name, text: text.replace("nicht ", ""))
    warnings = lossy.translated("Das ist nicht gut", "fr", source="de", check=True).warnings
    assert warnings is not None
    assert [(one.sentence, one.kind) for one in warnings] == [("Das ist nicht gut", "negation")]


@pytest.mark.parametrize(
    ("terms", "text", "target", "answer"),
    [
        ({"Hund": "toutou"}, "der Hund", "fr", "der toutou en fr"),
        ({"hund": "toutou"}, "Hund dort", "fr", "Toutou dort en fr"),
        ({"Hund": "狗狗"}, "der Hund dort", "zh", "der 狗狗 dort en zh"),
        ({"Hund": None}, "der Hund", "fr", "der Hund en fr"),
        ({"Hund": "red"}, "der Hund schläft", "fr", "der red schläft en fr"),
    ],
)
def test_terms_are_of_the_first_and_the_last_language(terms: Any, text: str, target: str, answer: str) -> None:
    engine = Engine(named)
    assert engine.translated(text, target, source="de", glossary=Glossary(terms)).translation == answer
    assert all("<ph0>" in asked for _, asked in engine.asked[:2])  # no model must read them


def test_a_word_that_only_looks_like_a_term_is_translated() -> None:
    """The term is French, and the word between English: a gift is no Gift."""
    engine = Engine(lambda name, text: text.replace("cadeau", "gift") if name == "fr-en" else text.upper(), MODELS)
    models = [*MODELS, translator("en", "de")]
    engine.models = models
    answer = engine.translated("cadeau. poison", "de", source="fr", glossary=Glossary({"poison": "Gift"}))
    assert answer.translation == "GIFT. Gift"


def test_only_the_last_model_streams() -> None:
    pieces: list[str] = []
    engine = Engine(named)
    asyncio.run(engine.pipeline().translate("der Hund", source="de", target="fr", on_text=pieces.append))
    assert len(pieces) > 1
    assert "".join(pieces) == "der Hund en fr"


def test_an_error_of_either_model_comes_through() -> None:
    for failing in ("de-en", "en-fr"):

        def fail(name: str, text: str, failing: str = failing) -> str:
            if name == failing:
                raise LookupError(name)
            return text

        with pytest.raises(LookupError, match=failing):
            Engine(fail).translated("der Hund. der Hund.", "fr", source="de")


def test_two_models_cost_twice() -> None:
    pipeline = Engine(same).pipeline()
    assert [pipeline.legs(source, "fr", None) for source in ("de", "en", "auto", "klingon")] == [2, 1, 1, 1]
    assert pipeline.legs("zh-Hant", "fr", None) == 2
    assert pipeline.legs("de", "fr", "de-en") == 0


@pytest.mark.parametrize(
    ("text", "options", "answer", "codes"),
    [
        ("软件在云里。", {"target": "zh-TW"}, "軟體在雲裡。", ("zh-Hans", "zh-Hant")),
        ("軟體很好用。", {"target": "zh-CN"}, "软件很好用。", ("zh-Hant", "zh-Hans")),
        ("計程車來了", {"target": "zh"}, "出租车来了", ("zh-Hant", "zh-Hans")),
        (" 软件\n\n 头发  长了。", {"target": "zh-HK", "source": "zh"}, " 軟體\n\n 頭髮  長了。", ("zh", "zh-Hant")),
        (
            "见 https://x.cn/软件 和 `软件`",
            {"target": "zh-Hant"},
            "見 https://x.cn/软件 和 `软件`",
            ("zh-Hans", "zh-Hant"),
        ),
        ("鼠标和打印机", {"target": "zh-Hant", "source": "zh-Hans"}, "滑鼠和印表機", ("zh-Hans", "zh-Hant")),
    ],
)
def test_scripts_are_converted_without_a_model(
    text: str, options: dict[str, str], answer: str, codes: tuple[str, str]
) -> None:
    engine = Engine(same)
    found = engine.translated(text, **options)
    assert (found.translation, found.source, found.target) == (answer, *codes)
    assert (found.model, found.via, engine.asked) == (None, None, [])


def test_scripts_of_a_document_are_converted_in_their_places() -> None:
    page = "<p>这个<b>软件</b>很好</p>"
    assert Engine(same).translated(page, "zh-Hant", format="html").translation == "<p>這個<b>軟體</b>很好</p>"


def test_terms_hold_for_a_conversion() -> None:
    answer = Engine(same).translated(
        "软件和头发", "zh-TW", source="zh-CN", glossary=Glossary({"软件": "软件包", "头发": None})
    )
    assert answer.translation == "软件包和头发"


@pytest.mark.parametrize(
    ("text", "target", "source"),
    [
        ("Sale", "en", "auto"),
        ("iPhone 15 Pro", "en", "auto"),
        ("Good night, everybody!\n", "en", "auto"),
        ("Das ist ein ganz normaler deutscher Satz.", "de", "auto"),
        ("C'est une belle journée.", "fr", "auto"),
        ("这个软件", "zh-SG", "auto"),
        ("軟體", "zh-TW", "auto"),
        ("anything", "de", "de"),
    ],
)
def test_a_text_in_the_target_language_stays_as_it_is(text: str, target: str, source: str) -> None:
    engine = Engine(named, [*MODELS, translator("en", "de")])
    answer = engine.translated(text, target, source=source, check=True)
    assert (answer.translation, answer.model, answer.warnings, engine.asked) == (text, None, [], [])


@pytest.mark.parametrize("code", ["zh", "cmn", "zho", "zh-CN", "zh-SG", "zh-Hans"])
def test_one_code_for_one_target(code: str) -> None:
    assert Engine(same).translated("the dog", code, source="en").target == "zh-Hans"
    assert Engine(same).translated("the dog", "zh-MO", source="en").target == "zh-Hant"


def test_what_is_refused_says_why() -> None:
    def refusal(text: str, target: str, **options: Any) -> str:
        with pytest.raises(PipelineError) as caught:
            Engine(same).translated(text, target, **options)
        assert caught.value.kind == "unsupported-direction"
        return str(caught.value)

    assert refusal("Hola amigo", "es").startswith("Nothing translates to Spanish; targets are Chinese (Simplified),")
    spanish = refusal("¿Dónde está el baño de hombres?", "fr")
    assert spanish.startswith("The text appears to be in Spanish, and nothing translates from there to French; sources")
    assert refusal("你食咗飯未呀？我而家喺屋企。", "en").startswith("The text appears to be in Cantonese")
    assert refusal("x", "fr", source="cs").startswith("The text is in Czech, and nothing translates from there")


def test_ways_between_languages() -> None:
    assert [one.info.name for one in path_of(MODELS, "de", "zh-Hant") or ()] == ["de-en", "en-zh"]
    assert path_of(MODELS, "zh-Hans", "zh-Hant") == []
    assert path_of(MODELS, "fr", "de") is None
    assert path_of([translator("de", "fr"), translator("fr", "zh")], "de", "zh") is None  # only by way of English
    assert sources_of(MODELS, "fr") == ["en", "de", "fr", "zh"]
    assert sources_of(MODELS[:1], "en") == ["en", "de"]
    listed = {(one.source, one.target): one for one in offers(MODELS)}
    assert listed["de", "fr"].via == listed["zh-Hant", "fr"].via == "en"
    assert listed["en", "fr"].via is listed["zh-Hans", "en"].via is None
    assert listed["zh-Hans", "zh-Hant"].model is listed["zh-Hant", "zh-Hans"].model is None
    assert ("de", "de") not in listed
    assert ("fr", "de") not in listed


def test_a_model_of_two_hundred_languages_is_listed_and_asked_at_once() -> None:
    codes = ["en", "fr", *(f"x{a}{b}" for a in range(11) for b in range(18))]
    many = msgspec.structs.replace(MODELS[0], directions=[(a, b) for a in codes for b in codes if a != b])
    assert len(offers([many])) == 200 * 199
    assert len(sources_of([many], "fr")) == 200
