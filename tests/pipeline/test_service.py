"""The way of a text to its answer, with an engine that tells what it was asked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.engine.errors import EngineUnavailable, ModelsChanged
from app.engine.messages import ModelInfo, ScoredTokens
from app.pipeline.concurrency import together
from app.pipeline.model_input import EncodedSentence, as_read
from app.pipeline.ordered_stream import OrderedStream
from app.pipeline.routing import direction_of, language_of
from app.pipeline.service import Pipeline, PipelineError
from app.settings import Settings
from app.text.figures import figures_of
from app.text.languages import profile_of
from app.text.prompt_format import PromptFormat
from app.text.rules.spelling import OVERLONG
from app.text.sentence import analyse
from app.text.spans import find_spans
from app.text.tokenizer import EOS, Tokenizer
from app.training.data.vocabulary import train_bpe
from tests.conftest import TEXTS, tiny_tokenizer

Reply = Callable[[str], list[str]]

SENTIMENT = ModelInfo("s", "sentiment", "a", "", 1, ["en"], ["negative", "neutral", "positive"], [], 20, "")
GERMAN = ModelInfo("t", "translation", "a", "", 1, ["en", "de"], [], [("en", "de")], 20, "")
CHINESE = ModelInfo("zh", "translation", "a", "", 1, ["en", "zh-Hans"], [], [("en", "zh-Hans")], 20, "")


class Engine:
    """Answers with the words of the source in reverse, or what `reply` makes of it."""

    def __init__(self, tokenizer: Tokenizer, reply: Reply = lambda text: [" ".join(reversed(text.split()))]) -> None:
        self.tokenizer, self.reply = tokenizer, reply
        self.scores: dict[str, float] = {}  # of sources, 0 unless said
        self.sources: list[str] = []
        self.target = "de"
        self.models = [SENTIMENT, GERMAN, CHINESE]
        self.ready = True

    async def classify(self, model: str, tokens: list[int]) -> list[float]:
        self.sources.append(self.tokenizer.decode(tokens))
        return [0.1, 0.2, 0.7]

    async def translate(self, model: str, tokens: list[int], **options: Any) -> list[ScoredTokens]:
        assert tokens[0] == self.tokenizer.id_of(f"<2{self.target}>")
        assert tokens[-1] == EOS
        assert len(tokens) <= 20
        source = self.tokenizer.decode(tokens)
        self.sources.append(source)
        score = self.scores.get(source, 0.0)
        return [ScoredTokens(self.tokenizer.encode(text, placeholders=True), score) for text in self.reply(source)]


@pytest.fixture
def tokenizer() -> Tokenizer:
    return tiny_tokenizer()


def pipeline(engine: Engine, **settings: Any) -> Pipeline:
    tokenizers = {info.name: engine.tokenizer for info in engine.models}
    return Pipeline(engine, Settings(**settings), list(engine.models), tokenizers)  # type: ignore[arg-type]


def translate(engine: Engine, text: str, **options: Any) -> str:
    options = {"source": "en", "target": "de", **options}
    return asyncio.run(pipeline(engine).translate(text, **options)).translation


def plain(text: str) -> list[str]:
    """Gives every sentence back as it was."""
    return [text]


@pytest.mark.parametrize(
    "text",
    [
        "a man",
        " a man.\n\n\tA man!  \r\n",
        "12:30",
        "😂 😂",
        "{name}",
        "a man {name} it",
        "a man https://x.y/z",
        "Привет, мир",
        "a man Привет a man",
        "aaaa" * 40,
        " ".join(f"{n}" for n in range(30)) + " a man",
        "a man on a ladder in a blue shirt, " * 10,
        "it " * 100,
        "a man Anderin " * 300,
    ],
)
def test_nothing_is_lost(tokenizer: Tokenizer, text: str) -> None:
    """An engine that gives back its source gets the whole text back to the user."""
    engine = Engine(tokenizer, plain)
    assert translate(engine, text) == text


def test_a_letter_a_dozen_times_is_no_word(tokenizer: Tokenizer) -> None:
    engine = Engine(tokenizer)
    assert translate(engine, "aaaaaaaaaaaaaa") == "aaaaaaaaaaaaaa"
    assert engine.sources == []
    assert translate(engine, "a man iiiiiiiiiiiiiit") == "iiiiiiiiiiiiiit man a"
    assert engine.sources == ["a man <ph0>"]
    assert translate(engine, "a maaaan") == "maaaan a"  # a few are told


def test_equal_texts_of_a_document_are_translated_once(tokenizer: Tokenizer) -> None:
    engine = Engine(tokenizer, plain)
    table = "state,text\n" + "a man,it is blue\na man,it\n" * 3
    assert translate(engine, table, format="csv") == table
    assert sorted(engine.sources) == ["a man", "it", "it is blue"]


def test_a_lost_placeholder_is_put_back(tokenizer: Tokenizer) -> None:
    engine = Engine(tokenizer, lambda source: ["no span", source.replace("<ph0>", "").strip()])
    answer = translate(engine, "a man {name} it")
    assert "{name}" in answer
    assert engine.sources == ["a man <ph0> it", "a man", "it"]


def test_the_next_best_with_all_placeholders_wins(tokenizer: Tokenizer) -> None:
    engine = Engine(tokenizer, lambda source: ["it", f"it {source}"])
    assert translate(engine, "a man {name}") == "it a man {name}"
    assert len(engine.sources) == 1


def test_a_rare_name_is_kept_where_the_model_is_surer_of_the_rest(tokenizer: Tokenizer) -> None:
    text = "a man Anderin"
    engine = Engine(tokenizer)
    engine.scores = {text: -2.0, "a man <ph0>": -1.0}
    assert translate(engine, text) == "Anderin man a"
    assert sorted(engine.sources) == ["a man <ph0>", text]
    engine.reply = lambda source: ["it" if "<ph0>" in source else "a ladder"]  # loses the placeholder
    assert translate(engine, text) == "a ladder"
    engine.scores = {text: -1.0, "a man <ph0>": -0.95}
    engine.reply = lambda source: [source.replace("man", "it" if "<ph0>" in source else "blue")]
    assert translate(engine, text) == "a blue Anderin"
    engine.sources.clear()
    translate(engine, text.upper())
    assert engine.sources == ["A man anderin"]  # where all is in capitals, nothing tells names


def test_numbers_are_read_where_the_model_is_surer_with_them(tokenizer: Tokenizer) -> None:
    text = "a man in 1998 on 12.5"
    engine = Engine(tokenizer)
    assert translate(engine, text)
    assert engine.sources == ["a man in <ph0> on <ph1>"]  # it knows no digit
    engine = Engine(Tokenizer(train_bpe([*TEXTS * 3, "0123456789 in on"], 140, tags=["<2de>"])))
    masked, read = "a man in <ph0> on <ph1>", "a man in 1998 on <ph0>"
    engine.scores = {masked: -1.0, read: -0.9}
    engine.reply = lambda source: [source.replace("in", "a")] if source == read else [source]
    assert translate(engine, text) == "a man a 1998 on 12.5"
    assert sorted(engine.sources) == sorted([masked, read])
    engine.scores = {masked: -0.9, read: -1.0}
    assert translate(engine, text) == text
    engine.scores = {masked: -0.96, read: -1.0}
    assert translate(engine, text) == "a man a 1998 on 12.5"
    # Without the number, or with one that is invented, it is no translation, however likely.
    engine.scores = {masked: -1.0, read: -0.1}
    for wrong in ("1988", "199", "1998 1998", "it"):
        engine.reply = lambda source, wrong=wrong: [source.replace("1998", wrong), f"it {source}"]  # type: ignore[misc]
        assert translate(engine, text) == f"it {text}"
        engine.reply = lambda source, wrong=wrong: [source.replace("1998", wrong)]  # type: ignore[misc]
        assert translate(engine, text) == text


def test_months_that_chinese_numbers_are_words() -> None:
    english, chinese = profile_of("en"), profile_of("zh")
    assert [span.replacement for span in find_spans("2024年3月12日，3个月")] == ["2024", "12", "3"]
    assert figures_of("March 12, 2024", english) == figures_of("2024年3月12日", chinese)
    assert figures_of("1980年12月5日", chinese) == figures_of("December 5, 1980", english)
    assert figures_of("on 12 March", english) != figures_of("3月13日", chinese)


def test_in_chinese_the_model_must_be_surer_for_a_name_to_be_kept() -> None:
    text = "a man Anderin"
    engine = Engine(Tokenizer(train_bpe(TEXTS * 3, 120, tags=["<2zh>"])))
    engine.target, engine.models = (
        "zh",
        [ModelInfo("c", "translation", "a", "", 1, ["en", "zh"], [], [("en", "zh")], 20, "")],
    )
    engine.reply = lambda source: [source.replace("man", "it" if "<ph0>" in source else "blue")]
    for score, expected in ((-0.85, "a blue Anderin"), (-0.75, "a it Anderin")):
        engine.scores = {text: -1.0, "a man <ph0>": score}
        assert translate(engine, text, target="zh") == expected


def test_an_empty_translation_leaves_the_source(tokenizer: Tokenizer) -> None:
    assert translate(Engine(tokenizer, lambda source: [""]), "a man") == "a man"


def test_failures_come_through_as_they_are(tokenizer: Tokenizer) -> None:
    def fail(source: str) -> list[str]:
        raise LookupError(source)

    with pytest.raises(LookupError):  # in no exception group
        translate(Engine(tokenizer, fail), "a man. a man. a man.")


def test_sentiment(tokenizer: Tokenizer) -> None:
    engine = Engine(tokenizer)
    answer = asyncio.run(pipeline(engine).sentiment("I love it!"))
    assert answer.label == "positive"
    assert engine.sources == ["I love it!"]


def test_a_text_with_too_many_characters_is_refused_or_cut(tokenizer: Tokenizer) -> None:
    served = pipeline(Engine(tokenizer), max_text_chars=500)
    with pytest.raises(PipelineError) as caught:
        asyncio.run(served.sentiment("it " * 500, language="en"))
    assert caught.value.kind == "text-too-long"
    assert asyncio.run(served.sentiment("it " * 500, language="en", truncate=True)).truncated
    assert asyncio.run(served.sentiment("it", language="en", truncate=True)).truncated is False


def test_a_text_of_too_many_tokens_is_read_by_passages_or_cut(tokenizer: Tokenizer) -> None:
    engine = Engine(tokenizer)
    served = pipeline(engine)
    text = "I love it! " * 40 + "it " * 70
    assert asyncio.run(served.sentiment(text, language="en")).truncated is False
    read = engine.sources
    assert len(read) > 2
    assert "".join(read).count("love") == 40
    assert "".join(read).count("it") == 110
    engine.sources.clear()
    assert asyncio.run(served.sentiment(text, language="en", truncate=True)).truncated
    assert len(engine.sources) == 1


def test_a_text_without_any_known_word_has_an_answer(tokenizer: Tokenizer) -> None:
    assert asyncio.run(pipeline(Engine(tokenizer)).sentiment("⁂⁂")).label == "positive"


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"target": "fr"}, "unsupported-direction"),
        ({"target": "zh-Hant"}, "unsupported-direction"),
        ({"source": "cs"}, "unsupported-direction"),
        ({"target": "xx"}, "unknown-language"),
        ({"source": "xx"}, "unknown-language"),
        ({"model": "s"}, "unknown-model"),
    ],
)
def test_what_no_model_does(tokenizer: Tokenizer, options: dict[str, str], kind: str) -> None:
    with pytest.raises(PipelineError) as caught:
        translate(Engine(tokenizer), "a man", **options)
    assert caught.value.kind == kind


def test_language_codes_are_taken_in_any_form(tokenizer: Tokenizer) -> None:
    engine = Engine(tokenizer)
    assert translate(engine, "a man", source="en-GB", target="DE_AT") == "man a"
    direction = direction_of(engine.models, "en", "zh")
    assert direction is not None
    assert direction.info is CHINESE
    assert direction.target == "zh-Hans"


def test_unsure_detection_trusts_the_user(tokenizer: Tokenizer) -> None:
    served = pipeline(Engine(tokenizer))
    assert asyncio.run(served.translate("ok", target="de")).source == "en"
    with pytest.raises(PipelineError, match="appears to be in Czech, and nothing translates from there to German"):
        asyncio.run(served.translate("Toto je úplně normální česká věta.", target="de"))
    with pytest.raises(PipelineError, match="appears to be in French; sentiment is known for English"):
        asyncio.run(served.sentiment("Le chat est assis sur la table de la cuisine."))


@pytest.mark.parametrize(("text", "source"), [("Wo ist der Hund?", "de"), ("Où est la gare ?", "fr"), ("ok", "en")])
def test_a_few_words_tell_the_language(tokenizer: Tokenizer, text: str, source: str) -> None:
    engine = Engine(tokenizer)
    engine.target = "zh"
    engine.models = [CHINESE] + [
        msgspec.structs.replace(CHINESE, name=code, directions=[(code, "zh-Hans")]) for code in ("de", "fr")
    ]
    engine.tokenizer = Tokenizer(train_bpe(TEXTS * 3, 120, tags=["<2zh-Hans>"]))
    engine.target = "zh-Hans"
    assert asyncio.run(pipeline(engine).translate(text, target="zh")).source == source


def test_tokenizers_are_loaded_for_what_the_engine_serves(tiny_models: Path) -> None:
    engine = Engine(tiny_tokenizer())
    file = str(tiny_models / "tiny-sentiment/tokenizer.json")
    engine.models = [msgspec.structs.replace(SENTIMENT, name="tiny", tokenizer=file)]
    pipeline = asyncio.run(Pipeline.load(engine, Settings()))  # type: ignore[arg-type]
    assert pipeline.tokenizers["tiny"].size > 10


def test_a_request_whose_model_was_replaced_on_its_way_is_made_anew(tokenizer: Tokenizer) -> None:
    engine = Engine(tokenizer)
    served = pipeline(engine)
    classify = engine.classify

    async def replaced(model: str, tokens: list[int]) -> list[float]:
        engine.classify = classify  # type: ignore[method-assign]
        raise ModelsChanged

    engine.classify = replaced  # type: ignore[method-assign]
    assert asyncio.run(served.sentiment("I love it!")).label == "positive"


def test_a_second_change_of_models_on_the_way_is_to_be_asked_again(tokenizer: Tokenizer) -> None:
    """It says nothing about the text, so it must not be answered as a failure of it."""
    engine = Engine(tokenizer)
    served = pipeline(engine)

    async def replaced(model: str, tokens: list[int], **options: Any) -> Any:
        raise ModelsChanged("m@1 is served no longer.")

    engine.classify = engine.translate = replaced  # type: ignore[assignment]
    for asked in (served.sentiment("I love it!"), served.translate("a man", source="en", target="de")):
        with pytest.raises(EngineUnavailable, match="ask again"):
            asyncio.run(asked)


def test_a_request_is_read_by_the_tokenizers_of_its_models(
    tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when others come while its language is found."""
    engine = Engine(tokenizer)
    served = pipeline(engine)

    def others_come(*arguments: Any) -> Any:
        served.models, served.tokenizers = [], {}
        return language_of(*arguments)

    monkeypatch.setattr("app.pipeline.sentiment.language_of", others_come)
    monkeypatch.setattr("app.pipeline.translation.language_of", others_come)
    assert asyncio.run(served.sentiment("I love it!")).model == "s"
    served = pipeline(engine)
    assert asyncio.run(served.translate("a man on a ladder", target="de")).model == "t"


