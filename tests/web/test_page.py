"""The page as a whole: keys, languages, appearance, phones, keyboards and screen readers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.api.keyfile import add_key
from tests.conftest import running_service
from tests.web.conftest import OpenPage
from tests.web.explanations import stub_explanations

DOGS = "Two dogs are playing in the snow."
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SECTIONS = ("t-options", "t-code", "live")


@pytest.fixture(scope="module")
def gated(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address and key of a service that wants keys and stands under a sub-path."""
    file = tmp_path_factory.mktemp("gated") / "keys"
    key = add_key(file, "main")
    environment = {"UNDERTONE_API_KEYS_FILE": str(file), "UNDERTONE_ROOT_PATH": "/undertone"}
    with running_service(tiny_models, **environment) as (url, _):
        yield url, key


def test_a_key_is_asked_for_and_stays_in_the_browser(open_page: OpenPage, gated: tuple[str, str]) -> None:
    url, key = gated
    page = open_page("/undertone", url=url, ready=False)
    expect(page.locator("#service-state")).to_have_text("This service wants an API key.")
    page.click("#key-open")
    page.fill("#key-value", "wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#key-problem")).to_contain_text("The API key is unknown")
    page.fill("#key-value", key)
    page.keyboard.press("Enter")
    expect(page.locator("#key-dialog")).to_be_hidden()
    expect(page.locator("#service-state")).to_be_empty()
    page.fill("#t-text", "A man")
    expect(page.locator("#t-model")).to_contain_text("tiny-translation")
    page.reload()
    page.fill("#t-text", "A man")
    expect(page.locator("#t-model")).to_contain_text("tiny-translation")
    page.click("#t-code summary")
    # The browser tells that it is open, and the code is written, some time after the click.
    expect(page.locator("#t-code pre")).to_contain_text(f"{url}/undertone/translate")
    code = page.text_content("#t-code pre") or ""
    assert key not in code
    assert "$UNDERTONE_KEY" in code
    page.click("#live summary")
    expect(page.locator("#live .tile")).to_have_count(6)
    page.click("#key-open")
    page.click("#key-forget")
    assert page.evaluate("localStorage.getItem('undertone.key')") is None
    expect(page.locator("#service-state")).to_have_text("This service wants an API key.")


@pytest.mark.parametrize(
    ("locale", "lang", "translate"),
    [
        ("en-GB", "en", "Translate"),
        ("de-AT", "de", "Übersetzen"),
        ("fr-CA", "fr", "Traduire"),
        ("zh-TW", "zh-Hant", "翻譯"),
        ("pt-BR", "en", "Translate"),
    ],
)
def test_the_page_speaks_the_language_of_the_browser(
    open_page: OpenPage, locale: str, lang: str, translate: str
) -> None:
    page = open_page(locale=locale)
    assert page.get_attribute("html", "lang") == lang
    expect(page.get_by_role("tab").first).to_have_text(translate)
    for node in page.locator("[data-text]").all():
        assert (node.text_content() or "").strip()


def test_the_language_can_be_chosen_and_stays(page: Page) -> None:
    page.fill("#t-text", DOGS)
    expect(page.locator("#t-said")).to_contain_text("English")
    page.select_option("#interface-language", "fr")
    expect(page.get_by_role("tab").first).to_have_text("Traduire")
    expect(page.locator("#t-said")).to_contain_text("anglais")
    expect(page.locator("#t-target option:checked")).to_have_text("français")
    page.reload()
    expect(page.get_by_role("tab").first).to_have_text("Traduire")


def background(page: Page) -> Any:
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


def test_the_page_is_dark_where_the_system_is_or_the_reader_wants_it(open_page: OpenPage) -> None:
    dark, light = (background(open_page(color_scheme=scheme)) for scheme in ("dark", "light"))
    assert dark != light
    page = open_page(color_scheme="light")
    page.select_option("#appearance", "dark")
    assert background(page) == dark
    page.reload(wait_until="commit")
    page.locator("#t-text").wait_for(state="attached")
    assert background(page) == dark


