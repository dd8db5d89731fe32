"""The delays of the page: from the last key to the first words of the translation and to its end, and how long the page
is busy after a key while its field holds 10,000 characters. Needs Chromium and a running service.

python -m benchmarks.page http://127.0.0.1:8000 --repeat 20
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

from playwright.sync_api import Page, sync_playwright

SENTENCES = (
    "Two dogs are playing in the snow.",
    "A man in a blue shirt is standing on a ladder.",
    "We want to have dinner with our friends tonight.",
    "She forgot her umbrella on the train.",
)
KEYS_APART_MS = 90  # a quick typist
WATCH = """() => {
  const [text, output] = [document.getElementById("t-text"), document.getElementById("t-output")];
  text.addEventListener("input", () => { window.key = performance.now(); window.first = window.whole = null; }, true);
  const look = () => {
    const now = performance.now();
    if (window.first === null && output.textContent) window.first = now - window.key;
    if (window.whole === null && !output.querySelector(".stale") && output.textContent) window.whole = now - window.key;
  };
  new MutationObserver(look).observe(output, { childList: true, characterData: true, subtree: true });
}"""
BUSY = """() => {
  window.busy = [];
  const text = document.getElementById("t-text");
  // From the key to the frame that shows it.
  text.addEventListener("beforeinput", () => {
    const began = performance.now();
    requestAnimationFrame(() => setTimeout(() => busy.push(performance.now() - began)));
  });
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--repeat", type=int, default=20, help="typed sentences")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=options.chromium).new_page(locale="en-US")
        page.goto(options.url)
        page.locator(".chip").first.wait_for()
        page.select_option("#t-target", "de")
        page.evaluate(WATCH)
        times = [typed(page, SENTENCES[number % len(SENTENCES)]) for number in range(options.repeat)]
        report("last key to first words", [first for first, _ in times])
        report("last key to the whole translation", [whole for _, whole in times])
        report("key to frame, 10,000 characters in the field", long_text(page))


def typed(page: Page, sentence: str) -> tuple[float, float]:
    page.fill("#t-text", "")
    page.locator("#t-text").press_sequentially(sentence, delay=KEYS_APART_MS)
    found: dict[str, Any] = {"whole": None}
    while found["whole"] is None:
        page.wait_for_timeout(300)
        found = page.evaluate("({ first: window.first, whole: window.whole })")
    return found["first"], found["whole"]


def long_text(page: Page) -> list[float]:
    text = (" ".join(SENTENCES) + "\n") * 100
    page.fill("#t-text", text[:10_000])
    page.wait_for_timeout(1000)  # its translation has begun to grow
    page.evaluate(BUSY)
    page.locator("#t-text").press_sequentially("We are typing on while it is translated. ", delay=KEYS_APART_MS)
    page.wait_for_timeout(500)
    found: list[float] = page.evaluate("busy")
    return found


def report(name: str, milliseconds: list[float]) -> None:
    median, worst = statistics.median(milliseconds), max(milliseconds)
    print(f"{name}: median {median:.0f} ms, worst {worst:.0f} ms, {len(milliseconds)} times")


if __name__ == "__main__":
    main()