@pytest.mark.parametrize("begun", [False, True])
def test_what_was_shown_is_never_said_again(tokenizer: Tokenizer, begun: bool) -> None:
    engine, shown = Engine(tokenizer, plain), list[str]()
    answer = engine.translate

    async def goes(model: str, tokens: list[int], **options: Any) -> Any:
        engine.translate = answer  # type: ignore[method-assign]
        if begun:
            options["on_partial"](tokenizer.encode("a"))
        raise ModelsChanged

    engine.translate = goes  # type: ignore[method-assign]
    asked = pipeline(engine).translate("a man", source="en", target="de", on_text=shown.append)
    with pytest.raises(EngineUnavailable, match="ask again") if begun else contextlib.nullcontext():
        asyncio.run(asked)
    assert "".join(shown) == ("a" if begun else "a man")


@pytest.mark.parametrize("text", ["OK " * 20, "USA " * 16, "我" * 30 + " TV 上 USA"])
def test_what_is_cut_is_measured_as_it_is_read(tokenizer: Tokenizer, text: str) -> None:
    """Capitals are read in lower case, in which they may have more tokens: such a text was cut for ever."""
    assert translate(Engine(tokenizer, plain), text)


def test_words_that_come_out_as_marks_are_no_translation(tokenizer: Tokenizer) -> None:
    engine = Engine(tokenizer, lambda text: ["*", "ein Mann"])
    assert translate(engine, "a man") == "ein Mann"


