"""Writing in the page: the likeliest next words, and sentences that grow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.conftest import running_service
from tests.web.conftest import OpenPage
from tests.web.test_page import PHONE


@pytest.fixture(scope="module")
def writer(tiny_writers: Path) -> Iterator[str]:
    with running_service(tiny_writers) as (url, _):
        yield url


def opened(open_page: OpenPage, url: str, **options: object) -> Page:
    page = open_page("/#write", url=url, ready=False, **options)
    page.locator("#w-examples .chip").first.wait_for()
    return page


def test_the_likeliest_words_are_shown_and_a_click_adds_one(open_page: OpenPage, writer: str) -> None:
    page = opened(open_page, writer)
    page.locator("#w-text").press_sequentially("A man", delay=5)
    words = httpx.post(f"{writer}/generate/next", json={"text": "A man", "count": 8}).json()["words"]
    rows = page.locator("#w-words button")
    expect(rows).to_have_count(8)
    expect(rows.locator(".next-word")).to_have_text([word["text"].strip() for word in words])
    expect(page.locator("#w-said")).to_contain_text("English")
    expect(page.locator("#w-status")).to_contain_text(words[0]["text"].strip())
    rows.nth(2).click()
    expect(page.locator("#w-text")).to_have_value("A man" + words[2]["text"])
    longer = httpx.post(f"{writer}/generate/next", json={"text": "A man" + words[2]["text"], "count": 8}).json()[
        "words"
    ]
    expect(rows.locator(".next-word")).to_have_text([word["text"].strip() for word in longer])
    page.click("#w-clear")
    expect(page.locator("#w-words")).to_be_empty()


def test_words_are_chosen_by_the_keyboard(open_page: OpenPage, writer: str) -> None:
    page = opened(open_page, writer)
    page.fill("#w-text", "A man")
    rows = page.locator("#w-words button")
    expect(rows).to_have_count(8)
    wanted = rows.nth(1).locator(".next-word").text_content() or ""
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#w-text")).not_to_have_value("A man")
    assert (page.input_value("#w-text")).endswith(wanted)
    assert page.evaluate("document.activeElement.id") == "w-text"


def test_a_sentence_is_written_on_and_again_in_another_way(open_page: OpenPage, writer: str) -> None:
    page = opened(open_page, writer)
    page.fill("#w-text", "A man")
    page.fill("#w-seed", "5")
    page.locator("#w-temperature").fill("2")
    expect(page.locator("#w-temperature-value")).to_have_text("2")
    page.click("#w-write")
    body = {"prompt": "A man", "temperature": 2, "top_p": 0.9, "length": 40, "seed": 5}
    wanted = "A man" + httpx.post(f"{writer}/generate", json=body).json()["text"]
    expect(page.locator("#w-text")).to_have_value(wanted)
    expect(page.locator("#w-write")).to_be_visible()
    page.fill("#w-seed", "")
    page.click("#w-again")
    expect(page.locator("#w-text")).not_to_have_value(wanted)
    expect(page.locator("#w-write")).to_be_visible()
    assert page.input_value("#w-text").startswith("A man")
    page.locator("#w-text").press_sequentially("x")
    expect(page.locator("#w-again")).to_be_hidden()


def test_writing_can_be_stopped(open_page: OpenPage, writer: str) -> None:
    page = opened(open_page, writer)
    page.route("**/generate", lambda route: None)  # it never comes
    page.fill("#w-text", "A man")
    expect(page.locator("#w-status")).to_contain_text("Next")  # else it may come after the stop
    page.click("#w-write")
    page.click("#w-stop")
    expect(page.locator("#w-status")).to_have_text("Stopped")
    expect(page.locator("#w-write")).to_be_visible()
    assert page.evaluate("document.getElementById('w-text').readOnly") is False


def test_refusals_stand_next_to_their_cause(open_page: OpenPage, writer: str) -> None:
    page = opened(open_page, writer)
    page.fill("#w-text", "Ce film est vraiment très mauvais et beaucoup trop long pour les enfants.")
    expect(page.locator("#w-problem-source")).to_contain_text("French")
    page.select_option("#w-language", "en")
    expect(page.locator("#w-words button")).to_have_count(8)
    expect(page.locator("#w-problem-source")).to_be_hidden()
    page.fill("#w-seed", "-3")
    page.click("#w-write")
    expect(page.locator("#w-problem-dials")).to_contain_text("must be 0 or more")


def test_the_tab_is_there_only_where_the_service_writes(
    open_page: OpenPage, writer: str, service: httpx.Client
) -> None:
    page = opened(open_page, writer)
    expect(page.locator("#tab-write")).to_be_visible()
    expect(page.locator("#write")).to_be_visible()
    tasks = {model["task"] for model in service.get("/models").json()["models"]}
    other = open_page("/#write")
    for selector in ("#tab-write", "#write"):
        expect(other.locator(selector)).to_be_visible(visible="language" in tasks)
    expect(other.locator("#translate")).to_be_visible(visible="language" not in tasks)
    if "language" not in tasks:
        other.focus("#tab-sentiment")
        other.keyboard.press("ArrowRight")
        assert other.evaluate("document.activeElement.id") == "tab-sentiment"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_finding_and_no_scrolling_sideways(open_page: OpenPage, writer: str, scheme: str) -> None:
    page = opened(open_page, writer, color_scheme=scheme, **PHONE)
    page.fill("#w-text", "A man")
    expect(page.locator("#w-words button")).to_have_count(8)
    for language in ("en", "de", "fr", "zh-Hant"):
        page.select_option("#interface-language", language)
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert page.evaluate("document.documentElement.scrollWidth") == 390, language
    findings = Axe().run(page).response["violations"]
    assert [one["id"] for one in findings if one["impact"] in ("serious", "critical")] == []
