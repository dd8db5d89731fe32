"""screenshots.py: writes the README's pictures of the page, docs/page/*.webp, from the service with the shipped models.
Needs Chromium and, for WebP, Pillow (which matplotlib brings)."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

FOLDER = Path(__file__).parent.parent / "docs" / "page"
SENTENCE = "Two dogs are playing in the snow. A man in a blue shirt is watching them."
OPINION = "The food was great, but we waited an hour and the waiter was rude."
QUALITY = 88


@contextmanager
def service() -> Iterator[str]:
    """The address of a service of its own."""
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "the service does not start"
        yield found.group()
    finally:
        process.terminate()
        process.wait()


def open_page(browser: Browser, url: str, scheme: str, width: int) -> Page:
    page = browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="en-US",
        reduced_motion="reduce",
    )
    page.goto(url)
    page.locator(".chip").first.wait_for()
    return page


def translation(page: Page) -> None:
    page.select_option("#t-target", "de")
    page.fill("#t-text", SENTENCE)
    page.locator("#t-copy:enabled").wait_for()
    if page.locator("#t-readout").is_visible():
        page.locator("#t-output .word").nth(1).hover()


def sentiment(page: Page) -> None:
    page.click("#tab-sentiment")
    page.fill("#s-text", OPINION)
    page.locator("#s-verdict .label").wait_for()
    page.wait_for_timeout(2000)
    if page.locator("#s-reading").is_visible():
        page.locator("#s-reading .token").nth(3).hover()


SHOTS = {"translate": (translation, "light", 1160), "sentiment": (sentiment, "dark", 1160)}


def down_to_examples(page: Page, width: int) -> FloatRect:
    """The area of the page down to the end of the explanation, where there is one, or of the examples."""
    bottoms = page.locator(".examples, .reading").evaluate_all(
        "nodes => nodes.map((node) => node.getBoundingClientRect().bottom + scrollY)"
    )
    return {"x": 0, "y": 0, "width": width, "height": max(bottoms) + 8}


def main() -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    FOLDER.mkdir(exist_ok=True)
    with service() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        for name, (prepare, scheme, width) in SHOTS.items():
            page = open_page(browser, url, scheme, width)
            prepare(page)
            picture = Image.open(io.BytesIO(page.screenshot(clip=down_to_examples(page, width), full_page=True)))
            picture.save(FOLDER / f"{name}.webp", quality=QUALITY)
            print(FOLDER / f"{name}.webp")


if __name__ == "__main__":
    main()