def test_a_comma_at_a_cut_stays(tokenizer: Tokenizer) -> None:
    engine = Engine(tokenizer, lambda text: [text.replace(",", ".")])
    text = "a man stands on a ladder in a shirt, a man stands on a ladder in a shirt"
    assert translate(engine, text) == text


def test_scripts_that_no_model_reads_are_refused(tokenizer: Tokenizer) -> None:
    served = pipeline(Engine(tokenizer))
    for text, named in (("Привет!", "Russian"), ("안녕", "Korean"), ("ありがとう", "Japanese"), ("Γειά", "Greek")):
        with pytest.raises(PipelineError, match=named):
            asyncio.run(served.sentiment(text))
    assert asyncio.run(served.sentiment("Ω")).language == "en"


def test_chinese_with_an_abbreviation_is_not_shouted() -> None:
    assert not analyse("我喜欢 NBA 比赛").is_shouted


def test_long_chinese_is_no_keyboard_with_a_cat_on_it() -> None:
    assert not OVERLONG.search(
        "这家酒店的房间非常干净服务员也非常热情早餐很丰富位置也很方便离地铁站很近下次来北京还会选择住在这家酒店"
    )
    assert OVERLONG.search("x" * 12 + "b" * 50)


def test_many_sentences_leave_turns_to_others() -> None:
    async def run() -> None:
        begun = 0

        async def one() -> None:
            nonlocal begun
            begun += 1

        async def other() -> int:
            return begun

        between = asyncio.create_task(other())
        await together([one() for _ in range(100)])
        assert await between < 50
        with pytest.raises(ZeroDivisionError):
            await together([one(), *(fails() for _ in range(40))])

    async def fails() -> None:
        raise ZeroDivisionError

    asyncio.run(run())


