from __future__ import annotations

import pytest

from app.text.languages import profile_of
from app.text.rules.foreign import foreign
from app.text.rules.rule import Languages
from app.text.sentence import analyse


@pytest.mark.parametrize(
    ("source", "text", "kept"),
    [
        ("en", "My friend 小明 lives in 上海.", ["小明", "上海"]),
        ("de", "Das Wort „你好“ heißt Hallo.", ["你好"]),
        ("fr", "Il habite à 東京 depuis 2010.", ["東京"]),
        ("en", "The word 안녕 means hello.", ["안녕"]),
        ("en", "No foreign word", []),
        ("zh", "我用iPhone 15 Pro在Starbucks拍了一张照片。", ["iPhone 15 Pro", "Starbucks"]),
        ("zh", "这个软件叫Visual Studio Code，很好用", ["Visual Studio Code"]),
        ("zh", "我在Müller's工作。", ["Müller's"]),
        ("zh", "他买了一件T恤，去唱卡拉OK", []),
        ("zh", "我饿了", []),
    ],
)
def test_words_in_letters_of_another_language_are_kept(source: str, text: str, kept: list[str]) -> None:
    languages = Languages(profile_of(source), profile_of("en"))
    assert [span.replacement for span in foreign(analyse(text), languages, None)] == kept  # type: ignore[arg-type]
