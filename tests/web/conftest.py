"""A browser, and pages of the real service with the shipped models. Each page fails its test where it wrote an error to
the console or asked another origin."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OpenPage = Callable[..., Page]
expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith("tests/web/"):
            item.add_marker("page")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.fail("No Chromium: `apt-get install chromium`, or name one in the variable CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


class Watch:
    """What a page did that no page may do. Refusals by the API and a lost network show in the console as well; the
    tests that cause them see them in the page."""

    expected = (
        "Failed to load resource: the server responded with a status of 4",
        "Failed to load resource: net::ERR_INTERNET_DISCONNECTED",
    )

    def __init__(self, origin: str) -> None:
        self.origin, self.faults = origin, list[str]()

    def over(self, page: Page) -> None:
        page.on("console", lambda message: self.said(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self.asked(request.url))

    def said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not text.startswith(self.expected):
            self.faults.append(f"{kind}: {text}")

    def asked(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme in ("http", "https") and f"{address.scheme}://{address.netloc}" != self.origin:
            self.faults.append(f"asked {url}")


@pytest.fixture
def open_page(browser: Browser, service: httpx.Client) -> Iterator[OpenPage]:
    """A function that opens the page in a new context: `open_page(path="/", url=..., ready=True, **options)`, with
    Playwright's options of a context. `before(page)` may prepare it."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def open_one(
        path: str = "/",
        *,
        url: str = str(service.base_url).rstrip("/"),
        ready: bool = True,
        before: Callable[[Page], Any] | None = None,
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            **{"locale": "en-US", "viewport": {"width": 1280, "height": 860}, "reduced_motion": "reduce", **options}
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        watches.append(Watch(url))
        watches[-1].over(page)
        if before is not None:
            before(page)
        page.goto(url + path)
        if ready:
            page.locator(".chip").first.wait_for(state="attached")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert [fault for watch in watches for fault in watch.faults] == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()