def test_a_stream_shows_each_piece_once_and_in_order() -> None:
    shown: list[str] = []
    stream = OrderedStream(["", "  ", "\n"], shown.append)
    stream.update(1, "Zwei")
    stream.update(0, "Ei")
    stream.update(0, "Eins")
    stream.update(0, "Ei")  # begun again after a crash
    stream.update(0, "Eins.", done=True)
    stream.update(2, "Drei.", done=True)
    stream.update(1, "Zwei.", done=True)
    assert shown == ["Ei", "ns", ".  Zwei", ".\nDrei."]
    assert "".join(shown) == "Eins.  Zwei.\nDrei."


@pytest.mark.parametrize(
    ("text", "expected", "word"),
    [
        ('They said "stop it" [stop] (a) 5"stop', 'They said " stop it" [ stop] (a) 5"stop', "stop"),
        ("<ph0>stop <ph1>它stop", "<ph0> stop <ph1>它stop", "stop"),
        ("stop/said and TCP/IP or a/b", "stop / said and TCP/IP or a/b", "said"),
        ("of the U.S. they said J.R. stop", "of the US they said J.R. stop", "U.S."),
        ("They stop the U.S.", "They stop the US.", "stop"),
        ("stop it", "stop it", "stop"),
    ],
)
def test_words_are_read_as_the_vocabulary_has_them(text: str, expected: str, word: str) -> None:
    """They have a space before them there, and no full stops within."""
    trained = train_bpe(["We stop. They said stop it, stop. The US"] * 9, 95, alphabet=60, tags=["<2de>"])
    tokenizer = Tokenizer(trained)
    read, places = as_read(text, tokenizer)
    assert read == expected
    assert len(places) == len(read) + 1
    assert places == sorted(places)
    encoding = EncodedSentence(tokenizer, analyse(text), text, placeholders=True)
    assert word in [text[one.start : one.end].strip() for one in encoding.stretches()]


