"""Translation in the page: type, see, hover, swap, watch it grow, cancel, mend what is refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.conftest import cancelled
from tests.web.conftest import OpenPage
from tests.web.explanations import stub_explanations

DOGS = "Two dogs are playing in the snow."
# Nearly as long as the service takes: it must still grow when a test stops it.
LONG = " ".join(["A man in a blue shirt is standing on a ladder and cleans a window."] * 280)
SPANISH = "¿Dónde está la biblioteca más cercana? No la puedo encontrar."
AWKWARD = 'It\'s "$HOME" \\n `id` <b>\n\tand a dog 😀 \\u0041'


def translated(service: httpx.Client, text: str, target: str, **options: object) -> str:
    answer = service.post("/translate", json={"text": text, "target": target, **options})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["translation"])


def german(page: Page) -> Page:
    page.select_option("#t-target", "de")
    return page


def test_a_typed_text_is_translated(page: Page, service: httpx.Client) -> None:
    german(page).locator("#t-text").press_sequentially(DOGS, delay=5)
    expect(page.locator("#t-output")).to_have_text(translated(service, DOGS, "de"))
    expect(page.locator("#t-said")).to_contain_text("English")
    expect(page.locator("#t-said")).to_contain_text("% sure")
    expect(page.locator("#t-model")).to_contain_text("translation-en-de")
    expect(page.locator("#t-count")).to_have_text(f"{len(DOGS)} characters")
    expect(page.locator("#t-status")).to_have_text("Translated to German")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#t-copy")
    expect(page.locator("#t-copy")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == translated(service, DOGS, "de")
    page.click("#t-clear")
    expect(page.locator("#t-output")).to_be_empty()
    expect(page.locator("#t-count")).to_be_empty()


def test_characters_are_counted_as_the_service_counts_them(page: Page) -> None:
    page.fill("#t-text", "😀é")
    expect(page.locator("#t-count")).to_have_text("2 characters")


def test_a_translation_shows_while_it_grows(page: Page) -> None:
    german(page).evaluate(
        """() => {
          const output = document.getElementById("t-output");
          window.seen = [];
          const options = { childList: true, characterData: true, subtree: true };
          new MutationObserver(() => seen.push(output.firstChild?.data ?? "")).observe(output, options);
        }"""
    )
    page.fill("#t-text", LONG[:1000])
    expect(page.locator("#t-copy")).to_be_enabled()
    seen = page.evaluate("seen")
    assert len(set(seen)) > 3
    assert all(seen[-1].startswith(piece) for piece in seen)


def test_a_stale_request_is_cancelled(page: Page, service: httpx.Client) -> None:
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.failure))
    there = translated(service, DOGS, "de")  # beside the long text a slow service might refuse it
    german(page).fill("#t-text", LONG)
    page.locator("#t-output:not(:empty)").wait_for()
    page.fill("#t-text", DOGS)
    expect(page.locator("#t-output")).to_have_text(there)
    assert failed == ["net::ERR_ABORTED"]


def test_a_translation_can_be_stopped(page: Page) -> None:
    german(page).fill("#t-text", LONG)
    page.locator("#t-output:not(:empty)").wait_for()
    page.click("#t-stop")
    expect(page.locator("#t-status")).to_have_text("Stopped")
    stopped = page.text_content("#t-output")
    page.wait_for_timeout(500)
    assert page.text_content("#t-output") == stopped
    assert len(stopped or "") < len(LONG)


def test_languages_are_swapped_with_their_texts(page: Page, service: httpx.Client) -> None:
    german(page).fill("#t-text", DOGS)
    there = translated(service, DOGS, "de")
    expect(page.locator("#t-output")).to_have_text(there)
    page.click("#t-swap")
    expect(page.locator("#t-text")).to_have_value(there)
    assert (page.input_value("#t-source"), page.input_value("#t-target")) == ("de", "en")
    expect(page.locator("#t-output")).to_have_text(translated(service, there, "en", source="de"))


def test_menus_offer_what_models_can_do(page: Page, service: httpx.Client) -> None:
    directions = service.get("/languages").json()["translation"]
    page.select_option("#t-source", "en")
    targets = page.locator("#t-target option").evaluate_all("options => options.map((option) => option.value)")
    offered = {pair["target"]["code"] for pair in directions if pair["source"]["code"] == "en"}
    assert set(targets) == offered - {"en"}


def test_examples_are_translated_by_a_click(page: Page, service: httpx.Client) -> None:
    directions = service.get("/languages").json()["translation"]
    languages = {pair["source"]["code"].partition("-")[0] for pair in directions}
    expect(page.locator("#t-examples .chip")).to_have_count(len(languages & {"en", "de", "fr", "zh"}))
    for chip in page.locator("#t-examples .chip").all():
        chip.click()
        expect(page.locator("#t-copy")).to_be_enabled()
        expect(page.locator("#t-output")).not_to_be_empty()
        assert page.input_value("#t-text") in (chip.text_content() or "")


def test_partners_light_up(open_page: OpenPage) -> None:
    page = open_page(before=stub_explanations)
    german(page).fill("#t-text", f"😀 {DOGS}")
    words = page.locator("#t-output .word")
    words.first.wait_for()
    words.nth(1).hover()
    expect(page.locator("#t-output .lit")).to_have_text("Hunde")
    expect(page.locator("#t-mirror .lit")).to_have_text("dogs")
    expect(page.locator("#t-readout")).to_have_text("Hunde ← dogs · probability 61% · update gate 0.4, reset gate 0.6")
    box = page.locator("#t-mirror .word").nth(2).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 3, box["y"] + 5)
    expect(page.locator("#t-mirror .lit")).to_have_text("are")
    words.first.focus()
    expect(page.locator("#t-mirror .lit")).to_have_text("Two")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#t-mirror .lit")).to_have_text("dogs")
    page.locator("#t-text").press("Home")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#t-mirror .lit")).to_have_text("Two")
    page.locator("#t-text").press("End")
    page.keyboard.type("!")
    expect(page.locator("#t-mirror .lit")).to_have_count(0)


def test_the_mirror_lies_under_the_text(open_page: OpenPage) -> None:
    page = open_page(before=stub_explanations)
    german(page).fill("#t-text", f"{DOGS}\n\n{DOGS} 我們 {DOGS}\n")
    page.locator("#t-mirror .word").first.wait_for()
    sizes = "id => [document.getElementById(id).clientWidth, document.getElementById(id).scrollHeight]"
    (mirror_width, mirror_height), (width, height) = (page.evaluate(sizes, id) for id in ("t-mirror", "t-text"))
    assert mirror_width == width
    assert abs(mirror_height - height) < 40, "at most the last line"


def test_other_hypotheses_can_be_taken(open_page: OpenPage) -> None:
    page = open_page(before=stub_explanations)
    german(page).fill("#t-text", DOGS)
    page.click("#t-alternatives .chip")
    expect(page.locator("#t-output")).to_have_text("Etwas anderes.")


def test_a_refusal_stands_next_to_its_cause(page: Page) -> None:
    german(page).fill("#t-text", SPANISH)
    problem = page.locator("#t-problem-target")
    expect(problem).to_contain_text("The text appears to be in Spanish")
    expect(page.locator("#t-target")).to_have_attribute("aria-invalid", "true")
    page.fill("#t-text", DOGS)
    expect(page.locator("#t-output")).not_to_be_empty()
    expect(problem).to_be_hidden()
    assert page.get_attribute("#t-target", "aria-invalid") is None
    page.fill("#t-text", "a " * 10_001)
    expect(page.locator("#t-problem-text")).to_contain_text("20,000")
    page.evaluate("document.getElementById('t-options').open = true")
    page.select_option("#t-format", "json")
    page.evaluate("document.getElementById('t-options').open = false")
    page.fill("#t-text", '{"a": ')
    expect(page.locator("#t-problem-format")).to_be_visible()
    expect(page.locator("#t-problem-text")).to_be_hidden()


def test_a_service_that_is_gone_is_said_and_comes_back(page: Page) -> None:
    page.context.set_offline(True)
    german(page).fill("#t-text", DOGS)
    expect(page.locator("#t-problem-other")).to_have_text("The service cannot be reached.")
    page.context.set_offline(False)
    page.fill("#t-text", f"{DOGS} ")
    expect(page.locator("#t-output")).not_to_be_empty()


def test_an_answer_that_breaks_off_is_said(page: Page) -> None:
    """The answer is stubbed: a stream that ends behind its first piece."""
    piece = 'event: delta\ndata: {"text": "Zwei"}\n\n'
    page.route("**/translate", lambda route: route.fulfill(content_type="text/event-stream", body=piece))
    german(page).fill("#t-text", DOGS)
    expect(page.locator("#t-problem-other")).to_have_text("The service cannot be reached.")


def test_a_glossary_counts_and_stays(page: Page) -> None:
    page.click("#t-options summary")
    german(page).fill("#t-text", "Your shopping cart is empty.")
    page.click("#t-glossary > button")
    page.get_by_label("Term", exact=True).fill("shopping cart")
    page.locator("#t-glossary").get_by_label("Translation").fill("Warenkorb")
    expect(page.locator("#t-output")).to_contain_text("Warenkorb")
    page.locator("#t-glossary").get_by_label("Translation").fill("")
    expect(page.locator("#t-output")).to_contain_text("shopping cart")
    page.reload()
    page.locator(".chip").first.wait_for()
    assert page.locator("#t-glossary input").first.input_value() == "shopping cart"


def test_changed_facts_are_warned_of(page: Page) -> None:
    page.click("#t-options summary")
    page.check("#t-check")
    german(page).fill("#t-text", "We paid 300 dollars.")
    expect(page.locator("#t-warnings")).to_have_text("Numbers, dates, names and links agree.")
    page.click("#t-glossary > button")
    page.get_by_label("Term", exact=True).fill("300 dollars")
    page.locator("#t-glossary").get_by_label("Translation").fill("400 Dollar")
    expect(page.locator("#t-warnings li").first).to_contain_text("We paid 300 dollars.")


def test_markup_in_a_text_stays_text(open_page: OpenPage) -> None:
    page = open_page(before=stub_explanations)
    german(page).fill("#t-text", "A dog <img src=x onerror=alert(1)> runs <script>alert(2)</script>.")
    page.locator("#t-output .word").first.wait_for()
    assert page.locator("#translate").locator("img, script").count() == 0


def test_code_asks_what_the_page_asks(page: Page) -> None:
    german(page).fill("#t-text", AWKWARD)
    page.click("#t-code summary")
    expect(page.locator("#t-copy")).to_be_enabled()
    expect(page.locator("#t-code pre")).to_contain_text("curl")
    shown = page.text_content("#t-output")
    curl = subprocess.run(["sh", "-c", page.text_content("#t-code pre") or ""], capture_output=True, check=True)
    assert json.loads(curl.stdout)["translation"] == shown
    page.get_by_role("radio", name="Python").click()
    code = page.text_content("#t-code pre") or ""
    python = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    assert repr(shown) in python.stdout
    page.keyboard.press("ArrowRight")
    code = (page.text_content("#t-code pre") or "").replace("console.log(", "return (")
    assert page.evaluate(f"async () => {{ {code} }}")["translation"] == shown


def test_models_are_shown_side_by_side(open_page: OpenPage) -> None:
    """The catalogue is stubbed: it names the model of the direction twice, once with another architecture."""

    def catalogue_with_another(page: Page) -> None:
        def twice(route: object) -> None:
            response = route.fetch()  # type: ignore[attr-defined]
            models = response.json()["models"]
            other = [{**model, "architecture": "MarianMTModel"} for model in models if model["task"] == "translation"]
            route.fulfill(response=response, json={"models": models + other})  # type: ignore[attr-defined]

        page.route("**/models", twice)

    page = open_page(before=catalogue_with_another)
    german(page).fill("#t-text", DOGS)
    page.click("#t-compare summary")
    cards = page.locator("#t-compare article")
    expect(cards).to_have_count(2)
    for card, architecture in zip(cards.all(), ("gru-translator", "MarianMTModel"), strict=True):
        expect(card).to_contain_text(architecture)
        expect(card.locator(".times")).to_contain_text("in the engine")
        expect(card.locator(".answer")).to_have_text(page.text_content("#t-output") or "")


def test_one_model_has_nothing_to_be_compared_with(page: Page) -> None:
    german(page).fill("#t-text", DOGS)
    expect(page.locator("#t-copy")).to_be_enabled()
    expect(page.locator("#t-compare")).to_be_hidden()


def test_the_service_is_watched(page: Page) -> None:
    page.click("#live summary")
    tokens = page.locator("#live .tile", has_text="Tokens per second").locator("dd")
    tokens.wait_for()
    german(page).fill("#t-text", LONG[:1500])
    expect(tokens).not_to_have_text("0")
    expect(page.locator("#live .tile")).to_have_count(6)


def test_a_dropped_file_comes_back(page: Page, service: httpx.Client, tmp_path: Path) -> None:
    if "/translate/file" not in service.get("/openapi.json").json()["paths"]:
        pytest.skip("this service takes no files")
    german(page).click("#t-files summary")
    drop(page, "greeting.html", "<p>My <b>friend</b> is here.</p>")
    with page.expect_download() as download:
        page.click("#t-files a[download]")
    download.value.save_as(tmp_path / "back")
    assert "<b>Freund</b>" in (tmp_path / "back").read_text("utf-8")
    assert download.value.suggested_filename.endswith(".html")
    page.click("#t-options summary")
    page.click("#t-glossary > button")
    page.get_by_label("Term", exact=True).fill("friend")
    drop(page, "kept.txt", "My friend is here.")
    with page.expect_download() as download:
        page.locator("#t-files li", has_text="kept.txt").locator("a[download]").click()
    download.value.save_as(tmp_path / "kept")
    assert "friend" in (tmp_path / "kept").read_text("utf-8")
    before = cancelled(service)
    drop(page, "long.txt", LONG * 20)
    page.locator("#t-files").get_by_role("button", name="Cancel").click()
    expect(page.locator("#t-files li").last).to_contain_text("cancelled")
    for _ in range(100):  # until then the service may refuse what comes, for want of time
        if cancelled(service) > before:
            break
        page.wait_for_timeout(100)
    drop(page, "broken.json", '{"a": ')
    expect(page.locator("#t-files li").last.locator(".problem")).not_to_be_empty()


def drop(page: Page, name: str, content: str) -> None:
    data = page.evaluate_handle(
        """([name, content]) => {
          const data = new DataTransfer();
          data.items.add(new File([content], name));
          return data;
        }""",
        [name, content],
    )
    page.dispatch_event("#t-files .drop", "drop", {"dataTransfer": data})


def test_words_light_up_with_the_partner_that_the_decoder_looked_at(page: Page) -> None:
    """With real explanations."""
    german(page).fill("#t-text", f"{DOGS} A man is running.")
    for word, partner in (("Hunde", "dogs"), ("Schnee", "snow"), ("Mann", "man")):
        page.locator("#t-output .word", has_text=word).hover()
        # A decoder may look at a second word as well.
        expect(page.locator("#t-readout")).to_contain_text(re.compile(rf"{word} ← {partner}(, \w+)? · probability"))
        expect(page.locator("#t-mirror .lit", has_text=partner)).to_have_count(1)
