from __future__ import annotations

import pytest

from app.text.chinese import script, simplified, traditional


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("這個軟體的程式碼很棒", "这个软件的代码很棒"),  # words of Taiwan become those of the mainland
        ("這家餐廳的服務太差了！", "这家餐厅的服务太差了！"),
        ("这个软件很好", "这个软件很好"),
        ("公式和程式", "公式和程式"),  # a word of Simplified text is left alone
        ("Hello 123", "Hello 123"),
        ("", ""),
    ],
)
def test_simplified(text: str, expected: str) -> None:
    assert simplified(text) == expected
    assert simplified(simplified(text)) == expected


def test_traditional_is_that_of_taiwan() -> None:
    assert traditional("这个软件里面有视频") == "這個軟體裡面有影片"


@pytest.mark.parametrize(
    ("text", "converted"),
    [
        ("打印机在出租车上。", "印表機在計程車上。"),
        ("她搭出租车去医院了。", "她搭計程車去醫院了。"),
        ("坐在出租车里", "坐在計程車裡"),
        ("我会给汤姆发信息。", "我會給湯姆發資訊。"),
    ],
)
def test_words_of_taiwan_are_found_wherever_they_stand(text: str, converted: str) -> None:
    assert traditional(text) == converted


@pytest.mark.parametrize(
    ("text", "expected"), [("汉语", "zh-Hans"), ("漢語", "zh-Hant"), ("中文", "zh"), ("汉漢", "zh"), ("abc", "zh")]
)
def test_script(text: str, expected: str) -> None:
    assert script(text) == expected