def test_a_slash_between_words_stands_as_in_the_source() -> None:
    tokenizer = Tokenizer(train_bpe(["ja / nein stop"] * 9, 60, alphabet=60, tags=["<2de>"]))
    engine = Engine(tokenizer, lambda source: [source])
    assert translate(engine, "stop ja/nein") == "stop ja/nein"
    assert engine.sources == ["stop ja / nein"]
    assert translate(engine, "ja/nein stop / ja") == "ja / nein stop / ja"


def test_a_bracket_that_a_model_leaves_apart_stands_by_its_word() -> None:
    tokenizer = Tokenizer(train_bpe(["It is (a man). Yes ( a man)."] * 9, 90, alphabet=60, tags=["<2de>"]))
    assert translate(Engine(tokenizer, lambda source: ["Yes ( a man)."]), "It is (a man).") == "Yes (a man)."


def test_what_is_shouted_is_read_calmly_and_shouted_back(tokenizer: Tokenizer) -> None:
    engine = Engine(tokenizer, plain)
    assert translate(engine, "A MAN IN A SHIRT {Name} STANDS!") == "A MAN IN A SHIRT {Name} STANDS!"
    assert engine.sources == ["A man in a shirt <ph0> stands!"]
    assert not any(analyse(text).is_shouted for text in ("I", "NATO", "USA UK", "a MAN IN A SHIRT", "12:30 {NAME}"))


