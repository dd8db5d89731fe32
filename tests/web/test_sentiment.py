"""Sentiment in the page: the verdict, and the drawing of how it came about."""

from __future__ import annotations

import httpx
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import OpenPage
from tests.web.explanations import stub_explanations

LOVE = "I love this phone"


def test_a_typed_text_is_judged(open_page: OpenPage, service: httpx.Client) -> None:
    page = open_page("/#sentiment")
    page.locator("#s-text").press_sequentially(LOVE, delay=5)
    scores = service.post("/sentiment", json={"text": LOVE}).json()["scores"]
    expect(page.locator("#s-verdict .label")).to_have_text("positive")
    for label, score in scores.items():
        expect(page.locator(f"#s-verdict .{label} .value")).to_have_text(f"{round(100 * score)}%")
    expect(page.locator("#s-said")).to_contain_text("English")
    expect(page.locator("#s-status")).to_contain_text("positive")
    expect(page.locator("#s-reading")).to_be_visible(visible="explain" in str(service.get("/openapi.json").text))
    page.click("#s-clear")
    expect(page.locator("#s-verdict")).to_be_empty()


def test_every_example_is_judged(open_page: OpenPage) -> None:
    page = open_page("/#sentiment")
    for chip in page.locator("#s-examples .chip").all():
        page.click("#s-clear") if page.locator("#s-clear").is_visible() else None
        chip.click()
        expect(page.locator("#s-verdict .label")).to_be_visible()


def test_a_language_that_no_model_reads_is_said_next_to_the_menu(page: Page) -> None:
    page.click("#tab-sentiment")
    page.fill("#s-text", "Ce film est vraiment très mauvais et beaucoup trop long pour les enfants.")
    supported = page.locator("#s-language option").evaluate_all("options => options.map((option) => option.value)")
    if "fr" in supported:
        expect(page.locator("#s-verdict .label")).to_be_visible()
        return
    expect(page.locator("#s-problem-source")).to_contain_text("French")
    page.select_option("#s-language", "en")
    expect(page.locator("#s-problem-source")).to_be_hidden()
    expect(page.locator("#s-verdict .label")).to_be_visible()


def test_contributions_running_sentiment_and_gates_can_be_read(open_page: OpenPage) -> None:
    page = open_page("/#sentiment", before=stub_explanations)
    page.fill("#s-text", f"😀 {LOVE}")
    tokens = page.locator("#s-reading .token")
    expect(tokens).to_have_text(["😀", "I", "love", "this", "phone"])
    assert "positive" in (tokens.first.get_attribute("class") or "")
    assert "negative" in (tokens.nth(1).get_attribute("class") or "")
    assert tokens.first.evaluate("node => node.style.getPropertyValue('--weight')") == "100%"
    assert tokens.nth(1).evaluate("node => node.style.getPropertyValue('--weight')") == "20%"
    readout = page.locator("#s-reading .readout")
    tokens.nth(2).hover()
    expect(readout).to_contain_text("love · contribution -0.10 · negative 10%, neutral 20%, positive 70%")
    tokens.first.focus()
    expect(readout).to_contain_text("😀 · contribution +0.50")
    page.keyboard.press("ArrowRight")
    expect(readout).to_contain_text("I · contribution -0.10")
    described = page.locator("#s-reading svg").get_attribute("aria-label")
    assert described == "At the end: negative 10%, neutral 20%, positive 70%."
    assert page.locator("#s-reading polyline").count() == 3
    rows = page.locator("#s-reading table tbody tr")
    assert [row.locator("th").text_content() for row in rows.all()] == ["input", "forget", "output"]
    expect(rows.nth(1).locator("td")).to_have_text(["0.75"] * 5)
    rows.first.locator("td").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.parentElement.firstChild.textContent") == "forget"
    expect(readout).to_contain_text("input 0.25, forget 0.75, output 0.5")
    page.fill("#s-text", "")
    expect(page.locator("#s-reading")).to_be_hidden()


def test_another_model_shows_how_it_reads_where_the_answering_one_cannot(open_page: OpenPage) -> None:
    """The catalogue and the name in the answer are stubbed: the page takes the verdict for a Transformer's."""
    asked = []

    def catalogue(route: Route) -> None:
        response = route.fetch()
        models = response.json()["models"]
        english = next(model for model in models if model["name"] == "sentiment-en")
        route.fulfill(response=response, json={"models": [{**english, "name": "bert", "explains": False}, *models]})

    def answer(route: Route) -> None:
        asked.append(route.request.post_data_json)
        response = route.fetch()
        named = asked[-1].get("model", "bert")
        route.fulfill(response=response, json={**response.json(), "model": named})

    def stubbed(page: Page) -> None:
        page.route("**/models", catalogue)
        page.route("**/sentiment", answer)

    page = open_page("/#sentiment", before=stubbed)
    page.fill("#s-text", LOVE)
    expect(page.locator("#s-model")).to_contain_text("bert")
    expect(page.locator("#s-reading")).to_contain_text("Here sentiment-en reads the same text: positive")
    assert asked[-1] == {"text": LOVE, "model": "sentiment-en", "explain": True}


def test_the_service_explains_itself(open_page: OpenPage, service: httpx.Client) -> None:
    """With real explanations: the words that judge have the colours, and an emoji is one token of the reader's text."""
    text = "😍 I love the colour. I hate the handle"
    page = open_page("/#sentiment")
    page.fill("#s-text", text)
    tokens = page.locator("#s-reading .token")
    expect(tokens.first).to_have_text("😍")
    assert page.locator("#s-reading .coloured").text_content() == text
    love, hate = (page.locator("#s-reading .token", has_text=word) for word in ("love", "hate"))
    assert "positive" in (love.get_attribute("class") or "")
    assert "negative" in (hate.get_attribute("class") or "")
    answer = service.post("/sentiment", json={"text": text, "explain": True}).json()
    tokens_read = answer["explanation"]["tokens"]
    shown = len({(token["start"], token["end"]) for token in tokens_read})
    assert shown < len(tokens_read)
    expect(tokens).to_have_count(shown)
    expect(page.locator("#s-reading table thead th")).to_have_count(shown)
    hate.hover()
    expect(page.locator("#s-reading .readout")).to_contain_text("hate · contribution -")
