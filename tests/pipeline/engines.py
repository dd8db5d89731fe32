"""Engines that answer without a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.engine.messages import ModelInfo, ScoredTokens
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

    async def translate(self, model: str, tokens: list[int], **options: Any) -> list[ScoredTokens]:
        self.requests.append(tokens)
        on_partial = options.get("on_partial")
        for partial in self.partials if on_partial else ():
            on_partial(partial)
        found = self.reply(tokens)[: options["alternatives"]]
        return [ScoredTokens(*one, looking_ahead(len(one[0]), len(tokens))) for one in found]

    def pipeline(self) -> Pipeline:
        return Pipeline(self, Settings(), [self.info], {self.info.name: self.tokenizer})  # type: ignore[arg-type]


def looking_ahead(tokens: int, source: int) -> list[list[float]]:
    """An attention whose tokens look at those of the source in their order, behind the target tag."""
    return [[float(column == min(row + 1, source - 1)) for column in range(source)] for row in range(tokens)]