@pytest.mark.parametrize(
    ("options", "text", "read", "reply", "answer"),
    [
        ({"source": "en", "target": "zh"}, "It is good. Yes.", ["It is good.", "Yes."], "软件", "软件软件"),
        ({"source": "en", "target": "zh-Hant"}, "It is good.\n\nYes.", ["It is good.", "Yes."], "软件", "軟體\n\n軟體"),
        (
            {"source": "en", "target": "zh-Hant"},
            "It is half past two.",
            ["It is <ph0>."],
            "软件<ph0>。",
            "軟體兩點半。",
        ),  # what a rule writes
        ({"source": "zh", "target": "en"}, "软件。软件。", ["软件。", "软件。"], "It is.", "It is. It is."),
        ({"source": "zh-Hant", "target": "en"}, "軟體。", ["软件。"], "It is.", "It is."),
        (
            {"source": "zh", "target": "en"},
            "软件軉软件",
            ["软件<ph0>软件", "软件"],
            "It is",
            "It is 軉 it is",
        ),  # what it cannot spell
        ({"source": "auto", "target": "en"}, "軟體很好。", ["软件很好。"], "It is.", "It is."),
    ],
)
def test_chinese_in_either_script(options: dict[str, str], text: str, read: list[str], reply: str, answer: str) -> None:
    tokenizer = Tokenizer(train_bpe(["It is good. Yes.", "软件很好。"] * 3, 150, alphabet=100, tags=["<2zh>", "<2en>"]))
    engine = Engine(tokenizer, lambda source: [reply])
    engine.target = "zh" if options["source"] == "en" else "en"
    engine.models = [ModelInfo("c", "translation", "a", "", 1, ["en", "zh"], [], [("en", "zh"), ("zh", "en")], 20, "")]
    assert translate(engine, text, **options) == answer
    assert engine.sources == read