def test_a_phone_shows_everything_without_scrolling_sideways(open_page: OpenPage) -> None:
    page = open_page(before=stub_explanations, **PHONE)

    def assert_it_fits() -> None:
        for language in ("en", "de", "fr", "zh-Hant"):
            page.select_option("#interface-language", language)
            expect(page.locator("html")).to_have_attribute("lang", language)
            assert page.evaluate("document.documentElement.scrollWidth") == 390, language

    assert_it_fits()
    page.fill("#t-text", f"{DOGS} https://example.org/{'x' * 200}")
    page.locator("#t-output .word").first.wait_for()
    for name in SECTIONS:
        page.evaluate("name => { document.getElementById(name).open = true }", name)
    page.tap("#t-glossary > button")
    assert_it_fits()
    page.tap("#tab-sentiment")
    page.fill("#s-text", "The food was great, but we waited an hour and the waiter was rude. " * 3)
    page.locator("#s-reading .token").first.wait_for()
    assert_it_fits()


def test_a_tap_lights_up_a_word(open_page: OpenPage) -> None:
    page = open_page(before=stub_explanations, **PHONE)
    page.select_option("#t-target", "de")
    page.fill("#t-text", DOGS)
    page.locator("#t-output .word").nth(1).tap()
    expect(page.locator("#t-mirror .lit")).to_have_text("dogs")


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    page.select_option("#t-target", "de")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    reached: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        if reached[-1] == "t-text":
            page.keyboard.type(DOGS)
            expect(page.locator("#t-copy")).to_be_enabled()
    for name in (
        "tab-translate",
        "t-source",
        "t-target",
        "t-swap",
        "t-text",
        "t-clear",
        "t-output",
        "t-copy",
        "SUMMARY",
    ):
        assert name in reached, name
    page.focus("#tab-translate")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#s-text")).to_be_visible()
    expect(page.locator("#t-text")).to_be_hidden()
    assert page.url.endswith("#sentiment")
    page.focus(".skip")
    page.keyboard.press("Enter")
    expect(page.locator("#s-text")).to_be_visible()
    page.focus("#tab-sentiment")
    page.keyboard.press("ArrowLeft")
    page.focus("#t-swap")
    page.keyboard.press("Enter")
    expect(page.locator("#t-target")).to_have_value("en")


def test_focus_can_be_seen(page: Page) -> None:
    page.keyboard.press("Tab")
    for _ in range(14):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
              const node = document.activeElement;
              const pane = node.closest(".source-pane");
              const isSeen = (node, property) => node && getComputedStyle(node)[property] !== "none";
              return isSeen(node, "outlineStyle") || isSeen(pane, "boxShadow");
            }"""
        )
        assert seen, page.evaluate("document.activeElement.outerHTML")


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_serious(open_page: OpenPage, scheme: str, width: int) -> None:
    page = open_page(before=stub_explanations, color_scheme=scheme, viewport={"width": width, "height": 860})
    assert serious(page) == []
    page.select_option("#t-target", "de")
    page.fill("#t-text", "¿Dónde está la biblioteca más cercana? No la puedo encontrar.")
    page.locator("#t-problem-target:not([hidden])").wait_for()
    assert serious(page) == []
    page.fill("#t-text", DOGS)
    for name in SECTIONS:
        page.evaluate("name => { document.getElementById(name).open = true }", name)
    page.check("#t-check")
    page.click("#t-glossary > button")
    page.locator("#t-output .word").first.wait_for()
    page.locator("#t-output .word").nth(1).hover()
    assert serious(page) == []
    page.click("#tab-sentiment")
    page.fill("#s-text", "The food was great, but the waiter was rude.")
    page.locator("#s-reading .token").first.wait_for()
    assert serious(page) == []
    page.click("#key-open")
    assert serious(page) == []
