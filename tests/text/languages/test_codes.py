from __future__ import annotations

import pytest

from app.text.languages.codes import canonical, name_of, serving


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", "en"), ("DE", "de"), ("de-AT", "de"), ("deu", "de"), ("ger", "de"), (" fr ", "fr"), ("zh",
        "zh"),
        ("zh_CN", "zh-Hans"), ("zh-TW", "zh-Hant"), ("zh-hant", "zh-Hant"), ("ZH-HANS", "zh-Hans"),
        ("zh-Hant-CN", "zh-Hant"), ("zh-HK", "zh-Hant"), ("cmn-Hans", "zh-Hans"), ("nb-NO", "no"),
    ],
)  # fmt: skip
def test_codes_as_clients_write_them(code: str, expected: str) -> None:
    assert canonical(code) == expected


@pytest.mark.parametrize("code", ["", "xx", "english", "de\n\x00", "e" * 1000, "-"])
def test_an_unknown_code_says_what_to_send(code: str) -> None:
    with pytest.raises(ValueError, match="send an ISO 639-1 code such as en") as caught:
        canonical(code)
    assert len(str(caught.value)) < 200


def test_names() -> None:
    assert name_of("de") == "German"
    assert name_of("zh-Hant") == "Chinese (Traditional)"
    assert name_of("qq") == "qq"


@pytest.mark.parametrize(
    ("code", "offered", "expected"),
    [
        ("en", ["de", "en"], "en"), ("zh-Hans", ["en", "zh"], "zh"), ("zh", ["en", "zh-Hans", "zh-Hant"],
        "zh-Hans"),
        ("zh-Hans", ["zh-Hant"], None), ("fr", ["en"], None),
    ],
)  # fmt: skip
def test_which_offer_serves_a_language(code: str, offered: list[str], expected: str | None) -> None:
    assert serving(code, offered) == expected