THEIRS = ModelInfo(
    "theirs", "translation", "a", "", 1, ["en", "de"], [], [("en", "de")], 40, "",
    prompt_formats=[PromptFormat(prompt="a man ", before=[7], after=[8], begin=[9])],
)  # fmt: skip


class Elsewhere(Engine):
    """An engine of a translator that knows no placeholders, but digits and whatever else a link may have."""

    def __init__(self, reply: Reply = plain) -> None:
        super().__init__(Tokenizer(train_bpe([*TEXTS, "0 1 2 3 4 5 6 7 8 9 . : / ? = { } < > _"] * 3, 160)), reply)
        self.models = [THEIRS]

    async def translate(self, model: str, tokens: list[int], **options: Any) -> list[ScoredTokens]:
        assert (tokens[0], tokens[-1]) == (7, 8)
        assert len(tokens) <= THEIRS.max_tokens
        assert options["begin"] == [9]
        source = self.tokenizer.decode(tokens[1:-1]).strip()
        assert source.startswith("a man")
        self.sources.append(source.removeprefix("a man").strip())
        return [ScoredTokens(self.tokenizer.encode(text), 0.0) for text in self.reply(self.sources[-1])]


def test_a_model_made_elsewhere_reads_the_sentence_whole() -> None:
    engine = Elsewhere()
    assert translate(engine, "on a ladder 12 in  a shirt.") == "on a ladder 12 in a shirt."
    assert engine.sources == ["on a ladder 12 in a shirt."]


@pytest.mark.parametrize("lost", ["12", "13", "", "1 2", "12.5", "112"])
def test_what_a_model_made_elsewhere_loses_is_put_around_its_words(lost: str) -> None:
    engine = Elsewhere(lambda text: [text.replace("12", lost)])
    text = "a ladder 12 in a shirt"
    assert translate(engine, text) == text
    assert engine.sources[1:] == ([] if lost == "12" else ["a ladder", "in a shirt"])


def test_the_next_best_hypothesis_that_keeps_all_is_taken() -> None:
    engine = Elsewhere(lambda text: ["a ladder", "a shirt 12", "12 a man"])
    assert translate(engine, "a ladder 12") == "a shirt 12"


@pytest.mark.parametrize(
    "text",
    [
        "a man {name} it " * 12,
        "see https://example.org/a?b=c a man",
        "A MAN IN A SHIRT",
        "A MAN IN A SHIRT 12 https://example.org/Ab",
        "a man " * 60,
        "ж a man",
        "</s> a man <ph0> <pad>",
        "a man 12 12",
    ],
)
def test_nothing_is_lost_by_a_model_made_elsewhere(text: str) -> None:
    assert translate(Elsewhere(), text).split() == text.split()


def test_an_error_names_no_thousands_of_directions() -> None:
    codes = ["en", "de", "fr", "cs", "it", "es", "pt", "nl"]
    engine = Elsewhere()
    pairs = [(a, b) for a in codes for b in codes if a != b]
    engine.models = [msgspec.structs.replace(THEIRS, directions=pairs)]
    with pytest.raises(PipelineError, match="26 more of GET /languages only"):
        translate(engine, "a man", target="ja", model="theirs")
