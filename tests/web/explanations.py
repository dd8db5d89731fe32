"""Stubbed explanations, with made-up values: they stand in for those of the service, so that the page's drawing of them
can be tested by known numbers. All other routes are the real ones."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Page, Route

WORD = re.compile(r"\w+|[^\w\s]")


def stub_explanations(page: Page) -> None:
    """Have the service of this page say that it explains, and explain so: each word of a translation attends to the
    word at the same place of its text; of a sentiment the first token contributes +0.5 and the others -0.1."""
    page.route("**/openapi.json", describe)
    page.route(re.compile(r"/(translate|sentiment)$"), explain)


def describe(route: Route) -> None:
    response = route.fetch()
    document = response.json()
    for name in ("TranslateRequest", "SentimentRequest"):
        document["components"]["schemas"][name]["properties"]["explain"] = {"type": "boolean"}
    route.fulfill(response=response, json=document)


def explain(route: Route) -> None:
    body = route.request.post_data_json
    if not body.pop("explain", False):
        route.continue_()
        return
    response = route.fetch(post_data=json.dumps(body))
    answer = response.json()
    explanation = of_translation if "translation" in answer else of_sentiment
    route.fulfill(response=response, json={**answer, "explanation": explanation(body["text"], answer)})


def tokens(text: str, **values: Any) -> list[dict[str, Any]]:
    return [{"text": m.group(), "start": m.start(), "end": m.end(), **values} for m in WORD.finditer(text)]


def of_translation(text: str, answer: dict[str, Any]) -> dict[str, Any]:
    source = tokens(text)
    target = tokens(answer["translation"], log_probability=-0.5, update=0.4, reset=0.6)
    attention = [[float(row == column) for column in range(len(source))] for row in range(len(target))]
    others = [{"text": "Etwas anderes."}]
    return {"sentences": [{"source": source, "target": target, "attention": attention, "alternatives": others}]}


def of_sentiment(text: str, _: dict[str, Any]) -> dict[str, Any]:
    running = {"negative": 0.1, "neutral": 0.2, "positive": 0.7}
    gates = {"input": 0.25, "forget": 0.75, "output": 0.5}
    found = tokens(text, contribution=-0.1, running=running, gates=gates)
    found[0]["contribution"] = 0.5
    return {"method": "integrated gradients", "tokens": found, "baseline": running}
