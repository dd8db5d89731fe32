"""Engines that answer without a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.engine.messages import ModelInfo
from app.pipeline.service import Pipeline
from app.settings import Settings
from app.text.tokenizer import Tokenizer

Scored = tuple[list[int], float]


class RepliesWith:
    """Answers a translation with the hypotheses that `reply` gives for its tokens, and streams partials before: for
    each hypothesis list of `partials`, in turn."""

    def __init__(
        self, info: ModelInfo, tokenizer: Tokenizer, reply: Callable[[list[int]], list[Scored]], *partials: list[int]
    ) -> None:
        self.info, self.tokenizer, self.reply, self.partials = info, tokenizer, reply, partials
        self.models, self.ready = [info], True
        self.requests: list[list[int]] = []

    async def translate(self, model: str, tokens: list[int], **options: Any) -> list[Scored]:
        self.requests.append(tokens)
        on_partial = options.get("on_partial")
        for partial in self.partials if on_partial else ():
            on_partial(partial)
        return self.reply(tokens)[: options["alternatives"]]

    def pipeline(self) -> Pipeline:
        return Pipeline(self, Settings(), [self.info], {self.info.name: self.tokenizer})  # type: ignore[arg-type]
